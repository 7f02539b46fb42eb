//! A network's outputs for pictures, and the targets.

use thiserror::Error;

/// Logits of pictures, `[pictures, classes]`. Invariant: whole rows, at least one class, finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Logits(Rows);

/// Targets: for each picture a distribution over the classes, `[pictures, classes]`. A label is a one-hot row.
/// Invariant: whole rows, at least one class, non-negative, each row adds up to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Targets(Rows);

#[derive(Clone, Debug, PartialEq)]
struct Rows {
    values: Vec<f32>,
    n_classes: usize,
}

/// Numbers that are no logits or no targets.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum LogitsError {
    /// Not a number for each class of each picture.
    #[error("expected {n_classes} numbers for each picture, got {n_values} in all")]
    Length {
        /// Classes that were said.
        n_classes: usize,
        /// Numbers that came.
        n_values: usize,
    },
    /// NaN or infinite: the network did not run properly.
    #[error("expected finite numbers from the network, got {0:?} of one picture")]
    NotFinite(Vec<f32>),
    /// A label that is no class.
    #[error("expected a label below {n_classes}, got {label}")]
    Label {
        /// Classes that were said.
        n_classes: usize,
        /// The label.
        label: usize,
    },
    /// Negative, or not adding up to 1.
    #[error("expected shares that add up to 1, got {0:?} of one picture")]
    NotShares(Vec<f32>),
}

impl Logits {
    /// `values` row by row, one row a picture, one number a class.
    pub fn new(values: Vec<f32>, n_classes: usize) -> Result<Self, LogitsError> {
        let rows = Rows::new(values, n_classes)?;
        if let Some(row) = rows.iter().find(|row| row.iter().any(|logit| !logit.is_finite())) {
            return Err(LogitsError::NotFinite(row.to_vec()));
        }
        Ok(Self(rows))
    }

    /// Number of pictures.
    pub fn len(&self) -> usize {
        self.0.values.len() / self.0.n_classes
    }

    /// Whether there is no picture.
    pub fn is_empty(&self) -> bool {
        self.0.values.is_empty()
    }

    /// Numbers a picture.
    pub fn n_classes(&self) -> usize {
        self.0.n_classes
    }

    /// The logits of every picture, in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.0.iter()
    }

    /// The rows of the pictures with the given indices, in the given order.
    ///
    /// # Panics
    /// If an index is not below [`Logits::len`].
    #[must_use]
    pub fn subset(&self, indices: &[usize]) -> Self {
        let Rows { values, n_classes } = &self.0;
        let values = indices.iter().flat_map(|i| &values[i * n_classes..(i + 1) * n_classes]).copied().collect();
        Self(Rows { values, n_classes: *n_classes })
    }

    /// Softmax of every picture's logits divided by `temperature`.
    pub fn probabilities(&self, temperature: f64) -> impl ExactSizeIterator<Item = Vec<f64>> {
        self.rows().map(move |row| softmax(row, 1.0 / temperature))
    }

    /// The most probable class of every picture; of equals the first.
    pub fn predicted(&self) -> Vec<usize> {
        self.rows().map(top).collect()
    }

    /// Logits whose softmax is the mean of the two softmaxes: what two looks at the same pictures say together.
    ///
    /// # Panics
    /// If the two are not of as many pictures and classes.
    #[must_use]
    pub fn averaged(&self, other: &Self) -> Self {
        assert_eq!((self.len(), self.n_classes()), (other.len(), other.n_classes()), "two looks at the same pictures");
        let pairs = self.probabilities(1.0).zip(other.probabilities(1.0));
        let log_mean = |(a, b): (f64, f64)| (f64::midpoint(a, b).max(f64::MIN_POSITIVE)).ln() as f32;
        let values = pairs.flat_map(|(a, b)| a.into_iter().zip(b).map(log_mean)).collect();
        Self(Rows { values, n_classes: self.n_classes() })
    }
}

impl Targets {
    /// A label for each picture.
    pub fn of_labels(labels: &[usize], n_classes: usize) -> Result<Self, LogitsError> {
        let mut values = vec![0.0; labels.len() * n_classes];
        for (i, &label) in labels.iter().enumerate() {
            if label >= n_classes {
                return Err(LogitsError::Label { n_classes, label });
            }
            values[i * n_classes + label] = 1.0;
        }
        Ok(Self(Rows::new(values, n_classes)?))
    }

    /// Shares of each class, row by row, such as of the votes of several raters.
    pub fn of_shares(values: Vec<f32>, n_classes: usize) -> Result<Self, LogitsError> {
        /// How far from 1 the sum of rounded shares may lie.
        const SUM_TOLERANCE: f32 = 1e-3;
        let rows = Rows::new(values, n_classes)?;
        let fits = |row: &[f32]| {
            row.iter().all(|&share| share >= 0.0) && (row.iter().sum::<f32>() - 1.0).abs() <= SUM_TOLERANCE
        };
        if let Some(row) = rows.iter().find(|row| !fits(row)) {
            return Err(LogitsError::NotShares(row.to_vec()));
        }
        Ok(Self(rows))
    }

    /// The distribution of every picture, in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.0.iter()
    }
}

impl Rows {
    fn new(values: Vec<f32>, n_classes: usize) -> Result<Self, LogitsError> {
        if n_classes == 0 || !values.len().is_multiple_of(n_classes) {
            return Err(LogitsError::Length { n_classes, n_values: values.len() });
        }
        Ok(Self { values, n_classes })
    }

    fn iter(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.n_classes)
    }
}

/// Softmax of `factor` times `row`.
pub(super) fn softmax(row: &[f32], factor: f64) -> Vec<f64> {
    let scaled = row.iter().map(|&logit| factor * f64::from(logit));
    let most = scaled.clone().fold(f64::NEG_INFINITY, f64::max);
    let mut shares: Vec<f64> = scaled.map(|logit| (logit - most).exp()).collect();
    let sum: f64 = shares.iter().sum();
    for share in &mut shares {
        *share /= sum;
    }
    shares
}

/// Index of the greatest number; of equals the first, as of `model_core::Scores`.
fn top(row: &[f32]) -> usize {
    (0..row.len()).fold(0, |best, i| if row[i] > row[best] { i } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_logits_and_no_targets_is_refused() {
        let cases = [
            (Logits::new(vec![0.0; 5], 2).unwrap_err(), "expected 2 numbers for each picture, got 5 in all"),
            (Logits::new(vec![], 0).unwrap_err(), "expected 0 numbers for each picture, got 0 in all"),
            (Logits::new(vec![0.0, f32::NAN], 2).unwrap_err(), "expected finite numbers from the network"),
            (Targets::of_labels(&[0, 2], 2).unwrap_err(), "expected a label below 2, got 2"),
            (Targets::of_shares(vec![0.5, 0.6], 2).unwrap_err(), "expected shares that add up to 1, got [0.5, 0.6]"),
            (Targets::of_shares(vec![-0.5, 1.5], 2).unwrap_err(), "expected shares that add up to 1"),
        ];
        for (error, expected) in cases {
            assert!(error.to_string().starts_with(expected), "{error}");
        }
    }

    #[test]
    fn a_label_is_a_distribution_with_all_of_it_in_one_place() {
        let targets = Targets::of_labels(&[1, 0], 3).unwrap();
        assert!(targets.rows().eq([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]));
    }

    #[test]
    fn a_temperature_flattens_and_great_logits_are_no_trouble() {
        let ln3 = 3.0_f32.ln();
        let cases = [([ln3, 0.0], 1.0, 0.75), ([2.0 * ln3, 0.0], 2.0, 0.75), ([500.0 + ln3, 500.0], 1.0, 0.75)];
        for (row, temperature, expected) in cases {
            let logits = Logits::new(row.to_vec(), 2).unwrap();
            let shares = logits.probabilities(temperature).next().unwrap();
            // Logits near 500 have single precision's 3e-5.
            assert!((shares[0] - expected).abs() < 1e-4 && (shares[0] + shares[1] - 1.0).abs() < 1e-12, "{shares:?}");
        }
        assert_eq!(Logits::new(vec![1.0, 1.0, 0.0, 2.0], 2).unwrap().predicted(), [0, 1], "of equals the first");
    }

    #[test]
    fn a_subset_is_of_the_pictures_asked_for() {
        let logits = Logits::new(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2).unwrap();
        assert_eq!(logits.subset(&[2, 0]), Logits::new(vec![5.0, 6.0, 1.0, 2.0], 2).unwrap());
        assert!(logits.subset(&[]).is_empty());
    }

    #[test]
    fn two_looks_say_the_mean_of_their_probabilities() {
        let look = |row: [f32; 2]| Logits::new(row.to_vec(), 2).unwrap();
        let ln3 = 3.0_f32.ln();
        // 0.75 and 0.5 of the first class; then certainty against certainty, whose softmax has a zero.
        for (a, b, expected) in [([ln3, 0.0], [0.0, 0.0], 0.625), ([0.0, 2000.0], [2000.0, 0.0], 0.5)] {
            let averaged = look(a).averaged(&look(b));
            let shares = averaged.probabilities(1.0).next().unwrap();
            assert!((shares[0] - expected).abs() < 1e-6, "{shares:?}");
        }
    }
}
