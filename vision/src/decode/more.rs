//! Formats that the command line reads beside those of the page.

use std::io::Cursor;

use image::codecs::{bmp::BmpDecoder, ico::IcoDecoder, tiff::TiffDecoder};
use image::{ImageDecoder, ImageFormat, ImageResult};

use super::{DecodeError, DecodeLimits, Opened, png, tiff_header};

/// The picture in the BMP, TIFF or ICO file `bytes`.
pub(super) fn open(format: ImageFormat, bytes: &[u8], limits: DecodeLimits) -> Result<Opened<'_>, DecodeError> {
    match format {
        ImageFormat::Bmp => open_bmp(bytes, limits),
        ImageFormat::Tiff => open_tiff(bytes, limits),
        _ => open_ico(bytes, limits),
    }
}

fn opened<'a>(
    format: ImageFormat,
    decoder: ImageResult<impl ImageDecoder + 'a>,
    exif: Option<&[u8]>,
    limits: DecodeLimits,
) -> Result<Opened<'a>, DecodeError> {
    let decoder = decoder.map_err(|error| DecodeError::from_decoder(format, limits.max_decoder_bytes(), error))?;
    Opened::new(format, Box::new(decoder), exif, false, limits)
}

fn open_tiff(bytes: &[u8], limits: DecodeLimits) -> Result<Opened<'_>, DecodeError> {
    if let Some(error) = tiff_header::refusal(bytes) {
        return Err(error);
    }
    // EXIF data are a TIFF file, and this is one: its orientation stands at the same place.
    opened(ImageFormat::Tiff, TiffDecoder::new(Cursor::new(bytes)), Some(bytes), limits)
}

fn open_bmp(bytes: &[u8], limits: DecodeLimits) -> Result<Opened<'_>, DecodeError> {
    // `BITMAPINFOHEADER` and those that are longer have 32-bit sides, below zero for rows from top to bottom. The decoder
    // calls a file damaged in which they are large.
    const SHORT_HEADER: i32 = 12;
    let number = |at: usize| bytes.get(at..).and_then(|rest| rest.first_chunk()).map(|&side| i32::from_le_bytes(side));
    if let (Some(width), Some(height), true) = (number(18), number(22), number(14) > Some(SHORT_HEADER)) {
        limits.admit(width.unsigned_abs(), height.unsigned_abs())?;
    }
    opened(ImageFormat::Bmp, BmpDecoder::new(Cursor::new(bytes)), None, limits)
}

/// The largest of an icon's pictures, of those the one with the most colours.
///
/// It is taken out here: the decoder of icons sets no limits to a PNG inside, and takes it only with an alpha channel.
fn open_ico(bytes: &[u8], limits: DecodeLimits) -> Result<Opened<'_>, DecodeError> {
    const HEADER_BYTES: usize = 6;
    const ENTRY_BYTES: usize = 16;
    let damaged = || DecodeError::damaged(ImageFormat::Ico, "its list of pictures does not fit");
    let n_entries = bytes.get(4..).and_then(|rest| rest.first_chunk()).map_or(0, |&n| u16::from_le_bytes(n));
    let entries = bytes.get(HEADER_BYTES..).unwrap_or_default().as_chunks::<ENTRY_BYTES>().0;
    // Width and height; 0 is 256. Bits a pixel.
    let size = |entry: &&[u8; ENTRY_BYTES]| {
        (u16::from(entry[0].wrapping_sub(1)) + u16::from(entry[1].wrapping_sub(1)), entry[6])
    };
    let &entry = entries.iter().take(n_entries.into()).max_by_key(size).ok_or_else(damaged)?;
    let [_, _, length, offset] = entry.as_chunks::<4>().0 else { return Err(damaged()) };
    let [length, offset] = [length, offset].map(|&number| u32::from_le_bytes(number) as usize);
    let picture = bytes.get(offset..).and_then(|rest| rest.get(..length)).ok_or_else(damaged)?;
    if picture.starts_with(b"\x89PNG") {
        return png::open(picture, limits);
    }
    let alone =
        [b"\0\0\x01\0\x01\0", &entry[..12], &((HEADER_BYTES + ENTRY_BYTES) as u32).to_le_bytes(), picture].concat();
    opened(ImageFormat::Ico, IcoDecoder::new(Cursor::new(alone)), None, limits)
}
