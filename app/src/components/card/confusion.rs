//! What is called what, as a heat map.

use model_core::Emotion;
use yew::prelude::*;

use crate::study::Evaluation;
use crate::theme;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// What was measured.
    pub evaluation: Evaluation,
}

/// What is called what: a row for each label, and how many of its pictures are called so; darker is more of the row.
#[component]
pub(super) fn ConfusionTable(props: &Props) -> Html {
    let caption = format!("What pictures of {} are (rows) and what they are called (columns)", props.evaluation.split);
    let row = |(label, counts): (Emotion, &[u64; Emotion::COUNT])| {
        let n: u64 = counts.iter().sum();
        html! {
            <tr>
                <th scope="row">{ theme::word(label) }</th>
                { for counts.iter().map(|&count| cell(count, n)) }
            </tr>
        }
    };
    html! {
        <div>
            <h3>{ caption.clone() }</h3>
            <div class="wide" tabindex="0" role="group" aria-label={caption.clone()}>
            <table
                class="confusion"
                aria-label={caption}
                data-testid="confusion"
                data-split={props.evaluation.split.clone()}
            >
                <thead>
                    <tr>
                        <td></td>
                        { for Emotion::ALL.map(|label| html! { <th scope="col">{ theme::word(label) }</th> }) }
                    </tr>
                </thead>
                <tbody>{ for Emotion::ALL.into_iter().zip(&props.evaluation.confusion).map(row) }</tbody>
            </table>
            </div>
        </div>
    }
}

fn cell(count: u64, n: u64) -> Html {
    let percent = if n == 0 { 0 } else { (100.0 * count as f64 / n as f64).round() as u64 };
    // Steps of the style sheet: the page's policy forbids styles in the markup.
    let class = format!("heat-{}", (percent + 5) / 10);
    html! {
        <td {class} data-count={count.to_string()}>{ count }<br /><small>{ format!("{percent}\u{a0}%") }</small></td>
    }
}
