//! A row of the timeline.

use model_core::{Emotion, Scores};
use serde::{Deserialize, Serialize};
use vision::{Flaw, Rect};

use crate::{TrackId, TrackedFace};

/// A row of the timeline: a face of a frame, or a frame without one. Takes 64 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// When the frame was seen, seconds on the source's clock.
    pub time_secs: f64,
    /// `None` of a frame without a face.
    pub face: Option<ObservedFace>,
}

/// A face, as it is kept in the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObservedFace {
    /// Whose it is.
    pub person: TrackId,
    /// Where it was, in pixels of the frame.
    pub rect: Rect,
    /// Its scores, smoothed in time.
    pub smoothed: Scores,
    /// Their label; `None` while it is *unsure*.
    pub label: Option<Emotion>,
    /// The quality issue that keeps it most from being read.
    pub flaw: Option<Flaw>,
}

impl From<&TrackedFace> for ObservedFace {
    fn from(&TrackedFace { id, face, smoothed, label }: &TrackedFace) -> Self {
        Self { person: id, rect: face.detection.rect, smoothed, label, flaw: face.worst_flaw() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_observation_takes_as_little_memory_as_is_said() {
        assert_eq!(size_of::<Observation>(), 64);
    }
}
