//! Sums of the time that each thing was shown.

use std::ops::Sub;

use model_core::Emotion;
use pipeline::ObservedFace;

/// For how long a person showed each thing, all in seconds. Sums from the beginning of a session up to two times,
/// subtracted, are the sums between the two.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sums {
    /// For how long each label was shown, then unsure: also while the quality was poor.
    pub(super) shown: [f64; Emotion::COUNT + 1],
    /// For how long the quality was poor.
    pub(super) poor: f64,
    /// The integral of each label's smoothed probability.
    pub(super) probabilities: [f64; Emotion::COUNT],
}

impl Sums {
    /// `face` was shown for so long, seconds.
    pub(super) fn add(&mut self, face: &ObservedFace, secs: f64) {
        self.shown[face.label.map_or(Emotion::COUNT, |label| label as usize)] += secs;
        if face.is_poor() {
            self.poor += secs;
        }
        let sums = self.probabilities.iter_mut().zip(face.smoothed.probabilities());
        sums.for_each(|(sum, p)| *sum += secs * f64::from(p));
    }

    /// For how long the person was seen, seconds.
    pub(super) fn seen_secs(&self) -> f64 {
        self.shown.iter().sum()
    }
}

impl Sub for Sums {
    type Output = Self;

    fn sub(mut self, other: Self) -> Self {
        self.shown.iter_mut().zip(other.shown).for_each(|(mine, other)| *mine -= other);
        self.poor -= other.poor;
        self.probabilities.iter_mut().zip(other.probabilities).for_each(|(mine, other)| *mine -= other);
        self
    }
}
