//! Why a video cannot be read.

use std::io;

use thiserror::Error;

/// Why a video cannot be read, or not to its end.
#[derive(Debug, Error)]
pub enum VideoError {
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The file is something else; what it is, where that is known.
    #[error("expected an MP4, QuickTime, WebM or Matroska video, got {0}")]
    NotAVideo(String),
    /// An MP4 or QuickTime file without `moov`: whoever wrote it did not come to its end.
    #[error("the recording was not finished: its index (`moov`) is missing, so that its frames cannot be told apart")]
    NoIndex,
    /// There are tracks, but none with a picture.
    #[error("expected a video with pictures, got a file with sound or text alone")]
    NoPicture,
    /// The track is there and has no frames.
    #[error("expected frames, got a picture track without any")]
    NoFrames,
    /// It is encrypted (`encv`), as rented films are.
    #[error("expected a video that can be read, got an encrypted one")]
    Encrypted,
    /// The file ends before a frame that its index names.
    #[error("it ends too early: a frame lies at byte {end}, the file has {len}")]
    Cut {
        /// Where the frame would end, bytes.
        end: u64,
        /// Length of the file, bytes.
        len: u64,
    },
    /// Something in it contradicts its format; what.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// The file could not be read at all: it was moved, or changed while it was read.
    #[error("the file could not be read: {0}")]
    Io(#[from] io::Error),
}

impl VideoError {
    /// [`VideoError::Damaged`].
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged(what.into())
    }
}
