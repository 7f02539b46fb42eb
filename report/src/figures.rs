//! Figures of how well a network calls pictures what they are.

use model_core::Emotion;
use serde::{Deserialize, Serialize};

/// Pictures counted by what they are and what they were called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Confusion(pub [[u64; Emotion::COUNT]; Emotion::COUNT]);

/// Quality for one label, as fractions in `0..=1`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabelFigures {
    /// The label.
    pub label: Emotion,
    /// Pictures that have it.
    pub n: u64,
    /// Share of these that were called so; 0 if there are none.
    pub recall: f64,
    /// Share of those called so that have it; 0 if none was called so.
    pub precision: f64,
    /// Harmonic mean of recall and precision; 0 if both are.
    pub f1: f64,
}

/// Quality over all labels, as fractions in `0..=1`. Macro means are over the seven labels, each with the same weight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Share of pictures called what they are.
    pub accuracy: f64,
    /// Mean recall.
    pub macro_recall: f64,
    /// Mean precision.
    pub macro_precision: f64,
    /// Mean F1.
    pub macro_f1: f64,
    /// Rows: what pictures are; columns: what they were called; both in [`Emotion::ALL`] order.
    pub confusion: Confusion,
    /// Number of pictures.
    pub n: u64,
}

impl Confusion {
    /// Count pairs of what a picture is and what it was called.
    pub fn of(pairs: impl IntoIterator<Item = (Emotion, Emotion)>) -> Self {
        let mut confusion = Self::default();
        for (truth, predicted) in pairs {
            confusion.0[truth as usize][predicted as usize] += 1;
        }
        confusion
    }

    /// Number of pictures.
    pub(crate) fn n(&self) -> u64 {
        self.0.iter().flatten().sum()
    }

    /// Number of pictures called what they are.
    pub fn n_right(&self) -> u64 {
        (0..Emotion::COUNT).map(|i| self.0[i][i]).sum()
    }

    /// One row a label, in [`Emotion::ALL`] order. A share of nothing is 0, as with scikit-learn's `zero_division=0`.
    pub fn per_label(&self) -> [LabelFigures; Emotion::COUNT] {
        Emotion::ALL.map(|label| {
            let i = label as usize;
            let right = self.0[i][i];
            let n: u64 = self.0[i].iter().sum();
            let n_called: u64 = self.0.iter().map(|row| row[i]).sum();
            // F1 = 2 TP / (2 TP + FP + FN), which is the harmonic mean without its own division by zero.
            let (recall, precision, f1) = (share(right, n), share(right, n_called), share(2 * right, n + n_called));
            LabelFigures { label, n, recall, precision, f1 }
        })
    }

    /// Everything over all labels.
    pub fn summary(&self) -> Summary {
        let labels = self.per_label();
        let mean = |of: fn(&LabelFigures) -> f64| labels.iter().map(of).sum::<f64>() / Emotion::COUNT as f64;
        Summary {
            accuracy: share(self.n_right(), self.n()),
            macro_recall: mean(|label| label.recall),
            macro_precision: mean(|label| label.precision),
            macro_f1: mean(|label| label.f1),
            confusion: *self,
            n: self.n(),
        }
    }
}

/// 95 % interval of a share that was found to be `part` of `whole` (Wilson 1927): 0 to 1 of nothing.
pub fn wilson(part: u64, whole: u64) -> [f64; 2] {
    /// The 97.5 % quantile of the standard normal distribution.
    const Z: f64 = 1.959_963_984_540_054;
    let (n, z2) = (whole as f64, Z * Z);
    if whole == 0 {
        return [0.0, 1.0];
    }
    let p = share(part, whole);
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    [(middle - half).max(0.0), (middle + half).min(1.0)]
}

/// 0 of nothing.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_summary(confusion: &Confusion, expected: [f64; 4], tolerance: f64) {
        let Summary { accuracy, macro_recall, macro_precision, macro_f1, .. } = confusion.summary();
        for (actual, expected) in [accuracy, macro_recall, macro_precision, macro_f1].into_iter().zip(expected) {
            assert!((actual - expected).abs() <= tolerance, "expected {expected}, got {actual} of {confusion:?}");
        }
    }

    #[test]
    fn figures_are_those_counted_by_hand() {
        use Emotion::{Angry, Fear, Happy};
        // Angry: 2 of 3 found, 2 of 2 called so right. Happy: 1 of 2 found, 1 of 2 right. One is called fear, and none
        // is.
        let confusion = Confusion::of([(Angry, Angry), (Happy, Happy), (Angry, Happy), (Angry, Angry), (Happy, Fear)]);
        assert_eq!(confusion.0[Angry as usize][Happy as usize], 1);
        let [angry, _, fear, happy, ..] = confusion.per_label();
        assert_eq!((angry.n, angry.recall, angry.precision, angry.f1), (3, 2.0 / 3.0, 1.0, 0.8));
        assert_eq!((happy.n, happy.recall, happy.precision, happy.f1), (2, 0.5, 0.5, 0.5));
        assert_eq!((fear.n, fear.recall, fear.precision, fear.f1), (0, 0.0, 0.0, 0.0));
        assert_summary(&confusion, [0.6, (2.0 / 3.0 + 0.5) / 7.0, 1.5 / 7.0, 1.3 / 7.0], 1e-12);
    }

    #[test]
    fn wilson_s_intervals_are_those_of_the_literature() {
        // Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I.
        let cases = [
            ((81, 263), [0.2553, 0.3662]),
            ((15, 148), [0.0624, 0.1605]),
            ((0, 20), [0.0, 0.1611]),
            ((1, 29), [0.0061, 0.1718]),
            ((0, 0), [0.0, 1.0]),
        ];
        for ((part, whole), expected) in cases {
            let actual = wilson(part, whole);
            let is_close = actual.iter().zip(expected).all(|(a, b)| (a - b).abs() < 5e-5);
            assert!(is_close, "{part} of {whole}: expected {expected:?}, got {actual:?}");
        }
    }

    #[test]
    fn nothing_and_everything_right() {
        assert_summary(&Confusion::default(), [0.0; 4], 0.0);
        assert_summary(&Confusion::of(Emotion::ALL.map(|label| (label, label))), [1.0; 4], 1e-12);
    }
}
