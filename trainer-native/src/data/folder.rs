//! The folder form: `train|test/<label>/*.jpg|png`, as the dataset `msambare/fer2013` has it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use model_core::Emotion;
use vision::{DecodeLimits, decode, grey};

use super::{DataError, Fer2013, SIDE, Split};

/// FER2013 from the folders `train` and `test` under `root`.
///
/// `test` is PublicTest and PrivateTest together, but the files of `msambare/fer2013` keep the split in their names
/// (`PrivateTest_88305.jpg`); a test picture without such a name goes to [`Fer2013::mixed_test`]. The pictures are
/// JPEG, so not pixel for pixel those of the CSV; and they come in the order of labels and names.
pub(super) fn read(root: &Path) -> Result<Fer2013, DataError> {
    let mut data = Fer2013::default();
    for (label, file) in labelled_files(&root.join("train"))? {
        data.training.push(&read_face(&file)?, label);
    }
    for (label, file) in labelled_files(&root.join("test"))? {
        split_of(&file, &mut data).push(&read_face(&file)?, label);
    }
    if data.splits().iter().all(|(_, split)| split.is_empty()) {
        return Err(DataError::Empty { path: root.into() });
    }
    Ok(data)
}

fn split_of<'a>(file: &Path, data: &'a mut Fer2013) -> &'a mut Split {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    if name.starts_with("PublicTest") {
        &mut data.public_test
    } else if name.starts_with("PrivateTest") {
        &mut data.private_test
    } else {
        &mut data.mixed_test
    }
}

/// Pictures in the folders of `parent` that are named for labels, sorted; none if `parent` is absent.
fn labelled_files(parent: &Path) -> Result<Vec<(Emotion, PathBuf)>, DataError> {
    let mut files = vec![];
    if !parent.exists() {
        return Ok(files);
    }
    for folder in entries(parent)?.into_iter().filter(|entry| entry.is_dir()) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let label = name.parse().map_err(|_| DataError::Label { path: parent.into(), actual: name.to_string() })?;
        files.extend(entries(&folder)?.into_iter().filter(|file| is_picture(file)).map(|file| (label, file)));
    }
    files.sort();
    Ok(files)
}

/// What lies in `folder`, hidden files left out.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let io_error = |source| DataError::Io { path: folder.into(), source };
    let paths = fs::read_dir(folder).map_err(io_error)?.map(|entry| Ok(entry.map_err(io_error)?.path()));
    let is_shown = |path: &PathBuf| !path.file_name().unwrap_or_default().to_string_lossy().starts_with('.');
    paths.filter(|path| path.as_ref().map_or(true, is_shown)).collect()
}

fn is_picture(file: &Path) -> bool {
    let extension = file.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    matches!(&*extension, "jpg" | "jpeg" | "png")
}

/// Grey levels of a 48×48 picture.
fn read_face(file: &Path) -> Result<Vec<u8>, DataError> {
    let bytes = fs::read(file).map_err(|source| DataError::Io { path: file.into(), source })?;
    let picture =
        decode(&bytes, DecodeLimits::default()).map_err(|source| DataError::Picture { path: file.into(), source })?;
    let (width, height) = (picture.original_width(), picture.original_height());
    if [width, height] != [SIDE as u32; 2] {
        return Err(DataError::PictureSize { path: file.into(), width, height });
    }
    Ok(grey(picture.view().data()))
}
