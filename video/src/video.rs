//! A video file, opened.

use std::io::{Read, Seek, SeekFrom};

use crate::{
    Track, VideoError,
    container::{Container, HEAD_BYTES},
    mkv::Mkv,
    mp4::Mp4,
};

/// A coded frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// When it is shown, seconds on the file's clock: edit lists and composition offsets are applied.
    pub time_secs: f64,
    /// Whether it can be decoded without another one.
    pub is_key: bool,
    /// `false` if it is decoded for the sake of others alone: it lies outside of what the edit list shows.
    pub is_shown: bool,
    /// The frame as the decoder takes it.
    pub data: Vec<u8>,
}

/// A video file. Only its index is kept in memory; frames are read one by one.
///
/// ```no_run
/// let mut video = video::Video::open(std::fs::File::open("clip.mp4")?)?;
/// println!("{}", video.track().codec.string);
/// while let Some(sample) = video.next_sample()? {
///     println!("{:.6} {}", sample.time_secs, sample.data.len());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Video<R: Read + Seek> {
    reader: Reader<R>,
}

#[derive(Debug)]
enum Reader<R: Read + Seek> {
    Mp4(Box<Mp4<R>>),
    Matroska(Box<Mkv<R>>),
}

impl<R: Read + Seek> Video<R> {
    /// Open `source`, whose container is told by its content.
    pub fn open(mut source: R) -> Result<Self, VideoError> {
        let mut head = vec![];
        source.seek(SeekFrom::Start(0))?;
        source.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head)?;
        source.seek(SeekFrom::Start(0))?;
        let reader = match Container::of(&head)? {
            Container::Mp4 => Reader::Mp4(Box::new(Mp4::open(source)?)),
            Container::Matroska => Reader::Matroska(Box::new(Mkv::open(source)?)),
        };
        Ok(Self { reader })
    }

    /// The picture track: the first one.
    pub fn track(&self) -> &Track {
        match &self.reader {
            Reader::Mp4(mp4) => mp4.track(),
            Reader::Matroska(mkv) => mkv.track(),
        }
    }

    /// Go on with the last key frame from which on every frame at `time_secs` or later can be decoded.
    pub fn seek(&mut self, time_secs: f64) -> Result<(), VideoError> {
        match &mut self.reader {
            Reader::Mp4(mp4) => {
                mp4.seek(time_secs);
                Ok(())
            }
            Reader::Matroska(mkv) => mkv.seek(time_secs),
        }
    }

    /// The next frame in the order of decoding; `None` after the last one. After an error, the next call goes on behind the
    /// frame that could not be read, if there is one.
    pub fn next_sample(&mut self) -> Result<Option<Sample>, VideoError> {
        match &mut self.reader {
            Reader::Mp4(mp4) => mp4.next_sample(),
            Reader::Matroska(mkv) => mkv.next_sample(),
        }
    }
}
