//! The look of a face in cheap cameras and their compression.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::{
    operations::{jpeg_of_side, resampled},
    random::between,
};

/// Fewer pixels or JPEG, equally likely.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webcam {
    /// Probability that a view is changed.
    pub probability: f32,
    /// Least and greatest factor by which the view is made smaller before it gets its size back.
    pub shrink: [f32; 2],
    /// Least and greatest quality of the JPEG, from 1 to 100.
    pub quality: [u8; 2],
}

impl Webcam {
    /// Grey levels become whole numbers, as those of a camera are.
    pub(super) fn apply(&self, view: &mut Vec<f32>, side: usize, rng: &mut impl Rng) {
        let levels: Vec<u8> = view.iter().map(|level| level.round() as u8).collect();
        let worse = if rng.random() {
            let small = (side as f32 / between(self.shrink, rng)).round() as usize;
            resampled(&levels, side, small.max(1))
        } else {
            let [low, high] = self.quality.map(f32::from);
            jpeg_of_side(&levels, side, between([low - 0.5, high + 0.5], rng).round() as u8)
        };
        view.clear();
        view.extend(worse.into_iter().map(f32::from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augment::{all_parts, rng_of};

    /// Grey levels of a chessboard of single pixels: nothing has finer detail.
    fn chessboard() -> Vec<f32> {
        (0..44 * 44).map(|i| if (i % 44 + i / 44) % 2 == 0 { 100.0 } else { 156.0 }).collect()
    }

    fn spread(view: &[f32]) -> f32 {
        let mean = view.iter().sum::<f32>() / view.len() as f32;
        (view.iter().map(|level| (level - mean).powi(2)).sum::<f32>() / view.len() as f32).sqrt()
    }

    #[test]
    fn half_of_the_views_lose_pixels_and_half_become_jpeg() {
        // JPEG of the best quality keeps a chessboard, half the pixels cannot.
        let webcam = Webcam { shrink: [2.0, 2.5], quality: [100; 2], ..all_parts().webcam.unwrap() };
        let spreads: Vec<f32> = (0..200)
            .map(|i| {
                let mut view = chessboard();
                webcam.apply(&mut view, 44, &mut rng_of(1, 0, i));
                assert_eq!(view.len(), 44 * 44);
                spread(&view)
            })
            .collect();
        let n_shrunk = spreads.iter().filter(|&&spread| spread < 10.0).count();
        let n_jpeg = spreads.iter().filter(|&&spread| spread > 26.0).count();
        assert!(n_shrunk + n_jpeg == 200 && (70..=130).contains(&n_jpeg), "{spreads:?}");
    }

    #[test]
    fn a_stronger_setting_takes_more() {
        let weak = Webcam { shrink: [1.1; 2], quality: [95; 2], ..all_parts().webcam.unwrap() };
        let strong = Webcam { shrink: [2.5; 2], quality: [10; 2], ..all_parts().webcam.unwrap() };
        for i in 0..20 {
            let [weak, strong] = [weak, strong].map(|webcam| {
                let mut view = chessboard();
                webcam.apply(&mut view, 44, &mut rng_of(1, 0, i));
                view.iter().zip(chessboard()).map(|(a, b)| (a - b).abs()).sum::<f32>()
            });
            assert!(weak < strong, "{weak} {strong}");
        }
    }
}
