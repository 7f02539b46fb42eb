//! From a detection to the input of a network: a square of grey pixels.

mod square;

use image::GrayImage;
use image::imageops::{self, FilterType};

use crate::{Detection, ImageError, Rect, RgbaView, grey};
pub use square::Square;

/// A face, ready for a network: `side`×`side` grey bytes, row by row. Invariant: `pixels.len() == side²`, non-empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaceCrop {
    side: usize,
    pixels: Box<[u8]>,
}

impl FaceCrop {
    /// A crop from `side²` grey bytes.
    pub fn new(side: usize, pixels: Vec<u8>) -> Result<Self, ImageError> {
        crate::GreyView::new(side, side, &pixels)?;
        Ok(Self { side, pixels: pixels.into_boxed_slice() })
    }

    /// Side in pixels, at least 1.
    pub(crate) fn side(&self) -> usize {
        self.side
    }

    /// Row-major grey bytes, `side * side` of them.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }
}

/// The face of `detection` as `side`×`side` grey pixels (ITU-R BT.601, see [`grey`]).
///
/// With key points it is the [`Square`] around them: upright, and as large as the faces that networks are trained on.
/// Without, the rectangle is rounded to whole pixels and clipped to the image; what is left is resized with a triangle
/// filter, which averages where it shrinks and interpolates where it grows. A clipped square is stretched back to a
/// square. A rectangle outside the image, without a size or not a number leaves the nearest pixel: a crop of one shade.
///
/// Plain `f32` arithmetic in a fixed order, so the page and the command line get the same bytes.
///
/// # Panics
/// If `side` is zero: a network without input is a bug of the caller.
pub fn crop(image: RgbaView<'_>, detection: &Detection, side: usize) -> FaceCrop {
    assert!(side > 0, "a face crop needs a side of at least one pixel");
    if let Some(square) = detection.key_points.as_ref().and_then(Square::of) {
        return square.cut(image, side);
    }
    let part = crop_grey(image, detection.rect);
    let resized = imageops::resize(&part, side as u32, side as u32, FilterType::Triangle);
    FaceCrop { side, pixels: resized.into_raw().into_boxed_slice() }
}

/// The pixels of `rect` inside `image`, at least one, in grey.
fn crop_grey(image: RgbaView<'_>, rect: Rect) -> GrayImage {
    let (left, width) = clip(rect.x, rect.width, image.width());
    let (top, height) = clip(rect.y, rect.height, image.height());
    let mut part = GrayImage::new(width as u32, height as u32);
    for (row_idx, row) in part.chunks_exact_mut(width).enumerate() {
        let start = ((top + row_idx) * image.width() + left) * 4;
        row.copy_from_slice(&grey(&image.data()[start..start + 4 * width]));
    }
    part
}

/// First pixel and number of pixels of `start..start + length` on an axis of `n_pixels`; at least one pixel.
fn clip(start: f32, length: f32, n_pixels: usize) -> (usize, usize) {
    // `as` saturates, and makes 0 of NaN: every rectangle ends up somewhere on the axis.
    let first = (start.round() as usize).min(n_pixels - 1);
    let end = ((start + length).round() as usize).clamp(first + 1, n_pixels);
    (first, end - first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 4×2 image whose grey values are 0, 10, … 70.
    const GREYS: [u8; 8] = [0, 10, 20, 30, 40, 50, 60, 70];

    fn crop_of(rect: [f32; 4], side: usize) -> Vec<u8> {
        let rgba: Vec<u8> = GREYS.iter().flat_map(|&g| [g, g, g, 255]).collect();
        let [x, y, width, height] = rect;
        let detection = Detection { rect: Rect { x, y, width, height }, score: 1.0, key_points: None };
        let image = RgbaView::new(4, 2, &rgba).expect("4×2 pixels");
        crop(image, &detection, side).pixels().to_vec()
    }

    #[test]
    fn a_rectangle_of_the_crop_s_size_is_copied() {
        assert_eq!(crop_of([1.0, 0.0, 2.0, 2.0], 2), [10, 20, 50, 60]);
        assert_eq!(crop_of([0.6, 0.4, 2.0, 2.0], 2), [10, 20, 50, 60], "edges are rounded");
    }

    #[test]
    fn shrinking_averages_and_growing_interpolates() {
        assert_eq!(crop_of([0.0, 0.0, 2.0, 2.0], 1), [25]);
        assert_eq!(crop_of([0.0, 0.0, 2.0, 1.0], 4), [0, 3, 8, 10].repeat(4));
    }

    #[test]
    fn what_lies_outside_is_clipped_and_nothing_panics() {
        let cases: [([f32; 4], u8); 9] = [
            ([-3.0, -3.0, 4.0, 4.0], 0),
            ([3.0, 1.0, 9.0, 9.0], 70),
            ([99.0, 99.0, 5.0, 5.0], 70),
            ([-99.0, -99.0, 5.0, 5.0], 0),
            ([2.0, 0.0, 0.1, 0.1], 20),
            ([3.0, 1.0, -2.0, -2.0], 70),
            ([f32::NAN, f32::NAN, f32::NAN, f32::NAN], 0),
            ([1.0, f32::NEG_INFINITY, 1.0, f32::INFINITY], 10),
            ([f32::MAX, 0.0, f32::MAX, 1.0], 30),
        ];
        for (rect, expected) in cases {
            assert_eq!(crop_of(rect, 1), [expected], "{rect:?}");
        }
    }

    #[test]
    fn a_crop_is_rejected_unless_it_is_square() {
        for (side, len, ok) in [(2, 4, true), (2, 5, false), (0, 0, false)] {
            assert_eq!(FaceCrop::new(side, vec![0; len]).is_ok(), ok, "{len} bytes as {side}×{side}");
        }
    }

    #[test]
    fn colours_become_luma() {
        let rgba = [255, 0, 0, 255];
        let detection =
            Detection { rect: Rect { width: 1.0, height: 1.0, ..Rect::default() }, score: 1.0, key_points: None };
        let image = RgbaView::new(1, 1, &rgba).expect("one pixel");
        assert_eq!(crop(image, &detection, 1).pixels(), [76]);
    }
}
