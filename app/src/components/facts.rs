//! Below the picture: its size, what a person should know of it, and what it cost.

use std::rc::Rc;

use yew::prelude::*;

use super::costs::Costs;
use crate::live::{Cost, FrameFacts, FrameView, LiveView};
use crate::protocol::ReadBy;
use crate::state::{AnalyzedPhoto, Source};
use crate::theme;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The source of the picture on the stage.
    pub source: Source,
    /// A snapshot of the camera's side.
    pub live: Rc<LiveView>,
}

/// Below the picture: its size, what a person should know of it, and what it cost.
#[component]
pub(super) fn Facts(props: &Props) -> Html {
    match &props.source {
        Source::Nothing => Html::default(),
        Source::Photo(photo) => photo.shown.as_deref().map_or_else(Html::default, of_photo),
        Source::Camera(_) | Source::Video(_) => props.live.frame.as_ref().map_or_else(Html::default, |frame| {
            let is_shown_again = props.live.shown_secs.is_some();
            of_camera(frame, is_shown_again)
        }),
    }
}

fn of_photo(shown: &AnalyzedPhoto) -> Html {
    let cost = Cost { capture: shown.decode_ms, stages: shown.analysis.ms };
    let &AnalyzedPhoto { width, height, read_by, .. } = shown;
    let about = FrameFacts { width, height, read_by };
    html! {
        <div class="facts">
            <Costs {cost} source="Decode" />
            <p class="notes quiet">
                { analysis(about, shown.is_done()) }
                { for shown.notes().into_iter().map(|note| html! { <span data-testid="note">{ note }</span> }) }
            </p>
        </div>
    }
}

/// A frame that is shown again costs nothing: it was analysed before.
fn of_camera(frame: &FrameView, is_shown_again: bool) -> Html {
    html! {
        <div class="facts">
            if !is_shown_again {
                <Costs cost={frame.cost} source="Capture" frames_per_second={frame.frames_per_second} />
            }
            <p class="notes quiet">{ for frame.about.map(|about| analysis(about, true)) }</p>
        </div>
    }
}

/// The size that was analysed, and the detector and network that did it. That may still be the network before the one
/// chosen just now.
fn analysis(FrameFacts { width, height, read_by }: FrameFacts, is_done: bool) -> Html {
    let ReadBy { detector, network, device } = read_by;
    html! {
        <span
            data-testid="analysis-size"
            data-width={width.to_string()}
            data-height={height.to_string()}
            data-done={is_done.to_string()}
            data-detector={detector.kind.id()}
            data-full-range={detector.full_range.to_string()}
            data-network={network.id()}
            data-device={device.to_string().to_lowercase()}
        >
            { format!(
                "Analysed at {width}×{height} pixels, {}, {} network on {device}",
                detector.kind, theme::network_word(network),
            ) }
        </span>
    }
}
