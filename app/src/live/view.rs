//! A snapshot of the camera's side, for components.

use pipeline::{Person, Shares, TrackId};
use vision::QualityIssue;
use web_time::Instant;

use super::{Cost, FrameFacts, Live, LiveFrame, VideoProgress};
use crate::display::DisplayFace;

/// A snapshot of what the camera shows and what was counted since it was started. Two that are equal look the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LiveView {
    /// The newest frame; `None` when there is no picture.
    pub frame: Option<FrameView>,
    /// The quality issue of the selected face, once it has lasted for so long that it is worth a word.
    pub advice: Option<QualityIssue>,
    /// The shares of all people together.
    pub shares: Shares,
    /// The progress of reading a video, if one is on the stage and a frame was read.
    pub video: Option<VideoProgress>,
    /// The time of the frame, seconds, if it is one of the timeline that is shown again.
    pub shown_secs: Option<f64>,
    /// Every person with their shares, in the order in which they came.
    pub people: Vec<(TrackId, Person)>,
}

/// The newest frame, but for its picture.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FrameView {
    /// Its faces, smoothed in time.
    pub faces: Vec<DisplayFace>,
    /// Index of the selected one.
    pub selected_idx: usize,
    /// Facts about it.
    pub about: Option<FrameFacts>,
    /// Mean cost of a frame of the last second.
    pub cost: Cost,
    /// Analysed frames per second; none with fewer than two in the last second.
    pub frames_per_second: Option<f64>,
}

impl Live {
    /// A snapshot of what there is `now`.
    pub(crate) fn view(&self, now: Instant) -> LiveView {
        let frame = |LiveFrame { faces, about, .. }: &LiveFrame| FrameView {
            faces: faces.clone(),
            selected_idx: self.selected_idx(),
            about: *about,
            cost: self.frame_rate.cost(now),
            frames_per_second: self.frame_rate.frames_per_second(now),
        };
        LiveView {
            frame: self.frame.as_ref().map(frame),
            advice: self.session.advice(),
            shares: self.session.shares().clone(),
            video: self.video.filter(|progress| progress.n_frames > 0),
            shown_secs: self.shown_secs,
            people: self.session.people().map(|(id, person)| (id, person.clone())).collect(),
        }
    }
}
