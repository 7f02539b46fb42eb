//! The folder form: `train|test/<label>/*.jpg|png`, as the dataset `msambare/fer2013` has it, and its relatives.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use model_core::Emotion;
use vision::{DecodeLimits, decode, grey, resize};

use super::{
    DataError, Fer2013, SIDE, Split,
    names::{SplitName, is_contempt, label},
    notes::Notes,
};

/// FER2013 from the folders under `root` that are named for splits: `train`, `Training`, `validation`, `PrivateTest` …
///
/// The `test` of `msambare/fer2013` is PublicTest and PrivateTest together, but its files keep the split in their names
/// (`PrivateTest_88305.jpg`); a picture of `test` or `validation` without such a name goes to [`Fer2013::mixed_test`].
/// The pictures are JPEG, so not pixel for pixel those of the CSV; and they come in the order of labels and names. Square
/// pictures of another size are scaled. Omissions and changes are counted in [`Fer2013::notes`].
pub(super) fn read(root: &Path) -> Result<Fer2013, DataError> {
    let mut data = Fer2013::default();
    let mut notes = Notes::default();
    for (split, folder) in split_folders(root)? {
        for (label, file) in labelled_files(&folder, &mut notes)? {
            let face = read_face(&file, &mut notes)?;
            split_of(split, &file, &mut data).push(&face, label);
        }
    }
    if data.splits().iter().all(|(_, split)| split.is_empty()) {
        return Err(DataError::Empty { path: root.into() });
    }
    data.notes = notes.lines();
    Ok(data)
}

/// Whether folders in it are named for splits.
pub(super) fn is_one(root: &Path) -> bool {
    split_folders(root).is_ok_and(|folders| !folders.is_empty())
}

/// The folders of `root` that are named for splits, Training first.
fn split_folders(root: &Path) -> Result<Vec<(SplitName, PathBuf)>, DataError> {
    let folders = entries(root)?.into_iter().filter(|entry| entry.is_dir());
    let mut folders: Vec<_> = folders.filter_map(|folder| Some((SplitName::of(&name(&folder))?, folder))).collect();
    folders.sort();
    Ok(folders)
}

fn split_of<'a>(split: SplitName, file: &Path, data: &'a mut Fer2013) -> &'a mut Split {
    let name = name(file);
    match split {
        SplitName::Mixed if name.starts_with("PublicTest") => &mut data.public_test,
        SplitName::Mixed if name.starts_with("PrivateTest") => &mut data.private_test,
        split => data.split_mut(split),
    }
}

/// Pictures in the folders of `parent` that are named for labels, sorted.
fn labelled_files(parent: &Path, notes: &mut Notes) -> Result<Vec<(Emotion, PathBuf)>, DataError> {
    let mut files = vec![];
    let (folders, others): (Vec<_>, Vec<_>) = entries(parent)?.into_iter().partition(|entry| entry.is_dir());
    let n_outside = others.iter().filter(|file| is_picture(file)).count();
    notes.add(n_outside, "Pictures left out, as they lie in no folder of a label");
    for folder in folders {
        let name = name(&folder);
        let (pictures, others): (Vec<_>, Vec<_>) = entries(&folder)?.into_iter().partition(|file| is_picture(file));
        let (folders, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|entry| entry.is_dir());
        notes.add(folders.len(), "Folders left out, as they lie in the folder of a label");
        notes.add(others.len(), "Files left out, as they are no pictures by their names");
        match label(&name) {
            Some(label) => files.extend(pictures.into_iter().map(|file| (label, file))),
            None if is_contempt(&name) => {
                notes.add(pictures.len(), "Pictures left out, as FER2013 has no label `contempt`");
            }
            None => return Err(DataError::Label { path: parent.into(), actual: name }),
        }
    }
    files.sort();
    Ok(files)
}

/// Files and folders in `folder`, without hidden ones.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let io_error = |source| DataError::Io { path: folder.into(), source };
    let paths = fs::read_dir(folder).map_err(io_error)?.map(|entry| Ok(entry.map_err(io_error)?.path()));
    let is_shown = |path: &PathBuf| !name(path).starts_with('.');
    paths.filter(|path| path.as_ref().map_or(true, is_shown)).collect()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// By its name; a file without an ending, as some copies have them, by its first bytes.
fn is_picture(file: &Path) -> bool {
    const ENDINGS: [&str; 9] = ["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "ico"];
    match file.extension() {
        Some(ending) => file.is_file() && ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)),
        None => begins_as_picture(file).unwrap_or(false),
    }
}

fn begins_as_picture(file: &Path) -> io::Result<bool> {
    const BYTES: u64 = 16;
    let mut start = vec![];
    File::open(file)?.take(BYTES).read_to_end(&mut start)?;
    Ok(image::guess_format(&start).is_ok())
}

/// [`FACE_LEN`](super::FACE_LEN) grey levels of a square picture.
pub(super) fn read_face(file: &Path, notes: &mut Notes) -> Result<Vec<u8>, DataError> {
    let bytes = fs::read(file).map_err(|source| DataError::Io { path: file.into(), source })?;
    let picture =
        decode(&bytes, DecodeLimits::default()).map_err(|source| DataError::Picture { path: file.into(), source })?;
    let (width, height) = (picture.original_width(), picture.original_height());
    if width != height {
        return Err(DataError::PictureSize { path: file.into(), width, height });
    }
    if width as usize == SIDE {
        return Ok(grey(picture.view().data()));
    }
    notes.add(1, "Pictures of other sizes, scaled to 48×48 pixels");
    Ok(grey(&resize(picture.view(), SIDE, SIDE)))
}
