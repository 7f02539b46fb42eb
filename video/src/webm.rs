//! Writes WebM and Matroska files of pictures alone (RFC 9559): what an encoder of a browser gives, and pixels for ffmpeg.
//!
//! ```text
//! head ─ cluster ─ cluster ─ … ─ index
//! ```
//!
//! By code of this crate, which knows the elements as it reads them: `webm-iterable` 0.7 adds 160 kB to the page for it.

use crate::mkv::ebml::ids;

/// The time that a cluster covers at most, units: its pictures' times are 16 bits, relative to its own.
const MAX_CLUSTER_UNITS: u64 = i16::MAX as u64;
/// Number of the only track; in a block it is written as a length is.
const TRACK: u64 = 1;
const TRACK_IN_BLOCK: u8 = 0x80 | TRACK as u8;
/// `TrackType` of pictures.
const PICTURES: u64 = 1;
/// In a block: it is a key frame.
const KEY_FLAG: u8 = 0x80;
/// A length of 8 bytes begins so.
const LENGTH_MARK: u64 = 1 << 56;
/// A length of 8 bytes that says that it is not known.
const UNKNOWN_LENGTH: u64 = (LENGTH_MARK << 1) - 1;

/// How the pictures of a file are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrittenCodec {
    /// VP8.
    Vp8,
    /// Not at all: 4 bytes for each pixel, row by row, of red, green, blue and opacity.
    Rgba,
}

impl WrittenCodec {
    fn id(self) -> &'static str {
        match self {
            Self::Vp8 => "V_VP8",
            Self::Rgba => "V_UNCOMPRESSED",
        }
    }

    /// Nanoseconds in a unit of time. Browsers expect milliseconds.
    fn unit_ns(self) -> u64 {
        match self {
            Self::Vp8 => 1_000_000,
            Self::Rgba => 1_000,
        }
    }
}

/// Writes a file part by part, so that none of it need be in memory.
#[derive(Clone, Debug)]
pub struct WebmWriter {
    codec: WrittenCodec,
    size: [u32; 2],
    /// The pictures of the cluster that is not complete, and when it begins, units.
    blocks: Vec<u8>,
    begin: u64,
    /// Bytes of complete clusters.
    n_bytes: u64,
    /// The beginning of each cluster that begins with a key frame: units, and bytes from the first cluster.
    cues: Vec<[u64; 2]>,
}

/// What is around the clusters that a [`WebmWriter`] gave before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebmEnds {
    /// Belongs in front of them.
    pub head: Vec<u8>,
    /// Belongs behind them: the last cluster, and the index.
    pub tail: Vec<u8>,
}

impl WebmWriter {
    /// A file of pictures of `size`, width and height in pixels.
    pub fn new(codec: WrittenCodec, size: [u32; 2]) -> Self {
        Self { codec, size, blocks: vec![], begin: 0, n_bytes: 0, cues: vec![] }
    }

    /// The beginning of a file that is read while it is written: without lengths and index.
    pub fn stream_head(&self) -> Vec<u8> {
        [self.file_head(), begun(ids::SEGMENT, UNKNOWN_LENGTH), self.description(None)].concat()
    }

    /// Take in the next coded picture, shown from `time_secs` on, seconds. A time before that of the picture before, or
    /// before 0, counts as the later one.
    /// Where a new cluster begins with it, the one before is complete, and returned.
    pub fn push(&mut self, time_secs: f64, is_key: bool, picture: &[u8]) -> Option<Vec<u8>> {
        let time = self.units(time_secs).max(self.begin);
        let complete = if is_key || time - self.begin > MAX_CLUSTER_UNITS { self.cluster() } else { None };
        if self.blocks.is_empty() {
            self.begin = time;
            if is_key {
                self.cues.push([time, self.n_bytes]);
            }
        }
        // No more than `MAX_CLUSTER_UNITS`.
        let [high, low] = ((time - self.begin) as u16).to_be_bytes();
        let head = [TRACK_IN_BLOCK, high, low, if is_key { KEY_FLAG } else { 0 }];
        self.blocks.extend(begun(ids::SIMPLE_BLOCK, LENGTH_MARK | (head.len() + picture.len()) as u64));
        self.blocks.extend(head);
        self.blocks.extend(picture);
        complete
    }

    /// The cluster that is not complete yet, the last of a stream.
    pub fn finish_stream(mut self) -> Vec<u8> {
        self.cluster().unwrap_or_default()
    }

    /// The rest of the file, whose last picture is shown until `end_secs`, seconds, and which says `tags` of itself: names
    /// such as `COMMENT`, and texts.
    pub fn finish(mut self, end_secs: f64, tags: &[(&str, String)]) -> WebmEnds {
        let mut description = self.description(Some(self.units(end_secs).max(self.begin)));
        description.extend(written_tags(tags));
        let mut tail = self.cluster().unwrap_or_default();
        let clusters_at = (seek_head(0).len() + description.len()) as u64;
        let index_at = clusters_at + self.n_bytes;
        let index = self.index(clusters_at);
        let segment = begun(ids::SEGMENT, LENGTH_MARK | (index_at + index.len() as u64));
        tail.extend(index);
        WebmEnds { head: [self.file_head(), segment, seek_head(index_at), description].concat(), tail }
    }

    fn units(&self, secs: f64) -> u64 {
        // Times below 0 and no numbers become 0.
        (secs * 1e9 / self.codec.unit_ns() as f64).round() as u64
    }

    /// The bytes of the cluster so far, which is empty then; `None` if it is already.
    fn cluster(&mut self) -> Option<Vec<u8>> {
        if self.blocks.is_empty() {
            return None;
        }
        let bytes = parent(ids::CLUSTER, &[number(ids::TIMESTAMP, self.begin), std::mem::take(&mut self.blocks)]);
        self.n_bytes += bytes.len() as u64;
        Some(bytes)
    }

    fn file_head(&self) -> Vec<u8> {
        let kind = if self.codec == WrittenCodec::Rgba { "matroska" } else { "webm" };
        parent(
            ids::EBML,
            &[
                number(ids::EBML_VERSION, 1),
                number(ids::EBML_READ_VERSION, 1),
                number(ids::EBML_MAX_ID_LENGTH, 4),
                number(ids::EBML_MAX_SIZE_LENGTH, 8),
                text(ids::DOC_TYPE, kind),
                number(ids::DOC_TYPE_VERSION, 4),
                number(ids::DOC_TYPE_READ_VERSION, 2),
            ],
        )
    }

    /// What the file says of its pictures and of itself; `duration` is in units.
    fn description(&self, duration: Option<u64>) -> Vec<u8> {
        let program = concat!("ferrum ", env!("CARGO_PKG_VERSION"));
        let duration = duration.map(|units| element(ids::DURATION, &(units as f64).to_be_bytes()));
        let info = parent(
            ids::INFO,
            &[
                number(ids::TIMESTAMP_SCALE, self.codec.unit_ns()),
                text(ids::MUXING_APP, program),
                text(ids::WRITING_APP, program),
                duration.unwrap_or_default(),
            ],
        );
        let [width, height] = self.size.map(u64::from);
        let fourcc = (self.codec == WrittenCodec::Rgba).then(|| text(ids::UNCOMPRESSED_FOURCC, "RGBA"));
        let sides = [number(ids::PIXEL_WIDTH, width), number(ids::PIXEL_HEIGHT, height), fourcc.unwrap_or_default()];
        let track = parent(
            ids::TRACK_ENTRY,
            &[
                number(ids::TRACK_NUMBER, TRACK),
                number(ids::TRACK_UID, TRACK),
                number(ids::TRACK_TYPE, PICTURES),
                number(ids::FLAG_LACING, 0),
                text(ids::CODEC_ID, self.codec.id()),
                parent(ids::VIDEO, &sides),
            ],
        );
        [info, parent(ids::TRACKS, &[track])].concat()
    }

    /// The index of a file whose first cluster begins at a byte of its segment.
    fn index(&self, clusters_at: u64) -> Vec<u8> {
        let point = |&[time, position]: &[u64; 2]| {
            let positions = [number(ids::CUE_TRACK, TRACK), number(ids::CUE_CLUSTER_POSITION, clusters_at + position)];
            parent(ids::CUE_POINT, &[number(ids::CUE_TIME, time), parent(ids::CUE_TRACK_POSITIONS, &positions)])
        };
        parent(ids::CUES, &[self.cues.iter().flat_map(point).collect()])
    }
}

fn written_tags(tags: &[(&str, String)]) -> Vec<u8> {
    if tags.is_empty() {
        return vec![];
    }
    let simple = |(name, said): &(&str, String)| {
        parent(ids::SIMPLE_TAG, &[text(ids::TAG_NAME, name), text(ids::TAG_STRING, said)])
    };
    let simple: Vec<u8> = tags.iter().flat_map(simple).collect();
    parent(ids::TAGS, &[parent(ids::TAG, &[element(ids::TARGETS, &[]), simple])])
}

/// Says that an index is at a byte of the segment; as long wherever that is.
fn seek_head(index_at: u64) -> Vec<u8> {
    let id = element(ids::SEEK_ID, &ids::CUES.to_be_bytes());
    parent(ids::SEEK_HEAD, &[parent(ids::SEEK, &[id, number(ids::SEEK_POSITION, index_at)])])
}

/// The beginning of an element: its id, and its length in 8 bytes.
fn begun(id: u32, length: u64) -> Vec<u8> {
    let id = id.to_be_bytes().into_iter().skip_while(|&byte| byte == 0);
    id.chain(length.to_be_bytes()).collect()
}

fn element(id: u32, body: &[u8]) -> Vec<u8> {
    [&begun(id, LENGTH_MARK | body.len() as u64), body].concat()
}

fn parent(id: u32, children: &[Vec<u8>]) -> Vec<u8> {
    element(id, &children.concat())
}

fn number(id: u32, number: u64) -> Vec<u8> {
    element(id, &number.to_be_bytes())
}

fn text(id: u32, text: &str) -> Vec<u8> {
    element(id, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::{Codec, Video};

    /// A file of so many pictures, `step_secs` apart, of which every tenth is a key frame.
    fn file(n: usize, step_secs: f64) -> Vec<u8> {
        let mut writer = WebmWriter::new(WrittenCodec::Vp8, [64, 48]);
        let clusters: Vec<u8> =
            (0..n).filter_map(|i| writer.push(i as f64 * step_secs, i % 10 == 0, &[i as u8; 3])).flatten().collect();
        let ends = writer.finish(n as f64 * step_secs, &[("COMMENT", "a clip".to_owned())]);
        [ends.head, clusters, ends.tail].concat()
    }

    fn frames(bytes: Vec<u8>) -> (crate::Track, Vec<(f64, Vec<u8>)>) {
        let mut video = Video::open(Cursor::new(bytes)).unwrap();
        let track = video.track().clone();
        let mut frames = vec![];
        while let Some(sample) = video.next_sample().unwrap() {
            frames.push((sample.time_secs, sample.data.clone()));
        }
        (track, frames)
    }

    #[test]
    fn what_is_written_is_read_again() {
        for (n, step_secs) in [(1, 0.04), (25, 0.04), (3, 40.0), (300, 0.5)] {
            let (track, frames) = frames(file(n, step_secs));
            assert_eq!((track.coded_size, track.end_secs), ([64, 48], Some(n as f64 * step_secs)));
            let expected: Vec<_> = (0..n).map(|i| (i as f64 * step_secs, vec![i as u8; 3])).collect();
            assert_eq!(frames.len(), n);
            for ((time, data), (wanted_time, wanted)) in frames.iter().zip(&expected) {
                assert!(
                    (time - wanted_time).abs() < 1e-9 && data == wanted,
                    "{time}: {data:?}, {wanted_time}: {wanted:?}"
                );
            }
        }
        assert_eq!(frames(file(2, 0.1)).0.codec, Codec::vp8());
    }

    /// The beginning of the body and the end of the first element `id` behind byte `from`.
    fn found(bytes: &[u8], id: u32, from: usize) -> [usize; 2] {
        let id: Vec<u8> = id.to_be_bytes().into_iter().skip_while(|&byte| byte == 0).collect();
        let at = from + bytes[from..].windows(id.len()).position(|window| window == id).unwrap();
        let body = at + id.len() + 8;
        [body, body + (eight(bytes, body - 8) & !(0xff << 56)) as usize]
    }

    fn eight(bytes: &[u8], at: usize) -> u64 {
        u64::from_be_bytes(bytes[at..at + 8].try_into().unwrap())
    }

    #[test]
    fn the_index_is_where_the_head_says_and_names_clusters() {
        for n in [1, 25, 3000] {
            let bytes = file(n, 0.04);
            let [segment, end] = found(&bytes, ids::SEGMENT, 0);
            assert_eq!(end, bytes.len());
            let [position, _] = found(&bytes, ids::SEEK_POSITION, segment);
            let index = segment + eight(&bytes, position) as usize;
            assert_eq!(bytes[index..][..4], ids::CUES.to_be_bytes());
            let (mut at, mut n_clusters) = (index, 0);
            while at < end {
                let [position, behind] = found(&bytes, ids::CUE_CLUSTER_POSITION, at);
                let cluster = segment + eight(&bytes, position) as usize;
                assert_eq!(bytes[cluster..][..4], ids::CLUSTER.to_be_bytes(), "{n}");
                (at, n_clusters) = (behind, n_clusters + 1);
            }
            assert_eq!(n_clusters, n.div_ceil(10));
        }
    }

    #[test]
    fn times_that_fall_or_lie_before_0_do_no_harm() {
        let mut writer = WebmWriter::new(WrittenCodec::Rgba, [1, 1]);
        let times = [-1.0, 0.5, 0.25, f64::NAN];
        let clusters: Vec<_> = times.into_iter().filter_map(|time| writer.push(time, true, &[0; 4])).collect();
        let last = writer.finish_stream();
        let begins = clusters.iter().chain([&last]).map(|cluster| eight(cluster, found(cluster, ids::TIMESTAMP, 4)[0]));
        assert_eq!(begins.collect::<Vec<_>>(), [0, 500_000, 500_000, 500_000]);
    }
}
