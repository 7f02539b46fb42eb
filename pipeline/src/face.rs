//! A face, from the picture that shows it to the person that it belongs to.

use std::fmt;

use model_core::{Emotion, Prediction, Scores};
use serde::{Deserialize, Serialize};
use vision::{Detection, Quality, QualityIssue};

/// A face of one picture, and what was read in it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Face {
    /// Where it is, in pixels of the analysed picture.
    pub detection: Detection,
    /// The apparent expression that the network reads in it; not sure if the face is too small for that
    /// ([`Quality::allows_sure_label`]).
    pub prediction: Prediction,
    /// How well it can be seen.
    pub quality: Quality,
}

impl Face {
    /// The most probable label, if it is probable enough; `None` of a face that is *unsure*.
    pub fn label(&self) -> Option<Emotion> {
        self.prediction.is_sure.then(|| self.prediction.scores.top().0)
    }

    /// The quality issue that keeps it most from being read; `None` of a face that is seen well.
    pub fn worst_issue(&self) -> Option<QualityIssue> {
        self.quality.worst_issue()
    }
}

/// Identity of a person before the camera or in a video, from 1. It is never used again in the life of a
/// [`Session`](crate::Session).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TrackId(pub(crate) u64);

impl TrackId {
    /// The number.
    pub fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for TrackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A face of one frame, and what is known of it from the frames before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrackedFace {
    /// The track that the face belongs to.
    pub id: TrackId,
    /// The face as it was read in this frame alone.
    pub face: Face,
    /// Its scores, smoothed in time.
    pub smoothed: Scores,
    /// Their label, which does not flicker; `None` while it is *unsure*.
    pub label: Option<Emotion>,
}
