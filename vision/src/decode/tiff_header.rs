//! The first directory of a TIFF file: what tells a picture from the raw data of a camera, and what a decoder of TIFF would
//! trust.

/// Whether the TIFF file `bytes` is made by a camera of its sensor's data, or of them and previews.
///
/// Such files (DNG, NEF, ARW, CR2, PEF) are TIFF as well, and their first picture is a preview of some hundred pixels: to
/// take that for the photo would find no small face and say nothing about it.
pub(super) fn is_camera_raw(bytes: &[u8]) -> bool {
    // CR2 marks itself behind the header (Canon); the others by a first picture that is "a reduced-resolution version of
    // another" (NewSubfileType, TIFF 6.0, page 36), DNG also by its version (DNG 1.7, tag 50706).
    const NEW_SUBFILE_TYPE: u16 = 254;
    const DNG_VERSION: u16 = 50706;
    let is_cr2 = bytes.get(8..10) == Some(b"CR");
    is_cr2
        || entries(bytes)
            .any(|Entry { tag, value, .. }| tag == DNG_VERSION || (tag == NEW_SUBFILE_TYPE && value & 1 == 1))
}

/// Why the TIFF file `bytes` is not given to the decoder, if so.
#[cfg(feature = "more-formats")]
pub(super) fn refusal(bytes: &[u8]) -> Option<super::DecodeError> {
    use image::ImageFormat::Tiff;
    /// Compression (TIFF 6.0, page 30, with its supplement 2), and the kinds of it that are read: none, LZW, Deflate,
    /// `PackBits`. The decoder takes JPEG inside as large as that says it is, and panics where its tables are too short.
    const COMPRESSION: u16 = 259;
    const READ: [u32; 5] = [1, 5, 8, 32946, 32773];
    /// Tags of TIFF 6.0 itself; for lists of numbers in them the decoder makes room before it reads them.
    const OWN_TAGS: std::ops::Range<u16> = 254..533;
    /// `PlanarConfiguration` 2, each colour by itself (page 38), and `TileWidth` (page 67): of both together the decoder
    /// expects more room than it is given, and panics.
    const PLANES: (u16, u32) = (284, 2);
    const TILE_WIDTH: u16 = 322;
    let has_planes = entries(bytes).any(|entry| (entry.tag, entry.value) == PLANES);
    if has_planes && entries(bytes).any(|entry| entry.tag == TILE_WIDTH) {
        return Some(super::DecodeError::unsupported(Tiff, "tiles of each colour by itself"));
    }
    entries(bytes).find_map(|Entry { tag, kind, count, value }| {
        if OWN_TAGS.contains(&tag) && kind != TEXT && count as usize > bytes.len() {
            return Some(super::DecodeError::damaged(Tiff, &format!("a list of {count} numbers is not in the file")));
        }
        (tag == COMPRESSION && !READ.contains(&value))
            .then(|| super::DecodeError::unsupported(Tiff, &format!("compression {value}")))
    })
}

/// Types of values (TIFF 6.0, page 15).
#[cfg(feature = "more-formats")]
const TEXT: u16 = 2;
const SHORT: u16 = 3;

/// A field of a directory (TIFF 6.0, page 14).
#[cfg_attr(not(feature = "more-formats"), expect(dead_code, reason = "only what guards the decoder of TIFF reads all"))]
struct Entry {
    tag: u16,
    /// Type of the values.
    kind: u16,
    /// Number of values.
    count: u32,
    /// The value of a single SHORT or LONG; nothing to be used for other types.
    value: u32,
}

/// The fields of the first directory.
fn entries(bytes: &[u8]) -> impl Iterator<Item = Entry> {
    const ENTRY_BYTES: usize = 12;
    let is_little = bytes.starts_with(b"II");
    let u16_at = move |bytes: &[u8]| {
        bytes.first_chunk().map(|&two| if is_little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) })
    };
    let u32_at = move |bytes: &[u8]| {
        bytes.first_chunk().map(|&four| if is_little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) })
    };
    let directory = bytes.get(4..).and_then(u32_at).and_then(|start| bytes.get(start as usize..)).unwrap_or_default();
    let n_entries = u16_at(directory).unwrap_or(0);
    let entries = directory.get(2..).unwrap_or_default().as_chunks::<ENTRY_BYTES>().0;
    entries.iter().take(n_entries.into()).filter_map(move |entry| {
        let kind = u16_at(&entry[2..])?;
        let value = &entry[8..];
        let value = if kind == SHORT { u16_at(value)?.into() } else { u32_at(value)? };
        Some(Entry { tag: u16_at(entry)?, kind, count: u32_at(&entry[4..])?, value })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_data_are_told_from_a_picture() {
        let cases: [(&[u8], bool); 7] = [
            (b"II*\0\x08\0\0\0\x01\0\xfe\0\x04\0\x01\0\0\0\x01\0\0\0", true),
            (b"II*\0\x08\0\0\0\x01\0\xfe\0\x04\0\x01\0\0\0\0\0\0\0", false),
            (b"MM\0*\0\0\0\x08\0\x01\0\xfe\0\x04\0\0\0\x01\0\0\0\x01", true),
            (b"MM\0*\0\0\0\x08\0\x01\xc6\x12\0\x01\0\0\0\x04\x01\x04\0\0", true),
            (b"II*\0\x10\0\0\0CR\x02\0", true),
            (b"II*\0\xff\xff\xff\xff", false),
            (b"II*\0\x08\0\0\0\xff\xff\xfe\0", false),
        ];
        for (bytes, expected) in cases {
            assert_eq!(is_camera_raw(bytes), expected, "{bytes:x?}");
        }
    }

    #[cfg(feature = "more-formats")]
    #[test]
    fn a_decoder_is_not_given_what_it_would_trust() {
        let planes = |tag| {
            [&b"II*\0\x08\0\0\0\x02\0\x1c\x01\x03\0\x01\0\0\0\x02\0\0\0"[..], tag, &b"\x03\0\x01\0\0\0\x08\0\0\0"[..]]
                .concat()
        };
        let [in_tiles, in_strips] = [b"\x42\x01", b"\x16\x01"].map(|tag| planes(&tag[..]));
        let cases: [(&[u8], Option<&str>); 7] = [
            (&in_tiles, Some("tiles of each colour")),
            (&in_strips, None),
            (b"II*\0\x08\0\0\0\x01\0\x03\x01\x03\0\x01\0\0\0\x05\0\0\0", None),
            (b"MM\0*\0\0\0\x08\0\x01\x01\x03\0\x03\0\0\0\x01\0\x05\0\0", None),
            (b"MM\0*\0\0\0\x08\0\x01\x01\x03\0\x03\0\0\0\x01\0\x07\0\0", Some("compression 7")),
            (b"II*\0\x08\0\0\0\x01\0\x17\x01\x04\0\x01\0\x62\0\0\0\0\0", Some("a list of 6422529 numbers")),
            (b"II*\0\x08\0\0\0\x01\0\x31\x01\x02\0\x01\0\x62\0\0\0\0\0", None),
        ];
        for (bytes, expected) in cases {
            let told = refusal(bytes).map(|error| error.to_string());
            let fits = match (&told, expected) {
                (Some(told), Some(expected)) => told.contains(expected),
                (told, expected) => told.is_none() && expected.is_none(),
            };
            assert!(fits, "{told:?}, expected {expected:?}");
        }
    }
}
