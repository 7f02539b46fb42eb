//! FER+: what ten people each called the pictures of FER2013 (Barsoum, Zhang, Canton Ferrer and Zhang 2016, "Training
//! Deep Networks for Facial Expression Recognition with Crowd-Sourced Label Distribution", arXiv:1608.01041).
//!
//! The file `fer2013new.csv` is from <https://github.com/microsoft/FERPlus>. Its rows are those of `fer2013.csv`, in
//! the same order; it holds no pictures.

pub(super) mod folders;

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use csv::{ReaderBuilder, StringRecord, Trim};
use thiserror::Error;

use super::{Fer2013, Source};

/// The expressions of FER+, in the order of its columns.
pub const NAMES: [&str; 8] = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"];

/// Name of the file.
pub const FILE: &str = "fer2013new.csv";

/// The votes of ten raters on one picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Votes([u8; 10]);

/// The votes of every picture of FER2013, each split in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FerPlus {
    /// Votes of `Training`.
    pub training: Vec<Votes>,
    /// Votes of `PublicTest`.
    pub public_test: Vec<Votes>,
    /// Votes of `PrivateTest`; empty if the file has none.
    pub private_test: Vec<Votes>,
}

impl Votes {
    /// How many said each of [`NAMES`], then unknown, then no face.
    pub fn new(counts: [u8; 10]) -> Self {
        Self(counts)
    }

    /// How many said each of [`NAMES`], then unknown, then no face. Ten in all, but for one picture of nine.
    pub fn counts(self) -> [u8; 10] {
        self.0
    }

    /// Shares of the eight expressions, in the order of [`NAMES`]; their sum is 1. `None` if no expression is left, or
    /// if more than half of what is left is unknown or no face.
    ///
    /// Left is what more than one person said: the authors drop single votes as outliers (section 3 and `src/ferplus.py`
    /// of their code).
    ///
    /// **NOTE** For their training by cross-entropy the authors also drop pictures on which people agree less, such as
    /// those of more than three expressions. Here they stay: the distribution says it all.
    pub fn distribution(self) -> Option<[f32; 8]> {
        let left = self.without_outliers();
        let [n_expressions, n_others] = [&left[..8], &left[8..]].map(sum);
        let is_face = n_expressions > 0 && n_others <= n_expressions;
        is_face.then(|| std::array::from_fn(|i| f32::from(left[i]) / f32::from(n_expressions)))
    }

    /// Index in [`NAMES`] of the expression that more than half of the votes say, without single votes, but with
    /// unknown and no face; `None` if there is none.
    ///
    /// The authors' mode `majority` in `src/ferplus.py`: 25,060 pictures of Training and 3,199 of PublicTest have one.
    /// Half of all ten votes would leave 2,862 of PublicTest, half of the eight expressions' votes 3,316.
    pub fn majority(self) -> Option<usize> {
        let left = self.without_outliers();
        (0..NAMES.len()).find(|&i| 2 * u16::from(left[i]) > u16::from(sum(&left)))
    }

    fn without_outliers(self) -> [u8; 10] {
        self.0.map(|n| if n == 1 { 0 } else { n })
    }
}

/// At most 100: a row's numbers are at most 10.
fn sum(counts: &[u8]) -> u8 {
    counts.iter().sum()
}

/// The votes on the pictures of `data`, which came from `source`: from `file`, else from [`FILE`] beside the source.
///
/// A split that `data` has must have as many votes as pictures; the votes of one that it lacks are read and may be
/// missing. Nothing else tells that the rows belong together.
pub fn load(file: Option<&Path>, source: &Source, data: &Fer2013) -> Result<FerPlus, VotesError> {
    if source.form.is_folders() {
        return Err(VotesError::Folders { path: source.path.clone() });
    }
    let path = file.map_or_else(|| source.path.with_file_name(FILE), Path::to_path_buf);
    if !path.is_file() {
        return Err(VotesError::NotFound { path });
    }
    let io_error = |source| VotesError::Io { path: path.clone(), source };
    let votes = read(&path, File::open(&path).map_err(io_error)?)?;
    votes.check(&path, data)?;
    Ok(votes)
}

/// The same, but that there may be none: without a `file`, if none lies beside the source.
pub fn load_if_there(file: Option<&Path>, source: &Source, data: &Fer2013) -> Result<Option<FerPlus>, VotesError> {
    let is_there = !source.form.is_folders() && source.path.with_file_name(FILE).is_file();
    if file.is_none() && !is_there { Ok(None) } else { load(file, source, data).map(Some) }
}

/// Columns of the file.
const COLUMNS: [&str; 12] = [
    "Usage",
    "Image name",
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
    "unknown",
    "NF",
];

/// People a picture.
const N_PEOPLE: u8 = 10;

fn read(path: &Path, reader: impl io::Read) -> Result<FerPlus, VotesError> {
    let mut rows = ReaderBuilder::new().flexible(true).trim(Trim::All).from_reader(reader);
    let line_error = |line, reason| VotesError::Row { path: path.into(), line, reason };
    let header = rows.headers().map_err(|error| line_error(1, error.to_string()))?;
    if *header != COLUMNS[..] {
        let actual = header.iter().take(COLUMNS.len() + 1).collect::<Vec<_>>().join(",");
        return Err(VotesError::Header { path: path.into(), actual: actual.chars().take(200).collect() });
    }
    let mut votes = FerPlus::default();
    let mut row = StringRecord::new();
    loop {
        let next_line = rows.position().line();
        match rows.read_record(&mut row) {
            Ok(true) => {}
            Ok(false) => return Ok(votes),
            Err(error) => return Err(line_error(next_line, error.to_string())),
        }
        let line = row.position().map_or(next_line, csv::Position::line);
        votes.add(&row).map_err(|reason| line_error(line, reason))?;
    }
}

impl FerPlus {
    fn add(&mut self, row: &StringRecord) -> Result<(), String> {
        if row.len() != COLUMNS.len() {
            return Err(format!("expected {} columns, got {}", COLUMNS.len(), row.len()));
        }
        let split = match &row[0] {
            "Training" => &mut self.training,
            "PublicTest" => &mut self.public_test,
            "PrivateTest" => &mut self.private_test,
            other => return Err(format!("expected the usage Training, PublicTest or PrivateTest, got `{other}`")),
        };
        let counts = counts(row, 2)?;
        // The authors give no name to what is no face.
        split.push(Votes(if row[1].is_empty() { NO_FACE } else { counts }));
        Ok(())
    }

    fn check(&self, path: &Path, data: &Fer2013) -> Result<(), VotesError> {
        let splits = [
            ("Training", &self.training, &data.training),
            ("PublicTest", &self.public_test, &data.public_test),
            ("PrivateTest", &self.private_test, &data.private_test),
        ];
        for (split, votes, pictures) in splits {
            if !pictures.is_empty() && votes.len() != pictures.len() {
                let (expected, actual) = (pictures.len(), votes.len());
                return Err(VotesError::Count { path: path.into(), split, expected, actual });
            }
        }
        Ok(())
    }
}

/// The votes that begin in column `first` of `row`.
fn counts(row: &StringRecord, first: usize) -> Result<[u8; 10], String> {
    let mut counts = [0; 10];
    for (i, count) in counts.iter_mut().enumerate() {
        let word = &row[first + i];
        let is_few = |n: &u8| *n <= N_PEOPLE;
        *count = word.parse().ok().filter(is_few).ok_or_else(|| {
            format!("expected a number of votes from 0 to {N_PEOPLE} for {}, got `{word}`", COLUMNS[2 + i])
        })?;
    }
    Ok(counts)
}

/// All say that it is no face.
const NO_FACE: [u8; 10] = [0, 0, 0, 0, 0, 0, 0, 0, 0, N_PEOPLE];

/// Why [`load`] gave no votes.
#[derive(Debug, Error)]
pub enum VotesError {
    /// No such file.
    #[error(
        "{}: expected the votes of FER+, but nothing is there; download {FILE} from https://github.com/microsoft/FERPlus \
         and put it beside FER2013",
        .path.display()
    )]
    NotFound {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The pictures are not in the order of the votes.
    #[error(
        "{}: expected FER2013 as CSV, whose rows are in the order of FER+'s, got folders of pictures",
        .path.display()
    )]
    Folders {
        /// The folder.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The first line does not name the columns.
    #[error("{}: expected a first line `{}`, got `{actual}`", .path.display(), COLUMNS.join(","))]
    Header {
        /// The file.
        path: PathBuf,
        /// Start of the first line.
        actual: String,
    },
    /// A row that holds no votes.
    #[error("{}: line {line}: {reason}", .path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// The row's line, from 1; the header is line 1.
        line: u64,
        /// The fault.
        reason: String,
    },
    /// Votes on other pictures.
    #[error("{}: expected votes on the {expected} pictures of {split}, got {actual}", .path.display())]
    Count {
        /// The file.
        path: PathBuf,
        /// The split's name.
        split: &'static str,
        /// Pictures in FER2013.
        expected: usize,
        /// Rows in the file.
        actual: usize,
    },
}

#[cfg(test)]
mod tests {
    use model_core::Emotion;

    use super::*;
    use crate::data::{FACE_LEN, Form};

    fn read_rows(rows: &str) -> Result<FerPlus, VotesError> {
        read(Path::new(FILE), format!("{}\n{rows}", COLUMNS.join(",")).as_bytes())
    }

    #[test]
    fn the_columns_begin_with_the_names() {
        assert_eq!(COLUMNS[2..10], NAMES);
    }

    #[test]
    fn rows_go_to_their_splits_in_order() {
        let votes = read_rows(
            "Training,fer0000000.png,4,0,0,1,3,2,0,0,0,0\r\nPrivateTest,fer0000001.png,0,9,1,0,0,0,0,0,0,0\r\n\
             Training,,0,0,0,0,0,0,0,0,0,10\r\nTraining,,5,0,0,0,0,0,0,0,0,0\r\n",
        )
        .unwrap();
        assert_eq!(votes.training[0].counts(), [4, 0, 0, 1, 3, 2, 0, 0, 0, 0]);
        assert_eq!(votes.training[1..], [Votes(NO_FACE); 2], "a picture without a name is no face");
        assert_eq!((votes.public_test.len(), votes.private_test[0].counts()[1]), (0, 9));
    }

    #[test]
    fn votes_become_a_distribution_and_a_majority() {
        // Left are votes that more than one person gave.
        let cases = [
            ([10, 0, 0, 0, 0, 0, 0, 0, 0, 0], Some([1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]), Some(0)),
            ([4, 0, 0, 1, 3, 2, 0, 0, 0, 0], Some([4.0, 0.0, 0.0, 0.0, 3.0, 2.0, 0.0, 0.0].map(|n| n / 9.0)), None),
            // Half is not more than half; five of nine is.
            ([5, 5, 0, 0, 0, 0, 0, 0, 0, 0], Some([0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]), None),
            ([5, 4, 1, 0, 0, 0, 0, 0, 0, 0], Some([5.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0].map(|n| n / 9.0)), Some(0)),
            // Unknown counts for the majority, not for the distribution.
            ([0, 0, 0, 0, 0, 0, 0, 5, 5, 0], Some([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]), None),
            ([0, 0, 4, 0, 0, 0, 0, 0, 3, 3], None, None),
            ([0, 0, 0, 0, 0, 0, 0, 0, 6, 4], None, None),
            (NO_FACE, None, None),
            ([1, 1, 1, 1, 1, 1, 1, 1, 1, 1], None, None),
            ([0; 10], None, None),
        ];
        for (counts, distribution, majority) in cases {
            let votes = Votes(counts);
            assert_eq!((votes.distribution(), votes.majority()), (distribution, majority), "{counts:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let good = "Training,a.png,4,0,0,1,3,2,0,0,0,0\n";
        let cases = [
            ("Training,b.png,4,0,0,1,3,2,0,0,0\n", "expected 12 columns, got 11"),
            ("Test,b.png,4,0,0,1,3,2,0,0,0,0\n", "expected the usage Training, PublicTest or PrivateTest, got `Test`"),
            ("Training,b.png,4,0,0,1,x,2,0,0,0,0\n", "expected a number of votes from 0 to 10 for anger, got `x`"),
            ("Training,b.png,4,0,0,1,3,2,0,0,0,-1\n", "for NF, got `-1`"),
            ("Training,b.png,11,0,0,0,0,0,0,0,0,0\n", "for neutral, got `11`"),
            ("Training,b.png,,0,0,0,0,0,0,0,0,0\n", "for neutral, got ``"),
        ];
        for (row, expected) in cases {
            let error = read_rows(&format!("{good}{row}")).unwrap_err().to_string();
            assert!(error.starts_with("fer2013new.csv: line 3: ") && error.ends_with(expected), "{error}");
        }
        let error = read(Path::new(FILE), "emotion,pixels,Usage\n".as_bytes()).unwrap_err().to_string();
        assert!(
            error.contains("a first line `Usage,Image name,neutral,") && error.ends_with("got `emotion,pixels,Usage`")
        );
        assert!(read(Path::new(FILE), &b"\xff\xfe\n\xff"[..]).is_err());
    }

    #[test]
    fn votes_lie_beside_the_pictures_and_must_be_as_many() {
        let folder = tempfile::tempdir().unwrap();
        let source = Source { path: folder.path().join("fer2013.csv"), form: Form::Csv };
        let mut data = Fer2013::default();
        data.training.push(&[0; FACE_LEN], Emotion::Happy);
        assert_eq!(load_if_there(None, &source, &data).unwrap(), None);
        assert!(load_if_there(Some(Path::new("nowhere.csv")), &source, &data).is_err());
        let load = |data: &Fer2013| load(None, &source, data).map_err(|error| error.to_string());
        assert!(load(&data).unwrap_err().contains("nothing is there; download fer2013new.csv"));

        let header = COLUMNS.join(",");
        let row = "a.png,4,0,0,1,3,2,0,0,0,0";
        // A split without pictures may have votes.
        std::fs::write(folder.path().join(FILE), format!("{header}\nTraining,{row}\nPrivateTest,{row}\n")).unwrap();
        assert_eq!(load(&data).unwrap().training.len(), 1);
        assert_eq!(load_if_there(None, &source, &data).unwrap(), Some(load(&data).unwrap()));
        data.public_test.push(&[0; FACE_LEN], Emotion::Happy);
        assert!(load(&data).unwrap_err().ends_with("expected votes on the 1 pictures of PublicTest, got 0"));

        let folders = Source { path: folder.path().into(), form: Form::Folders };
        assert_eq!(load_if_there(None, &folders, &data).unwrap(), None);
        let error = super::load(None, &folders, &data).unwrap_err().to_string();
        assert!(error.contains("got folders of pictures"), "{error}");
    }
}
