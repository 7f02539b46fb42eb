//! How often each label was the most probable one: the study's Table 5.

use model_core::Emotion;
use serde::{Deserialize, Serialize};

use super::ratio;
use crate::Face;

/// How often each label was the most probable one in single frames. Every face of every frame counts once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelCounts {
    /// In [`Emotion::ALL`] order.
    labels: [u64; Emotion::COUNT],
    unsure: u64,
}

/// One row of the table: the study's Table 5.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The label.
    pub emotion: Emotion,
    /// How often it was the most probable, surely.
    pub count: u64,
    /// `count` over all counts, those of unsure faces included, in `0..=1`; 0 before anything was counted.
    pub relative: f64,
}

/// The row of the faces whose most probable label was not probable enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Unsure {
    /// How many faces.
    pub count: u64,
    /// `count` over all counts, in `0..=1`; 0 before anything was counted.
    pub relative: f64,
}

impl LabelCounts {
    /// Count the most probable label of each face of a frame, if it is sure.
    pub fn record(&mut self, faces: &[Face]) {
        for face in faces {
            self.count(face.label());
        }
    }

    /// Count the most probable label of a face; `None` if it is not sure.
    pub(crate) fn count(&mut self, label: Option<Emotion>) {
        let count = label.map_or(&mut self.unsure, |label| &mut self.labels[label as usize]);
        *count = count.saturating_add(1);
    }

    /// One row a label, in [`Emotion::ALL`] order. With [`LabelCounts::unsure`] they add up to 1.
    pub fn rows(&self) -> [Share; Emotion::COUNT] {
        Emotion::ALL.map(|emotion| {
            let count = self.labels[emotion as usize];
            Share { emotion, count, relative: ratio(count as f64, self.total()) }
        })
    }

    /// The faces that are under no label.
    pub fn unsure(&self) -> Unsure {
        Unsure { count: self.unsure, relative: ratio(self.unsure as f64, self.total()) }
    }

    fn total(&self) -> f64 {
        self.labels.iter().chain([&self.unsure]).map(|&count| count as f64).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_unsure_faces_are_counted_and_their_shares_add_up_to_one() {
        let mut counts = LabelCounts::default();
        assert!(counts.rows().iter().all(|row| row.relative == 0.0) && counts.unsure() == Unsure::default());
        for label in [Emotion::Happy, Emotion::Sad, Emotion::Happy, Emotion::Happy] {
            counts.count(Some(label));
        }
        assert_eq!(counts.rows().map(|row| row.count), [0, 0, 0, 3, 1, 0, 0]);
        assert!((counts.rows()[Emotion::Happy as usize].relative - 0.75).abs() < 1e-12);
        counts.count(None);
        assert_eq!((counts.rows().map(|row| row.count), counts.unsure().count), ([0, 0, 0, 3, 1, 0, 0], 1));
        let sum = counts.rows().iter().map(|row| row.relative).sum::<f64>() + counts.unsure().relative;
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
    }
}
