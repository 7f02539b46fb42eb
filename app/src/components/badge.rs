//! The label of a face with its confidence, on the label's colour.

use model_core::{Emotion, Scores};
use yew::prelude::*;

use crate::theme;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The probabilities.
    pub scores: Scores,
    /// The label; none is probable enough of a face that is unsure.
    pub label: Option<Emotion>,
}

/// The label of a face with its confidence; of one that is unsure that it is, and smaller what it would be.
#[component]
pub(super) fn Badge(&Props { scores, label }: &Props) -> Html {
    let (text, aside) = theme::label_words(&scores, label);
    html! {
        <span class="badge" data-emotion={theme::label_id(label)}>
            { text }
            if let Some(aside) = aside {
                <small>{ aside }</small>
            }
        </span>
    }
}
