//! Scores of probabilities: NLL, Brier, expected calibration error.

use report::Bin;
use serde::{Deserialize, Serialize};

use super::{Answer, Logits, LogitsError, Targets, answers};

/// Bins of [`ece`], of equal width: the number that Guo et al. (2017, "On Calibration of Modern Neural Networks", table
/// 1) and most since report.
pub const N_BINS: usize = 15;

/// How good the probabilities of a split's pictures are at one temperature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confidence {
    /// Divisor of the logits; 1 leaves them.
    pub temperature: f64,
    /// [`nll`].
    pub nll: f64,
    /// [`brier`].
    pub brier: f64,
    /// [`ece`].
    pub ece: f64,
    /// Confidence beside accuracy, in [`N_BINS`] bins of confidence, the least first.
    pub bins: Vec<Bin>,
}

impl Confidence {
    /// The scores of `logits` divided by `temperature`, of pictures with these `labels`.
    pub fn of(logits: &Logits, labels: &[usize], temperature: f64) -> Result<Self, LogitsError> {
        let targets = Targets::of_labels(labels, logits.n_classes())?;
        let is_right = |answer: Answer| (answer.confidence, f64::from(u8::from(answer.is_right)));
        let bins = bins(answers(logits, labels, temperature).into_iter().map(is_right));
        let (nll, brier) = (nll(logits, &targets, temperature), brier(logits, &targets, temperature));
        Ok(Self { temperature, nll, brier, ece: ece(&bins), bins })
    }
}

/// Mean cross-entropy, nats: of labels the negative log-likelihood. 0 of no pictures.
pub fn nll(logits: &Logits, targets: &Targets, temperature: f64) -> f64 {
    let of_one = |(shares, target): (Vec<f64>, &[f32])| -> f64 {
        // A class without a share costs nothing, however improbable it is: 0 · ∞ would be NaN.
        let weighed = target.iter().zip(shares).filter(|(share, _)| **share > 0.0);
        weighed.map(|(&share, p)| -f64::from(share) * p.max(f64::MIN_POSITIVE).ln()).sum()
    };
    mean(logits.probabilities(temperature).zip(targets.rows()).map(of_one))
}

/// Mean squared distance of probabilities and targets, summed over the classes (Brier 1950): 0 is best, 2 worst. 0 of
/// no pictures.
pub fn brier(logits: &Logits, targets: &Targets, temperature: f64) -> f64 {
    let of_one = |(shares, target): (Vec<f64>, &[f32])| -> f64 {
        target.iter().zip(shares).map(|(&share, p)| (p - f64::from(share)).powi(2)).sum()
    };
    mean(logits.probabilities(temperature).zip(targets.rows()).map(of_one))
}

/// Expected calibration error: mean distance of confidence and accuracy over `bins`, weighed by their pictures (Naeini
/// et al. 2015). 0 of no pictures.
pub fn ece(bins: &[Bin]) -> f64 {
    let n: usize = bins.iter().map(|bin| bin.n).sum();
    bins.iter().map(|bin| bin.n as f64 / n.max(1) as f64 * (bin.accuracy - bin.confidence).abs()).sum()
}

/// Answers by their confidence: bin `i` of [`N_BINS`] has those above `i / N_BINS`, up to and with `(i + 1) / N_BINS`.
/// Each answer is its confidence and how right it is: 0 or 1, or the share of raters who say so.
pub fn bins(answers: impl Iterator<Item = (f64, f64)>) -> Vec<Bin> {
    let mut bins = vec![Bin::default(); N_BINS];
    for (confidence, rightness) in answers {
        let upper = (confidence * N_BINS as f64).ceil() as usize;
        let bin = &mut bins[upper.clamp(1, N_BINS) - 1];
        bin.n += 1;
        bin.confidence += confidence;
        bin.accuracy += rightness;
    }
    for bin in bins.iter_mut().filter(|bin| bin.n > 0) {
        bin.confidence /= bin.n as f64;
        bin.accuracy /= bin.n as f64;
    }
    bins
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len().max(1);
    values.sum::<f64>() / n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-6, "expected {expected}, got {actual}");
    }

    #[test]
    fn nll_and_brier_are_those_counted_by_hand() {
        let ln3 = 3.0_f32.ln();
        // Probabilities 3/4 and 1/4 of the first picture, 1/2 and 1/2 of the second.
        let logits = Logits::new(vec![ln3, 0.0, 0.0, 0.0], 2).unwrap();
        let labels = Targets::of_labels(&[0, 1], 2).unwrap();
        let (quarter, half): (f64, f64) = (0.25_f64.ln(), 0.5_f64.ln());
        assert_close(nll(&logits, &labels, 1.0), -f64::midpoint(0.75_f64.ln(), half));
        assert_close(brier(&logits, &labels, 1.0), f64::midpoint(2.0 / 16.0, 0.5));
        let votes = Targets::of_shares(vec![0.5, 0.5, 1.0, 0.0], 2).unwrap();
        assert_close(nll(&logits, &votes, 1.0), -f64::midpoint(f64::midpoint(0.75_f64.ln(), quarter), half));
        assert_close(brier(&logits, &votes, 1.0), f64::midpoint(2.0 / 16.0, 0.5));
    }

    #[test]
    fn certainty_costs_what_a_number_can_say() {
        let logits = Logits::new(vec![2000.0, 0.0], 2).unwrap();
        let right = Targets::of_labels(&[0], 2).unwrap();
        let wrong = Targets::of_labels(&[1], 2).unwrap();
        assert_close(nll(&logits, &right, 1.0), 0.0);
        assert!(nll(&logits, &wrong, 1.0).is_finite() && nll(&logits, &wrong, 1.0) > 700.0);
        assert_close(brier(&logits, &wrong, 1.0), 2.0);
    }

    #[test]
    fn bins_hold_their_upper_edge_and_the_error_is_weighed_by_pictures() {
        let answers = [(1.0, 1.0), (0.95, 0.0), (0.95, 1.0), (0.2, 0.0), (0.0, 0.0)];
        let bins = bins(answers.into_iter());
        assert_eq!(bins.iter().map(|bin| bin.n).collect::<Vec<_>>(), [1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]);
        assert_close(bins[14].confidence, 2.9 / 3.0);
        assert_close(bins[14].accuracy, 2.0 / 3.0);
        // Three pictures are off by 0.3 on the mean, one by 0.2 and one by nothing.
        assert_close(ece(&bins), (0.9 + 0.2) / 5.0);
        assert_close(ece(&[]), 0.0);
    }
}
