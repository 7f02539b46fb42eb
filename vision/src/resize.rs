//! A smaller or larger picture.

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};

use crate::RgbaView;

/// `image` as `width`×`height` RGBA pixels, each side at least 1: a triangle filter, which averages where it shrinks and
/// interpolates where it grows. Alpha is resized like a colour.
///
/// Whole numbers in a fixed order, so the page and the command line get the same bytes.
///
/// # Panics
/// If a side is zero or more than 2³² pixels: a bug of the caller.
pub fn resize(image: RgbaView<'_>, width: usize, height: usize) -> Vec<u8> {
    let [whole_width, whole_height] = [image.width(), image.height()];
    resize_part(image, [0, 0, whole_width, whole_height], width, height)
}

/// As [`resize`], of the part of `image` at `[x, y, width, height]` pixels alone.
///
/// # Panics
/// As [`resize`], and if the part has no pixels or is not within the image: a bug of the caller.
pub fn resize_part(image: RgbaView<'_>, part: [usize; 4], width: usize, height: usize) -> Vec<u8> {
    let [from_width, from_height, to_width, to_height] =
        [image.width(), image.height(), width, height].map(|side| u32::try_from(side).expect("a side in pixels"));
    let from = ImageRef::new(from_width, from_height, image.data(), PixelType::U8x4).expect("four bytes a pixel");
    let mut to = Image::new(to_width, to_height, PixelType::U8x4);
    let [x, y, part_width, part_height] = part.map(|pixels| pixels as f64);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).use_alpha(false).crop(
        x,
        y,
        part_width,
        part_height,
    );
    Resizer::new().resize(&from, &mut to, &options).expect("two pictures of the same kind of pixels, a part within");
    to.into_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn greys(rgba: &[u8]) -> Vec<u8> {
        rgba.chunks_exact(4).map(|pixel| pixel[0]).collect()
    }

    #[test]
    fn shrinking_averages_and_growing_interpolates() {
        let rgba: Vec<u8> = [0, 100, 200, 100].iter().flat_map(|&level| [level, level, level, 255]).collect();
        let image = RgbaView::new(4, 1, &rgba).unwrap();
        assert_eq!(resize(image, 4, 1), rgba, "the same size");
        let half = greys(&resize(image, 2, 1));
        // A triangle over two pixels each way, cut off at the ends: (3·0 + 3·100 + 1·200) / 7 and (3·200 + 3·100 + 100) / 7.
        assert_eq!(half, [71, 143]);
        let double = resize(RgbaView::new(2, 1, &rgba[..8]).unwrap(), 4, 2);
        assert_eq!(greys(&double), [0, 25, 75, 100].repeat(2));
    }

    #[test]
    fn a_part_is_resized_alone() {
        let rgba: Vec<u8> = (0..12).flat_map(|level| [10 * level, 0, 0, 255]).collect();
        let image = RgbaView::new(4, 3, &rgba).unwrap();
        assert_eq!(greys(&resize_part(image, [1, 1, 2, 2], 2, 2)), [50, 60, 90, 100]);
        assert_eq!(greys(&resize_part(image, [2, 0, 1, 3], 1, 3)), [20, 60, 100]);
        assert_eq!(greys(&resize_part(image, [0, 2, 4, 1], 8, 1))[..3], [80, 83, 88]);
    }

    #[test]
    fn what_is_transparent_keeps_its_colours() {
        let rgba = [10, 20, 30, 0, 10, 20, 30, 255];
        assert_eq!(resize(RgbaView::new(2, 1, &rgba).unwrap(), 1, 1), [10, 20, 30, 128]);
    }
}
