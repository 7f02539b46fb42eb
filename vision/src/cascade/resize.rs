//! OpenCV's `resize` with `INTER_LINEAR_EXACT` for 8-bit grey (`modules/imgproc/src/resize.cpp`, `interpolationLinear`
//! and `resize_bitExact`): integer arithmetic, so the same on every machine.

use crate::GreyView;

/// `image` at `width`×`height` pixels.
pub(super) fn resize(image: GreyView<'_>, width: usize, height: usize) -> Vec<u8> {
    let columns = taps(image.width(), width);
    let rows = taps(image.height(), height);
    let mut scaled = Vec::with_capacity(width * height);
    // Horizontally scaled source rows in 8.8 fixed point, kept while the next row of output needs them again.
    let mut above = Row::new(width);
    let mut below = Row::new(width);
    for tap in &rows {
        if below.source == Some(tap.first) {
            std::mem::swap(&mut above, &mut below);
        }
        above.fill(image, tap.first, &columns);
        below.fill(image, tap.second, &columns);
        let [upper, lower] = tap.weights.map(u32::from);
        let blend = |(&a, &b): (&u16, &u16)| ((u32::from(a) * upper + u32::from(b) * lower + (1 << 15)) >> 16) as u8;
        scaled.extend(above.values.iter().zip(&below.values).map(blend));
    }
    scaled
}

/// Which two source pixels make a pixel, and how much of each, in 1/256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tap {
    first: usize,
    second: usize,
    weights: [u16; 2],
}

/// The taps of an axis that goes from `n_source` to `n_target` pixels.
fn taps(n_source: usize, n_target: usize) -> Vec<Tap> {
    let scale = 1.0 / (n_target as f64 / n_source as f64);
    let tap = |target: usize| {
        let centre = scale * (target as f64 + 0.5) - 0.5;
        // Beyond the outermost centres the outermost pixel is repeated.
        if centre < 0.0 || n_source == 1 {
            return Tap { first: 0, second: 0, weights: [256, 0] };
        }
        let first = centre.floor() as usize;
        if first >= n_source - 1 {
            return Tap { first: n_source - 1, second: n_source - 1, weights: [256, 0] };
        }
        let weight = ((centre - first as f64) * 256.0).round_ties_even() as u16;
        Tap { first, second: first + 1, weights: [256 - weight, weight] }
    };
    (0..n_target).map(tap).collect()
}

/// A source row, scaled horizontally.
struct Row {
    source: Option<usize>,
    values: Vec<u16>,
}

impl Row {
    fn new(width: usize) -> Self {
        Self { source: None, values: vec![0; width] }
    }

    /// Scale row `source` of `image`, unless that is what this row holds.
    fn fill(&mut self, image: GreyView<'_>, source: usize, columns: &[Tap]) {
        if self.source == Some(source) {
            return;
        }
        self.source = Some(source);
        let pixels = &image.data()[source * image.width()..][..image.width()];
        for (value, tap) in self.values.iter_mut().zip(columns) {
            *value = u16::from(pixels[tap.first]) * tap.weights[0] + u16::from(pixels[tap.second]) * tap.weights[1];
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Goldens {
        resize: Vec<Golden>,
    }

    #[derive(Deserialize)]
    struct Golden {
        size: [usize; 2],
        pixels: Vec<u8>,
        to_size: [usize; 2],
        to_pixels: Vec<u8>,
    }

    #[test]
    fn every_pixel_is_opencv_s() {
        let json = include_str!("../../tests/data/haar_goldens.json");
        let goldens: Goldens = serde_json::from_str(json).expect("the goldens are JSON");
        for Golden { size: [width, height], pixels, to_size: [to_width, to_height], to_pixels } in goldens.resize {
            let image = GreyView::new(width, height, &pixels).expect("a byte for each pixel");
            assert_eq!(resize(image, to_width, to_height), to_pixels, "{width}×{height} to {to_width}×{to_height}");
        }
    }
}
