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
    let mut rest = bytes.get(RIFF_HEADER..end).unwrap_or_default();
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
