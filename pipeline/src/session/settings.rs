//! The numbers that a session goes by.

use crate::TrackSettings;

/// The numbers that a session goes by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SessionSettings {
    /// How faces are tracked.
    pub tracking: TrackSettings,
    /// A frame counts until the next one, but no longer than this, seconds: a pause is not watched. One second, so that a
    /// source of one frame a second counts whole.
    pub longest_secs: f64,
    /// A quality issue is worth a word after so long, seconds: advice that comes and goes with single frames cannot be
    /// read.
    pub advice_secs: f64,
    /// Frames and faces kept at most; later ones count in the shares but are not in the timeline. An hour of one person at
    /// 30 frames a second is 216,000 of them and takes 18 MB; the two million of the default, nine hours, 168 MB.
    pub max_rows: usize,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self { tracking: TrackSettings::default(), longest_secs: 1.0, advice_secs: 0.5, max_rows: 2_000_000 }
    }
}

/// The most that a frame of a video counts for, seconds: a recording of a screen has none while nothing moves, and a player
/// shows the last one. Longer is a part that is missing.
const LONGEST_VIDEO_FRAME_SECS: f64 = 10.0;

impl SessionSettings {
    /// For a video that is read to be measured, whose frames come at a mean rate of so many a second, above 0: each is shown
    /// until the next one, and whoever is in that has not been away, however slow the video is. Small and far faces are
    /// searched for in every frame without a face, four times a second beside small ones, and twice beside near ones.
    pub fn for_video(frames_per_sec: f64) -> Self {
        let settings = Self::default();
        let tracking = TrackSettings {
            far_secs: 0.0,
            far_beside_near_secs: 0.5,
            forget_secs: settings.tracking.forget_secs.max(1.5 / frames_per_sec),
            pause_secs: settings.tracking.pause_secs.max(1.5 / frames_per_sec),
            ..settings.tracking
        };
        Self { tracking, longest_secs: LONGEST_VIDEO_FRAME_SECS.max(1.0 / frames_per_sec), ..settings }
    }
}
