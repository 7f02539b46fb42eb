//! Random numbers that do not depend on what was drawn before.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The random numbers of picture `index` in `epoch`: the same for the same three numbers, on any number of threads and
/// after an interruption.
pub fn rng_of(seed: u64, epoch: usize, index: usize) -> ChaCha8Rng {
    keyed([seed, epoch as u64, index as u64, 0])
}

/// The random numbers of batch `batch` in `epoch`, such as for [`Mixup`](super::Mixup); others than those of any
/// picture.
pub fn rng_of_batch(seed: u64, epoch: usize, batch: usize) -> ChaCha8Rng {
    keyed([seed, epoch as u64, batch as u64, 1])
}

/// `ChaCha` is a cipher: streams of keys that differ in one bit have nothing in common.
fn keyed(key: [u64; 4]) -> ChaCha8Rng {
    let mut bytes = [0; 32];
    for (bytes, word) in bytes.chunks_exact_mut(8).zip(key) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    ChaCha8Rng::from_seed(bytes)
}

/// `true` with `probability`.
pub(super) fn happens(probability: f32, rng: &mut impl Rng) -> bool {
    rng.random::<f32>() < probability
}

/// Anywhere between the two.
pub(super) fn between([low, high]: [f32; 2], rng: &mut impl Rng) -> f32 {
    low + (high - low) * rng.random::<f32>()
}

/// Anywhere from `-most` to `most`.
pub(super) fn around_zero(most: f32, rng: &mut impl Rng) -> f32 {
    between([-most, most], rng)
}

/// Anywhere between the two, both positive; each doubling as likely as the next.
pub(super) fn log_between(ends: [f32; 2], rng: &mut impl Rng) -> f32 {
    between(ends.map(f32::ln), rng).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Draw = fn(&mut ChaCha8Rng) -> f32;

    #[test]
    fn numbers_belong_to_their_key() {
        let first = |mut rng: ChaCha8Rng| rng.random::<u64>();
        assert_eq!(first(rng_of(1, 2, 3)), first(rng_of(1, 2, 3)));
        let others = [rng_of(2, 2, 3), rng_of(1, 3, 3), rng_of(1, 2, 4), rng_of(1, 3, 2), rng_of_batch(1, 2, 3)];
        for other in others {
            assert_ne!(first(other), first(rng_of(1, 2, 3)));
        }
    }

    #[test]
    fn ranges_are_kept_and_used_to_their_ends() {
        let mut rng = rng_of(1, 0, 0);
        let cases: [(Draw, f32, f32); 3] = [
            (|rng| between([2.0, 3.0], rng), 2.0, 3.0),
            (|rng| around_zero(0.5, rng), -0.5, 0.5),
            (|rng| log_between([0.5, 2.0], rng), 0.5, 2.0),
        ];
        for (draw, low, high) in cases {
            let drawn: Vec<f32> = (0..2000).map(|_| draw(&mut rng)).collect();
            let least = drawn.iter().copied().fold(f32::MAX, f32::min);
            let most = drawn.iter().copied().fold(f32::MIN, f32::max);
            assert!((low..low + 0.01).contains(&least) && (high - 0.01..=high).contains(&most), "{least} {most}");
        }
    }
}
