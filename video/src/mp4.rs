//! MP4 and QuickTime (ISO/IEC 14496-12, Apple's QuickTime File Format): boxes in boxes.
//!
//! ```text
//! boxes of the file ──► moov ──► movie ──► track entry (codec, size), tables ──► edits ──► Entry by Entry
//!                        moof ──► fragments ───────────────────────────────────────────────┘
//! ```
//!
//! Only `moov` and each `moof` are read into memory, one after the other.

mod bytes;
mod edits;
mod fragments;
mod movie;
mod sample_entry;
mod tables;

use std::io::{Read, Seek, SeekFrom};

use crate::{Sample, Track, VideoError};
use movie::Movie;

/// Bytes of an index at most: that of a day of video is some 100 MB.
const MAX_INDEX_BYTES: u64 = 512 << 20;

/// Frames at most: three days at 60 frames a second. An index may name as many in a few bytes.
const MAX_ENTRIES: usize = 1 << 24;

/// Where a frame lies and when it is shown. Times are in units of the track's time scale.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Entry {
    offset: u64,
    size: u32,
    duration: u32,
    /// Before edits are applied, the composition time; then, the time on the file's clock.
    time: i64,
    is_key: bool,
    is_shown: bool,
}

/// An opened file.
#[derive(Debug)]
pub(crate) struct Mp4<R> {
    source: R,
    len: u64,
    track: Track,
    timescale: f64,
    /// In the order of decoding.
    entries: Vec<Entry>,
    next: usize,
}

impl<R: Read + Seek> Mp4<R> {
    pub(crate) fn open(mut source: R) -> Result<Self, VideoError> {
        let len = source.seek(SeekFrom::End(0))?;
        let movie = read_movie(&mut source, len)?.ok_or(VideoError::NoIndex)?;
        let Movie { mut track, timescale, entries, .. } = movie.edited()?;
        let shown = entries.iter().filter(|entry| entry.is_shown);
        let end = shown.clone().map(|entry| entry.time.saturating_add(entry.duration.into())).max();
        let begin = shown.clone().map(|entry| entry.time).min();
        let (begin, end) = begin.zip(end).ok_or(VideoError::NoFrames)?;
        let timescale = f64::from(timescale);
        let n_frames = shown.count() as u64;
        track.end_secs = Some(end as f64 / timescale);
        track.n_frames = Some(n_frames);
        let secs = end.saturating_sub(begin) as f64 / timescale;
        track.frames_per_sec = Some(n_frames as f64 / secs).filter(|rate| rate.is_finite() && *rate > 0.0);
        Ok(Self { source, len, track, timescale, entries, next: 0 })
    }

    pub(crate) fn track(&self) -> &Track {
        &self.track
    }

    pub(crate) fn seek(&mut self, time_secs: f64) {
        let first = self.entries.iter().position(|entry| entry.is_shown && self.secs(entry) >= time_secs);
        let first = first.unwrap_or(self.entries.len());
        let before = &self.entries[..(first + 1).min(self.entries.len())];
        self.next = before.iter().rposition(|entry| entry.is_key).unwrap_or(0);
    }

    pub(crate) fn next_sample(&mut self) -> Result<Option<Sample>, VideoError> {
        let Some(&entry) = self.entries.get(self.next) else { return Ok(None) };
        self.next += 1;
        let end = entry.offset.saturating_add(entry.size.into());
        if end > self.len {
            return Err(VideoError::Cut { end, len: self.len });
        }
        let mut data = vec![0; entry.size as usize];
        self.source.seek(SeekFrom::Start(entry.offset))?;
        self.source.read_exact(&mut data)?;
        let (is_key, is_shown) = (entry.is_key, entry.is_shown);
        Ok(Some(Sample { time_secs: self.secs(&entry), is_key, is_shown, data }))
    }

    fn secs(&self, entry: &Entry) -> f64 {
        entry.time as f64 / self.timescale
    }
}

/// The movie in `moov` with everything that each `moof` adds to it; `None` without a `moov`.
fn read_movie(source: &mut (impl Read + Seek), len: u64) -> Result<Option<Movie>, VideoError> {
    let mut movie = None;
    let mut start = 0;
    while let Some(head) = BoxHead::read(source, start, len)? {
        match (&head.kind, &mut movie) {
            (b"moov", None) => movie = Some(Movie::parse(&head.body(source, len)?, len)?),
            // The last one may be cut: what came before it counts.
            (b"moof", Some(movie)) if head.end <= len => movie.add_fragment(&head.body(source, len)?, head.start)?,
            _ => {}
        }
        start = head.end;
    }
    Ok(movie)
}

/// The beginning of a box in the file; positions are from the file's beginning.
struct BoxHead {
    kind: [u8; 4],
    start: u64,
    body: u64,
    /// May lie behind the end of the file.
    end: u64,
}

impl BoxHead {
    /// `None` where there is no further box.
    fn read(source: &mut (impl Read + Seek), start: u64, len: u64) -> Result<Option<Self>, VideoError> {
        if len.saturating_sub(start) < 8 {
            return Ok(None);
        }
        source.seek(SeekFrom::Start(start))?;
        let mut head = [0; 8];
        source.read_exact(&mut head)?;
        let [s0, s1, s2, s3, kind @ ..] = head;
        let (size, n_head) = match u32::from_be_bytes([s0, s1, s2, s3]) {
            0 => (len - start, 8), // to the end of the file
            1 if len - start >= 16 => {
                let mut size = [0; 8];
                source.read_exact(&mut size)?;
                (u64::from_be_bytes(size), 16)
            }
            size => (size.into(), 8),
        };
        // Smaller than its own head: what follows are no boxes.
        let end = start.saturating_add(size);
        Ok((size >= n_head).then_some(Self { kind, start, body: start + n_head, end }))
    }

    fn body(&self, source: &mut (impl Read + Seek), len: u64) -> Result<Vec<u8>, VideoError> {
        if self.end > len {
            return Err(VideoError::NoIndex);
        }
        let n_bytes = self.end - self.body;
        if n_bytes > MAX_INDEX_BYTES {
            return Err(VideoError::damaged(format!(
                "its index has {n_bytes} bytes, expected at most {MAX_INDEX_BYTES}"
            )));
        }
        let mut body = vec![0; n_bytes as usize];
        source.seek(SeekFrom::Start(self.body))?;
        source.read_exact(&mut body)?;
        Ok(body)
    }
}
