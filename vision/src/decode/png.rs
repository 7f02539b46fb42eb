//! PNG files as they are found: with notes of any size and in any state, and without their end mark.

use std::io::Cursor;

use image::ImageFormat::Png;
use image::codecs::png::PngDecoder;

use super::{DecodeError, DecodeLimits, Opened};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// No data, and their checksum.
const END: &[u8] = b"\0\0\0\0IEND\xae\x42\x60\x82";

/// The first picture of the PNG file `bytes`.
///
/// The decoder gets the chunks that make the picture, and no others: it refuses a picture for the size of a text beside it,
/// and reads the EXIF data only where they come before the pixels; the PNG specification allows both.
pub(super) fn open(bytes: &[u8], limits: DecodeLimits) -> Result<Opened<'static>, DecodeError> {
    let mut file = SIGNATURE.to_vec();
    let mut exif = None;
    let mut is_animated = false;
    for Chunk { name, data, bytes } in chunks(bytes) {
        match &name {
            b"IHDR" => admit(data, limits)?,
            // The decoder takes for granted what the PNG specification demands of this chunk.
            b"PLTE" if !data.len().is_multiple_of(3) || data.len() > 3 * 256 => {
                return Err(DecodeError::damaged(Png, &format!("a palette of {} bytes", data.len())));
            }
            b"CgBI" => return Err(DecodeError::unsupported(Png, "Xcode has packed it for iOS")),
            _ => {}
        }
        match &name {
            b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT" => file.extend_from_slice(bytes),
            b"eXIf" => exif = Some(data),
            b"acTL" => is_animated = true,
            b"IEND" => break,
            _ => {}
        }
    }
    file.extend_from_slice(END);
    let decoder = PngDecoder::with_limits(Cursor::new(file), row_limits())
        .map_err(|error| DecodeError::from_decoder(Png, MAX_ROWS_BYTES, error))?;
    Opened::new(Png, Box::new(decoder), exif, is_animated, limits)
}

/// Whether the header `data` declares no more pixels than allowed. Told before the decoder, which calls a picture damaged
/// whose bytes it cannot count in 32 bits.
fn admit(data: &[u8], limits: DecodeLimits) -> Result<(), DecodeError> {
    let side = |at: usize| data.get(at..).and_then(|rest| rest.first_chunk()).map(|&side| u32::from_be_bytes(side));
    match (side(0), side(4)) {
        (Some(width), Some(height)) => limits.admit(width, height),
        _ => Ok(()), // The decoder says that it is damaged.
    }
}

/// A row of 2 million pixels of 16-bit RGBA, of which the decoder keeps two, is 16 MB.
const MAX_ROWS_BYTES: u64 = 32 << 20;

fn row_limits() -> image::Limits {
    let mut limits = image::Limits::no_limits();
    limits.max_alloc = Some(MAX_ROWS_BYTES);
    limits
}

struct Chunk<'a> {
    name: [u8; 4],
    /// As much as there is of them.
    data: &'a [u8],
    /// The whole chunk: length, name, data, checksum.
    bytes: &'a [u8],
}

/// The chunks of the PNG file `bytes` (PNG 3, 5.3); the last may be cut short.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    const AROUND_DATA: usize = 12;
    let mut rest = bytes.get(SIGNATURE.len()..).unwrap_or_default();
    std::iter::from_fn(move || {
        let length = u32::from_be_bytes(*rest.first_chunk()?) as usize;
        let name = *rest.get(4..)?.first_chunk()?;
        let (chunk, after) = rest.split_at(length.saturating_add(AROUND_DATA).min(rest.len()));
        rest = after;
        let data = &chunk[8..];
        Some(Chunk { name, data: &data[..length.min(data.len())], bytes: chunk })
    })
}
