//! The status of the page, in one sentence that screen readers read.

use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The sentence.
    pub words: AttrValue,
}

/// The status of the page, in one sentence.
#[component]
pub(super) fn StatusLine(props: &Props) -> Html {
    html! { <p class="status" role="status" data-testid="status">{ &props.words }</p> }
}
