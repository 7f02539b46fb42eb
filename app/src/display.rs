//! A face as it is shown: of a photo as it was read, of a camera smoothed in time.

use model_core::{Emotion, Scores};
use pipeline::{Face, TrackId, TrackedFace};

/// A face as it is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DisplayFace {
    /// As it was read in this picture alone.
    pub face: Face,
    /// The probabilities that are shown.
    pub scores: Scores,
    /// The label that is shown; `None` of a face that is *unsure*.
    pub label: Option<Emotion>,
    /// Whose it is, if that is known: of a camera's frames.
    pub id: Option<TrackId>,
}

impl From<&Face> for DisplayFace {
    fn from(face: &Face) -> Self {
        Self { face: *face, scores: face.reading.scores, label: face.label(), id: None }
    }
}

impl From<&TrackedFace> for DisplayFace {
    fn from(&TrackedFace { id, face, smoothed, label }: &TrackedFace) -> Self {
        Self { face, scores: smoothed, label, id: Some(id) }
    }
}
