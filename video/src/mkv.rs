//! WebM and Matroska (RFC 9559): elements in elements.
//!
//! ```text
//! Segment ──► Info, Tracks ──► header: Track
//!    └──► Cluster ──► Timestamp, SimpleBlock | BlockGroup ──► block ──► Sample by Sample
//! ```
//!
//! Read from the beginning to the end: a recording of a browser has neither lengths nor an index.

mod block;
pub(crate) mod ebml;
mod header;

use std::borrow::Cow;
use std::io::{Read, Seek};

use crate::{Sample, Track, VideoError, keyframe};
use block::Block;
use ebml::{Element, Reader, ids};
use header::Header;

/// Bytes of the header at most; covers and fonts are in other elements.
const MAX_HEADER_BYTES: u64 = 16 << 20;

/// An opened file.
#[derive(Debug)]
pub(crate) struct Mkv<R> {
    reader: Reader<R>,
    header: Header,
    begin: Cursor,
    next: Cursor,
    /// The key frames before `known_until`, in their order: no index tells them.
    keys: Vec<Key>,
    /// Byte up to which every block was looked at.
    known_until: u64,
}

/// A key frame.
#[derive(Clone, Copy, Debug)]
struct Key {
    time: i64,
    cursor: Cursor,
}

/// A position to read from: the beginning of an element, and the time of the cluster that it is in.
#[derive(Clone, Copy, Debug)]
struct Cursor {
    position: u64,
    cluster_time: i64,
}

impl<R: Read + Seek> Mkv<R> {
    pub(crate) fn open(source: R) -> Result<Self, VideoError> {
        let mut reader = Reader::new(source)?;
        let (mut info, mut tracks, mut position) = (vec![], None, 0);
        while let Some(element) = reader.element(position)? {
            position = element.behind();
            match element.id {
                ids::SEGMENT => position = element.body,
                ids::INFO => info = reader.body(&element, MAX_HEADER_BYTES)?,
                ids::TRACKS => tracks = Some(reader.body(&element, MAX_HEADER_BYTES)?),
                ids::CLUSTER => {
                    position = element.start;
                    break;
                }
                _ => {}
            }
        }
        let tracks = tracks.ok_or_else(|| VideoError::damaged("it ends before it says what is in it"))?;
        let header = Header::parse(&info, &tracks)?;
        let begin = Cursor { position, cluster_time: 0 };
        let mut mkv = Self { reader, header, begin, next: begin, keys: vec![], known_until: 0 };
        let first = mkv.next_sample()?.ok_or(VideoError::NoFrames)?;
        mkv.header.complete(&first.data);
        mkv.next = begin;
        Ok(mkv)
    }

    pub(crate) fn track(&self) -> &Track {
        &self.header.track
    }

    /// Looks at frames that were not looked at before, until one is a key frame behind `time_secs`. Their bytes are not read.
    pub(crate) fn seek(&mut self, time_secs: f64) -> Result<(), VideoError> {
        let mut behind = self.keys.iter().position(|key| self.secs(key.time) > time_secs);
        if behind.is_none() {
            self.next = self.keys.last().map_or(self.begin, |key| key.cursor);
        }
        while behind.is_none()
            && let Some(block) = self.next_block(BlockExtent::Head)?
        {
            self.note(&block);
            let newest = self.keys.last().filter(|key| self.secs(key.time) > time_secs);
            behind = newest.map(|_| self.keys.len() - 1);
        }
        let n_before = behind.unwrap_or(self.keys.len());
        self.next = n_before.checked_sub(1).map_or(self.begin, |last| self.keys[last].cursor);
        Ok(())
    }

    /// Remembers `block` if it is a key frame that was not seen before.
    fn note(&mut self, block: &Block) {
        if block.position >= self.known_until {
            self.known_until = block.position + 1;
            if self.is_key(block) {
                let cursor = Cursor { position: block.position, ..self.next };
                self.keys.push(Key { time: block.time, cursor });
            }
        }
    }

    pub(crate) fn next_sample(&mut self) -> Result<Option<Sample>, VideoError> {
        let Some(block) = self.next_block(BlockExtent::Whole)? else { return Ok(None) };
        self.note(&block);
        Ok(Some(Sample {
            time_secs: self.secs(block.time),
            is_key: self.is_key(&block),
            is_shown: !block.is_invisible && keyframe::is_shown(&self.header.track.codec, &self.frame(&block)),
            data: self.frame(&block).into_owned(),
        }))
    }

    fn is_key(&self, block: &Block) -> bool {
        block.is_key.unwrap_or_else(|| keyframe::is_key(&self.header.track.codec, &self.frame(block)))
    }

    /// The coded frame of `block`, with what was left out at its beginning.
    fn frame<'a>(&self, block: &'a Block) -> Cow<'a, [u8]> {
        match self.header.stripped.as_slice() {
            [] => Cow::Borrowed(&block.data),
            stripped => Cow::Owned([stripped, &block.data].concat()),
        }
    }

    fn secs(&self, units: i64) -> f64 {
        // Nanoseconds are whole, so that their error is not that of a unit.
        units as f64 * self.header.unit_nanos as f64 / 1e9
    }

    /// The next block of the track.
    fn next_block(&mut self, extent: BlockExtent) -> Result<Option<Block>, VideoError> {
        while let Some(element) = self.reader.element(self.next.position)? {
            self.next.position = element.behind();
            match element.id {
                ids::SEGMENT | ids::CLUSTER => self.next.position = element.body,
                ids::TIMESTAMP => self.next.cluster_time = self.cluster_time(&element)?,
                ids::SIMPLE_BLOCK | ids::BLOCK_GROUP => {
                    if let Some(block) = self.block(&element, extent)? {
                        return Ok(Some(block));
                    }
                }
                _ => {}
            }
        }
        Ok(None)
    }

    fn cluster_time(&mut self, element: &Element) -> Result<i64, VideoError> {
        let time = ebml::unsigned(&self.reader.body(element, 8)?);
        Ok(i64::try_from(time).unwrap_or(i64::MAX))
    }

    fn block(&mut self, element: &Element, extent: BlockExtent) -> Result<Option<Block>, VideoError> {
        let n_bytes = match (element.id, extent) {
            (ids::SIMPLE_BLOCK, BlockExtent::Head) => block::MAX_HEAD_BYTES,
            _ => u64::MAX,
        };
        let body = self.reader.first_bytes(element, n_bytes)?;
        let block = if element.id == ids::SIMPLE_BLOCK { Block::simple(&body) } else { Block::of_group(&body) };
        let block = block.ok_or_else(|| VideoError::damaged(format!("its block at byte {} is cut", element.start)))?;
        if block.track != self.header.track_number {
            return Ok(None);
        }
        if block.is_laced {
            return Err(VideoError::damaged("several frames of its picture lie in one block"));
        }
        let time = self.next.cluster_time.saturating_add(block.time);
        Ok(Some(Block { time, position: element.start, ..block }))
    }
}

/// How much of a block is read.
#[derive(Clone, Copy)]
enum BlockExtent {
    Head,
    Whole,
}
