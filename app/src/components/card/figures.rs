//! A network's figures on each split, and for each label.

use std::rc::Rc;

use model_core::{Figures, ModelCard};
use report::{Confusion, LabelFigures};
use yew::prelude::*;

use crate::theme;

#[derive(PartialEq, Properties)]
pub(super) struct SplitProps {
    /// The card.
    pub card: Rc<ModelCard>,
}

/// The network's figures on each split, by its card.
#[component]
pub(super) fn SplitTable(props: &SplitProps) -> Html {
    if props.card.figures.is_empty() {
        return html! { <p>{ "It was not measured on pictures that it was not trained on" }</p> };
    }
    let row = |figures: &Figures| {
        let Figures { split, n, accuracy, macro_precision, macro_recall, macro_f1 } = figures;
        html! {
            <tr data-testid="card-split" data-split={split.clone()} data-accuracy={accuracy.to_string()}
                data-macro-f1={macro_f1.to_string()}>
                <th scope="row">{ split }</th>
                <td class="number">{ theme::thousands(*n) }</td>
                { for [accuracy, macro_precision, macro_recall, macro_f1].map(|&share| cell(share)) }
            </tr>
        }
    };
    table(
        "Figures on FER2013, on pictures not trained on",
        &["Split", "Pictures", "Accuracy", "Precision", "Recall", "F1"],
        html! {
            { for props.card.figures.iter().map(row) }
        },
    )
}

#[derive(PartialEq, Properties)]
pub(super) struct LabelProps {
    /// Name of the split.
    pub split: String,
    /// Its confusion matrix.
    pub confusion: Confusion,
}

/// The network's figures for each label.
#[component]
pub(super) fn LabelTable(props: &LabelProps) -> Html {
    let row = |figures: &LabelFigures| {
        let LabelFigures { label, n, precision, recall, f1 } = *figures;
        html! {
            <tr data-testid="card-label" data-split={props.split.clone()} data-label={label.name()}
                data-precision={precision.to_string()} data-recall={recall.to_string()} data-f1={f1.to_string()}>
                <th scope="row">{ theme::word(label) }</th>
                <td class="number">{ theme::thousands(n as usize) }</td>
                { for [precision, recall, f1].map(cell) }
            </tr>
        }
    };
    let caption = format!("Figures of each label on {}", props.split);
    table(
        &caption,
        &["Label", "Pictures", "Precision", "Recall", "F1"],
        html! {
            { for props.confusion.per_label().iter().map(row) }
        },
    )
}

fn table(caption: &str, heads: &[&'static str], rows: Html) -> Html {
    let head = |(i, word): (usize, &&'static str)| {
        html! { <th scope="col" class={(i > 0).then_some("number")}>{ *word }</th> }
    };
    html! {
        <div>
            <h3>{ caption }</h3>
            <div class="wide" tabindex="0" role="group" aria-label={caption.to_owned()}>
            <table class="figures" aria-label={caption.to_owned()}>
                <thead><tr>{ for heads.iter().enumerate().map(head) }</tr></thead>
                <tbody>{ rows }</tbody>
            </table>
            </div>
        </div>
    }
}

fn cell(share: f64) -> Html {
    html! { <td class="number">{ format!("{share:.3}") }</td> }
}
