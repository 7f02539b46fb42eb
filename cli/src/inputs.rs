//! From what a person names to the files that are read.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::video;

/// Endings of the names of photos in a folder. A file that is named itself is read whatever its name.
const PHOTO_EXTENSIONS: [&str; 5] = ["gif", "jpeg", "jpg", "png", "webp"];

/// Something to read, or why it cannot be.
#[derive(Debug)]
pub(crate) enum Input {
    Photo(PathBuf),
    Video(PathBuf),
    /// What was saved of a video.
    Session(PathBuf),
    /// A folder that gives no file, and why.
    Nothing(PathBuf, anyhow::Error),
}

impl Input {
    /// The files that `paths` name, in their order; those of a folder by name.
    pub(crate) fn all(paths: &[PathBuf]) -> Vec<Self> {
        let of = |path: &PathBuf| {
            if !path.is_dir() {
                return vec![Self::file(path.clone())];
            }
            in_folder(path).unwrap_or_else(|error| vec![Self::Nothing(path.clone(), error)])
        };
        paths.iter().flat_map(of).collect()
    }

    /// As it was named, or found in a folder.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Photo(path) | Self::Video(path) | Self::Session(path) | Self::Nothing(path, _) => path,
        }
    }

    fn file(path: PathBuf) -> Self {
        if has_extension(&path, &video::EXTENSIONS) {
            Self::Video(path)
        } else if has_extension(&path, &["json"]) {
            Self::Session(path)
        } else {
            Self::Photo(path)
        }
    }
}

/// The photos and videos in `folder`, by name.
fn in_folder(folder: &Path) -> Result<Vec<Input>> {
    let entries = fs::read_dir(folder).context("cannot read it")?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>().context("cannot read it")?;
    paths.retain(|path| {
        path.is_file() && (has_extension(path, &PHOTO_EXTENSIONS) || has_extension(path, &video::EXTENSIONS))
    });
    if paths.is_empty() {
        bail!("expected photos or videos in the folder, found none");
    }
    paths.sort();
    Ok(paths.into_iter().map(Input::file).collect())
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_lowercase);
    extension.is_some_and(|extension| extensions.contains(&&*extension))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(inputs: &[Input], folder: &Path) -> Vec<String> {
        let word = |input: &Input| {
            let name = input.path().strip_prefix(folder).unwrap_or(input.path()).display().to_string();
            match input {
                Input::Photo(_) => format!("photo {name}"),
                Input::Video(_) => format!("video {name}"),
                Input::Session(_) => format!("session {name}"),
                Input::Nothing(_, error) => format!("{name}: {error}"),
            }
        };
        inputs.iter().map(word).collect()
    }

    #[test]
    fn videos_are_told_by_their_names() {
        for (name, is_video) in [("a.mp4", true), ("a.MOV", true), ("a.b.y4m", true), ("a.gif", false), ("mp4", false)]
        {
            assert_eq!(matches!(Input::file(name.into()), Input::Video(_)), is_video, "{name}");
        }
    }

    #[test]
    fn a_folder_gives_its_photos_and_videos_by_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.JPG", "a.mp4", "notes.txt", "c.webp", "a-session.json"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::create_dir(folder.path().join("d.png")).unwrap();
        let paths = [
            folder.path().join("notes.txt"),
            folder.path().to_owned(),
            folder.path().join("d.png"),
            folder.path().join("a.JSON"),
        ];
        assert_eq!(
            words(&Input::all(&paths), folder.path()),
            [
                "photo notes.txt",
                "video a.mp4",
                "photo b.JPG",
                "photo c.webp",
                "d.png: expected photos or videos in the folder, found none",
                "session a.JSON"
            ]
        );
    }
}
