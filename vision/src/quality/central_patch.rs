//! The middle of a face, without hair and background.

use std::ops::Range;

use crate::FaceCrop;

/// Sharpness is measured at about so many pixels a face. Half of a network's 48: a face of 30 pixels, the smallest that
/// is looked for, has detail there, so that its sharpness is that of the face and not of the enlargement.
const DETAIL_SIDE: usize = 24;
/// At each edge, a part of the side over this is left out.
const MARGIN_DIVISOR: usize = 6;
/// A variance, in squared levels, below which there is nothing but rounding.
const LEAST_CONTRAST: f32 = 1e-2;

/// A crop, shrunk to about [`DETAIL_SIDE`] pixels a side, of which the middle two thirds count.
pub(super) struct CentralPatch {
    side: usize,
    /// `side²` grey levels, row by row.
    levels: Vec<f32>,
}

impl CentralPatch {
    pub(super) fn of(crop: &FaceCrop) -> Self {
        let block = (crop.side() / DETAIL_SIDE).max(1);
        let side = crop.side() / block;
        let mut levels = vec![0.0; side * side];
        for (y, row) in crop.pixels().chunks_exact(crop.side()).take(side * block).enumerate() {
            for (x, &level) in row[..side * block].iter().enumerate() {
                levels[y / block * side + x / block] += f32::from(level) / (block * block) as f32;
            }
        }
        Self { side, levels }
    }

    /// Mean level, in `0..=255`.
    pub(super) fn mean(&self) -> f32 {
        mean_and_variance(self.indices().map(|idx| self.levels[idx])).0
    }

    /// Variance of second differences over variance of the levels, across or down, whichever is less: what moves loses
    /// its detail along one axis alone, which the sum of both, the Laplacian, shows half as well. 0 of an even grey.
    pub(super) fn sharpness(&self) -> f32 {
        let (_, contrast) = mean_and_variance(self.indices().map(|idx| self.levels[idx]));
        if self.side < 3 || contrast < LEAST_CONTRAST {
            return 0.0;
        }
        let bend = |step: usize| mean_and_variance(self.indices().map(move |idx| self.bend(idx, step))).1;
        bend(1).min(bend(self.side)) / contrast
    }

    /// Indices of the pixels that count. None is at the edge, if there are 3 pixels a side.
    fn indices(&self) -> impl Iterator<Item = usize> + Clone + use<'_> {
        let range = self.range();
        range.clone().flat_map(move |y| range.clone().map(move |x| y * self.side + x))
    }

    fn range(&self) -> Range<usize> {
        let margin = if self.side < 3 { 0 } else { (self.side / MARGIN_DIVISOR).max(1) };
        margin..self.side - margin
    }

    fn bend(&self, idx: usize, step: usize) -> f32 {
        self.levels[idx - step] + self.levels[idx + step] - 2.0 * self.levels[idx]
    }
}

/// In two passes: squares of levels lose what a faint contrast has.
fn mean_and_variance(values: impl Iterator<Item = f32> + Clone) -> (f32, f32) {
    let n = values.clone().count().max(1) as f32;
    let mean = values.clone().sum::<f32>() / n;
    (mean, values.map(|value| (value - mean).powi(2)).sum::<f32>() / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(level: impl Fn(usize, usize) -> u8) -> CentralPatch {
        let pixels = (0..48 * 48).map(|idx| level(idx % 48, idx / 48)).collect();
        CentralPatch::of(&FaceCrop::new(48, pixels).expect("48×48 pixels"))
    }

    #[test]
    fn the_edges_do_not_count() {
        let framed = patch(|x, y| if (8..40).contains(&x) && (8..40).contains(&y) { 50 } else { 250 });
        assert!((framed.mean() - 50.0).abs() < 1e-3, "{}", framed.mean());
    }

    #[test]
    fn sharpness_of_known_patterns() {
        // Rectangles of so many pixels, black and white. At 24 pixels a side, those of 2×2 are a chessboard of single
        // pixels, of which every second difference is 4 times the deviation; those of 1 are gone, and stripes have
        // detail along one axis alone.
        for (width, height, expected) in [(1, 1, 0.0), (2, 2, 16.0), (2, 48, 0.0), (48, 2, 0.0)] {
            let sharpness = patch(|x, y| if (x / width + y / height) % 2 == 0 { 0 } else { 200 }).sharpness();
            assert!((sharpness - expected).abs() < 1e-3, "{width}×{height}: {sharpness}");
        }
        assert!(patch(|x, _| 5 * x as u8).sharpness() < 1e-6, "a slope has no detail");
    }

    #[test]
    fn sharpness_does_not_depend_on_the_light() {
        let pattern = |x: usize, y: usize| (x * x * 3 + y * 7 + x * y) % 60;
        let bright = patch(|x, y| (4 * pattern(x, y)) as u8).sharpness();
        let dim = patch(|x, y| 10 + pattern(x, y) as u8).sharpness();
        assert!((bright - dim).abs() < 1e-3 * bright && bright > 0.1, "{bright} {dim}");
    }
}
