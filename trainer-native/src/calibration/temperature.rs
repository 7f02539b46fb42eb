//! The temperature: one number that makes logits say how often the network is right.

use super::{Logits, Targets, logits::softmax};

/// Least and greatest temperature. A network that is right of every picture would have 0, one that knows nothing ∞.
const RANGE: [f64; 2] = [0.05, 20.0];

/// Halvings of the range: after them it is narrower than single precision tells apart.
const N_HALVINGS: usize = 40;

/// The temperature, within 0.05 to 20, that gives the least cross-entropy of `logits` and `targets`, labels or shares
/// (Guo et al. 2017, section 4.2). 1 where every temperature is as good, as of no pictures.
///
/// Fit it on pictures that the network was not trained on. Cross-entropy is convex in 1 / temperature, so its slope
/// there changes sign once, and halving finds where.
pub fn fit_temperature(logits: &Logits, targets: &Targets) -> f64 {
    let [mut low, mut high] = RANGE;
    let (least, most) = (slope(logits, targets, 1.0 / high), slope(logits, targets, 1.0 / low));
    if least >= 0.0 {
        return if most <= 0.0 { 1.0 } else { high };
    }
    if most <= 0.0 {
        return low;
    }
    for _ in 0..N_HALVINGS {
        let middle = (low * high).sqrt();
        if slope(logits, targets, 1.0 / middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low * high).sqrt()
}

/// Slope of the summed cross-entropy over the factor 1 / temperature: Σ logits · (probabilities − targets).
fn slope(logits: &Logits, targets: &Targets, factor: f64) -> f64 {
    let of_one = |(row, target): (&[f32], &[f32])| -> f64 {
        let shares = softmax(row, factor);
        row.iter().zip(shares).zip(target).map(|((&z, p), &share)| f64::from(z) * (p - f64::from(share))).sum()
    };
    logits.rows().zip(targets.rows()).map(of_one).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibration::nll;

    /// Rows of `logit` for the first class and 0 for the second.
    fn logits(logit: f32, n: usize) -> Logits {
        Logits::new([logit, 0.0].repeat(n), 2).unwrap()
    }

    #[test]
    fn a_temperature_makes_confidence_what_is_found() {
        // Three of four are of the first class, so its logit should be ln 3.
        let labels = Targets::of_labels(&[0, 0, 0, 1], 2).unwrap();
        let votes = Targets::of_shares(vec![0.75, 0.25], 2).unwrap();
        for logit in [0.3_f32, 1.0, 5.0] {
            let expected = f64::from(logit) / 3.0_f64.ln();
            for actual in [fit_temperature(&logits(logit, 4), &labels), fit_temperature(&logits(logit, 1), &votes)] {
                assert!((actual / expected - 1.0).abs() < 1e-6, "logit {logit}: expected {expected}, got {actual}");
            }
        }
    }

    #[test]
    fn what_has_no_least_ends_at_the_range_and_what_is_flat_stays() {
        let right = Targets::of_labels(&[0], 2).unwrap();
        let wrong = Targets::of_labels(&[1], 2).unwrap();
        let none = Targets::of_labels(&[], 2).unwrap();
        let cases = [
            (logits(1.0, 1), &right, 0.05),
            (logits(1.0, 1), &wrong, 20.0),
            (logits(0.0, 1), &right, 1.0),
            (logits(1.0, 0), &none, 1.0),
        ];
        for (logits, targets, expected) in cases {
            assert_eq!(fit_temperature(&logits, targets).to_bits(), f64::to_bits(expected), "{logits:?} {targets:?}");
        }
    }

    #[test]
    fn no_temperature_beside_it_is_better() {
        let logits = Logits::new(vec![4.0, 1.0, -2.0, 0.5, 3.0, 1.0, 2.0, 2.5, -1.0], 3).unwrap();
        let targets = Targets::of_labels(&[0, 2, 0], 3).unwrap();
        let best = fit_temperature(&logits, &targets);
        let least = nll(&logits, &targets, best);
        for factor in [0.9, 0.999, 1.001, 1.1] {
            assert!(nll(&logits, &targets, factor * best) > least, "{best} times {factor}");
        }
    }
}
