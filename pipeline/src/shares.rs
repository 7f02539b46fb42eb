//! How often each expression was the most probable one: the study's Table 5.

use model_core::Emotion;
use serde::{Deserialize, Serialize};

use crate::Face;

/// Labels counted since the start. Every face of every analysed frame counts once: under its most probable label, or as
/// unsure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shares {
    counts: [u64; Emotion::COUNT],
    #[serde(default)]
    unsure: u64,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// Which label.
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

impl Shares {
    /// Count the most probable label of each face, if it is sure.
    pub fn record(&mut self, faces: &[Face]) {
        for face in faces {
            match face.label() {
                Some(label) => self.counts[label as usize] += 1,
                None => self.unsure += 1,
            }
        }
    }

    /// Number of faces counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum::<u64>() + self.unsure
    }

    /// One row a label, in [`Emotion::ALL`] order. With [`Shares::unsure`] they add up to 1.
    pub fn rows(&self) -> [Share; Emotion::COUNT] {
        Emotion::ALL.map(|emotion| {
            let count = self.counts[emotion as usize];
            Share { emotion, count, relative: self.relative(count) }
        })
    }

    /// The faces that are under no label.
    pub fn unsure(&self) -> Unsure {
        Unsure { count: self.unsure, relative: self.relative(self.unsure) }
    }

    fn relative(&self, count: u64) -> f64 {
        match self.total() {
            0 => 0.0,
            total => count as f64 / total as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::Scores;
    use vision::{Detection, Rect};

    fn face(emotion: Emotion) -> Face {
        let mut logits = [0.0; Emotion::COUNT];
        logits[emotion as usize] = 1.0;
        let detection = Detection { rect: Rect::default(), score: 1.0, key_points: None };
        Face { detection, scores: Scores::from_logits(logits).unwrap(), is_sure: true, votes: None, quality: None }
    }

    #[test]
    fn shares_count_labels_and_unsure_faces_and_add_up_to_one() {
        let mut shares = Shares::default();
        assert!(shares.rows().iter().all(|row| row.relative == 0.0) && shares.unsure() == Unsure::default());
        shares.record(&[face(Emotion::Happy), face(Emotion::Sad)]);
        shares.record(&[]);
        shares.record(&[face(Emotion::Happy), face(Emotion::Happy)]);
        let rows = shares.rows();
        assert_eq!(rows.map(|row| row.count), [0, 0, 0, 3, 1, 0, 0]);
        assert!((rows[Emotion::Happy as usize].relative - 0.75).abs() < 1e-12);
        assert!((rows.iter().map(|row| row.relative).sum::<f64>() - 1.0).abs() < 1e-12);
        shares.record(&[Face { is_sure: false, ..face(Emotion::Happy) }]);
        let rows = shares.rows();
        assert_eq!((rows.map(|row| row.count), shares.total()), ([0, 0, 0, 3, 1, 0, 0], 5));
        assert_eq!(shares.unsure().count, 1);
        let sum = rows.iter().map(|row| row.relative).sum::<f64>() + shares.unsure().relative;
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
    }
}
