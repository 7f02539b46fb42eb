//! Borrowed pixels, checked once where they enter.

use thiserror::Error;

/// Why pixels could not be viewed as an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ImageError {
    /// Width or height is zero.
    #[error("expected a picture of at least 1×1 pixels, got {width}×{height}")]
    Empty {
        /// Given width.
        width: usize,
        /// Given height.
        height: usize,
    },
    /// The buffer length is not `4 * width * height`, or that product overflows.
    #[error("expected {width}×{height} RGBA pixels (4 bytes each), got {actual} bytes")]
    Length {
        /// Given width.
        width: usize,
        /// Given height.
        height: usize,
        /// Length of the given buffer.
        actual: usize,
    },
    /// The buffer length is not `width * height`, or that product overflows.
    #[error("expected {width}×{height} grey pixels (1 byte each), got {actual} bytes")]
    GreyLength {
        /// Given width.
        width: usize,
        /// Given height.
        height: usize,
        /// Length of the given buffer.
        actual: usize,
    },
}

/// Borrowed RGBA pixels in canvas order. Invariant: `data.len() == 4 * width * height`, non-empty.
#[derive(Clone, Copy, Debug)]
pub struct RgbaView<'a> {
    width: usize,
    height: usize,
    data: &'a [u8],
}

impl<'a> RgbaView<'a> {
    /// View `data` as a `width`×`height` RGBA image.
    pub fn new(width: usize, height: usize, data: &'a [u8]) -> Result<Self, ImageError> {
        let n_pixels = count_pixels(width, height)?;
        if n_pixels.checked_mul(4) != Some(data.len()) {
            return Err(ImageError::Length { width, height, actual: data.len() });
        }
        Ok(Self { width, height, data })
    }

    /// Width in pixels, at least 1.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels, at least 1.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Row-major RGBA bytes, `4 * width * height` of them.
    pub fn data(&self) -> &'a [u8] {
        self.data
    }
}

/// Borrowed grey pixels, one byte each. Invariant: `data.len() == width * height`, non-empty.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GreyView<'a> {
    width: usize,
    height: usize,
    data: &'a [u8],
}

impl<'a> GreyView<'a> {
    /// View `data` as a `width`×`height` grey image.
    pub(crate) fn new(width: usize, height: usize, data: &'a [u8]) -> Result<Self, ImageError> {
        if count_pixels(width, height)? != data.len() {
            return Err(ImageError::GreyLength { width, height, actual: data.len() });
        }
        Ok(Self { width, height, data })
    }

    /// Width in pixels, at least 1.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels, at least 1.
    pub(crate) fn height(&self) -> usize {
        self.height
    }

    /// Row-major grey bytes, `width * height` of them.
    pub(crate) fn data(&self) -> &'a [u8] {
        self.data
    }
}

/// `width * height`, unless a side is zero; a product that overflows counts as more bytes than any buffer has.
fn count_pixels(width: usize, height: usize) -> Result<usize, ImageError> {
    if width == 0 || height == 0 {
        return Err(ImageError::Empty { width, height });
    }
    Ok(width.saturating_mul(height))
}

/// Grey of RGBA pixels (4 bytes each), ITU-R BT.601 luma in 15-bit fixed point; alpha is ignored.
///
/// The very integers of OpenCV's `cvtColor` (`modules/imgproc/src/color_rgb.simd.hpp`: `R2Y`, `G2Y`, `B2Y`,
/// `gray_shift = 15`), so that the cascade sees the pixels OpenCV would see.
pub fn grey(rgba: &[u8]) -> Vec<u8> {
    const RED: u32 = 9798;
    const GREEN: u32 = 19235;
    const BLUE: u32 = 3735;
    let luma = |&[red, green, blue, _]: &[u8; 4]| {
        (RED * u32::from(red) + GREEN * u32::from(green) + BLUE * u32::from(blue) + (1 << 14)) >> 15
    };
    rgba.as_chunks::<4>().0.iter().map(|pixel| luma(pixel) as u8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grey_view_is_rejected_unless_its_length_fits() {
        let cases = [(2, 2, 4, true), (2, 2, 16, false), (0, 2, 0, false), (usize::MAX, 2, 4, false)];
        for (width, height, len, ok) in cases {
            assert_eq!(GreyView::new(width, height, &vec![0; len]).is_ok(), ok, "{width}×{height}, {len} bytes");
        }
    }

    #[test]
    fn grey_is_opencv_s_luma() {
        // Last column: cv2.cvtColor(…, COLOR_RGB2GRAY) of OpenCV 4.14.
        let cases = [
            ([0, 0, 0], 0),
            ([255, 255, 255], 255),
            ([255, 0, 0], 76),
            ([0, 255, 0], 150),
            ([0, 0, 255], 29),
            ([12, 34, 56], 30),
            ([200, 100, 50], 124),
        ];
        for ([red, green, blue], expected) in cases {
            assert_eq!(grey(&[red, green, blue, 0]), [expected], "{red} {green} {blue}");
        }
    }

    #[test]
    fn a_view_is_rejected_unless_its_length_fits() {
        let cases: [(usize, usize, usize, bool); 5] =
            [(2, 2, 16, true), (2, 2, 15, false), (0, 2, 0, false), (2, 0, 0, false), (usize::MAX, 2, 16, false)];
        for (width, height, len, ok) in cases {
            assert_eq!(RgbaView::new(width, height, &vec![0; len]).is_ok(), ok, "{width}×{height}, {len} bytes");
        }
    }
}
