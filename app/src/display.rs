//! A face as it is shown, of a photo as it was read, of a camera smoothed in time; and how a person points at one.

use model_core::{Emotion, Prediction, Scores};
use pipeline::{Face, ObservedFace, TrackId, TrackedFace};
use vision::Detection;

/// A face as it is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DisplayFace {
    /// As it was read in this picture alone.
    pub face: Face,
    /// The probabilities that are shown.
    pub scores: Scores,
    /// The label that is shown; `None` of a face that is *unsure*.
    pub label: Option<Emotion>,
    /// The person, if known: in frames of a camera or a video.
    pub id: Option<TrackId>,
}

impl DisplayFace {
    /// The number by which list and picture name it: a camera's face that of its person, a photo's that of its row.
    pub(crate) fn number(&self, face_idx: usize) -> String {
        self.id.map_or_else(|| (face_idx + 1).to_string(), |id| id.to_string())
    }
}

/// A face as it was shown when a person pointed at it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaceRef {
    /// Its index; that of a photo's face lasts.
    pub face_idx: usize,
    /// The person; by this a camera's face is found again in the newest frame.
    pub id: Option<TrackId>,
}

impl FaceRef {
    /// Whether it is `face`, which is shown at `face_idx`.
    pub(crate) fn is(self, face_idx: usize, face: &DisplayFace) -> bool {
        match self.id {
            Some(_) => self.id == face.id,
            None => self.face_idx == face_idx,
        }
    }
}

impl From<&Face> for DisplayFace {
    fn from(face: &Face) -> Self {
        Self { face: *face, scores: face.prediction.scores, label: face.label(), id: None }
    }
}

impl From<&ObservedFace> for DisplayFace {
    /// As it was kept: without the key points, and without what the label head alone says.
    fn from(face: &ObservedFace) -> Self {
        let &ObservedFace { person, rect, score, scores, is_sure, smoothed, label, votes, quality } = face;
        let detection = Detection { rect, score, key_points: None };
        let prediction = Prediction { scores, label_head: None, is_sure, votes };
        Self { face: Face { detection, prediction, quality }, scores: smoothed, label, id: Some(person) }
    }
}

impl From<&TrackedFace> for DisplayFace {
    fn from(&TrackedFace { id, face, smoothed, label }: &TrackedFace) -> Self {
        Self { face, scores: smoothed, label, id: Some(id) }
    }
}
