//! The segments of a JPEG file, and what those before its pixels say (ITU-T T.81, annex B).

/// The second byte of a marker, after 0xff (T.81, table B.1).
pub(super) mod marker {
    pub(in crate::decode) const START_OF_FRAME_0: u8 = 0xc0;
    pub(in crate::decode) const HUFFMAN_TABLE: u8 = 0xc4;
    pub(in crate::decode) const JPEG_EXTENSION: u8 = 0xc8;
    pub(in crate::decode) const ARITHMETIC_CONDITIONING: u8 = 0xcc;
    pub(in crate::decode) const START_OF_FRAME_15: u8 = 0xcf;
    pub(in crate::decode) const START_OF_IMAGE: u8 = 0xd8;
    pub(in crate::decode) const END_OF_IMAGE: u8 = 0xd9;
    pub(in crate::decode) const START_OF_SCAN: u8 = 0xda;
    pub(in crate::decode) const QUANTIZATION_TABLE: u8 = 0xdb;
    pub(in crate::decode) const RESTART_INTERVAL: u8 = 0xdd;
    pub(in crate::decode) const APPLICATION_0: u8 = 0xe0;
    pub(in crate::decode) const APPLICATION_1: u8 = 0xe1;
    pub(in crate::decode) const APPLICATION_14: u8 = 0xee;
    pub(in crate::decode) const APPLICATION_15: u8 = 0xef;
    pub(in crate::decode) const COMMENT: u8 = 0xfe;
}

/// One marker and what belongs to it.
pub(super) struct Segment<'a> {
    /// Second byte of the marker.
    pub(super) marker: u8,
    /// Without marker and length; empty for the end mark.
    pub(super) payload: &'a [u8],
    /// Behind a start of scan, the compressed pixels; else empty.
    pub(super) data: &'a [u8],
}

/// The segments of the JPEG file `bytes`, to the end mark of the first picture or to where there are none any more. Junk
/// between them is passed over, as libjpeg does.
pub(super) fn segments(bytes: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    let mut rest = bytes.get(2..).unwrap_or_default();
    let mut is_in_scan = false;
    std::iter::from_fn(move || {
        let (marker, after) = next_marker(rest)?;
        if marker == marker::END_OF_IMAGE {
            rest = &[];
            return Some(Segment { marker, payload: &[], data: &[] });
        }
        if is_in_scan && !may_follow_scan(marker) {
            return None;
        }
        let length = usize::from(u16::from_be_bytes(*after.first_chunk()?));
        let payload = after.get(2..length)?;
        rest = &after[length..];
        let mut data: &[u8] = &[];
        if marker == marker::START_OF_SCAN {
            is_in_scan = true;
            (data, rest) = rest.split_at(scan_length(rest));
        }
        Some(Segment { marker, payload, data })
    })
}

/// The next marker in `bytes`, and the bytes behind it.
fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let start = bytes.windows(2).position(|pair| pair[0] == 0xff && starts_segment(pair[1]))?;
    Some((bytes[start + 1], &bytes[start + 2..]))
}

/// Bytes of compressed pixels at the beginning of `bytes`: to the end mark, the next segment, or another picture. Another
/// marker is an error amid them, which the decoder deals with.
fn scan_length(bytes: &[u8]) -> usize {
    let Some((marker, after)) = next_marker(bytes) else { return bytes.len() };
    let length = after.first_chunk().map_or(0, |&length| usize::from(u16::from_be_bytes(length)));
    let is_segment = may_follow_scan(marker) && (2..=after.len()).contains(&length);
    let ends = is_segment || matches!(marker, marker::END_OF_IMAGE | marker::START_OF_IMAGE);
    if ends { bytes.len() - after.len() - 2 } else { bytes.len() }
}

/// Whether 0xff and `code` begin a segment or end the picture. Not so for a stuffed zero, a restart or TEM marker, or a
/// fill byte: they have no length and may stand amid compressed data.
fn starts_segment(code: u8) -> bool {
    !matches!(code, 0x00 | 0x01 | 0xd0..=0xd7 | 0xff)
}

/// Whether the segment `marker` may come after the first scan (T.81, B.2.4); data behind a picture that has no end mark
/// seldom look like it.
fn may_follow_scan(marker: u8) -> bool {
    matches!(
        marker,
        marker::HUFFMAN_TABLE
            | marker::START_OF_SCAN
            | marker::QUANTIZATION_TABLE
            | marker::RESTART_INTERVAL
            | marker::APPLICATION_0..=marker::APPLICATION_15 | marker::COMMENT
    )
}

/// Contents of the segments before the first scan.
#[derive(Default)]
pub(super) struct Header<'a> {
    /// The first EXIF data.
    pub(super) exif: Option<&'a [u8]>,
    is_jfif: bool,
    has_huffman_tables: bool,
    /// The last byte of Adobe's note (Adobe Technical Note 5116, section 18).
    adobe_transform: Option<u8>,
    /// Payload of the frame header: bits a sample, height, width, number of components; for each its name, sampling and
    /// quantization table.
    frame: Option<&'a [u8]>,
}

impl<'a> Header<'a> {
    /// The header of the JPEG file `bytes`.
    pub(super) fn read(bytes: &'a [u8]) -> Self {
        let mut header = Self::default();
        for Segment { marker, payload, .. } in segments(bytes) {
            match marker {
                marker::START_OF_SCAN => break,
                marker::HUFFMAN_TABLE => header.has_huffman_tables = true,
                marker::APPLICATION_0 => header.is_jfif |= payload.starts_with(b"JFIF\0"),
                marker::APPLICATION_1 if header.exif.is_none() => header.exif = payload.strip_prefix(b"Exif\0\0"),
                marker::APPLICATION_14 if payload.starts_with(b"Adobe") => {
                    header.adobe_transform = payload.get(11).copied();
                }
                marker if is_frame(marker) => header.frame = header.frame.or(Some(payload)),
                _ => {}
            }
        }
        header
    }

    /// Bits a sample.
    pub(super) fn bits(&self) -> Option<u8> {
        self.frame?.first().copied()
    }

    /// The names of the components, one byte each.
    pub(super) fn component_ids(&self) -> Vec<u8> {
        let components = self.frame.and_then(|frame| frame.get(6..)).unwrap_or_default();
        components.as_chunks::<3>().0.iter().map(|component| component[0]).collect()
    }

    /// The colours of the components, chosen as libjpeg does (`default_decompress_parms` in its `jdapimin.c`).
    pub(super) fn colors(&self) -> Colors {
        match (self.component_ids().as_slice(), self.adobe_transform) {
            ([_, _, _], _) if self.is_jfif => Colors::YCbCr,
            ([_, _, _], Some(0)) | (b"RGB", None) => Colors::Rgb,
            ([_, _, _, _], Some(0) | None) => Colors::Cmyk,
            ([_, _, _, _], Some(_)) => Colors::Ycck,
            _ => Colors::YCbCr,
        }
    }

    /// Notes for the decoder, without which it would take the colours for others, or not put in the usual Huffman tables that
    /// Motion JPEG leaves out (T.81, K.3).
    pub(super) fn notes(&self) -> Vec<u8> {
        const ADOBE_YCCK: &[u8] = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\x02";
        const MOTION_JPEG: &[u8] = b"\xff\xe0\0\x07AVI1\0";
        let colors: &[u8] = if self.colors() == Colors::Ycck { ADOBE_YCCK } else { &[] };
        let tables: &[u8] = if self.has_huffman_tables { &[] } else { MOTION_JPEG };
        [colors, tables].concat()
    }

    /// Names the components in the `payload` of a frame header or start of scan so that the decoder takes three of them for
    /// the right colours: it knows RGB by these names alone.
    pub(super) fn rename_components(&self, marker: u8, payload: &mut [u8]) {
        let old = self.component_ids();
        let new = match self.colors() {
            Colors::Rgb => *b"RGB",
            Colors::YCbCr if old == b"RGB" => [1, 2, 3],
            _ => return,
        };
        let (start, step) = match marker {
            marker::START_OF_SCAN => (1, 2),
            marker if is_frame(marker) => (6, 3),
            _ => return,
        };
        let n_components = payload.get(start - 1).copied().unwrap_or(0);
        for id in payload.iter_mut().skip(start).step_by(step).take(n_components.into()) {
            if let Some(idx) = old.iter().position(|old| old == id) {
                *id = new[idx];
            }
        }
    }
}

/// Whether `marker` is that of a frame header.
fn is_frame(marker: u8) -> bool {
    use marker::{ARITHMETIC_CONDITIONING, HUFFMAN_TABLE, JPEG_EXTENSION, START_OF_FRAME_0, START_OF_FRAME_15};
    (START_OF_FRAME_0..=START_OF_FRAME_15).contains(&marker)
        && ![HUFFMAN_TABLE, JPEG_EXTENSION, ARITHMETIC_CONDITIONING].contains(&marker)
}

/// Colour model of a picture's components.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colors {
    /// Brightness and two differences, or brightness alone.
    YCbCr,
    Rgb,
    /// Inks, stored as the light that they leave: all that writes such files does so.
    Cmyk,
    /// The first three inks as brightness and two differences.
    Ycck,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_reach_to_the_end_mark_or_to_where_there_are_none() {
        const SCAN: &[u8] = b"\xff\xd8\xff\xda\0\x03\x01data\xff\0\xff\xd0data";
        let scan = |tail: &[u8]| [SCAN, tail].concat();
        // Bytes; markers in them; number of bytes of compressed pixels.
        let cases: [(Vec<u8>, &[u8], usize); 13] = [
            (scan(b"\xff\xd9"), &[0xda, 0xd9], 12),
            (scan(b"\xff\xff\xff\xd9"), &[0xda, 0xd9], 14),
            (scan(b"\xff\xd9trailer\xff\xd9"), &[0xda, 0xd9], 12),
            (scan(b"\xff\xc4\0\x03a\xff\xda\0\x03\x01data"), &[0xda, 0xc4, 0xda], 16),
            (scan(b""), &[0xda], 12),
            (scan(b"\xff"), &[0xda], 13),
            (scan(b"\xff\xd8\xff\xe0\0\x02"), &[0xda], 12),
            (scan(b"\xff\x3f\0\x02data\xff\xd9"), &[0xda], 22),
            (scan(b"\xff\xc4\xff\xffdata"), &[0xda], 20),
            (b"\xff\xd8\xff\xe1\0\x06\xff\xd8\xff\xd9junk\xff\xda\0\x02data".to_vec(), &[0xe1, 0xda], 4),
            (b"\xff\xd8\xff\xe1\xff\xff".to_vec(), &[], 0),
            (b"\xff\xd8\xff\xe1\0\x01\xff\xd9".to_vec(), &[], 0),
            (b"\xff".to_vec(), &[], 0),
        ];
        for (bytes, markers, n_data) in cases {
            let found: Vec<u8> = segments(&bytes).map(|segment| segment.marker).collect();
            assert_eq!(found, markers, "{bytes:x?}");
            assert_eq!(segments(&bytes).map(|segment| segment.data.len()).sum::<usize>(), n_data, "{bytes:x?}");
        }
    }

    #[test]
    fn colors_are_those_of_libjpeg() {
        const JFIF: &[u8] = b"\xff\xe0\0\x07JFIF\0";
        let adobe = |transform: u8| [b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0", &[transform][..]].concat();
        let frame = |ids: &[u8]| {
            let components = ids.iter().flat_map(|&id| [id, 0x11, 0]);
            let payload: Vec<u8> = [8, 0, 1, 0, 1, ids.len() as u8].into_iter().chain(components).collect();
            [&[0xff, 0xc0, 0, payload.len() as u8 + 2], &payload[..]].concat()
        };
        let cases = [
            ([JFIF, &frame(&[1, 2, 3])].concat(), Colors::YCbCr),
            ([JFIF, &frame(b"RGB")].concat(), Colors::YCbCr),
            ([JFIF, &adobe(0), &frame(&[1, 2, 3])].concat(), Colors::YCbCr),
            ([&adobe(0)[..], &frame(&[1, 2, 3])].concat(), Colors::Rgb),
            ([frame(&[1, 2, 3]), adobe(0)].concat(), Colors::Rgb),
            ([adobe(1), frame(b"RGB")].concat(), Colors::YCbCr),
            (frame(b"RGB"), Colors::Rgb),
            (frame(&[0, 1, 2]), Colors::YCbCr),
            (frame(&[1]), Colors::YCbCr),
            (frame(&[1, 2, 3, 4]), Colors::Cmyk),
            ([adobe(0), frame(&[1, 2, 3, 4])].concat(), Colors::Cmyk),
            ([adobe(2), frame(&[1, 2, 3, 4])].concat(), Colors::Ycck),
            ([adobe(7), frame(&[1, 2, 3, 4])].concat(), Colors::Ycck),
            (b"\xff\xee\0\x09Adobe\0\0".to_vec(), Colors::YCbCr),
        ];
        for (segments, expected) in cases {
            let file = [b"\xff\xd8", &segments[..]].concat();
            assert_eq!(Header::read(&file).colors(), expected, "{file:x?}");
        }
    }
}
