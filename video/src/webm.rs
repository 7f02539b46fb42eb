//! Writes WebM and Matroska files of pictures alone (RFC 9559): what an encoder of a browser gives, and pixels for ffmpeg.
//!
//! ```text
//! head ─ cluster ─ cluster ─ … ─ index
//! ```

use webm_iterable::{
    WebmWriter as ElementWriter, WriteOptions,
    matroska_spec::{Master, MatroskaSpec as Element, SimpleBlock},
};

/// The time that a cluster covers at most, units: its pictures' times are 16 bits, relative to its own.
const MAX_CLUSTER_UNITS: u64 = i16::MAX as u64;
/// Number of the only track.
const TRACK: u64 = 1;
/// `TrackType` of pictures.
const PICTURES: u64 = 1;
/// Bytes in front of what is in a segment: its id, and its length in 8 bytes.
const SEGMENT_ID: [u8; 4] = [0x18, 0x53, 0x80, 0x67];
/// A length of 8 bytes that says that it is not known.
const UNKNOWN_LENGTH: [u8; 8] = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
/// The id of an index.
const CUES_ID: [u8; 4] = [0x1c, 0x53, 0xbb, 0x6b];

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
    /// Name and text of what the file says of itself.
    tags: Vec<(&'static str, String)>,
    /// The pictures of the cluster that is not complete, and when it begins, units.
    blocks: Vec<Element>,
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
    /// A file of pictures of `size`, width and height in pixels, which says `tags` of itself: names such as `COMMENT`, and
    /// texts.
    pub fn new(codec: WrittenCodec, size: [u32; 2], tags: Vec<(&'static str, String)>) -> Self {
        Self { codec, size, tags, blocks: vec![], begin: 0, n_bytes: 0, cues: vec![] }
    }

    /// The beginning of a file that is read while it is written: without lengths and index.
    pub fn stream_head(&self) -> Vec<u8> {
        [self.file_head(), SEGMENT_ID.to_vec(), UNKNOWN_LENGTH.to_vec(), self.description(None)].concat()
    }

    /// Take in the next coded picture, shown from `time_secs` on, seconds; times do not fall, and those before 0 count as 0.
    /// Where a new cluster begins with it, the one before is complete, and returned.
    pub fn push(&mut self, time_secs: f64, is_key: bool, picture: &[u8]) -> Option<Vec<u8>> {
        let time = self.units(time_secs).max(self.begin);
        let is_first = self.blocks.is_empty();
        let complete = (is_first || is_key || time - self.begin > MAX_CLUSTER_UNITS).then(|| self.cluster());
        if self.blocks.is_empty() {
            self.begin = time;
            if is_key {
                self.cues.push([time, self.n_bytes]);
            }
        }
        // No more than `MAX_CLUSTER_UNITS`.
        let relative = (time - self.begin) as i16;
        self.blocks.push(SimpleBlock::new_uncheked(picture, TRACK, relative, false, None, false, is_key).into());
        complete.filter(|cluster| !cluster.is_empty())
    }

    /// The rest of the file, whose last picture is shown until `end_secs`, seconds.
    pub fn finish(mut self, end_secs: f64) -> WebmEnds {
        let duration = self.units(end_secs).max(self.begin);
        let mut tail = self.cluster();
        let description = self.description(Some(duration));
        // Where the index is, is said in front of it in a number whose length depends on it.
        let (mut seek_head, mut index_at) = (vec![], 0);
        loop {
            seek_head = seek_head_of(index_at, seek_head.len());
            let clusters_at = (seek_head.len() + description.len()) as u64;
            if index_at == clusters_at + self.n_bytes {
                break;
            }
            index_at = clusters_at + self.n_bytes;
        }
        let index = self.index(index_at - self.n_bytes);
        let length = index_at + index.len() as u64;
        tail.extend(index);
        let mut segment_length = length.to_be_bytes();
        segment_length[0] = UNKNOWN_LENGTH[0];
        let head = [self.file_head(), SEGMENT_ID.to_vec(), segment_length.to_vec(), seek_head, description].concat();
        WebmEnds { head, tail }
    }

    fn units(&self, secs: f64) -> u64 {
        // Times below 0 and no numbers become 0.
        (secs * 1e9 / self.codec.unit_ns() as f64).round() as u64
    }

    /// The bytes of the cluster so far, which is empty then.
    fn cluster(&mut self) -> Vec<u8> {
        if self.blocks.is_empty() {
            return vec![];
        }
        let mut children = vec![Element::Timestamp(self.begin)];
        children.append(&mut self.blocks);
        let bytes = written(&[Element::Cluster(Master::Full(children))]);
        self.n_bytes += bytes.len() as u64;
        bytes
    }

    fn file_head(&self) -> Vec<u8> {
        let kind = if self.codec == WrittenCodec::Rgba { "matroska" } else { "webm" };
        bytes_of(&[Element::Ebml(Master::Full(vec![
            Element::EbmlVersion(1),
            Element::EbmlReadVersion(1),
            Element::EbmlMaxIdLength(4),
            Element::EbmlMaxSizeLength(8),
            Element::DocType(kind.to_owned()),
            Element::DocTypeVersion(4),
            Element::DocTypeReadVersion(2),
        ]))])
    }

    /// What the file says of its pictures and of itself; `duration` is in units.
    fn description(&self, duration: Option<u64>) -> Vec<u8> {
        let program = concat!("ferrum ", env!("CARGO_PKG_VERSION")).to_owned();
        let mut info = vec![
            Element::TimestampScale(self.codec.unit_ns()),
            Element::MuxingApp(program.clone()),
            Element::WritingApp(program),
        ];
        info.extend(duration.map(|units| Element::Duration(units as f64)));
        let [width, height] = self.size.map(u64::from);
        let mut video = vec![Element::PixelWidth(width), Element::PixelHeight(height)];
        if self.codec == WrittenCodec::Rgba {
            video.push(Element::UncompressedFourCC(b"RGBA".to_vec()));
        }
        let track = vec![
            Element::TrackNumber(TRACK),
            Element::TrackUID(TRACK),
            Element::TrackType(PICTURES),
            Element::FlagLacing(0),
            Element::CodecID(self.codec.id().to_owned()),
            Element::Video(Master::Full(video)),
        ];
        let tag = |(name, text): &(&'static str, String)| {
            let simple = vec![Element::TagName((*name).to_owned()), Element::TagString(text.clone())];
            Element::SimpleTag(Master::Full(simple))
        };
        let mut parts = vec![
            Element::Info(Master::Full(info)),
            Element::Tracks(Master::Full(vec![Element::TrackEntry(Master::Full(track))])),
        ];
        if !self.tags.is_empty() {
            let tags =
                std::iter::once(Element::Targets(Master::Full(vec![]))).chain(self.tags.iter().map(tag)).collect();
            parts.push(Element::Tags(Master::Full(vec![Element::Tag(Master::Full(tags))])));
        }
        written(&parts)
    }

    /// The index of a file whose first cluster begins at a byte of its segment.
    fn index(&self, clusters_at: u64) -> Vec<u8> {
        let point = |&[time, position]: &[u64; 2]| {
            let positions = vec![Element::CueTrack(TRACK), Element::CueClusterPosition(clusters_at + position)];
            Element::CuePoint(Master::Full(vec![
                Element::CueTime(time),
                Element::CueTrackPositions(Master::Full(positions)),
            ]))
        };
        written(&[Element::Cues(Master::Full(self.cues.iter().map(point).collect()))])
    }
}

/// Says that an index is at a byte of the segment, in `min_len` bytes at least.
fn seek_head_of(index_at: u64, min_len: usize) -> Vec<u8> {
    let seek = vec![Element::SeekID(CUES_ID.to_vec()), Element::SeekPosition(index_at)];
    let head = |more: Vec<Element>| {
        written(&[Element::SeekHead(Master::Full([vec![Element::Seek(Master::Full(seek.clone()))], more].concat()))])
    };
    let short = head(vec![]);
    if short.len() >= min_len { short } else { head(vec![Element::Void(vec![0; min_len - short.len()])]) }
}

/// The bytes of elements that belong into a segment.
fn written(elements: &[Element]) -> Vec<u8> {
    let segment = [Element::Segment(Master::Start)];
    bytes_of(segment.iter().chain(elements)).split_off(SEGMENT_ID.len() + UNKNOWN_LENGTH.len())
}

/// The bytes of elements; of a segment that only begins, its length is not known.
fn bytes_of<'a>(elements: impl IntoIterator<Item = &'a Element>) -> Vec<u8> {
    let mut writer = ElementWriter::new(vec![]);
    for element in elements {
        let result = match element {
            Element::Segment(Master::Start) => writer.write_advanced(element, WriteOptions::is_unknown_sized_element()),
            _ => writer.write(element),
        };
        result.expect("elements are where they belong, and writing to memory does not fail");
    }
    writer.into_inner().expect("writing to memory does not fail")
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::{Codec, Video};

    /// A file of so many pictures, `step_secs` apart, of which every tenth is a key frame.
    fn file(n: usize, step_secs: f64) -> Vec<u8> {
        let mut writer = WebmWriter::new(WrittenCodec::Vp8, [64, 48], vec![("COMMENT", "a clip".to_owned())]);
        let clusters: Vec<u8> =
            (0..n).filter_map(|i| writer.push(i as f64 * step_secs, i % 10 == 0, &[i as u8; 3])).flatten().collect();
        let ends = writer.finish(n as f64 * step_secs);
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

    #[test]
    fn the_index_is_where_the_head_says_and_names_clusters() {
        for n in [1, 25, 3000] {
            let bytes = file(n, 0.04);
            let segment = bytes.windows(4).position(|four| four == SEGMENT_ID).unwrap() + 12;
            let length = u64::from_be_bytes(bytes[segment - 8..segment].try_into().unwrap()) & !(0xff << 56);
            assert_eq!(segment as u64 + length, bytes.len() as u64);
            let tags = webm_iterable::WebmIterator::new(Cursor::new(&bytes), &[]).map(Result::unwrap);
            let (mut index_at, mut clusters_at) = (None, vec![]);
            for tag in tags {
                match tag {
                    Element::SeekPosition(at) => index_at = Some(at as usize),
                    Element::CueClusterPosition(at) => clusters_at.push(at as usize),
                    _ => {}
                }
            }
            assert_eq!(bytes[segment + index_at.unwrap()..][..4], CUES_ID, "{n}");
            assert_eq!(clusters_at.len(), n.div_ceil(10));
            assert!(clusters_at.iter().all(|at| bytes[segment + at..][..4] == [0x1f, 0x43, 0xb6, 0x75]), "{n}");
        }
    }

    #[test]
    fn times_that_fall_or_lie_before_0_do_no_harm() {
        let mut writer = WebmWriter::new(WrittenCodec::Rgba, [1, 1], vec![]);
        let mut bytes = writer.stream_head();
        for (i, time) in [-1.0, 0.5, 0.25, f64::NAN].into_iter().enumerate() {
            bytes.extend(writer.push(time, true, &[i as u8; 4]).unwrap_or_default());
        }
        bytes.extend(writer.finish(0.0).tail);
        let tags = webm_iterable::WebmIterator::new(Cursor::new(&bytes), &[]).map(Result::unwrap);
        let times: Vec<u64> =
            tags.filter_map(|tag| if let Element::Timestamp(time) = tag { Some(time) } else { None }).collect();
        assert_eq!(times, [0, 500_000, 500_000, 500_000]);
    }
}
