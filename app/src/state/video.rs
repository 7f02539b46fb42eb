//! A video on the stage.

use crate::problem::Problem;
use crate::protocol::{VideoEnd, VideoInfo, VideoRange};

/// A video on the stage. How far reading has come is in [`live`](crate::live), as it changes with every frame.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Video {
    /// Name of the file.
    pub name: String,
    /// Its step.
    pub step: VideoStep,
    /// Its facts, once it is open.
    pub info: Option<VideoInfo>,
    /// The frames that are read, or were read last.
    pub range: VideoRange,
    /// Files that are read after it.
    pub queue: Vec<String>,
    /// Whether each frame is read once, at its own time; else it is read as the browser plays it.
    pub is_exact: bool,
    /// The playback that runs, if any.
    pub playback: Option<Playback>,
}

/// A video that was read and has left the stage.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KeptVideo {
    /// Name of the file.
    pub name: String,
    /// The frames that were read, or why it could not be opened.
    pub result: Result<KeptFrames, Problem>,
}

/// The frames of a video that were read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KeptFrames {
    /// How many they are.
    pub n: u64,
    /// Why they are not all, if so.
    pub broken_off: Option<String>,
}

/// Frames that were analysed, one after the other with their boxes, at the speed of the video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Playback {
    /// They are looked at.
    Played,
    /// They are saved as a video as well.
    Saved,
}

/// The step that a video is at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum VideoStep {
    /// It is being opened.
    Opening,
    /// Its frames are being read.
    Reading,
    /// They wait for a person.
    Paused,
    /// A person ended it before its end.
    Stopped,
    /// All frames of the range were read, or as many as could be.
    Ended(VideoEnd),
    /// Nothing is read: it was chosen for a session that was opened, to show its frames.
    Attached,
}

impl Video {
    pub(super) fn chosen(name: String, queue: Vec<String>) -> Self {
        Self {
            name,
            step: VideoStep::Opening,
            info: None,
            range: VideoRange::default(),
            queue,
            is_exact: true,
            playback: None,
        }
    }

    pub(super) fn attached(name: String) -> Self {
        Self { step: VideoStep::Attached, ..Self::chosen(name, vec![]) }
    }

    /// Its range is read from the beginning.
    pub(super) fn read(&mut self, range: VideoRange) {
        (self.range, self.step) = (range, VideoStep::Reading);
    }

    /// It is open; its frames come.
    pub(super) fn open(&mut self, info: VideoInfo) {
        self.info = Some(info);
        if self.step == VideoStep::Opening {
            self.step = VideoStep::Reading;
        }
    }

    pub(super) fn set_paused(&mut self, is_paused: bool) {
        self.step = match self.step {
            VideoStep::Reading if is_paused => VideoStep::Paused,
            VideoStep::Paused if !is_paused => VideoStep::Reading,
            ref other => other.clone(),
        };
    }

    /// Whether frames may still come.
    pub(crate) fn is_read(&self) -> bool {
        matches!(self.step, VideoStep::Opening | VideoStep::Reading | VideoStep::Paused)
    }

    /// Whether any frame of it can be put on the stage: it is open, and none is being read.
    pub(crate) fn can_be_shown(&self) -> bool {
        self.info.is_some() && matches!(self.step, VideoStep::Stopped | VideoStep::Ended(_) | VideoStep::Attached)
    }

    /// Whether the picture on the stage stays as it is until a person does something.
    pub(crate) fn is_still(&self) -> bool {
        self.playback.is_none() && !matches!(self.step, VideoStep::Opening | VideoStep::Reading)
    }

    /// Where the range ends, seconds, as far as that is known.
    pub(crate) fn end_secs(&self) -> Option<f64> {
        let end_secs = self.info.as_ref().and_then(|info| info.end_secs);
        match (self.range.to_secs, end_secs) {
            (Some(to_secs), Some(end_secs)) => Some(to_secs.min(end_secs)),
            (to_secs, end_secs) => to_secs.or(end_secs),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_video_waits_only_while_it_is_read() {
        let mut video = Video::chosen("a.mp4".into(), vec![]);
        let steps = [
            (true, VideoStep::Opening),
            (true, VideoStep::Paused),
            (false, VideoStep::Reading),
            (false, VideoStep::Reading),
        ];
        for (i, (is_paused, expected)) in steps.into_iter().enumerate() {
            if i == 1 {
                video.read(VideoRange::default());
            }
            video.set_paused(is_paused);
            assert_eq!(video.step, expected, "{i}");
        }
        video.step = VideoStep::Stopped;
        video.set_paused(true);
        assert_eq!((video.step.clone(), video.is_read()), (VideoStep::Stopped, false));
    }

    #[test]
    fn frames_can_be_shown_once_none_is_read() {
        let info =
            VideoInfo { codec: "VP9".into(), coded_size: [1, 1], end_secs: None, n_frames: None, frames_per_sec: None };
        let of = |step| Video { step, info: Some(info.clone()), ..Video::chosen("a.mp4".into(), vec![]) };
        let cases = [
            (VideoStep::Opening, false, false),
            (VideoStep::Reading, false, false),
            (VideoStep::Paused, false, true),
            (VideoStep::Stopped, true, true),
            (VideoStep::Ended(VideoEnd::default()), true, true),
            (VideoStep::Attached, true, true),
        ];
        for (step, can_be_shown, is_still) in cases {
            let video = of(step.clone());
            assert_eq!((video.can_be_shown(), video.is_still()), (can_be_shown, is_still), "{step:?}");
        }
        let mut video = Video::attached("a.mp4".into());
        assert!(!video.can_be_shown(), "it is not open yet");
        video.open(info.clone());
        assert_eq!((video.step.clone(), video.can_be_shown()), (VideoStep::Attached, true));
        video.playback = Some(Playback::Played);
        assert!(!video.is_still());
    }

    #[test]
    fn the_range_ends_with_the_video_at_the_latest() {
        let info = |end_secs| VideoInfo {
            codec: "VP9".into(),
            coded_size: [1, 1],
            end_secs,
            n_frames: None,
            frames_per_sec: None,
        };
        let cases = [
            (None, None, None),
            (Some(2.0), None, Some(2.0)),
            (None, Some(10.0), Some(10.0)),
            (Some(2.0), Some(10.0), Some(2.0)),
            (Some(20.0), Some(10.0), Some(10.0)),
        ];
        for (to_secs, end_secs, expected) in cases {
            let mut video = Video::chosen("a".into(), vec![]);
            video.open(info(end_secs));
            video.read(VideoRange { to_secs, ..VideoRange::default() });
            assert_eq!(video.end_secs(), expected, "{to_secs:?} {end_secs:?}");
        }
    }
}
