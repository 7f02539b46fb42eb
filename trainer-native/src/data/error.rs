//! Why FER2013 could not be read, in words that say what to do.

use std::{io, path::PathBuf};

use model_core::Emotion;
use thiserror::Error;
use vision::DecodeError;

use super::{FACE_LEN, SIDE};

/// Why [`load`](super::load) gave no data.
#[derive(Debug, Error)]
pub enum DataError {
    /// Nothing at the path that looks like FER2013.
    #[error("{}: {what}\n\n{HOW_TO_GET_IT}", .path.display())]
    NotFound {
        /// Where it was looked for.
        path: PathBuf,
        /// Description of what is there instead.
        what: &'static str,
    },
    /// The file system refused.
    #[error("{}: {source}", .path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A ZIP archive that cannot be read or does not hold the CSV.
    #[error("{}: expected a ZIP archive that holds fer2013.csv or icml_face_data.csv, got {actual}", .path.display())]
    Zip {
        /// The archive.
        path: PathBuf,
        /// Description of what it is instead.
        actual: String,
    },
    /// The first line does not name the columns.
    #[error("{}: expected a first line that names the columns emotion, pixels and, if there are splits, Usage, got {actual}", .path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// Start of the first line, or what it seems to be.
        actual: String,
    },
    /// Pictures without labels.
    #[error(
        "{}: expected the columns emotion and pixels, got pixels alone: this file has no labels; of the same competition, \
         icml_face_data.csv has all three splits with theirs, train.csv those of Training",
        .path.display()
    )]
    NoLabels {
        /// The file.
        path: PathBuf,
    },
    /// The stream ended or broke while it was read: a cut or damaged file.
    #[error("{}: expected more rows after line {line}, but the file is cut or damaged there ({reason})", .path.display())]
    Cut {
        /// The file.
        path: PathBuf,
        /// Last line that was read, from 1.
        line: u64,
        /// Message of the decompressor or the file system.
        reason: String,
    },
    /// A row that is no labelled picture.
    #[error("{}: line {line}: {reason}", .path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// The row's line, from 1; the header is line 1.
        line: u64,
        /// The fault.
        reason: RowError,
    },
    /// A folder under `train` or `test` that is not named for a label.
    #[error(
        "{}: expected folders named {} or 0 to 6, got `{actual}`",
        .path.display(), Emotion::ALL.map(Emotion::name).join(", ")
    )]
    Label {
        /// The folder's parent.
        path: PathBuf,
        /// Its name.
        actual: String,
    },
    /// A file that cannot be read as a picture.
    #[error("{}: {source}", .path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// Why.
        source: DecodeError,
    },
    /// A picture of another shape.
    #[error("{}: expected a square picture, best of {SIDE}×{SIDE} pixels, got {width}×{height}", .path.display())]
    PictureSize {
        /// The file.
        path: PathBuf,
        /// Its width, pixels.
        width: u32,
        /// Its height, pixels.
        height: u32,
    },
    /// The form is right, but there is not one picture.
    #[error("{}: expected pictures, got none", .path.display())]
    Empty {
        /// File or folder.
        path: PathBuf,
    },
}

/// A fault of a row.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RowError {
    /// Too few or too many columns: a row cut short, or a stray comma.
    #[error("expected {expected} columns, got {actual}")]
    Columns {
        /// Columns of the header.
        expected: usize,
        /// Columns of the row.
        actual: usize,
    },
    /// Not a label.
    #[error("expected an emotion from 0 (angry) to 6 (neutral) or its name, got `{0}`")]
    Label(String),
    /// Not a split.
    #[error("expected the usage Training, PublicTest, PrivateTest or test, got `{0}`")]
    Usage(String),
    /// Not a grey level.
    #[error("expected grey levels from 0 to 255, got `{actual}` as number {position}")]
    Level {
        /// Position among the row's numbers, from 1.
        position: usize,
        /// The text there.
        actual: String,
    },
    /// A name that is none of a file beside the table.
    #[error("expected the name of a picture in the same folder, got `{0}`")]
    File(String),
    /// Not a number of votes.
    #[error("{0}")]
    Votes(String),
    /// More or fewer grey levels than a picture has.
    #[error("expected {FACE_LEN} grey levels ({SIDE}×{SIDE}), got {0}")]
    Count(usize),
}

/// How to download the data, and where to put it.
const HOW_TO_GET_IT: &str = "\
Ferrum does not come with FER2013. Download one of these from kaggle.com (a free account is needed):
  - the competition `challenges-in-representation-learning-facial-expression-recognition-challenge`:
    fer2013.csv (in fer2013.tar.gz) or icml_face_data.csv, with all three splits; best
  - the dataset `msambare/fer2013`: folders train and test with a folder of pictures for each label
and put it into the folder `data` where you run this, as
  data/fer2013.csv (or .csv.zst, .csv.gz, .zip), data/icml_face_data.csv (the same), or data/train and data/test
or say where it is with --data PATH.";
