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
mod jpeg_header;
mod kind;
#[cfg(feature = "more-formats")]
mod more;
mod png;
mod shrink;
mod tiff_header;
mod webp;

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat};

pub use error::DecodeError;
pub use kind::FileKind;

use crate::{ImageError, RgbaView, Turn, turn::turn};

/// How large a picture may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeLimits {
    /// Longer side of the decoded picture in pixels; larger ones are scaled down to it.
    ///
    /// 2560: a face of 40 pixels in a photo of 12 megapixels has 25 then, about the smallest that detectors find and networks
    /// can read.
    pub max_side: u32,
    /// Pixels that a file may declare; more are refused before they are allocated.
    ///
    /// 200 million: the largest that phones write (16320×12240). As RGB they are 600 MB, a progressive JPEG needs 1.2
    /// GB more while it is read: about what still fits into the 4 GB of wasm.
    pub max_pixels: u64,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self { max_side: 2560, max_pixels: 200_000_000 }
    }
}

impl DecodeLimits {
    /// Refuses a picture with too many pixels.
    pub fn admit(self, width: u32, height: u32) -> Result<(), DecodeError> {
        if u64::from(width) * u64::from(height) > self.max_pixels {
            return Err(DecodeError::TooLarge { width, height, max_pixels: self.max_pixels });
        }
        Ok(())
    }

    /// Bytes that the decoded picture may take, and as many again a decoder beside it: 8 (16-bit RGBA) a pixel.
    fn max_decoder_bytes(self) -> u64 {
        self.max_pixels.saturating_mul(8)
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
    /// A picture that another decoder read: `width`×`height` opaque RGBA pixels of one that has `original_width`×
    /// `original_height` in its file, upright.
    pub fn new(
        [width, height]: [usize; 2],
        rgba: Vec<u8>,
        [original_width, original_height]: [u32; 2],
    ) -> Result<Self, ImageError> {
        RgbaView::new(width, height, &rgba)?;
        Ok(Self { width, height, rgba, original_width, original_height, animated: false })
    }

    /// The same picture, turned.
    #[must_use]
    pub fn turned(&self, by: Turn) -> Self {
        let rgba = turn(self.view(), by);
        let swap = |sides: [usize; 2]| if by.is_sideways() { [sides[1], sides[0]] } else { sides };
        let [width, height] = swap([self.width, self.height]);
        let [original_width, original_height] =
            swap([self.original_width, self.original_height].map(|side| side as usize)).map(|side| side as u32);
        Self { width, height, rgba, original_width, original_height, animated: self.animated }
    }

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

/// The picture in `bytes`: a JPEG, PNG, WebP or GIF file, told by its content; with the Cargo feature `more-formats` also a
/// BMP, TIFF or ICO file.
///
/// - It is turned upright by its EXIF orientation, where that can be read; other notes do not matter, whole or broken.
/// - 16-bit samples are rounded to 8 bits; palettes, greys and CMYK become RGB, CMYK by multiplying each ink's light with
///   black's, as Pillow does. Colour profiles and gain maps are not applied.
/// - What is transparent is laid on white, as on a page: where all is transparent, all is white.
/// - Of several pictures in a file (frames, pages, MPO) it is the first, of the sizes of an icon the largest.
/// - A file that ends too early is an error, not a picture with a grey half, as it is for Pillow; where nothing but the end
///   mark is missing, it is read. Data behind the picture do not matter. A JPEG file that is all there but damaged amid its
///   pixels is grey from there on, where libjpeg goes on at the next restart mark.
pub fn decode(bytes: &[u8], limits: DecodeLimits) -> Result<Picture, DecodeError> {
    let format = kind::format(bytes)?;
    let Opened { decoder, orientation, is_animated } = match format {
        ImageFormat::Jpeg => jpeg::open(bytes, limits),
        ImageFormat::Png => png::open(bytes, limits),
        ImageFormat::WebP => webp::open(bytes, limits),
        #[cfg(feature = "more-formats")]
        ImageFormat::Bmp | ImageFormat::Tiff | ImageFormat::Ico => more::open(format, bytes, limits),
        _ => open_gif(bytes, limits),
    }?;
    let (width, height) = decoder.dimensions();
    let pixels = DynamicImage::from_decoder(decoder)
        .map_err(|error| DecodeError::from_decoder(format, limits.max_decoder_bytes(), error))?;
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
        animated: is_animated,
    })
}

/// A file whose header has been read, and which keeps the limits.
struct Opened<'a> {
    decoder: Box<dyn ImageDecoder + 'a>,
    orientation: Orientation,
    is_animated: bool,
}

impl<'a> Opened<'a> {
    /// Refuses what is larger than the limits. `exif` are the EXIF data of the file, which may be wrong.
    fn new(
        format: ImageFormat,
        mut decoder: Box<dyn ImageDecoder + 'a>,
        exif: Option<&[u8]>,
        is_animated: bool,
        limits: DecodeLimits,
    ) -> Result<Self, DecodeError> {
        let (width, height) = decoder.dimensions();
        limits.admit(width, height)?;
        let max_bytes = limits.max_decoder_bytes();
        if decoder.total_bytes() > max_bytes {
            return Err(DecodeError::too_much_memory(format, max_bytes));
        }
        let mut memory = image::Limits::no_limits();
        memory.max_alloc = Some(max_bytes);
        decoder.set_limits(memory).map_err(|error| DecodeError::from_decoder(format, max_bytes, error))?;
        Ok(Self { decoder, orientation: orientation(exif.unwrap_or_default()), is_animated })
    }
}

/// The orientation that EXIF data give. Some that write WebP put JPEG's mark before them.
fn orientation(exif: &[u8]) -> Orientation {
    let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    Orientation::from_exif_chunk(exif).unwrap_or(Orientation::NoTransforms)
}

fn open_gif(bytes: &[u8], limits: DecodeLimits) -> Result<Opened<'_>, DecodeError> {
    let decoder = GifDecoder::new(Cursor::new(bytes))
        .map_err(|error| DecodeError::from_decoder(ImageFormat::Gif, limits.max_decoder_bytes(), error))?;
    Opened::new(ImageFormat::Gif, Box::new(decoder), None, has_second_gif_frame(bytes), limits)
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
