//! Under a video: how far it is read, and which frames of it are.

use std::rc::Rc;

use yew::prelude::*;

use crate::hooks::Controls;
use crate::live::{LiveView, VideoProgress};
use crate::problem::Problem;
use crate::protocol::{VideoEnd, VideoRange};
use crate::state::{KeptFrames, KeptVideo, Video, VideoStep};
use crate::web::input;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The video on the stage.
    pub video: Video,
    /// A snapshot of what was read.
    pub live: Rc<LiveView>,
    /// The things that a person can do.
    pub controls: Controls,
}

/// Progress of reading the video, with buttons to pause and stop it; then the choice of frames.
#[component]
pub(super) fn VideoPanel(props: &Props) -> Html {
    let Props { video, live, .. } = props;
    let frames_per_second = live.frame.as_ref().and_then(|frame| frame.frames_per_second);
    let share = live.video.zip(video.end_secs()).map(|(progress, end_secs)| progress.share(video.range, end_secs));
    html! {
        <section
            class={classes!("video", if video.is_read() { "panel stack" } else { "at-rest" })}
            aria-label="Video"
            data-testid="video"
            data-step={word(&video.step)}
            data-frames={live.video.map_or(0, |progress| progress.n_frames).to_string()}
            data-secs={live.video.map_or(String::new(), |progress| progress.newest_secs.to_string())}
        >
            if video.is_read() {
                <label class="stack">
                    <span data-testid="video-progress">{ words(video, live.video, frames_per_second) }</span>
                    <progress max="1" value={share.map(|share| share.to_string())} />
                </label>
            } else {
                <span data-testid="video-progress">{ words(video, live.video, frames_per_second) }</span>
            }
            if !video.is_exact {
                <p class="quiet" data-testid="inexact">
                    { "Not exact: this browser gives no decoder for the video, so it is read as it is played. Frames may be \
                       left out, and reading waits while the page is hidden" }
                </p>
            }
            if !video.queue.is_empty() {
                <p class="quiet" data-testid="video-queue">{ format!("Then {}", video.queue.join(", ")) }</p>
            }
            { buttons(props) }
            if video.step != VideoStep::Attached {
                <details>
                    <summary data-testid="video-range">{ "Read a part, or every n-th frame" }</summary>
                    <Range range={video.range} on_read={props.controls.on_video_range.clone()} />
                </details>
            }
        </section>
    }
}

fn buttons(props: &Props) -> Html {
    let Controls { on_video_pause, on_video_resume, on_video_stop, on_video_next, .. } = props.controls.clone();
    if !props.video.is_read() {
        let Some(next) = props.video.queue.first() else { return Html::default() };
        return html! {
            <div class="toolbar">
                <button type="button" class="main" onclick={move |_| on_video_next.emit(())} data-testid="video-next">
                    { format!("Read {next}") }
                </button>
            </div>
        };
    }
    html! {
        <div class="toolbar">
            if props.video.step == VideoStep::Paused {
                <button type="button" class="main" onclick={move |_| on_video_resume.emit(())} data-testid="video-resume">
                    { "Go on" }
                </button>
            } else if props.video.step == VideoStep::Reading {
                <button type="button" onclick={move |_| on_video_pause.emit(())} data-testid="video-pause">
                    { "Pause" }
                </button>
            }
            <button type="button" onclick={move |_| on_video_stop.emit(())} data-testid="video-stop">{ "Stop" }</button>
        </div>
    }
}

#[derive(PartialEq, Properties)]
pub(super) struct KeptProps {
    /// The videos that were read before.
    pub kept: Vec<KeptVideo>,
    /// Whether another one is being read.
    pub is_reading: bool,
    /// Show the one of that index.
    pub on_show: Callback<usize>,
}

/// The videos that were read before the one on the stage; nothing without any.
#[component]
pub(super) fn KeptVideos(props: &KeptProps) -> Html {
    if props.kept.is_empty() {
        return Html::default();
    }
    let row = |(idx, KeptVideo { name, result }): (usize, &KeptVideo)| {
        let on_show = props.on_show.reform(move |_: MouseEvent| idx);
        let words = match result {
            Ok(KeptFrames { n, broken_off: None }) => format!("{name}, {n} frames"),
            Ok(KeptFrames { n, broken_off: Some(why) }) => format!("{name}, {n} frames, not all of it: {why}"),
            Err(Problem { title, detail, .. }) => format!("{title}: {detail}"),
        };
        html! {
            <li class="toolbar" key={idx} data-testid="kept-video">
                <span>{ words }</span>
                if result.is_ok() {
                    <button type="button" onclick={on_show} disabled={props.is_reading} data-testid="show-kept">
                        { "Show" }
                    </button>
                }
            </li>
        }
    };
    html! {
        <details class="kept">
            <summary data-testid="kept-videos">{ format!("Videos read before: {}", props.kept.len()) }</summary>
            <ul class="stack">{ for props.kept.iter().enumerate().map(row) }</ul>
        </details>
    }
}

#[derive(PartialEq, Properties)]
struct RangeProps {
    /// The range that is read, or was read last.
    range: VideoRange,
    /// Read these frames.
    on_read: Callback<VideoRange>,
}

/// The choice of the frames to read.
#[component]
fn Range(props: &RangeProps) -> Html {
    let [from, to, every] = [use_node_ref(), use_node_ref(), use_node_ref()];
    let onsubmit = {
        let (fields, on_read) = ([from.clone(), to.clone(), every.clone()], props.on_read.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let [from_secs, to_secs, every] = fields.each_ref().map(input::number);
            on_read.emit(range(from_secs, to_secs, every));
        })
    };
    let field = |label: &'static str,
                 node: NodeRef,
                 least: &'static str,
                 step: &'static str,
                 value: String,
                 testid: &'static str| {
        html! {
            <label class="field">
                <span>{ label }</span>
                <input type="number" ref={node} min={least} {step} {value} data-testid={testid} />
            </label>
        }
    };
    let VideoRange { from_secs, to_secs, every: every_n } = props.range;
    let to_text = to_secs.map(|secs| secs.to_string()).unwrap_or_default();
    html! {
        <form class="toolbar" {onsubmit}>
            { field("From, seconds", from, "0", "any", from_secs.to_string(), "video-from") }
            { field("To", to, "0", "any", to_text, "video-to") }
            { field("Every n-th frame", every, "1", "1", every_n.to_string(), "video-every") }
            <button type="submit" data-testid="video-read">{ "Read these frames" }</button>
        </form>
    }
}

/// The range that was typed, as far as it is valid.
fn range(from_secs: Option<f64>, to_secs: Option<f64>, every: Option<f64>) -> VideoRange {
    let from_secs = from_secs.unwrap_or(0.0).max(0.0);
    let every = every.map_or(1, |every| every.clamp(1.0, f64::from(u32::MAX)) as u32);
    VideoRange { from_secs, to_secs: to_secs.filter(|to_secs| *to_secs > from_secs), every }
}

fn word(step: &VideoStep) -> &'static str {
    match step {
        VideoStep::Opening => "opening",
        VideoStep::Reading => "reading",
        VideoStep::Paused => "paused",
        VideoStep::Stopped => "stopped",
        VideoStep::Ended(_) => "ended",
        VideoStep::Attached => "attached",
    }
}

/// The progress, in one line.
fn words(video: &Video, progress: Option<VideoProgress>, frames_per_second: Option<f64>) -> String {
    if video.step == VideoStep::Attached {
        return format!("Frames of {} with what the session says of them", video.name);
    }
    let Some(progress) = progress else { return format!("Opening {}…", video.name) };
    let n_frames = video.info.as_ref().and_then(|info| info.n_frames).filter(|_| video.range == VideoRange::default());
    let frames = match n_frames {
        Some(n) => format!("frame {} of {n}", progress.n_frames),
        None => format!("{} frames", progress.n_frames),
    };
    let end = video.end_secs().map_or(String::new(), |secs| format!(" of {}", clock(secs)));
    let read = format!("{}{end}, {frames}", clock(progress.newest_secs));
    match &video.step {
        VideoStep::Opening | VideoStep::Reading => {
            let rate = frames_per_second.map_or(String::new(), |fps| format!(", {fps:.0} frames a second"));
            let left = video.end_secs().zip(frames_per_second);
            let left = left.and_then(|(end_secs, rate)| progress.secs_left(video.range, end_secs, rate));
            let left = left.map_or(String::new(), |secs| format!(", {} left", clock(secs)));
            format!("{read}{rate}{left}")
        }
        VideoStep::Paused => format!("{read}, paused"),
        VideoStep::Stopped => format!("{read}, stopped"),
        VideoStep::Ended(VideoEnd { n_lost: 0, problem: None }) => format!("{read}, all read"),
        VideoStep::Ended(VideoEnd { n_lost, problem: None }) => {
            format!("{read}, all read but {n_lost} that could not be decoded")
        }
        VideoStep::Ended(_) | VideoStep::Attached => format!("{read}, then it breaks off"),
    }
}

/// Such as `1:02:03` and `0:07`.
pub(super) fn clock(secs: f64) -> String {
    let secs = secs.max(0.0).round() as u64;
    let (hours, minutes, secs) = (secs / 3600, secs / 60 % 60, secs % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{secs:02}") } else { format!("{minutes}:{secs:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::VideoInfo;

    #[test]
    fn how_far_a_video_is_is_said_in_a_line() {
        let info = VideoInfo {
            codec: "H.264".into(),
            coded_size: [1, 1],
            end_secs: Some(125.0),
            n_frames: Some(3000),
            frames_per_sec: None,
        };
        let of = |step, info| Video {
            name: "a.mp4".into(),
            step,
            info,
            range: VideoRange::default(),
            queue: vec![],
            is_exact: true,
            playback: None,
        };
        let progress = VideoProgress { n_frames: 600, newest_secs: 24.0, begin_secs: 0.0, interval_secs: 0.04 };
        let end = |n_lost| VideoStep::Ended(VideoEnd { n_lost, problem: None });
        let cases = [
            (of(VideoStep::Opening, None), None, "Opening a.mp4…"),
            (
                of(VideoStep::Reading, Some(info.clone())),
                Some(progress),
                "0:24 of 2:05, frame 600 of 3000, 60 frames a second, 0:42 left",
            ),
            (of(VideoStep::Reading, None), Some(progress), "0:24, 600 frames, 60 frames a second"),
            (of(VideoStep::Paused, Some(info)), Some(progress), "0:24 of 2:05, frame 600 of 3000, paused"),
            (of(end(0), None), Some(progress), "0:24, 600 frames, all read"),
            (of(VideoStep::Attached, None), None, "Frames of a.mp4 with what the session says of them"),
            (of(end(2), None), Some(progress), "0:24, 600 frames, all read but 2 that could not be decoded"),
        ];
        for (video, progress, expected) in cases {
            assert_eq!(words(&video, progress, Some(60.0)), expected);
        }
        assert_eq!([clock(0.0), clock(59.6), clock(3723.0)], ["0:00", "1:00", "1:02:03"]);
    }

    #[test]
    fn what_makes_no_sense_is_not_read() {
        let cases = [
            ((None, None, None), VideoRange::default()),
            ((Some(1.5), Some(1.0), Some(0.0)), VideoRange { from_secs: 1.5, to_secs: None, every: 1 }),
            ((Some(-1.0), Some(2.0), Some(3.9)), VideoRange { from_secs: 0.0, to_secs: Some(2.0), every: 3 }),
        ];
        for ((from_secs, to_secs, every), expected) in cases {
            assert_eq!(range(from_secs, to_secs, every), expected);
        }
    }
}
