//! Closer views of the selected face: which one is open, and what a person chose in it.

use std::rc::Rc;

use model_core::{Architecture, ModelCard};
use report::NetworkReport;

use super::EngineState;
use crate::asset::Asset;
use crate::engine::Loading;
use crate::inspection::InspectionTarget;
use crate::picture::ColorMap;
use crate::problem::Problem;

/// A view of the selected face, in the place of its probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// The network's view of the selected face.
    Inspector,
    /// The predictions of every network for the selected face.
    Compare,
    /// The card of a network.
    Card,
}

/// The views.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tools {
    /// The open one.
    pub open: Option<Tool>,
    /// The layer to look at, of each network.
    layers: [usize; Architecture::ALL.len()],
    /// Colours of the layer's numbers.
    pub colors: ColorMap,
    /// The networks that are only compared.
    pub beside: Beside,
    /// How often a person asked to try failed files again.
    pub n_tries: usize,
    /// The network whose card is shown, unless it is that in use.
    pub card_of: Option<Architecture>,
    /// The cards that have come, or why not.
    cards: [Option<Fetched<ModelCard>>; Architecture::ALL.len()],
    /// The reports that have come, or why not; `None` in one where none was published.
    reports: [Option<Fetched<Option<NetworkReport>>>; Architecture::ALL.len()],
}

/// A file from the page's server.
pub(crate) type Fetched<T> = Result<Rc<T>, Problem>;

/// Networks that are not in use but compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Beside {
    /// Networks that are being fetched.
    loading: Vec<Loading>,
    /// Networks that could not be loaded, and why.
    failed: Vec<(Architecture, Problem)>,
    /// How often one was loaded: then it is time to compare again.
    pub n_preloaded: usize,
}

/// A change of the views, by a person or by a file that came.
#[derive(Clone, Debug)]
pub(crate) enum ToolAction {
    /// Open a view in the place of the probabilities, or go back to them.
    Show(Option<Tool>),
    /// Look at another layer of a network.
    SetLayer(Architecture, usize),
    /// Colour numbers in another way.
    SetColors(ColorMap),
    /// Show the card of a network.
    ShowCard(Architecture),
    /// A card came, or not.
    TakeCard(Architecture, Fetched<ModelCard>),
    /// The report of a network came, or not.
    TakeReport(Architecture, Fetched<Option<NetworkReport>>),
    /// Try again what failed.
    Retry,
}

impl Tools {
    /// Take one step.
    pub(super) fn apply(&mut self, action: ToolAction) {
        match action {
            ToolAction::Show(view) => self.show(view),
            ToolAction::SetLayer(network, layer) => self.layers[network as usize] = layer,
            ToolAction::SetColors(colors) => self.colors = colors,
            ToolAction::ShowCard(network) => self.card_of = Some(network),
            ToolAction::TakeCard(network, card) => self.cards[network as usize] = Some(card),
            ToolAction::TakeReport(network, report) => self.reports[network as usize] = Some(report),
            ToolAction::Retry => {
                self.n_tries += 1;
                self.forget_failures();
            }
        }
    }

    /// Failed files are tried again when a view is opened.
    fn show(&mut self, view: Option<Tool>) {
        self.open = view;
        self.forget_failures();
    }

    fn forget_failures(&mut self) {
        self.beside.failed.clear();
        let has_come = |report: &Fetched<_>| report.as_ref().is_ok_and(|report| Option::is_some(report));
        self.reports.iter_mut().for_each(|report| *report = report.take().filter(has_come));
        self.cards.iter_mut().for_each(|card| *card = card.take().filter(Result::is_ok));
    }

    /// The network whose card is shown while `network` is chosen to read faces.
    pub(crate) fn card_network(&self, network: Architecture) -> Architecture {
        self.card_of.unwrap_or(network)
    }

    /// The layer of `network` to look at.
    pub(crate) fn layer(&self, network: Architecture) -> usize {
        self.layers[network as usize]
    }

    /// The card of `network`, if it has come, or why not.
    pub(crate) fn card(&self, network: Architecture) -> Option<&Fetched<ModelCard>> {
        self.cards[network as usize].as_ref()
    }

    /// The report of `network`, if it has come, or why not.
    pub(crate) fn report(&self, network: Architecture) -> Option<&Fetched<Option<NetworkReport>>> {
        self.reports[network as usize].as_ref()
    }

    /// The inspection that the open view needs, once an engine is ready.
    pub(crate) fn inspection_target(&self, engine: &EngineState) -> Option<InspectionTarget> {
        let network = engine.ready.as_ref()?.card.architecture;
        match self.open? {
            Tool::Inspector => Some(InspectionTarget::Layer { network, layer: self.layer(network) }),
            Tool::Compare => Some(InspectionTarget::Compare),
            Tool::Card => None,
        }
    }
}

impl Beside {
    /// Bytes arrived; only those of networks matter here.
    pub(super) fn load(&mut self, new: Loading) {
        if let Asset::Network(network) = new.asset {
            self.settle(network);
            self.loading.push(new);
        }
    }

    /// A network is loaded, or cannot be loaded.
    pub(super) fn preloaded(&mut self, network: Architecture, result: Result<(), Problem>) {
        self.settle(network);
        match result {
            Ok(()) => self.n_preloaded += 1,
            Err(problem) => self.failed.push((network, problem)),
        }
    }

    /// Forget how far `network` was: now it is further, loaded, or in use.
    pub(super) fn settle(&mut self, network: Architecture) {
        self.loading.retain(|loading| loading.asset != Asset::Network(network));
        self.failed.retain(|(failed, _)| *failed != network);
    }

    /// Progress of fetching `network`, while it is fetched.
    pub(crate) fn loading(&self, network: Architecture) -> Option<Loading> {
        self.loading.iter().find(|loading| loading.asset == Asset::Network(network)).copied()
    }

    /// Why `network` cannot be loaded.
    pub(crate) fn failed(&self, network: Architecture) -> Option<&Problem> {
        self.failed.iter().find(|(failed, _)| *failed == network).map(|(_, problem)| problem)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Action, State};
    use super::*;
    use crate::engine::{EngineEvent, Ready};
    use model_core::{DeviceKind, Training};

    fn after(actions: impl IntoIterator<Item = ToolAction>) -> State {
        let mut state = State::default();
        actions.into_iter().for_each(|action| state.apply(Action::Tool(action)));
        state
    }

    fn become_ready(network: Architecture) -> Action {
        let card = Rc::new(ModelCard::new(network, b"", Training::default()));
        Action::Engine(EngineEvent::Ready(Ready { device: DeviceKind::Cpu, why: None, card }))
    }

    fn problem() -> Problem {
        Problem::new("a", "b", "c")
    }

    #[test]
    fn one_view_is_open_at_a_time() {
        let show = |tool| ToolAction::Show(Some(tool));
        let cases = [
            (vec![show(Tool::Card)], Some(Tool::Card)),
            (vec![show(Tool::Card), show(Tool::Compare)], Some(Tool::Compare)),
            (vec![show(Tool::Card), ToolAction::Show(None)], None),
        ];
        for (actions, expected) in cases {
            assert_eq!(after(actions).tools.open, expected);
        }
    }

    #[test]
    fn the_wish_is_of_the_network_in_use_and_of_its_own_layer() {
        use Architecture::{Small, UNet};
        let mut state = after([ToolAction::SetLayer(UNet, 3), ToolAction::Show(Some(Tool::Inspector))]);
        assert_eq!(state.tools.inspection_target(&state.engine), None, "nothing is ready");
        for (network, layer) in [(UNet, 3), (Small, 0)] {
            state.apply(become_ready(network));
            assert_eq!(state.tools.inspection_target(&state.engine), Some(InspectionTarget::Layer { network, layer }));
        }
        state.apply(Action::Tool(ToolAction::Show(Some(Tool::Compare))));
        assert_eq!(state.tools.inspection_target(&state.engine), Some(InspectionTarget::Compare));
        state.apply(Action::Tool(ToolAction::Show(Some(Tool::Card))));
        assert_eq!(state.tools.inspection_target(&state.engine), None);
    }

    #[test]
    fn networks_on_their_way_are_followed_until_they_are_loaded_or_fail() {
        let network = Architecture::UNet;
        let mut state = after([ToolAction::Show(Some(Tool::Compare))]);
        let loading = |loaded| Loading { asset: Asset::Network(network), loaded, total: Some(9) };
        state.apply(Action::Engine(EngineEvent::Loading(loading(1))));
        state.apply(Action::Engine(EngineEvent::Loading(loading(5))));
        assert_eq!(state.tools.beside.loading(network), Some(loading(5)));
        state.apply(Action::Engine(EngineEvent::Preloaded(network, Err(problem()))));
        let how_far = |state: &State| {
            let beside = &state.tools.beside;
            (beside.failed(network).cloned(), beside.loading(network))
        };
        assert_eq!(how_far(&state), (Some(problem()), None));
        state.apply(Action::Engine(EngineEvent::Loading(loading(2))));
        assert_eq!(how_far(&state), (None, Some(loading(2))), "it is tried again");
        state.apply(Action::Engine(EngineEvent::Preloaded(network, Ok(()))));
        assert_eq!((how_far(&state), state.tools.beside.n_preloaded), ((None, None), 1));
        state.apply(Action::Engine(EngineEvent::Loading(loading(9))));
        state.apply(become_ready(network));
        assert_eq!(how_far(&state), (None, None), "in use");
    }

    #[test]
    fn the_card_is_of_the_network_in_use_until_another_one_is_chosen() {
        let card_network = |state: &State| state.tools.card_network(Architecture::Residual);
        assert_eq!(card_network(&after([])), Architecture::Residual);
        assert_eq!(card_network(&after([ToolAction::ShowCard(Architecture::Small)])), Architecture::Small);
    }

    #[test]
    fn what_did_not_come_is_asked_for_when_a_person_tries_again_or_opens_a_view_anew() {
        let network = Architecture::Small;
        let card = Rc::new(ModelCard::new(network, b"", Training::default()));
        let (format, sha256) = (NetworkReport::FORMAT, card.sha256.clone());
        let report = NetworkReport { format, network, sha256, splits: vec![], curve: None };
        let with_report = |report| {
            let mut state = after([
                ToolAction::TakeReport(network, report),
                ToolAction::TakeCard(Architecture::UNet, Err(problem())),
                ToolAction::TakeCard(network, Ok(Rc::clone(&card))),
            ]);
            state.apply(Action::Engine(EngineEvent::Preloaded(Architecture::UNet, Err(problem()))));
            assert!(state.tools.report(network).is_some() && state.tools.card(Architecture::UNet).is_some());
            state.tools.open = Some(Tool::Card);
            state
        };
        for action in [ToolAction::Retry, ToolAction::Show(Some(Tool::Compare))] {
            for report in [Err(problem()), Ok(Rc::new(None))] {
                let mut state = with_report(report);
                state.apply(Action::Tool(action.clone()));
                assert!(state.tools.report(network).is_none() && state.tools.card(Architecture::UNet).is_none());
                assert!(state.tools.beside.failed(Architecture::UNet).is_none());
                assert!(state.tools.card(network).is_some(), "what has come is kept");
            }
            let mut state = with_report(Ok(Rc::new(Some(report.clone()))));
            state.apply(Action::Tool(action));
            assert!(state.tools.report(network).is_some(), "what has come is kept");
        }
        assert_eq!(after([ToolAction::Retry, ToolAction::Retry]).tools.n_tries, 2);
    }
}
