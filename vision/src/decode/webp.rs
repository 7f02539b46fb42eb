//! WebP files as they are found: with notes that are missing, damaged or cut short.

use std::io::Cursor;

use image::ImageFormat::WebP;
use image::codecs::webp::WebPDecoder;

use super::{DecodeError, DecodeLimits, Opened};

/// The first picture of the WebP file `bytes`.
///
/// The decoder gets the chunks that make the picture, and no others: it refuses a picture whose header promises EXIF data
/// that are not there, and takes the length of theirs for true and makes room for it before it reads: up to 4 GB of a file
/// that has a hundred bytes.
pub(super) fn open(bytes: &[u8], limits: DecodeLimits) -> Result<Opened<'static>, DecodeError> {
    let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
    let mut exif = None;
    for Chunk { name, data, is_whole } in chunks(bytes) {
        admit_frames(name, data, limits)?;
        match &name {
            b"EXIF" => exif = exif.or(Some(data)),
            b"VP8X" | b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF" if !is_whole => {
                return Err(DecodeError::damaged(WebP, "the file ends before the picture does"));
            }
            b"VP8X" => push(&mut file, name, &without_notes(data)),
            b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF" => push(&mut file, name, data),
            _ => {}
        }
    }
    let length = (file.len() - 8) as u32;
    file[4..8].copy_from_slice(&length.to_le_bytes());
    let decoder = WebPDecoder::new(Cursor::new(file))
        .map_err(|error| DecodeError::from_decoder(WebP, limits.max_decoder_bytes(), error))?;
    let is_animated = decoder.has_animation();
    Opened::new(WebP, Box::new(decoder), exif, is_animated, limits)
}

/// Refuses frames with too many pixels: each declares its own, for which the decoder makes room before it compares them with
/// the picture's (RFC 6386, 9.1; WebP lossless bitstream specification, 4).
fn admit_frames(name: [u8; 4], data: &[u8], limits: DecodeLimits) -> Result<(), DecodeError> {
    const ANIMATION_FRAME_HEADER: usize = 16;
    const SIDE_BITS: u32 = 14;
    let side = |bits: u32| bits & ((1 << SIDE_BITS) - 1);
    let number = |at: usize| data.get(at..).and_then(|rest| rest.first_chunk()).map(|&bits| u32::from_le_bytes(bits));
    match (&name, number(6), number(1)) {
        (b"VP8 ", Some(bits), _) => limits.admit(side(bits), side(bits >> 16)),
        (b"VP8L", _, Some(bits)) => limits.admit(side(bits) + 1, side(bits >> SIDE_BITS) + 1),
        (b"ANMF", ..) => chunks_in(data.get(ANIMATION_FRAME_HEADER..).unwrap_or_default()).try_for_each(|chunk| {
            if chunk.name == *b"ANMF" { Ok(()) } else { admit_frames(chunk.name, chunk.data, limits) }
        }),
        _ => Ok(()),
    }
}

/// `data` of an extended header that promises no colour profile, EXIF data or XMP data.
fn without_notes(data: &[u8]) -> Vec<u8> {
    const ICC_EXIF_XMP: u8 = 0b0010_1100;
    let mut data = data.to_vec();
    if let Some(flags) = data.first_mut() {
        *flags &= !ICC_EXIF_XMP;
    }
    data
}

/// Appends a chunk to `file`.
fn push(file: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    file.extend(name);
    file.extend((data.len() as u32).to_le_bytes());
    file.extend_from_slice(data);
    file.resize(file.len().next_multiple_of(2), 0);
}

struct Chunk<'a> {
    name: [u8; 4],
    /// As much as there is of them.
    data: &'a [u8],
    is_whole: bool,
}

/// The chunks of the WebP file `bytes` (RIFF header, chunk header: WebP container specification). Bytes after the end that
/// the file declares do not count, and the padding of the last chunk may be missing.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    const RIFF_HEADER: usize = 12;
    let declared = bytes.get(4..).and_then(length).unwrap_or(0);
    let end = declared.saturating_add(8).min(bytes.len());
    chunks_in(bytes.get(RIFF_HEADER..end).unwrap_or_default())
}

/// The chunks of which `rest` consists.
fn chunks_in(mut rest: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    std::iter::from_fn(move || {
        let name = *rest.first_chunk()?;
        let length = length(rest.get(4..)?)?;
        let data = &rest[8..];
        rest = data.get(length.saturating_add(length % 2)..).unwrap_or_default();
        Some(Chunk { name, data: &data[..length.min(data.len())], is_whole: length <= data.len() })
    })
}

/// The four bytes of a chunk's length.
fn length(bytes: &[u8]) -> Option<usize> {
    bytes.first_chunk().map(|&length| u32::from_le_bytes(length) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that declares so many bytes after its first eight.
    fn file(declared: u32, chunks: &[u8]) -> Vec<u8> {
        [b"RIFF", &declared.to_le_bytes()[..], b"WEBP", chunks].concat()
    }

    #[test]
    fn a_frame_that_is_larger_than_the_picture_is_refused() {
        let large = |name: &[u8]| [name, &[10, 0, 0, 0, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0xff, 0x3f, 0xff, 0x3f]].concat();
        let head = b"VP8X\x0a\0\0\0\x10\0\0\0\x27\0\0\x1b\0\0";
        let lossy = [&head[..], &large(b"VP8 ")].concat();
        let animated = [&head[..], b"ANMF\x22\0\0\0", &[0; 16], &large(b"VP8 ")].concat();
        for chunks in [lossy, animated] {
            let error = open(&file(1000, &chunks), DecodeLimits::default()).map(|_| ()).expect_err("268 megapixels");
            assert!(matches!(error, DecodeError::TooLarge { width: 16383, height: 16383, .. }), "{error}");
        }
    }

    #[test]
    fn chunks_are_told_with_what_there_is_of_their_data() {
        // Declared length, bytes; data of each chunk, and whether it is whole.
        type Expected = &'static [(&'static [u8], bool)];
        let cases: [(u32, &[u8], Expected); 9] = [
            (14, b"EXIF\x02\0\0\0ab", &[(b"ab", true)]),
            (14, b"EXIF\x03\0\0\0ab", &[(b"ab", false)]),
            (14, b"EXIF\xff\xff\xff\xffab", &[(b"ab", false)]),
            (25, b"EXIF\x03\0\0\0abc\0XMP \x01\0\0\0a", &[(b"abc", true), (b"a", true)]),
            (25, b"EXIF\x03\0\0\0abc\0XMP \x02\0\0\0a", &[(b"abc", true), (b"a", false)]),
            (14, b"EXIF\x02\0\0\0ab after the end", &[(b"ab", true)]),
            (u32::MAX, b"EXIF\x02\0\0\0ab", &[(b"ab", true)]),
            (15, b"EXIF\x02\0\0\0abXMP", &[(b"ab", true)]),
            (4, b"", &[]),
        ];
        for (declared, bytes, expected) in cases {
            let bytes = file(declared, bytes);
            let found: Vec<_> = chunks(&bytes).map(|chunk| (chunk.data, chunk.is_whole)).collect();
            assert_eq!(found, expected, "{declared} {bytes:?}");
        }
        assert!((0..20).all(|len| chunks(&file(14, b"EXIF\x02\0\0\0ab")[..len]).count() <= 1));
    }
}
