//! Putting frames of the timeline back on the stage: as a playback, in a file, or of a video that is chosen anew.

use yew::prelude::*;

use crate::components::toolbar::picked;
use crate::hooks::Controls;
use crate::state::{Mode, Playback, Source};

/// How the frames of a timeline can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::components) enum Frames {
    /// They cannot: they are gone, or are being read.
    Gone,
    /// They are in a video that a person has to choose.
    InFile,
    /// At once; which playback runs, if one does.
    Shown(Option<Playback>),
}

impl Frames {
    /// How the session's frames can be shown while `source` is on the stage.
    pub(in crate::components) fn of(source: &Source, mode: Mode) -> Self {
        match source {
            Source::Video(video) if video.can_be_shown() => Self::Shown(video.playback),
            Source::Nothing if mode == Mode::Video => Self::InFile,
            _ => Self::Gone,
        }
    }
}

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// Whether and how frames can be shown.
    pub frames: Frames,
    /// Where the cursor stands, seconds.
    pub from_secs: f64,
    /// The things that a person can do.
    pub controls: Controls,
}

/// Buttons to play from the cursor on, and to save that; or to choose the video.
#[component]
pub(super) fn FrameTools(props: &Props) -> Html {
    let Controls { on_play, on_play_end, on_attach, .. } = &props.controls;
    let from_secs = props.from_secs;
    let play = |playback| on_play.reform(move |_: MouseEvent| (from_secs, playback));
    let on_end = on_play_end.reform(|_: MouseEvent| ());
    match props.frames {
        Frames::Gone => Html::default(),
        Frames::InFile => html! {
            <div class="toolbar">
                <label class="button">
                    <input
                        type="file"
                        accept="video/*,.mkv,.mov,.m4v"
                        class="unseen"
                        onchange={picked(on_attach)}
                        data-testid="attach-input"
                    />
                    { "Choose its video…" }
                </label>
                <span class="quiet">{ "to see frames again, with their boxes" }</span>
            </div>
        },
        Frames::Shown(None) => html! {
            <div class="toolbar">
                <button type="button" onclick={play(Playback::Played)} data-testid="play">{ "Play" }</button>
                <button type="button" onclick={play(Playback::Saved)} data-testid="save-playback">
                    { "Save as video with boxes" }
                </button>
            </div>
        },
        Frames::Shown(Some(playback)) => html! {
            <div class="toolbar">
                <button type="button" class="main" onclick={on_end} data-testid="play-end">
                    { if playback == Playback::Saved { "Stop and save" } else { "Stop playing" } }
                </button>
                if playback == Playback::Saved {
                    <span class="recording" role="status">
                        { "Every frame from there on is being saved with its boxes, without sound, as fast as this machine can" }
                    </span>
                }
            </div>
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::VideoInfo;
    use crate::state::{Video, VideoStep};

    #[test]
    fn frames_are_shown_of_a_video_that_is_there_and_not_being_read() {
        let info =
            VideoInfo { codec: "VP9".into(), coded_size: [1, 1], end_secs: None, n_frames: None, frames_per_sec: None };
        let video = |step, playback| {
            let range = crate::protocol::VideoRange::default();
            Source::Video(Video {
                name: "a".into(),
                step,
                info: Some(info.clone()),
                range,
                queue: vec![],
                is_exact: true,
                playback,
            })
        };
        let cases = [
            (video(VideoStep::Reading, None), Mode::Video, Frames::Gone),
            (video(VideoStep::Stopped, None), Mode::Video, Frames::Shown(None)),
            (video(VideoStep::Stopped, Some(Playback::Saved)), Mode::Video, Frames::Shown(Some(Playback::Saved))),
            (Source::Nothing, Mode::Video, Frames::InFile),
            (Source::Nothing, Mode::Camera, Frames::Gone),
        ];
        for (source, mode, expected) in cases {
            assert_eq!(Frames::of(&source, mode), expected, "{source:?}");
        }
    }
}
