//! The label of a face with its confidence, on the label's colour.

use model_core::{Emotion, Scores};
use yew::prelude::*;

use crate::theme;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The probabilities.
    pub scores: Scores,
    /// Whether the top label is probable enough to be called so.
    pub is_sure: bool,
}

/// The label of a face with its confidence; of one that is unsure that it is, and smaller what it would be.
#[component]
pub(super) fn Plate(&Props { scores, is_sure }: &Props) -> Html {
    let label: Option<Emotion> = is_sure.then(|| scores.top().0);
    let (text, aside) = theme::label_words(&scores, is_sure);
    html! {
        <span class="plate" data-emotion={theme::label_id(label)}>
            { text }
            if let Some(aside) = aside {
                <small>{ aside }</small>
            }
        </span>
    }
}
