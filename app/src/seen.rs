//! A face as it is shown: of a photo as it was read, of a camera smoothed in time.

use model_core::{Emotion, Scores};
use pipeline::{Face, Track, TrackId};

/// A face as it is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// As it was read in this picture alone.
    pub face: Face,
    /// The probabilities that are shown.
    pub scores: Scores,
    /// The label that is shown; `None` of a face that is *unsure*.
    pub label: Option<Emotion>,
    /// Whose it is, if that is known: of a camera's frames.
    pub id: Option<TrackId>,
}

impl From<&Face> for Seen {
    fn from(face: &Face) -> Self {
        Self { face: *face, scores: face.scores, label: face.label(), id: None }
    }
}

impl From<&Track> for Seen {
    fn from(track: &Track) -> Self {
        Self { face: track.face, scores: track.scores, label: track.label, id: Some(track.id) }
    }
}
