//! Messages about a video, between the window and the worker that reads its frames.

use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// Facts of a video, known before a frame is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VideoInfo {
    /// The codec, as people know it.
    pub codec: String,
    /// Width and height of a coded frame, pixels.
    pub coded_size: [u32; 2],
    /// The end of the last frame, seconds; `None` where only reading all of it tells.
    pub end_secs: Option<f64>,
    /// Number of frames that are shown; `None` where only reading all of it tells.
    pub n_frames: Option<u64>,
    /// Frames a second in the mean, above 0, where the file says it.
    pub frames_per_sec: Option<f64>,
}

/// The frames to read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct VideoRange {
    /// From this time on, seconds.
    pub from_secs: f64,
    /// Up to this time, seconds, the frame at it not included; `None`: to the end.
    pub to_secs: Option<f64>,
    /// Every so many frames one is read, beginning with the first of the range; 1 or more.
    pub every: u32,
}

impl Default for VideoRange {
    /// All frames.
    fn default() -> Self {
        Self { from_secs: 0.0, to_secs: None, every: 1 }
    }
}

/// A frame of a video, decoded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecodedFrame {
    /// When it is shown, seconds on the file's clock.
    pub time_secs: f64,
    /// Width upright, with square pixels, not larger than photos are searched.
    pub width: u32,
    /// Height of the same.
    pub height: u32,
}

/// The end of the frames.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct VideoEnd {
    /// Frames of the range that the decoder did not give, although it went on.
    pub n_lost: u64,
    /// Why it is not the end of the range.
    pub problem: Option<Problem>,
}
