//! Under the picture: how it was read, and what was seen over time.

use std::rc::Rc;

use pipeline::PoorFramePolicy;
use yew::prelude::*;

use super::{facts::Facts, shares::SharesTable};
use crate::hooks::Controls;
use crate::live::LiveView;
use crate::state::{Mode, Source};

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The source of the picture on the stage.
    pub source: Source,
    /// The thing that a person does.
    pub mode: Mode,
    /// A snapshot of the camera's side.
    pub live: Rc<LiveView>,
    /// How frames count in which a face is poorly seen.
    pub poor_frames: PoorFramePolicy,
    /// The things that a person can do.
    pub controls: Controls,
}

/// Under the picture, on a phone under the results: how it was read, and the shares of the camera that runs, or ran.
#[component]
pub(super) fn Under(props: &Props) -> Html {
    let was_live = props.source == Source::Nothing && props.mode == Mode::Camera && props.live.shares.secs() > 0.0;
    html! {
        <section class="under" aria-label="More on the picture">
            <Facts source={props.source.clone()} live={props.live.clone()} />
            if props.source.is_live() || was_live {
                <SharesTable
                    live={props.live.clone()}
                    poor_frames={props.poor_frames}
                    on_leave_out_poor={props.controls.on_leave_out_poor.clone()}
                    on_reset={props.controls.on_reset_shares.clone()}
                />
            }
        </section>
    }
}
