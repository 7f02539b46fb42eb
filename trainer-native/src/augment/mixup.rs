//! Mixup: pairs of pictures laid over each other.

use rand::{Rng, RngExt, seq::SliceRandom};
use rand_distr::Beta;
use serde::{Deserialize, Serialize};

use super::random::happens;

/// Lays each picture of a batch over another of the same batch, and each target over the other's (Zhang et al. 2018,
/// "mixup: Beyond Empirical Risk Minimization").
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mixup {
    /// Shape of the beta distribution of the weights: below 1 one of the two pictures is mostly the clearer one; the
    /// smaller, the clearer. Not positive: off.
    pub alpha: f32,
    /// Share of the batches that are mixed; the others stay as they are.
    pub share_of_batches: f32,
}

/// How a batch is mixed.
#[derive(Clone, Debug, PartialEq)]
pub struct Mix {
    /// Weight of a picture itself, in `0..=1`; its partner has the rest. One for the whole batch, as in the paper's
    /// code.
    pub lambda: f32,
    /// Partner of each picture, a permutation of the batch. A picture may be its own.
    pub partners: Vec<usize>,
}

impl Mixup {
    /// How a batch of `n` is mixed; `None` if it stays as it is.
    pub fn draw(&self, n: usize, rng: &mut impl Rng) -> Option<Mix> {
        let beta = Beta::new(self.alpha, self.alpha).ok()?;
        if !happens(self.share_of_batches, rng) {
            return None;
        }
        let lambda = rng.sample(beta);
        let mut partners: Vec<usize> = (0..n).collect();
        partners.shuffle(rng);
        Some(Mix { lambda, partners })
    }
}

impl Mix {
    /// `rows`, one after the other, each mixed with its partner: pictures or targets.
    ///
    /// # Panics
    /// If there are not as many rows of one length as partners.
    pub fn apply(&self, rows: &[f32]) -> Vec<f32> {
        if self.partners.is_empty() {
            return rows.to_vec();
        }
        assert_eq!(rows.len() % self.partners.len(), 0, "values of whole rows");
        let len = rows.len() / self.partners.len();
        let of = |row: usize| &rows[row * len..(row + 1) * len];
        let mixed = |(row, &partner)| of(row).iter().zip(of(partner)).map(|(a, b)| b + (a - b) * self.lambda);
        self.partners.iter().enumerate().flat_map(mixed).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augment::rng_of_batch;

    #[test]
    fn weights_are_beta_distributed_and_partners_a_permutation() {
        let mixup = Mixup { alpha: 0.4, share_of_batches: 1.0 };
        let mut rng = rng_of_batch(1, 0, 0);
        let lambdas: Vec<f32> = (0..4000)
            .map(|_| {
                let Mix { lambda, mut partners } = mixup.draw(6, &mut rng).unwrap();
                partners.sort_unstable();
                assert_eq!(partners, [0, 1, 2, 3, 4, 5]);
                lambda
            })
            .collect();
        assert!(lambdas.iter().all(|lambda| (0.0..=1.0).contains(lambda)));
        let mean = lambdas.iter().sum::<f32>() / 4000.0;
        let variance = lambdas.iter().map(|lambda| (lambda - mean).powi(2)).sum::<f32>() / 4000.0;
        // Beta(α, α) has the mean 1/2 and the variance 1 / (4·(2α + 1)).
        assert!((mean - 0.5).abs() < 0.025 && (variance - 1.0 / 7.2).abs() < 0.006, "{mean} {variance}");
    }

    #[test]
    fn the_share_of_batches_is_kept_and_can_be_nothing() {
        for (alpha, share, low, high) in
            [(0.4, 0.5, 436, 564), (0.4, 0.0, 0, 0), (0.4, 1.0, 1000, 1000), (0.0, 1.0, 0, 0), (f32::NAN, 1.0, 0, 0)]
        {
            let mixup = Mixup { alpha, share_of_batches: share };
            let n = (0..1000).filter(|&batch| mixup.draw(4, &mut rng_of_batch(1, 0, batch)).is_some()).count();
            assert!((low..=high).contains(&n), "{mixup:?}: {n} of 1000");
        }
    }

    #[test]
    fn rows_are_mixed_with_their_partners() {
        let mix = Mix { lambda: 0.75, partners: vec![1, 0, 2] };
        assert_eq!(mix.apply(&[0.0, 8.0, 4.0, 0.0, 1.0, 1.0]), [1.0, 6.0, 3.0, 2.0, 1.0, 1.0]);
        assert_eq!(Mix { lambda: 0.5, partners: vec![] }.apply(&[]), [0.0; 0]);
    }
}
