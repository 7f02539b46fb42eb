//! `moov`: which track has the picture, and what its headers say.

use super::{
    Entry,
    bytes::{Bytes, boxes, find, find_in},
    edits::{self, Edit},
    fragments::{self, Defaults},
    sample_entry, tables,
};
use crate::{Orientation, Track, VideoError};

/// The picture track of a file.
pub(super) struct Movie {
    pub(super) track: Track,
    /// Units of time a second, above 0.
    pub(super) timescale: u32,
    pub(super) entries: Vec<Entry>,
    edits: Vec<Edit>,
    track_id: u32,
    /// Defaults for all `moof` boxes, from `mvex`; `None` in a file without fragments.
    defaults: Option<Defaults>,
    /// Where the next fragment begins that does not say so, in units of the time scale.
    next_time: i64,
    file_len: u64,
}

impl Movie {
    /// The movie in the content of `moov`, in a file of `file_len` bytes.
    pub(super) fn parse(moov: &[u8], file_len: u64) -> Result<Self, VideoError> {
        let all = boxes(moov).filter(|(kind, _)| kind == b"trak").map(|(_, body)| body);
        let pictures: Vec<_> = all.filter(|trak| has_picture(trak)).collect();
        let chosen = pictures.iter().find(|trak| is_enabled(trak)).or(pictures.first());
        let &body = chosen.ok_or(VideoError::NoPicture)?;
        let media = find(body, *b"mdia").unwrap_or_default();
        let timescale = timescale(find(media, *b"mdhd"), "track")?;
        let table =
            find_in(media, &[*b"minf", *b"stbl"]).ok_or_else(|| VideoError::damaged("it has no sample table"))?;
        let entries = tables::entries(table, file_len)?;
        let header = TrackHeader::parse(find(body, *b"tkhd").unwrap_or_default());
        let (Some(header), Some(described)) = (header, find(table, *b"stsd")) else {
            return Err(VideoError::damaged("its picture track has no header"));
        };
        let described = sample_entry::parse(described)?;
        let track = Track {
            codec: described.codec,
            coded_size: described.coded_size,
            pixel_aspect: described.pixel_aspect,
            orientation: header.orientation,
            colour: described.colour,
            is_interlaced: described.is_interlaced,
            end_secs: None,
            n_frames: None,
            frames_per_sec: None,
        };
        let edits = match find_in(body, &[*b"edts", *b"elst"]) {
            Some(list) => edits::parse(list, self::timescale(find(moov, *b"mvhd"), "movie")?, timescale),
            None => vec![],
        };
        let defaults = find(moov, *b"mvex").map(|extends| fragments::defaults(extends, header.id));
        let next_time = entries.last().map_or(0, |last| last.time.saturating_add(last.duration.into()));
        Ok(Self { track, timescale, entries, edits, track_id: header.id, defaults, next_time, file_len })
    }

    /// Add the frames of the content of a `moof` that begins at byte `start` of the file.
    pub(super) fn add_fragment(&mut self, moof: &[u8], start: u64) -> Result<(), VideoError> {
        let Some(defaults) = self.defaults else { return Ok(()) };
        let fragments = boxes(moof).filter(|(kind, _)| kind == b"traf").map(|(_, body)| body);
        for fragment in fragments.filter(|traf| fragments::track_id(traf) == Some(self.track_id)) {
            self.next_time =
                fragments::add(&mut self.entries, fragment, start, defaults, self.next_time, self.file_len)?;
        }
        Ok(())
    }

    /// With the edit list applied to the times of the frames.
    pub(super) fn edited(mut self) -> Result<Self, VideoError> {
        let is_fragmented = self.defaults.is_some();
        self.entries = edits::apply(self.entries, &self.edits, is_fragmented)?;
        Ok(self)
    }
}

fn has_picture(trak: &[u8]) -> bool {
    let handler = find_in(trak, &[*b"mdia", *b"hdlr"]);
    handler.and_then(|handler| handler.get(8..12)).is_some_and(|kind| kind == b"vide")
}

/// The first flag of `tkhd`.
fn is_enabled(trak: &[u8]) -> bool {
    find(trak, *b"tkhd").and_then(|header| Bytes(header).version_and_flags()).is_some_and(|(_, flags)| flags & 1 != 0)
}

/// The time scale in `mdhd` or `mvhd`: units a second.
fn timescale(header: Option<&[u8]>, whose: &str) -> Result<u32, VideoError> {
    let read = |header| {
        let mut bytes = Bytes(header);
        let (version, _) = bytes.version_and_flags()?;
        bytes.skip(if version == 1 { 16 } else { 8 })?;
        bytes.u32()
    };
    let timescale = header.and_then(read).filter(|&timescale| timescale > 0);
    timescale.ok_or_else(|| VideoError::damaged(format!("its {whose} has no time scale")))
}

/// `tkhd`, as far as it matters.
struct TrackHeader {
    id: u32,
    orientation: Orientation,
}

impl TrackHeader {
    fn parse(header: &[u8]) -> Option<Self> {
        let mut bytes = Bytes(header);
        let (version, _) = bytes.version_and_flags()?;
        bytes.skip(if version == 1 { 16 } else { 8 })?;
        let id = bytes.u32()?;
        // Reserved, duration, reserved, layer, group, volume, reserved.
        bytes.skip(4 + if version == 1 { 8 } else { 4 } + 8 + 8)?;
        let mut row = || Some([bytes.i32()?, bytes.i32()?, bytes.i32()?]);
        let ([a, b, _], [c, d, _]) = (row()?, row()?);
        Some(Self { id, orientation: Orientation::from_matrix([a, b, c, d]) })
    }
}
