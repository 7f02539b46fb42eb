//! How often each expression was the most probable one: the study's Table 5.

use model_core::Emotion;
use serde::{Deserialize, Serialize};

use crate::Face;

/// Labels counted since the start. Every face of every analysed frame counts once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shares {
    counts: [u64; Emotion::COUNT],
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// Which label.
    pub emotion: Emotion,
    /// How often it was the most probable.
    pub count: u64,
    /// `count` over all counts, in `0..=1`; 0 before anything was counted.
    pub relative: f64,
}

impl Shares {
    /// Count the most probable label of each face.
    pub fn record(&mut self, faces: &[Face]) {
        for face in faces {
            self.counts[face.scores.top().0 as usize] += 1;
        }
    }

    /// Number of labels counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// One row a label, in [`Emotion::ALL`] order.
    pub fn rows(&self) -> [Share; Emotion::COUNT] {
        let total = self.total();
        Emotion::ALL.map(|emotion| {
            let count = self.counts[emotion as usize];
            let relative = if total == 0 { 0.0 } else { count as f64 / total as f64 };
            Share { emotion, count, relative }
        })
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
        let detection = Detection { rect: Rect::default(), score: 1.0, eyes: None };
        Face { detection, scores: Scores::from_logits(logits).unwrap(), is_sure: true, votes: None }
    }

    #[test]
    fn shares_count_labels_and_add_up_to_one() {
        let mut shares = Shares::default();
        assert!(shares.rows().iter().all(|row| row.relative == 0.0));
        shares.record(&[face(Emotion::Happy), face(Emotion::Sad)]);
        shares.record(&[]);
        shares.record(&[face(Emotion::Happy), face(Emotion::Happy)]);
        let rows = shares.rows();
        assert_eq!(rows.map(|row| row.count), [0, 0, 0, 3, 1, 0, 0]);
        assert!((rows[Emotion::Happy as usize].relative - 0.75).abs() < 1e-12);
        assert!((rows.iter().map(|row| row.relative).sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
