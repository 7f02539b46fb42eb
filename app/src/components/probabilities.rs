//! The probability of each expression, as bars.

use model_core::{Emotion, Scores};
use yew::prelude::*;

use crate::theme;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The probabilities.
    pub scores: Scores,
    /// Name for the browser tests.
    #[prop_or("probability".into())]
    pub testid: AttrValue,
}

/// The probability of each expression, as bars.
#[component]
pub(super) fn Probabilities(props: &Props) -> Html {
    let bar = |emotion: Emotion| {
        let p = props.scores.of(emotion);
        html! {
            <li>
                <label>
                    <span>{ theme::word(emotion) }</span>
                    <meter
                        min="0"
                        max="1"
                        value={p.to_string()}
                        data-testid={props.testid.clone()}
                        data-emotion={emotion.name()}
                        data-value={p.to_string()}
                    />
                    <span class="number">{ theme::percent(p.into()) }</span>
                </label>
            </li>
        }
    };
    html! { <ul class="bars" aria-label="Probability of each apparent expression">{ for Emotion::ALL.map(bar) }</ul> }
}
