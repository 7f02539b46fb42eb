//! Whether a WebP file is all there.

/// Whether every chunk of the file `bytes` lies inside it (RIFF header, chunk header: WebP container specification).
///
/// image-webp takes the length of an EXIF chunk for true and makes room for it before it reads: up to 4 GB of a file that
/// has a hundred bytes. Bytes after the end that the file declares do not matter, nor does the padding of its last chunk.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    const RIFF_HEADER: usize = 12;
    let end = bytes.get(4..).and_then(length).map_or(0, |length| length.saturating_add(8)).min(bytes.len());
    let mut rest = bytes.get(RIFF_HEADER..end).unwrap_or_default();
    while let Some(length) = rest.get(4..).and_then(length) {
        let after_header = &rest[8..];
        if length > after_header.len() {
            return false;
        }
        rest = after_header.get(length.next_multiple_of(2)..).unwrap_or_default();
    }
    true
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
    fn a_file_is_whole_when_its_chunks_lie_inside_it() {
        let cases: [(u32, &[u8], bool); 8] = [
            (14, b"EXIF\x02\0\0\0ab", true),
            (14, b"EXIF\x03\0\0\0ab", false),
            (14, b"EXIF\xff\xff\xff\xffab", false),
            (25, b"EXIF\x03\0\0\0abc\0XMP \x01\0\0\0a", true),
            (25, b"EXIF\x03\0\0\0abc\0XMP \x02\0\0\0a", false),
            (14, b"EXIF\x02\0\0\0ab after the end", true),
            (u32::MAX, b"EXIF\x02\0\0\0ab", true),
            (4, b"", true),
        ];
        for (declared, chunks, expected) in cases {
            assert_eq!(is_whole(&file(declared, chunks)), expected, "{declared} {chunks:?}");
        }
        assert!((0..20).all(|len| is_whole(&file(14, b"EXIF\x02\0\0\0ab")[..len.min(12)])));
    }
}
