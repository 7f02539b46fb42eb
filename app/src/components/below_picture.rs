//! Below the picture: how it was read, and what was seen over time.

use std::rc::Rc;

use pipeline::PoorFramePolicy;
use yew::prelude::*;

use super::{
    facts::Facts,
    shares::SharesTable,
    timeline::{Frames, Timeline},
};
use crate::hooks::Controls;
use crate::live::{LiveView, SessionHandle};
use crate::problem::Problem;
use crate::state::{Mode, Source};

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The source of the picture on the stage.
    pub source: Source,
    /// The thing that a person does.
    pub mode: Mode,
    /// A snapshot of the camera's side.
    pub live: Rc<LiveView>,
    /// The session to show.
    pub session: SessionHandle,
    /// Why something could not be done with it.
    pub timeline_problem: Option<Problem>,
    /// How low-quality frames count.
    pub poor_frames: PoorFramePolicy,
    /// The things that a person can do.
    pub controls: Controls,
}

/// Below the picture, on a phone under the results: what was recorded of a camera or a video until it is cleared, how
/// the picture was read, and the shares of the camera that runs, or ran.
#[component]
pub(super) fn BelowPicture(props: &Props) -> Html {
    let was_live = props.source == Source::Nothing && props.mode == Mode::Camera && props.live.shares.secs() > 0.0;
    let is_video = props.mode == Mode::Video;
    html! {
        <section class={classes!("below", is_video.then_some("of-video"))} aria-label="More on the picture">
            <Facts source={props.source.clone()} live={props.live.clone()} />
            { timeline(props) }
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

/// The session's timeline, in the mode of its source.
fn timeline(props: &Props) -> Html {
    let Props { mode, session, .. } = props;
    let is_of_mode = match mode {
        Mode::Photos => false,
        Mode::Camera => !session.is_video,
        Mode::Video => session.is_video,
    };
    let Some(span) = session.span.filter(|_| is_of_mode) else { return Html::default() };
    html! {
        <Timeline
            key={session.source}
            session={session.clone()}
            {span}
            poor_frames={props.poor_frames}
            problem={props.timeline_problem.clone()}
            frames={Frames::of(&props.source, *mode)}
            shown_secs={props.live.shown_secs}
            controls={props.controls.clone()}
        />
    }
}
