//! Where the data lie and how they are packed.

use std::{
    borrow::Cow,
    fs::{self, File},
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};

use super::{
    DataError, ferplus,
    folder::{self, entries},
};

/// Where FER2013 is looked for unless told otherwise, under the current directory.
pub const DEFAULT_PLACE: &str = "data";

/// How FER2013 is stored. Told by content, not by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Plain CSV.
    Csv,
    /// CSV in Zstandard.
    CsvZst,
    /// CSV in gzip.
    CsvGz,
    /// CSV in a ZIP archive.
    CsvZip,
    /// `train|test/<label>/*.jpg|png`.
    Folders,
    /// `FER2013Train|Valid|Test/*.png` with `label.csv`.
    FerPlus,
}

impl Form {
    /// The form in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::CsvZst => "CSV in Zstandard",
            Self::CsvGz => "CSV in gzip",
            Self::CsvZip => "CSV in a ZIP archive",
            Self::Folders => "folders of pictures",
            Self::FerPlus => "FER+'s folders of pictures and votes",
        }
    }

    /// Whether it is more than one file.
    pub(super) fn is_folders(self) -> bool {
        matches!(self, Self::Folders | Self::FerPlus)
    }
}

/// A place that holds FER2013.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file, or the folder with the splits.
    pub path: PathBuf,
    /// How it is stored there.
    pub form: Form,
}

/// Names of the CSV inside archives: of the official archive, and of the newer upload to the same competition.
const CSV_NAMES: [&str; 2] = ["fer2013.csv", "icml_face_data.csv"];

/// Files looked for in a folder, upper or lower case, the first that is there wins.
const FILE_NAMES: [&str; 11] = [
    "fer2013.csv",
    "fer2013.csv.zst",
    "fer2013.csv.gz",
    "fer2013.csv.zip",
    "fer2013.zip",
    "fer2013",
    "icml_face_data.csv",
    "icml_face_data.csv.zst",
    "icml_face_data.csv.gz",
    "icml_face_data.csv.zip",
    "icml_face_data.zip",
];

/// Files that are looked for when there are no folders of pictures, which may have been unpacked from them: Kaggle's
/// downloads, and the competition's `train.csv`, which has Training alone.
const DOWNLOAD_NAMES: [&str; 3] =
    ["challenges-in-representation-learning-facial-expression-recognition-challenge.zip", "archive.zip", "train.csv"];

/// How far below the folder that was named the data may lie: archives often hold a folder in a folder.
const MAX_DEPTH: usize = 2;

impl Source {
    /// The data at `path`, a file or a folder that holds them.
    pub fn find(path: &Path) -> Result<Self, DataError> {
        if !path.exists() {
            return Err(DataError::NotFound { path: path.into(), what: "nothing is there" });
        }
        if path.is_file() {
            return Self::file(path.into());
        }
        let mut folders = vec![path.to_path_buf()];
        entries(path)?; // of what lies below, that which cannot be read may be something else
        for _ in 0..=MAX_DEPTH {
            if let Some(found) = folders.iter().find_map(|folder| Self::in_folder(folder).ok()?) {
                return Ok(found);
            }
            folders = folders.iter().flat_map(|folder| subfolders(folder)).collect();
        }
        Err(DataError::NotFound { path: path.into(), what: "the folder holds no FER2013" })
    }

    /// The data right in `folder`, if there are some.
    fn in_folder(folder: &Path) -> Result<Option<Self>, DataError> {
        let files = entries(folder)?;
        let is_called = |file: &Path, name: &str| file.file_name().is_some_and(|its| its.eq_ignore_ascii_case(name));
        let find = |name: &'static str| files.iter().find(|file| is_called(file, name) && file.is_file());
        if let Some(file) = FILE_NAMES.into_iter().find_map(find) {
            return Self::file(file.clone()).map(Some);
        }
        let forms = [(Form::Folders, folder::is_one as fn(&Path) -> bool), (Form::FerPlus, ferplus::folders::is_one)];
        if let Some((form, _)) = forms.into_iter().find(|(_, is_one)| is_one(folder)) {
            return Ok(Some(Self { path: folder.into(), form }));
        }
        DOWNLOAD_NAMES.into_iter().find_map(find).map(|file| Self::file(file.clone())).transpose()
    }

    fn file(path: PathBuf) -> Result<Self, DataError> {
        let form = sniff(&path).map_err(|source| DataError::Io { path: path.clone(), source })?;
        Ok(Self { path, form })
    }

    /// Call `read` with the CSV, unpacked while it is read.
    pub(super) fn with_reader<T>(
        &self,
        read: impl FnOnce(&mut dyn Read) -> Result<T, DataError>,
    ) -> Result<T, DataError> {
        let io_error = |source| DataError::Io { path: self.path.clone(), source };
        let file = File::open(&self.path).map_err(io_error)?;
        match self.form {
            Form::Csv => read(&mut BufReader::new(file)),
            // A gzip file may have several members, one after the other (RFC 1952, 2.2).
            Form::CsvGz => read(&mut flate2::bufread::MultiGzDecoder::new(BufReader::new(file))),
            Form::CsvZst => read(&mut zstd::Decoder::new(file).map_err(io_error)?),
            Form::CsvZip => self.with_zip(file, read),
            Form::Folders | Form::FerPlus => Err(io_error(io::ErrorKind::IsADirectory.into())),
        }
    }

    fn with_zip<T>(
        &self,
        file: File,
        read: impl FnOnce(&mut dyn Read) -> Result<T, DataError>,
    ) -> Result<T, DataError> {
        let zip_error = |actual| DataError::Zip { path: self.path.clone(), actual };
        let damaged = |error: zip::result::ZipError| zip_error(format!("one that is cut or damaged ({error})"));
        let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(damaged)?;
        let names: Vec<String> = archive.file_names().flatten().map(Cow::into_owned).collect();
        let is_called = |path: &str, name: &str| path.rsplit('/').next() == Some(name);
        let found = CSV_NAMES.iter().find_map(|name| names.iter().find(|path| is_called(path, name)));
        let Some(found) = found else { return Err(zip_error(describe(&names))) };
        let mut entry = archive.by_name(found).map_err(damaged)?;
        read(&mut entry)
    }
}

/// Folders in `folder`, by name; none if it cannot be read.
fn subfolders(folder: &Path) -> Vec<PathBuf> {
    let mut folders = entries(folder).unwrap_or_default();
    folders.retain(|entry| entry.is_dir());
    folders.sort();
    folders
}

fn describe(names: &[String]) -> String {
    if names.iter().any(|name| name.contains("train/") || name.contains("test/")) {
        return "folders of pictures; unpack them and give the folder".into();
    }
    match names {
        [] => "an empty one".into(),
        [first, rest @ ..] => format!("one with {first} and {} more", rest.len()),
    }
}

/// Magic numbers: RFC 8878 section 3.1.1, RFC 1952 section 2.3.1, PKWARE APPNOTE section 4.3.7.
fn sniff(path: &Path) -> io::Result<Form> {
    let mut start = vec![];
    fs::File::open(path)?.take(4).read_to_end(&mut start)?;
    Ok(match start[..] {
        [0x28, 0xB5, 0x2F, 0xFD] => Form::CsvZst,
        [0x1F, 0x8B, ..] => Form::CsvGz,
        [b'P', b'K', 3, 4] | [b'P', b'K', 5, 6] => Form::CsvZip,
        _ => Form::Csv,
    })
}
