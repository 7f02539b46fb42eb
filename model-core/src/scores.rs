//! Class probabilities.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Emotion;

/// Probability of each label, in [`Emotion::ALL`] order. Invariant: finite, non-negative, sums to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f32; Emotion::COUNT]", into = "[f32; Emotion::COUNT]")]
pub struct Scores([f32; Emotion::COUNT]);

/// Numbers that are no probabilities.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ScoresError {
    /// A logit is NaN or infinite: the network did not run properly.
    #[error("expected finite numbers from the network, got {0:?}")]
    NotFinite(Vec<f32>),
    /// Negative, or not adding up to 1.
    #[error("expected probabilities that add up to 1, got {0:?}")]
    NotProbabilities(Vec<f32>),
}

/// How far from 1 the sum of rounded probabilities may lie.
const SUM_TOLERANCE: f32 = 1e-3;

/// Softmax of `logits`, which must be finite.
pub(crate) fn softmax<const N: usize>(logits: [f32; N]) -> Result<[f32; N], ScoresError> {
    if logits.iter().any(|logit| !logit.is_finite()) {
        return Err(ScoresError::NotFinite(logits.to_vec()));
    }
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exp = logits.map(|logit| (logit - max).exp());
    let sum: f32 = exp.iter().sum();
    Ok(exp.map(|e| e / sum))
}

/// `shares` if they are non-negative and add up to 1, but for rounding.
pub(crate) fn distribution<const N: usize>(shares: [f32; N]) -> Result<[f32; N], ScoresError> {
    let sum: f32 = shares.iter().sum();
    let fits = shares.iter().all(|&share| share >= 0.0) && (sum - 1.0).abs() <= SUM_TOLERANCE;
    if fits { Ok(shares) } else { Err(ScoresError::NotProbabilities(shares.to_vec())) }
}

impl Scores {
    /// Softmax of `logits`, which must be finite.
    pub fn from_logits(logits: [f32; Emotion::COUNT]) -> Result<Self, ScoresError> {
        softmax(logits).map(Self)
    }

    /// The seven probabilities, in [`Emotion::ALL`] order.
    pub fn probabilities(&self) -> [f32; Emotion::COUNT] {
        self.0
    }

    /// Probability of one label.
    pub fn of(&self, emotion: Emotion) -> f32 {
        self.0[emotion as usize]
    }

    /// The most probable label and its probability; of equals the first.
    pub fn top(&self) -> (Emotion, f32) {
        let mut top = (Emotion::ALL[0], self.0[0]);
        for emotion in Emotion::ALL {
            if self.of(emotion) > top.1 {
                top = (emotion, self.of(emotion));
            }
        }
        top
    }
}

impl TryFrom<[f32; Emotion::COUNT]> for Scores {
    type Error = ScoresError;

    fn try_from(p: [f32; Emotion::COUNT]) -> Result<Self, ScoresError> {
        distribution(p).map(Self)
    }
}

impl From<Scores> for [f32; Emotion::COUNT] {
    fn from(scores: Scores) -> Self {
        scores.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_is_shift_invariant_and_survives_large_logits() {
        for shift in [-500.0, 0.0, 500.0] {
            let scores = Scores::from_logits([0.0, 1.0, 2.0, 3.0, 2.0, 1.0, 0.0].map(|l| l + shift)).unwrap();
            assert!((scores.probabilities().iter().sum::<f32>() - 1.0).abs() < 1e-6);
            assert_eq!(scores.top().0, Emotion::Happy);
            assert!((scores.of(Emotion::Happy) - 0.474_8).abs() < 1e-3, "{scores:?}");
        }
    }

    #[test]
    fn what_is_no_distribution_is_refused() {
        assert!(Scores::from_logits([f32::NAN; 7]).is_err());
        assert!(Scores::from_logits([f32::INFINITY, 0., 0., 0., 0., 0., 0.]).is_err());
        for bad in [[0.0; 7], [0.5; 7], [-1.0, 2.0, 0., 0., 0., 0., 0.], [f32::NAN; 7]] {
            assert!(Scores::try_from(bad).is_err(), "{bad:?}");
        }
        assert!(Scores::try_from([1.0, 0., 0., 0., 0., 0., 0.]).is_ok());
    }

    #[test]
    fn of_equal_scores_the_first_label_wins() {
        assert_eq!(Scores::from_logits([0.0; 7]).unwrap().top().0, Emotion::Angry);
    }
}
