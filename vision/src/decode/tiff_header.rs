//! The first directory of a TIFF file, as far as it tells a picture from the raw data of a camera.

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
    is_cr2 || entries(bytes).any(|(tag, value)| tag == DNG_VERSION || (tag == NEW_SUBFILE_TYPE && value & 1 == 1))
}

/// Tag and value of each entry in the first directory; values of other types than LONG are not meant to be used.
fn entries(bytes: &[u8]) -> impl Iterator<Item = (u16, u32)> {
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
    entries.iter().take(n_entries.into()).filter_map(move |entry| Some((u16_at(entry)?, u32_at(&entry[8..])?)))
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
}
