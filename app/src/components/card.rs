//! The card of a network: its layers, its figures, how it was trained, and its limits.

mod figures;
mod measured;

use model_core::{Architecture, ModelCard, TrainOn};
use report::{NetworkReport, schema};
use yew::prelude::*;

use super::{
    alerts::to_retry,
    choice::{Choice, parsed},
    drawing::draw_wide,
};
use crate::problem::Problem;
use crate::state::{Fetched, ToolAction};
use crate::theme;
use figures::SplitTable;
use measured::Measured;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The network.
    pub network: Architecture,
    /// Its card, or why there is none.
    pub card: Option<Fetched<ModelCard>>,
    /// Its report, or why there is none; `None` in it where none was published.
    pub report: Option<Fetched<Option<NetworkReport>>>,
    /// Another network was chosen, or what failed is to be tried again.
    pub on_tool: Callback<ToolAction>,
}

/// The card of a network.
#[component]
pub(super) fn Card(props: &Props) -> Html {
    let networks = Architecture::ALL.map(|network| (network.id().into(), theme::network_word(network).into()));
    let on_choose = parsed(&props.on_tool.reform(ToolAction::ShowCard), |id| id.parse().ok());
    html! {
        <div class="card" data-testid="card" data-network={props.network.id()}>
            <h2 id="tool-title">{ format!("{} network", theme::network_word(props.network)) }</h2>
            <div class="choices">
                <Choice label="Network" testid="card-network" options={networks.to_vec()} value={props.network.id()}
                    {on_choose} />
            </div>
            { draw_wide("Layers", &schema(&props.network.table().summary()).with("data-testid", "schema")) }
            { match &props.card {
                None => html! { <p>{ "Loading the card…" }</p> },
                Some(Err(problem)) => failure(problem, props),
                Some(Ok(card)) => html! {
                    <>
                        { facts(card) }
                        <SplitTable card={card.clone()} />
                        { measured(card, props) }
                        { limits(card) }
                    </>
                },
            } }
        </div>
    }
}

fn failure(problem: &Problem, props: &Props) -> Html {
    to_retry(problem, &props.on_tool.reform(|()| ToolAction::Retry))
}

fn facts(card: &ModelCard) -> Html {
    let training = &card.training;
    let facts = [
        ("Parameters", "card-parameters", theme::thousands(card.parameters)),
        ("Multiplications for a face", "card-macs", theme::thousands(card.macs)),
        ("File", "card-bytes", format!("{:.0}\u{a0}kB", card.bytes as f64 / 1e3)),
        ("Epoch in use", "card-epoch", format!("{} of {}", training.chosen_epoch, training.epochs)),
        ("Trained on", "card-n", format!("{} pictures", theme::thousands(training.n))),
    ];
    let calibrated = card.calibration.map(|calibration| {
        [
            ("Unsure below", "card-threshold", theme::percent(calibration.threshold.into())),
            ("Held-out pictures labelled sure", "card-coverage", theme::percent(calibration.coverage)),
            ("Wrong among these", "card-error", theme::percent(calibration.error)),
        ]
    });
    let fact = |(word, testid, value): (&'static str, &'static str, String)| {
        html! { <div><dt>{ word }</dt><dd data-testid={testid}>{ value }</dd></div> }
    };
    html! { <dl class="costs">{ for facts.into_iter().chain(calibrated.into_iter().flatten()).map(fact) }</dl> }
}

/// The figures of its report, if that is of the very same weights.
fn measured(card: &ModelCard, props: &Props) -> Html {
    let report = match &props.report {
        None => return html! { <p>{ "Loading the figures…" }</p> },
        Some(Err(problem)) => return failure(problem, props),
        Some(Ok(report)) => report,
    };
    match report.as_ref() {
        None => no_report("they were not published with this page"),
        Some(report) if !report.is_of(card) => no_report("those that were published are of other weights"),
        Some(report) => {
            let is_of_label_head_alone =
                card.calibration.as_ref().is_some_and(|calibration| calibration.blend.is_some());
            html! { <Measured report={report.clone()} {is_of_label_head_alone} /> }
        }
    }
}

fn no_report(why: &str) -> Html {
    let words = format!("Figures of each label, the confusion matrix and the training curve are not here: {why}");
    html! { <p data-testid="no-report">{ words }</p> }
}

fn limits(card: &ModelCard) -> Html {
    let choice = match card.training.train_on {
        TrainOn::Training => "The epoch was chosen on a tenth of Training; PublicTest chose nothing.",
        TrainOn::All => "It was trained on every picture, so nothing was left to choose the epoch: it is the last one.",
    };
    html! {
        <>
            <h3>{ "Data and limits" }</h3>
            <p>
                { "FER2013: small grey pictures found by web search, labelled by web raters, often uncertainly. " }
                { choice }
                { " An apparent expression as labelled by web raters is not what a person feels; how quality differs " }
                { "between groups of people was not measured." }
            </p>
            if let Some(note) = &card.note {
                <p data-testid="card-note">{ format!("Note: {note}") }</p>
            }
            <p class="quiet">{ "Made by " }<code>{ &card.training.command }</code></p>
        </>
    }
}
