//! Fewer pixels, and none that are transparent.

use image::{DynamicImage, RgbaImage};

use crate::{RgbaView, resize};

/// `picture` without alpha, laid on white, with 8 bits a channel: `thumbnail_exact` sums 16-bit ones in 32 bits, which
/// overflow.
pub(super) fn flatten(picture: DynamicImage) -> DynamicImage {
    let color = picture.color();
    match (color.has_alpha(), color.has_color(), color.bytes_per_pixel() / color.channel_count()) {
        (true, ..) => {}
        (false, _, 1) => return picture,
        (false, true, _) => return picture.into_rgb8().into(),
        (false, false, _) => return picture.into_luma8().into(),
    }
    let mut rgba = picture.into_rgba8();
    for pixel in rgba.pixels_mut().filter(|pixel| pixel[3] != 255) {
        let alpha = u32::from(pixel[3]);
        for channel in &mut pixel.0[..3] {
            *channel = ((u32::from(*channel) * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        }
        pixel[3] = 255;
    }
    rgba.into()
}

/// `picture` scaled so that its longer side is at most `max_side`; smaller ones pass unchanged.
pub(super) fn shrink(picture: DynamicImage, max_side: u32) -> DynamicImage {
    let (width, height) = (picture.width(), picture.height());
    let longer = width.max(height);
    let max_side = max_side.max(1);
    if longer <= max_side {
        return picture;
    }
    // A box over whole pixels first: it takes the picture to between two and three times the final size, from where the
    // triangle leaves no trace of the boxes, and most pixels never become RGBA.
    let factor = longer / (2 * max_side);
    let picture =
        if factor > 1 { picture.thumbnail_exact((width / factor).max(1), (height / factor).max(1)) } else { picture };
    let scaled = |side: u32| ((f64::from(side) * f64::from(max_side) / f64::from(longer)).round() as u32).max(1);
    let [width, height] = [scaled(width), scaled(height)];
    let rgba = picture.into_rgba8();
    let view = RgbaView::new(rgba.width() as usize, rgba.height() as usize, &rgba).expect("four bytes a pixel");
    let small = resize(view, width as usize, height as usize);
    RgbaImage::from_raw(width, height, small).expect("four bytes a pixel").into()
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, ImageBuffer, Luma};

    use super::*;

    #[test]
    fn the_longer_side_is_met_and_the_shape_kept() {
        // Width, height, largest side; expected width and height.
        let cases = [
            ([10, 5, 20], [10, 5]),
            ([20, 5, 20], [20, 5]),
            ([40, 20, 20], [20, 10]),
            ([10, 63, 20], [3, 20]),
            ([400, 100, 20], [20, 5]),
            ([5000, 1, 20], [20, 1]),
            ([3, 3, 0], [1, 1]),
        ];
        for ([width, height, max_side], expected) in cases {
            let small = shrink(GrayImage::new(width, height).into(), max_side);
            assert_eq!([small.width(), small.height()], expected, "{width}×{height}");
        }
    }

    #[test]
    fn a_large_16_bit_picture_stays_white() {
        let white = ImageBuffer::from_pixel(660_000, 300, Luma([u16::MAX]));
        let small = shrink(flatten(white.into()), 1280);
        assert!(small.into_luma8().iter().all(|&value| value == 255));
    }

    #[test]
    fn shrinking_keeps_the_mean_of_a_fine_pattern() {
        for longer in [25, 50, 100, 333] {
            let stripes = GrayImage::from_fn(longer, longer, |x, _| Luma([if x % 2 == 0 { 0 } else { 200 }]));
            let small = shrink(stripes.into(), 10).into_luma8();
            let mean = small.iter().map(|&value| f64::from(value)).sum::<f64>() / 100.0;
            assert!((mean - 100.0).abs() < 5.0, "{longer}: {mean}");
        }
    }

    #[test]
    fn transparency_is_laid_on_white() {
        let cases =
            [([0, 0, 0, 0], [255; 4]), ([9, 9, 9, 255], [9, 9, 9, 255]), ([0, 100, 200, 128], [127, 177, 227, 255])];
        for (pixel, expected) in cases {
            let flat = flatten(RgbaImage::from_pixel(1, 1, image::Rgba(pixel)).into()).into_rgba8();
            assert_eq!(flat.get_pixel(0, 0).0, expected, "{pixel:?}");
        }
    }
}
