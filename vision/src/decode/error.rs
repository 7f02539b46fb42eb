//! Why a file could not be shown, in words for a person.

use image::{ImageError, ImageFormat};
use thiserror::Error;

use super::kind::FileKind;

/// The formats that are read, as people write them.
const EXPECTED: &str =
    if cfg!(feature = "more-formats") { "JPEG, PNG, WebP, GIF, BMP, TIFF or ICO" } else { "JPEG, PNG, WebP or GIF" };

/// Why [`decode`](super::decode) gave no picture.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// There are no bytes.
    #[error("expected a {EXPECTED} picture, got an empty file (0 bytes)")]
    Empty,
    /// The first bytes are not those of a format that is read here. Another decoder may read it, if
    /// [`FileKind::is_picture`].
    #[error("expected a {EXPECTED} picture, got {found}{}", advice(*kind))]
    WrongKind {
        /// The kind by its first bytes.
        kind: FileKind,
        /// The same in words, e.g. "a PDF document".
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
    /// Its pixels are few enough, but the decoder wants more memory for them than allowed.
    #[error("expected a {format} picture that is decoded in {} MB, got one that takes more", max_bytes / 1_000_000)]
    TooMuchMemory {
        /// Name of the format.
        format: &'static str,
        /// Bytes that a decoder may take.
        max_bytes: u64,
    },
    /// The file is cut short, or its data contradict themselves.
    #[error("expected a whole {format} picture, got one that is cut short or damaged ({reason})")]
    Damaged {
        /// Name of the format.
        format: &'static str,
        /// The decoder's message.
        reason: String,
    },
    /// The file uses a part of its format that the decoder lacks (12-bit JPEG, for one).
    #[error("expected a common kind of {format}, got one that cannot be read ({reason}); save it again as PNG or JPEG")]
    Unsupported {
        /// Name of the format.
        format: &'static str,
        /// The decoder's message.
        reason: String,
    },
}

impl DecodeError {
    /// The error of a decoder of `format`, which may take `max_bytes`.
    pub(super) fn from_decoder(format: ImageFormat, max_bytes: u64, error: ImageError) -> Self {
        let format_name = format_name(format);
        match error {
            ImageError::Unsupported(error) => Self::Unsupported { format: format_name, reason: error.to_string() },
            ImageError::Limits(_) => Self::too_much_memory(format, max_bytes),
            error => Self::damaged(format, &error.to_string()),
        }
    }

    pub(super) fn damaged(format: ImageFormat, reason: &str) -> Self {
        Self::Damaged { format: format_name(format), reason: reason.to_owned() }
    }

    pub(super) fn too_much_memory(format: ImageFormat, max_bytes: u64) -> Self {
        Self::TooMuchMemory { format: format_name(format), max_bytes }
    }

    pub(super) fn unsupported(format: ImageFormat, reason: &str) -> Self {
        Self::Unsupported { format: format_name(format), reason: reason.to_owned() }
    }
}

/// The end of a sentence about a file of `kind`.
fn advice(kind: FileKind) -> String {
    kind.way_out().map_or_else(String::new, |way_out| format!("; {way_out}"))
}

/// The name of `format` as people write it.
fn format_name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Png => "PNG",
        ImageFormat::WebP => "WebP",
        ImageFormat::Gif => "GIF",
        ImageFormat::Bmp => "BMP",
        ImageFormat::Tiff => "TIFF",
        ImageFormat::Ico => "ICO",
        _ => "unusual",
    }
}
