//! Why a file could not be shown, in words for a person.

use image::{ImageError, ImageFormat};
use thiserror::Error;

/// Why [`decode`](super::decode) gave no picture.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// There are no bytes.
    #[error("expected a JPEG, PNG, WebP or GIF picture, got an empty file (0 bytes)")]
    Empty,
    /// The first bytes are not those of a format that can be read.
    #[error("expected a JPEG, PNG, WebP or GIF picture, got {found}")]
    NotAPicture {
        /// What the first bytes look like, e.g. "a PDF document".
        found: String,
    },
    /// The header declares more pixels than allowed.
    #[error(
        "expected a picture of at most {} megapixels, got {width}×{height} = {} megapixels",
        max_pixels / 1_000_000, u64::from(*width) * u64::from(*height) / 1_000_000
    )]
    TooLarge {
        /// Declared width, pixels.
        width: u32,
        /// Declared height, pixels.
        height: u32,
        /// [`DecodeLimits::max_pixels`](super::DecodeLimits::max_pixels).
        max_pixels: u64,
    },
    /// The file is cut short, or its data contradict themselves.
    #[error("expected a whole {format} picture, got one that is cut short or damaged ({reason})")]
    Damaged {
        /// Name of the format.
        format: &'static str,
        /// What the decoder said.
        reason: String,
    },
    /// The file uses a part of its format that the decoder lacks (12-bit JPEG, for one).
    #[error("expected a common kind of {format}, got one that cannot be read ({reason}); save it again as PNG or JPEG")]
    Unsupported {
        /// Name of the format.
        format: &'static str,
        /// What the decoder said.
        reason: String,
    },
}

impl DecodeError {
    /// The error of a decoder of `format`.
    pub(super) fn from_decoder(format: ImageFormat, error: ImageError) -> Self {
        match error {
            ImageError::Unsupported(error) => {
                Self::Unsupported { format: format_name(format), reason: error.to_string() }
            }
            error => Self::damaged(format, &error.to_string()),
        }
    }

    pub(super) fn damaged(format: ImageFormat, reason: &str) -> Self {
        Self::Damaged { format: format_name(format), reason: reason.to_owned() }
    }
}

/// The name of `format` as people write it.
pub(super) fn format_name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Png => "PNG",
        ImageFormat::WebP => "WebP",
        ImageFormat::Gif => "GIF",
        ImageFormat::Bmp => "BMP",
        ImageFormat::Tiff => "TIFF",
        ImageFormat::Avif => "AVIF",
        ImageFormat::Ico => "ICO",
        ImageFormat::OpenExr => "OpenEXR",
        ImageFormat::Qoi => "QOI",
        _ => "unusual",
    }
}
