//! From the bytes of a file to upright 8-bit RGBA pixels of a size that can be searched.
//!
//! ```text
//! bytes ── sniff ──► format ── open ──► header: size, orientation, frames   (refused here if too large)
//!                                         │ decode
//!                                         ▼
//!                              pixels ── flatten on white ── shrink ── turn upright ──► Picture
//! ```

mod error;
mod jpeg;
mod shrink;
mod sniff;
mod webp;

use std::io::Cursor;

use image::codecs::{gif::GifDecoder, jpeg::JpegDecoder, png::PngDecoder, webp::WebPDecoder};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageResult};

pub use error::DecodeError;

use crate::RgbaView;

/// How large a picture may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeLimits {
    /// Longer side of the decoded picture in pixels; larger ones are scaled down to it.
    ///
    /// 1280: a face of 24 pixels, about the smallest that detectors find and networks can read, is then 1/53 of the longer
    /// side, smaller than any in a group photo of some dozen people; searching more pixels costs in proportion.
    pub max_side: u32,
    /// Pixels that a file may declare; more are refused before they are allocated.
    ///
    /// 200 million: the largest that phones write (16320×12240). As RGB they are 600 MB, a progressive JPEG needs 1.2
    /// GB more while it is read: about what still fits into the 4 GB of wasm.
    pub max_pixels: u64,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self { max_side: 1280, max_pixels: 200_000_000 }
    }
}

/// A decoded picture, upright, at most [`DecodeLimits::max_side`] on its longer side.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    rgba: Vec<u8>,
    original_width: u32,
    original_height: u32,
    animated: bool,
}

impl Picture {
    /// The pixels; their alpha is 255 everywhere.
    #[expect(clippy::missing_panics_doc, reason = "the length is that of the pixels since `decode`")]
    pub fn view(&self) -> RgbaView<'_> {
        RgbaView::new(self.width, self.height, &self.rgba).expect("a picture has 4 bytes for each of its pixels")
    }

    /// Row-major RGBA bytes, `4 * width * height` of them.
    pub fn into_rgba(self) -> Vec<u8> {
        self.rgba
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Width in the file, pixels, upright.
    pub fn original_width(&self) -> u32 {
        self.original_width
    }

    /// Height in the file, pixels, upright.
    pub fn original_height(&self) -> u32 {
        self.original_height
    }

    /// Whether the file holds more frames than this, its first.
    pub fn is_animated(&self) -> bool {
        self.animated
    }
}

impl std::fmt::Debug for Picture {
    // Without the pixels, which would fill the screen.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { width, height, original_width, original_height, animated, .. } = self;
        write!(f, "Picture({width}×{height} of {original_width}×{original_height}, animated: {animated})")
    }
}

/// The picture in `bytes`: a JPEG, PNG, WebP or GIF file, told by its content.
///
/// The EXIF orientation is applied. 16-bit samples are rounded to 8 bits; palettes, greys and CMYK become RGB
/// (colour profiles are not applied); what is transparent is laid on white, as on a page. An animation gives its first
/// frame. A file that ends too early is an error, not a picture with a grey half.
pub fn decode(bytes: &[u8], limits: DecodeLimits) -> Result<Picture, DecodeError> {
    let format = sniff::format(bytes)?;
    let failed = |error| DecodeError::from_decoder(format, error);
    let (mut decoder, animated) = open(format, bytes).map_err(failed)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(DecodeError::TooLarge { width, height, max_pixels: limits.max_pixels });
    }
    let is_whole = match format {
        ImageFormat::Jpeg => jpeg::is_whole(bytes),
        ImageFormat::WebP => webp::is_whole(bytes),
        _ => true, // their decoders say so
    };
    if !is_whole {
        return Err(DecodeError::damaged(format, "the file ends before the picture does"));
    }
    decoder.set_limits(memory_limits(limits)).map_err(failed)?;
    // Unreadable EXIF data say nothing about the pixels.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let pixels = DynamicImage::from_decoder(decoder).map_err(failed)?;
    let mut pixels = shrink::shrink(shrink::flatten(pixels), limits.max_side);
    pixels.apply_orientation(orientation);
    let (original_width, original_height) = if turns_sideways(orientation) { (height, width) } else { (width, height) };
    let rgba = pixels.into_rgba8();
    Ok(Picture {
        width: rgba.width() as usize,
        height: rgba.height() as usize,
        rgba: rgba.into_raw(),
        original_width,
        original_height,
        animated,
    })
}

/// What colour profile, texts and single rows of a PNG may take, bytes. Profiles are 2 MB at most; a row of 2 million
/// pixels of 16-bit RGBA, of which two are kept, is 16 MB.
const MAX_PNG_EXTRA: u64 = 32 << 20;

/// A decoder that has read the header, and whether the file has more than one frame.
fn open(format: ImageFormat, bytes: &[u8]) -> ImageResult<(Box<dyn ImageDecoder + '_>, bool)> {
    let reader = Cursor::new(bytes);
    Ok(match format {
        ImageFormat::Jpeg => (Box::new(JpegDecoder::new(reader)?), false),
        ImageFormat::Png => {
            // `set_limits` comes too late: colour profile and texts, packed as they may be, are read with the header.
            let mut limits = image::Limits::no_limits();
            limits.max_alloc = Some(MAX_PNG_EXTRA);
            let decoder = PngDecoder::with_limits(reader, limits)?;
            let animated = decoder.is_apng()?;
            (Box::new(decoder), animated)
        }
        ImageFormat::WebP => {
            let decoder = WebPDecoder::new(reader)?;
            let animated = decoder.has_animation();
            (Box::new(decoder), animated)
        }
        _ => (Box::new(GifDecoder::new(reader)?), has_second_gif_frame(bytes)),
    })
}

/// What a decoder may allocate beside the picture itself: as much again, at 8 bytes (16-bit RGBA) a pixel.
fn memory_limits(limits: DecodeLimits) -> image::Limits {
    let mut memory = image::Limits::no_limits();
    memory.max_alloc = Some(limits.max_pixels.saturating_mul(8));
    memory
}

/// Whether a GIF file has a second frame; does not decode the first.
fn has_second_gif_frame(bytes: &[u8]) -> bool {
    let mut options = gif::DecodeOptions::new();
    options.skip_frame_decoding(true);
    let Ok(mut decoder) = options.read_info(bytes) else { return false };
    let mut has_next = || matches!(decoder.next_frame_info(), Ok(Some(_)));
    has_next() && has_next()
}

/// Whether `orientation` swaps width and height.
fn turns_sideways(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}
