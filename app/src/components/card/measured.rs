//! The measured figures of a network: each label, the reliability of its confidence, and its training curve.

use report::{Curve, NetworkReport, SplitReport, confusion_table, reliability_diagram};
use yew::prelude::*;

use super::figures::LabelTable;
use crate::components::drawing::{draw, draw_wide};

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The report on the card's own weights.
    pub report: NetworkReport,
    /// Whether what is shown of a face is an answer of both heads, of which the report has one.
    pub is_of_label_head_alone: bool,
}

/// The measured figures of a network.
#[component]
pub(super) fn Measured(props: &Props) -> Html {
    html! {
        <>
            { for props.report.splits.iter().map(|on| split(on, props.is_of_label_head_alone)) }
            { training(props.report.curve.as_ref()) }
        </>
    }
}

fn split(on: &SplitReport, is_of_label_head_alone: bool) -> Html {
    let SplitReport { split, confusion, bins } = on;
    let caption = format!("What pictures of {split} are (rows) and what they are called (columns)");
    let table = confusion_table(&caption, confusion).with("data-testid", "confusion").with("data-split", split);
    let whose = if is_of_label_head_alone {
        "its own confidence; what the page shows is an answer of both heads, which is not drawn here"
    } else {
        "the confidence that the page shows"
    };
    let label = if is_of_label_head_alone { "the label head" } else { "a label" };
    let believed = format!(
        "How often {label} is right on {split}, by {whose}. Where the line lies below the thin one, the network is surer \
         than it should be"
    );
    html! {
        <>
            <LabelTable split={split.clone()} confusion={*confusion} />
            { draw_wide(&caption, &table) }
            <figure data-testid="reliability">
                <figcaption>{ believed }</figcaption>
                { draw(&reliability_diagram(&[("confidence", bins)])) }
            </figure>
        </>
    }
}

fn training(curve: Option<&Curve>) -> Html {
    let Some(curve) = curve else {
        return html! { <p data-testid="no-curve">{ "The epochs of its training are not known: there is no curve" }</p> };
    };
    html! {
        <figure data-testid="curve" data-n={curve.epochs.len().to_string()} data-chosen={curve.chosen_epoch.to_string()}>
            <figcaption>{ curve.words() }</figcaption>
            { draw(&curve.losses()) }
            { draw(&curve.accuracy()) }
        </figure>
    }
}
