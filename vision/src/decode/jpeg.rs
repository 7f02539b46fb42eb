//! Whether a JPEG file is all there.

/// Whether `bytes` reach the end-of-image marker of the outermost picture (ITU-T T.81, B.1.1 and B.2.1).
///
/// zune-jpeg, as the `image` crate drives it, fills what is missing with grey and reports success, so the file is
/// walked here: segments are skipped by their length, which also steps over the whole JPEG that a thumbnail in the EXIF
/// data is. Bytes after the end (a second picture, a maker's trailer) are common and do not matter.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    const END_OF_IMAGE: u8 = 0xd9;
    let mut rest = bytes.get(2..).unwrap_or_default();
    loop {
        let Some(marker_idx) = rest.windows(2).position(|pair| pair[0] == 0xff && starts_segment(pair[1])) else {
            return false;
        };
        let (marker, after) = (rest[marker_idx + 1], &rest[marker_idx + 2..]);
        if marker == END_OF_IMAGE {
            return true;
        }
        let Some(&[high, low]) = after.first_chunk() else { return false };
        rest = after.get(usize::from(u16::from_be_bytes([high, low])).max(2)..).unwrap_or_default();
    }
}

/// Whether 0xff and `code` begin a segment or end the picture. Not so for a stuffed zero, a restart or TEM marker, or a
/// fill byte: they have no length and may stand amid compressed data.
fn starts_segment(code: u8) -> bool {
    !matches!(code, 0x00 | 0x01 | 0xd0..=0xd7 | 0xff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_when_its_own_end_marker_is_reached() {
        const SCAN: &[u8] = b"\xff\xd8\xff\xda\0\x03\x01data\xff\0\xff\xd0data";
        let end = |tail: &[u8]| [SCAN, tail].concat();
        let thumbnail = b"\xff\xd8\xff\xe1\0\x06\xff\xd8\xff\xd9\xff\xda\0\x02data";
        let cases: [(Vec<u8>, bool); 8] = [
            (end(b"\xff\xd9"), true),
            (end(b"\xff\xff\xff\xd9"), true),
            (end(b"\xff\xd9trailer"), true),
            (end(b""), false),
            (end(b"\xff"), false),
            (thumbnail.to_vec(), false),
            (b"\xff\xd8\xff\xe1\xff\xff".to_vec(), false),
            (b"\xff".to_vec(), false),
        ];
        for (bytes, expected) in cases {
            assert_eq!(is_whole(&bytes), expected, "{bytes:x?}");
        }
    }
}
