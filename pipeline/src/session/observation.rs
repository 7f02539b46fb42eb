//! A face in the timeline.

use model_core::{Emotion, Scores, Votes};
use serde::{Deserialize, Serialize};
use vision::{Quality, Rect};

use crate::{TrackId, TrackedFace, shares::Showing};

/// A face of a frame, as it is kept in the timeline. Takes 144 bytes.
///
/// Its numbers are rounded once, when it is kept, to the digits that files have: probabilities and votes to 0.000001,
/// pixels to 0.01, score and quality to 0.0001. A file of it, and the session that is read from a file, thus have the very
/// same numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObservedFace {
    /// The face's track: [`Session::person_of`](crate::Session::person_of) says whose it is.
    pub person: TrackId,
    /// Where it was, in pixels of the frame.
    pub rect: Rect,
    /// How sure the detector is, on its own scale.
    pub score: f32,
    /// Its scores in this frame alone.
    #[serde(rename = "probabilities")]
    pub scores: Scores,
    /// Whether the top one of these is probable enough to call the face so, and the face large enough.
    pub is_sure: bool,
    /// Its scores, smoothed in time.
    #[serde(rename = "smoothed_probabilities")]
    pub smoothed: Scores,
    /// Their label, which does not flicker; `None` while it is *unsure*.
    pub label: Option<Emotion>,
    /// Share of FER+'s raters expected to vote for each expression; `None` if the network was not taught that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub votes: Option<Votes>,
    /// How well it can be seen.
    pub quality: Quality,
}

impl ObservedFace {
    /// The most probable label of this frame alone; `None` if it is not probable enough.
    pub fn frame_label(&self) -> Option<Emotion> {
        self.is_sure.then(|| self.scores.top().0)
    }

    /// Whether a quality issue keeps it from being read well.
    pub fn is_poor(&self) -> bool {
        self.quality.worst_issue().is_some()
    }

    pub(super) fn showing(&self) -> Showing {
        Showing { label: self.label, is_poor: self.is_poor() }
    }
}

impl From<&TrackedFace> for ObservedFace {
    fn from(&TrackedFace { id, face, smoothed, label }: &TrackedFace) -> Self {
        let Rect { x, y, width, height } = face.detection.rect;
        let [x, y, width, height] = [x, y, width, height].map(|pixels| rounded(pixels, 1e2));
        let Quality { side, brightness, sharpness, yaw } = face.quality;
        let quality = Quality {
            side: rounded(side, 1e2),
            brightness: rounded(brightness, 1e4),
            sharpness: rounded(sharpness, 1e4),
            yaw: yaw.map(|yaw| rounded(yaw, 1e4)),
        };
        Self {
            person: id,
            rect: Rect { x, y, width, height },
            score: rounded(face.detection.score, 1e4),
            scores: rounded_scores(face.prediction.scores),
            is_sure: face.prediction.is_sure,
            smoothed: rounded_scores(smoothed),
            label,
            votes: face.prediction.votes.map(rounded_votes),
            quality,
        }
    }
}

/// `number` in steps of one `per_unit`th; what is no number becomes 0, for files have no word for it.
fn rounded(number: f32, per_unit: f64) -> f32 {
    let rounded = ((f64::from(number) * per_unit).round() / per_unit) as f32;
    if rounded.is_finite() { rounded } else { 0.0 }
}

fn rounded_scores(scores: Scores) -> Scores {
    // Seven roundings are far from what the check of the sum allows.
    Scores::try_from(scores.probabilities().map(|p| rounded(p, 1e6))).unwrap_or(scores)
}

fn rounded_votes(votes: Votes) -> Votes {
    Votes::try_from(votes.shares().map(|share| rounded(share, 1e6))).unwrap_or(votes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_observation_takes_as_little_memory_as_is_said() {
        assert_eq!(size_of::<ObservedFace>(), 144);
    }

    #[test]
    fn numbers_have_the_digits_that_files_have() {
        let cases = [
            (0.123_456_78, 1e6, "0.123457"),
            (1.0 / 3.0, 1e6, "0.333333"),
            (0.000_000_4, 1e6, "0"),
            (1_234.567_8, 1e2, "1234.57"),
            (-0.7, 1e4, "-0.7"),
            (f32::NAN, 1e4, "0"),
            (f32::INFINITY, 1e2, "0"),
        ];
        for (number, per_unit, expected) in cases {
            assert_eq!(rounded(number, per_unit).to_string(), expected, "{number}");
        }
    }
}
