//! Files of what was recorded.

use exports::Format;
use pipeline::PoorFramePolicy;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// How low-quality frames count.
    pub poor_frames: PoorFramePolicy,
    /// Save a file.
    pub on_export: Callback<(Format, PoorFramePolicy)>,
}

/// A button for every kind of file.
#[component]
pub(super) fn Files(props: &Props) -> Html {
    let policy = props.poor_frames;
    let button = |format: Format| {
        let onclick = props.on_export.reform(move |_: MouseEvent| (format, policy));
        html! {
            <button type="button" {onclick} data-testid="export" data-format={format.media_type()}>
                { format.name() }
            </button>
        }
    };
    html! {
        <section class="stack" aria-labelledby="export">
            <h3 id="export">{ "Export" }</h3>
            <div class="toolbar exports">{ for Format::ALL.map(button) }</div>
            <p class="quiet">
                { "Each file says which program, weights, detector and settings made it, and of which video (its SHA-256). \
                   The command line writes the same bytes" }
            </p>
        </section>
    }
}
