//! Changes of light and of the tone curve.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::random::{around_zero, log_between};

/// Multiplies brightness, then contrast about the view's mean, as torchvision's `ColorJitter` does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Light {
    /// Probability that a view is changed.
    pub probability: f32,
    /// Most that the factor of the brightness differs from 1.
    pub brightness: f32,
    /// Most that the factor of the contrast differs from 1.
    pub contrast: f32,
}

impl Light {
    pub(super) fn apply(&self, view: &mut [f32], rng: &mut impl Rng) {
        let brightness = 1.0 + around_zero(self.brightness, rng);
        relight(view, brightness, 1.0 + around_zero(self.contrast, rng));
    }
}

fn relight(view: &mut [f32], brightness: f32, contrast: f32) {
    for level in view.iter_mut() {
        *level = (*level * brightness).min(255.0);
    }
    let mean = view.iter().sum::<f32>() / view.len() as f32;
    for level in view {
        *level = (mean + (*level - mean) * contrast).clamp(0.0, 255.0);
    }
}

/// Raises the share of white to a power: below 1 brightens the dark parts, above 1 darkens them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gamma {
    /// Probability that a view is changed.
    pub probability: f32,
    /// Least and greatest exponent; each doubling is as likely as the next.
    pub exponent: [f32; 2],
}

impl Gamma {
    pub(super) fn apply(&self, view: &mut [f32], rng: &mut impl Rng) {
        let exponent = log_between(self.exponent, rng);
        for level in view {
            *level = with_gamma(*level, exponent);
        }
    }
}

/// A grey level, `0..=255`, after a power of its share of white.
pub(super) fn with_gamma(level: f32, exponent: f32) -> f32 {
    (level / 255.0).powf(exponent) * 255.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augment::{all_parts, rng_of};

    #[test]
    fn brightness_multiplies_and_contrast_spreads_about_the_mean() {
        let cases = [
            ([100.0, 50.0], 1.0, 1.0, [100.0, 50.0]),
            ([100.0, 50.0], 1.4, 1.0, [140.0, 70.0]),
            ([100.0, 50.0], 1.0, 1.4, [110.0, 40.0]),
            ([100.0, 50.0], 1.0, 0.6, [90.0, 60.0]),
            ([250.0, 0.0], 1.4, 1.4, [255.0, 0.0]),
        ];
        for (levels, brightness, contrast, expected) in cases {
            let mut view = levels;
            relight(&mut view, brightness, contrast);
            assert!(view.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-3), "{view:?}, expected {expected:?}");
        }
    }

    #[test]
    fn gamma_leaves_black_and_white_and_moves_the_rest() {
        let cases = [(0.0, 0.6, 0.0), (255.0, 1.6, 255.0), (63.75, 0.5, 127.5), (127.5, 2.0, 63.75)];
        for (level, exponent, expected) in cases {
            assert!((with_gamma(level, exponent) - expected).abs() < 1e-3, "{level} {exponent}");
        }
    }

    #[test]
    fn factors_and_exponents_keep_to_their_ranges() {
        let (recipe, mut rng) = (all_parts(), rng_of(1, 0, 0));
        let (mut light, mut gamma) = (vec![], vec![]);
        for _ in 0..2000 {
            let mut view = [100.0];
            Light { contrast: 0.0, ..recipe.light.unwrap() }.apply(&mut view, &mut rng);
            light.push(view[0] / 100.0);
            let mut view = [127.5];
            recipe.gamma.unwrap().apply(&mut view, &mut rng);
            gamma.push(-(view[0] / 255.0).log2());
        }
        for (drawn, low, high) in [(light, 0.6, 1.4), (gamma, 0.6, 1.6)] {
            let least = drawn.iter().copied().fold(f32::MAX, f32::min);
            let most = drawn.iter().copied().fold(f32::MIN, f32::max);
            assert!((least - low).abs() < 0.01 && (most - high).abs() < 0.01, "{least} {most}");
        }
    }
}
