//! Elements (RFC 8794): a number that says what it is, its length, and that many bytes.

use std::io::{Read, Seek, SeekFrom};

use crate::VideoError;

/// Numbers of elements (RFC 9559, section 5).
pub(crate) mod ids {
    pub(crate) const EBML: u32 = 0x1A45_DFA3;
    pub(crate) const EBML_VERSION: u32 = 0x4286;
    pub(crate) const EBML_READ_VERSION: u32 = 0x42F7;
    pub(crate) const EBML_MAX_ID_LENGTH: u32 = 0x42F2;
    pub(crate) const EBML_MAX_SIZE_LENGTH: u32 = 0x42F3;
    pub(crate) const DOC_TYPE: u32 = 0x4282;
    pub(crate) const DOC_TYPE_VERSION: u32 = 0x4287;
    pub(crate) const DOC_TYPE_READ_VERSION: u32 = 0x4285;
    pub(crate) const SEGMENT: u32 = 0x1853_8067;
    pub(crate) const INFO: u32 = 0x1549_A966;
    pub(crate) const MUXING_APP: u32 = 0x4D80;
    pub(crate) const WRITING_APP: u32 = 0x5741;
    pub(crate) const TIMESTAMP_SCALE: u32 = 0x2A_D7B1;
    pub(crate) const DURATION: u32 = 0x4489;
    pub(crate) const TRACKS: u32 = 0x1654_AE6B;
    pub(crate) const TRACK_ENTRY: u32 = 0xAE;
    pub(crate) const TRACK_NUMBER: u32 = 0xD7;
    pub(crate) const TRACK_UID: u32 = 0x73C5;
    pub(crate) const FLAG_LACING: u32 = 0x9C;
    pub(crate) const TRACK_TYPE: u32 = 0x83;
    pub(crate) const DEFAULT_DURATION: u32 = 0x23_E383;
    pub(crate) const CODEC_ID: u32 = 0x86;
    pub(crate) const CODEC_PRIVATE: u32 = 0x63A2;
    pub(crate) const VIDEO: u32 = 0xE0;
    pub(crate) const FLAG_INTERLACED: u32 = 0x9A;
    pub(crate) const PIXEL_WIDTH: u32 = 0xB0;
    pub(crate) const PIXEL_HEIGHT: u32 = 0xBA;
    pub(crate) const DISPLAY_WIDTH: u32 = 0x54B0;
    pub(crate) const DISPLAY_HEIGHT: u32 = 0x54BA;
    pub(crate) const DISPLAY_UNIT: u32 = 0x54B2;
    pub(crate) const UNCOMPRESSED_FOURCC: u32 = 0x2E_B524;
    pub(crate) const COLOUR: u32 = 0x55B0;
    pub(crate) const MATRIX: u32 = 0x55B1;
    pub(crate) const RANGE: u32 = 0x55B9;
    pub(crate) const TRANSFER: u32 = 0x55BA;
    pub(crate) const CONTENT_ENCODINGS: u32 = 0x6D80;
    pub(crate) const CONTENT_ENCODING: u32 = 0x6240;
    pub(crate) const COMPRESSION: u32 = 0x5034;
    pub(crate) const COMPRESSION_ALGORITHM: u32 = 0x4254;
    pub(crate) const COMPRESSION_SETTINGS: u32 = 0x4255;
    pub(crate) const ENCRYPTION: u32 = 0x5035;
    pub(crate) const CLUSTER: u32 = 0x1F43_B675;
    pub(crate) const TIMESTAMP: u32 = 0xE7;
    pub(crate) const SIMPLE_BLOCK: u32 = 0xA3;
    pub(crate) const BLOCK_GROUP: u32 = 0xA0;
    pub(crate) const BLOCK: u32 = 0xA1;
    pub(crate) const REFERENCE_BLOCK: u32 = 0xFB;
    pub(crate) const SEEK_HEAD: u32 = 0x114D_9B74;
    pub(crate) const SEEK: u32 = 0x4DBB;
    pub(crate) const SEEK_ID: u32 = 0x53AB;
    pub(crate) const SEEK_POSITION: u32 = 0x53AC;
    pub(crate) const CUES: u32 = 0x1C53_BB6B;
    pub(crate) const CUE_POINT: u32 = 0xBB;
    pub(crate) const CUE_TIME: u32 = 0xB3;
    pub(crate) const CUE_TRACK_POSITIONS: u32 = 0xB7;
    pub(crate) const CUE_TRACK: u32 = 0xF7;
    pub(crate) const CUE_CLUSTER_POSITION: u32 = 0xF1;
    pub(crate) const TAGS: u32 = 0x1254_C367;
    pub(crate) const TAG: u32 = 0x7373;
    pub(crate) const TARGETS: u32 = 0x63C0;
    pub(crate) const SIMPLE_TAG: u32 = 0x67C8;
    pub(crate) const TAG_NAME: u32 = 0x45A3;
    pub(crate) const TAG_STRING: u32 = 0x4487;
}

/// The beginning of an element in the file; positions are from the file's beginning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Element {
    pub(super) id: u32,
    pub(super) start: u64,
    pub(super) body: u64,
    /// `None` of one whose length was not known when it was begun.
    size: Option<u64>,
}

impl Element {
    /// Position of the next element. After an element without a length, which always holds others, its first child.
    pub(super) fn behind(&self) -> u64 {
        self.body.saturating_add(self.size.unwrap_or(0))
    }
}

/// Reads elements of a file.
#[derive(Debug)]
pub(super) struct Reader<R> {
    source: R,
    len: u64,
}

impl<R: Read + Seek> Reader<R> {
    pub(super) fn new(mut source: R) -> Result<Self, VideoError> {
        let len = source.seek(SeekFrom::End(0))?;
        Ok(Self { source, len })
    }

    /// The element that begins at byte `start`; `None` at the end of the file, and where no whole beginning is left.
    pub(super) fn element(&mut self, start: u64) -> Result<Option<Element>, VideoError> {
        if start >= self.len {
            return Ok(None);
        }
        let mut bytes = vec![];
        self.source.seek(SeekFrom::Start(start))?;
        self.source.by_ref().take(12).read_to_end(&mut bytes)?;
        let Some(head) = head(&bytes) else {
            return if bytes.len() < 12 {
                Ok(None)
            } else {
                Err(VideoError::damaged(format!("there is no element at byte {start}")))
            };
        };
        let (id, size, n_head) = head;
        Ok(Some(Element { id, start, body: start + n_head as u64, size }))
    }

    /// All bytes of an element, of which there may be `max`.
    pub(super) fn body(&mut self, element: &Element, max: u64) -> Result<Vec<u8>, VideoError> {
        match element.size {
            Some(size) if size <= max => self.first_bytes(element, max),
            size => Err(VideoError::damaged(format!(
                "its element {:X} has {} bytes, expected at most {max}",
                element.id,
                size.map_or("unknown".into(), |size| size.to_string())
            ))),
        }
    }

    /// The first bytes of an element, as many as there are, at most `max`.
    pub(super) fn first_bytes(&mut self, element: &Element, max: u64) -> Result<Vec<u8>, VideoError> {
        let end = element.behind();
        if end > self.len {
            return Err(VideoError::Cut { end, len: self.len });
        }
        let mut body = vec![0; (end - element.body).min(max) as usize];
        self.source.seek(SeekFrom::Start(element.body))?;
        self.source.read_exact(&mut body)?;
        Ok(body)
    }
}

/// Number and length of the element that begins with `bytes`, and how many bytes they take.
fn head(bytes: &[u8]) -> Option<(u32, Option<u64>, usize)> {
    let n_id = 1 + bytes.first()?.leading_zeros() as usize;
    let id = bytes.get(..n_id).filter(|id| id.len() <= 4)?;
    let id = id.iter().fold(0, |id, &byte| id << 8 | u32::from(byte));
    let (size, n_size) = variable(bytes.get(n_id..)?)?;
    Some((id, size, n_id + n_size))
}

/// A number of variable length, and how many bytes it takes; `None` inside is one of ones alone, which means *unknown*.
pub(super) fn variable(bytes: &[u8]) -> Option<(Option<u64>, usize)> {
    let n = 1 + bytes.first()?.leading_zeros() as usize;
    let number = bytes.get(..n).filter(|bytes| bytes.len() <= 8)?;
    let number = number.iter().fold(0, |number, &byte| number << 8 | u64::from(byte));
    let mask = (1 << (7 * n)) - 1;
    Some(((number & mask != mask).then_some(number & mask), n))
}

/// The elements in `data`: number and content. A cut element counts as far as it goes.
pub(super) fn elements(data: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let mut rest = data;
    std::iter::from_fn(move || {
        let (id, size, n_head) = head(rest)?;
        let body = &rest[n_head..];
        let size = size.and_then(|size| usize::try_from(size).ok()).unwrap_or(usize::MAX).min(body.len());
        rest = &body[size..];
        Some((id, &body[..size]))
    })
}

/// The content of the first element of this number.
pub(super) fn find(data: &[u8], id: u32) -> Option<&[u8]> {
    elements(data).find(|(other, _)| *other == id).map(|(_, body)| body)
}

/// A whole number of up to 8 bytes; of more, the last ones count.
pub(super) fn unsigned(body: &[u8]) -> u64 {
    body.iter().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// A number of 4 or 8 bytes.
pub(super) fn float(body: &[u8]) -> Option<f64> {
    match body.len() {
        4 => Some(f32::from_be_bytes(*body.first_chunk()?).into()),
        _ => body.first_chunk().map(|bytes| f64::from_be_bytes(*bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_variable_length() {
        type Case<'a> = (&'a [u8], Option<(Option<u64>, usize)>);
        let cases: [Case<'_>; 8] = [
            (&[0x81], Some((Some(1), 1))),
            (&[0x40, 0x02, 9], Some((Some(2), 2))),
            (&[0x01, 0, 0, 0, 0, 0, 1, 0], Some((Some(256), 8))),
            (&[0xff], Some((None, 1))),
            (&[0x01, 255, 255, 255, 255, 255, 255, 255], Some((None, 8))),
            (&[0x40], None),
            (&[0x00, 1, 1, 1, 1, 1, 1, 1, 1, 1], None),
            (&[], None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(variable(bytes), expected, "{bytes:x?}");
        }
    }

    #[test]
    fn elements_are_found_and_cut_where_the_data_end() {
        let data = [0xa3, 0x82, 1, 2, 0x42, 0x86, 0x81, 7, 0xe7, 0x85, 3];
        let expected: [(u32, &[u8]); 3] = [(0xa3, &[1, 2]), (0x4286, &[7]), (0xe7, &[3])];
        assert_eq!(elements(&data).collect::<Vec<_>>(), expected);
        assert_eq!(find(&data, 0x4286), Some(&[7][..]));
        assert_eq!(elements(&[0, 0, 0]).count(), 0);
        assert_eq!((unsigned(&[1, 0]), float(&[0x3f, 0x80, 0, 0]), float(&[1])), (256, Some(1.0), None));
    }
}
