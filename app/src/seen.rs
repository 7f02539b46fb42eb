//! A face as it is shown: of a photo as it was read, of a camera smoothed in time.

use model_core::{Emotion, Scores};
use pipeline::{Face, Track, TrackId};
use vision::Flaw;

/// A face as it is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// As it was read in this picture alone.
    pub face: Face,
    /// The probabilities that are shown.
    pub scores: Scores,
    /// The label that is shown; `None` of a face that is *unsure*.
    pub label: Option<Emotion>,
    /// What keeps it from being read well, the worst.
    pub flaw: Option<Flaw>,
    /// Whose it is, if that is known: of a camera's frames.
    pub id: Option<TrackId>,
}

impl From<&Face> for Seen {
    fn from(face: &Face) -> Self {
        Self { face: *face, scores: face.scores, label: face.label(), flaw: flaw(face), id: None }
    }
}

impl From<&Track> for Seen {
    fn from(track: &Track) -> Self {
        Self { face: track.face, scores: track.scores, label: track.label, flaw: flaw(&track.face), id: Some(track.id) }
    }
}

fn flaw(face: &Face) -> Option<Flaw> {
    face.flaws().next()
}
