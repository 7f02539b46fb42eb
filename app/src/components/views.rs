//! Closer views of the selected face: inside the network, all networks, and the card of one.

use std::cell::RefCell;
use std::rc::Rc;

use model_core::Architecture;
use yew::prelude::*;

use super::card::Card;
use super::compare::Compare;
use super::inspector::Inspector;
use crate::hooks::{Controls, use_news};
use crate::inspection::InspectionState;
use crate::state::{EngineState, Source, Tool, ToolAction, Tools};

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The view that is open.
    pub tool: Tool,
    /// The state of the views.
    pub tools: Tools,
    /// The source of the stage's picture.
    pub source: Source,
    /// The state of the engine.
    pub engine: EngineState,
    /// The network that a person chose.
    pub network: Architecture,
    /// The inspection of the selected face.
    pub inspection: Rc<RefCell<InspectionState>>,
    /// The page's controls.
    pub controls: Controls,
}

/// The view that is open.
#[component]
pub(super) fn View(props: &Props) -> Html {
    use_news(&props.inspection);
    html! { <section class="view" aria-labelledby="tool-title">{ content(props.tool, props) }</section> }
}

/// Buttons for the views, of which the first is the probabilities.
pub(super) fn buttons(open: Option<Tool>, on_tool: &Callback<ToolAction>) -> Html {
    let button = |(tool, id, word): (Option<Tool>, &'static str, &'static str)| {
        let onclick = on_tool.reform(move |_: MouseEvent| ToolAction::Show(tool));
        html! {
            <button type="button" {onclick} aria-pressed={(open == tool).to_string()} data-testid={id}>{ word }</button>
        }
    };
    let buttons = [
        (None, "tool-expression", "Expression"),
        (Some(Tool::Inspector), "tool-inspector", "Look inside"),
        (Some(Tool::Compare), "tool-compare", "Compare"),
        (Some(Tool::Card), "tool-card", "Network card"),
    ];
    html! { <div class="segments" role="group" aria-label="View of the face">{ for buttons.into_iter().map(button) }</div> }
}

fn content(tool: Tool, props: &Props) -> Html {
    let inspection = props.inspection.borrow();
    let on_tool = props.controls.on_tool.clone();
    match tool {
        Tool::Inspector => {
            let looked = inspection.looked();
            let weights = looked.as_ref().and_then(|looked| inspection.weights(looked.network));
            html! {
                <Inspector
                    {looked}
                    {weights}
                    advice={advice(&props.engine, &props.source)}
                    network={props.network}
                    layer={props.tools.layer(props.network)}
                    colors={props.tools.colors}
                    {on_tool}
                    on_network={props.controls.on_network.clone()}
                />
            }
        }
        Tool::Compare => html! {
            <Compare
                compared={inspection.compared()}
                beside={props.tools.beside.clone()}
                advice={advice(&props.engine, &props.source)}
                {on_tool}
            />
        },
        Tool::Card => {
            let network = props.tools.card_network(props.network);
            html! {
                <Card
                    {network}
                    card={props.tools.card(network).cloned()}
                    report={props.tools.report(network).cloned()}
                    {on_tool}
                />
            }
        }
    }
}

/// Advice while there is no face to look at.
pub(super) fn advice(engine: &EngineState, source: &Source) -> &'static str {
    match (&engine.ready, source) {
        (None, _) if engine.failed.is_some() => "Nothing is loaded; the message above the picture says why",
        (None, _) => "Available once loading has finished",
        (_, Source::Nothing) => "Choose a photo or start the camera, then a face appears here",
        (_, Source::Photo(photo)) if photo.is_reading => "The photo is being read…",
        (_, Source::Photo(photo)) if photo.shown.as_ref().is_none_or(|shown| shown.crops.is_empty()) => {
            "There is no face in this photo; choose another one"
        }
        (_, Source::Photo(_)) => "The face is being read…",
        (_, Source::Video(_)) => "Waiting for a face in the video…",
        (_, Source::Camera(_)) => "Waiting for a face in the camera's picture…",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Ready;
    use crate::problem::Problem;
    use crate::state::{AnalyzedPhoto, Camera, Photo};
    use model_core::{DeviceKind, ModelCard, Training};

    #[test]
    fn while_there_is_no_face_a_person_is_told_what_to_do() {
        let card = Rc::new(ModelCard::new(Architecture::Small, b"", Training::default()));
        let ready = Some(Ready { device: DeviceKind::Cpu, why: None, card });
        let loading = EngineState::default();
        let failed = EngineState { failed: Some(Problem::new("a", "b", "c")), ..EngineState::default() };
        let ready = EngineState { ready, ..failed.clone() };
        let photo = |is_reading, n_faces: Option<usize>| {
            let shown = n_faces.map(|n_faces| Rc::new(AnalyzedPhoto::of_faces(n_faces)));
            Source::Photo(Photo { name: "a".into(), is_reading, is_stopped: false, shown, selected: 0 })
        };
        let cases = [
            (&loading, Source::Nothing, "once loading has finished"),
            (&failed, Source::Nothing, "the message above"),
            (&ready, Source::Nothing, "Choose a photo"),
            (&ready, photo(true, None), "photo is being read"),
            (&ready, photo(false, Some(0)), "no face"),
            (&ready, photo(false, Some(1)), "face is being read"),
            (&ready, Source::Camera(Camera::asked()), "camera"),
        ];
        for (engine, source, words) in cases {
            assert!(advice(engine, &source).contains(words), "{source:?}: {}", advice(engine, &source));
        }
    }
}
