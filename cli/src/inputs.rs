//! The files behind the paths that a person names.

use std::{
    cell::RefCell,
    fmt::Debug,
    fs::{self, File},
    io::BufReader,
    path::{Path, PathBuf},
    rc::Rc,
};

use anyhow::{Context, Result, anyhow, bail};
use glob::{MatchOptions, Pattern};
use vision::{PhotoArchive, is_photo_name};
use walkdir::WalkDir;

use crate::video;

/// Something to read, or why it cannot be.
#[derive(Debug)]
pub(crate) enum Input {
    Photo(PathBuf),
    /// A photo in a ZIP archive, under the path of the archive and its name therein.
    Zipped(PathBuf, ZippedPhoto),
    Video(PathBuf),
    /// A saved session.
    Session(PathBuf),
    /// A folder or an archive that gives no file, and why.
    Nothing(PathBuf, anyhow::Error),
}

/// A photo in an archive, which is open as long as one of its photos is to be read.
#[derive(Clone, Debug)]
pub(crate) struct ZippedPhoto {
    archive: Rc<RefCell<PhotoArchive<BufReader<File>>>>,
    name: String,
}

impl Input {
    /// The files that `paths` name, in their order; those of a folder, of folders within it and of an archive by name, if
    /// they match `pattern`.
    pub(crate) fn all(paths: &[PathBuf], pattern: Option<&Pattern>) -> Vec<Self> {
        let of = |path: &PathBuf| {
            let inputs = if path.is_dir() {
                in_folder(path, pattern)
            } else if has_extension(path, &["zip"]) {
                in_archive(path, pattern)
            } else {
                return vec![Self::file(path.clone())];
            };
            inputs.unwrap_or_else(|error| vec![Self::Nothing(path.clone(), error)])
        };
        paths.iter().flat_map(of).collect()
    }

    /// The path as it was named, or found in a folder.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Photo(path)
            | Self::Zipped(path, _)
            | Self::Video(path)
            | Self::Session(path)
            | Self::Nothing(path, _) => path,
        }
    }

    /// Its bytes.
    pub(crate) fn read(&self) -> Result<Vec<u8>> {
        match self {
            Self::Photo(path) | Self::Video(path) | Self::Session(path) => fs::read(path).context("cannot read it"),
            Self::Zipped(_, photo) => Ok(photo.archive.borrow_mut().read(&photo.name)?),
            Self::Nothing(_, error) => Err(anyhow!("{error:#}")),
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

/// The photos and videos in `folder` and the folders within, by their paths.
fn in_folder(folder: &Path, pattern: Option<&Pattern>) -> Result<Vec<Input>> {
    let mut inputs = vec![];
    for entry in WalkDir::new(folder).follow_links(true).sort_by_file_name() {
        match entry {
            Ok(entry) => {
                let is_wanted = entry.file_type().is_file() && is_photo_or_video(entry.path());
                let within = entry.path().strip_prefix(folder).unwrap_or(entry.path());
                if is_wanted && matches(pattern, &within.to_string_lossy()) {
                    inputs.push(Input::file(entry.into_path()));
                }
            }
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                inputs.push(Input::Nothing(path, anyhow!(error).context("cannot read it")));
            }
        }
    }
    if inputs.is_empty() {
        bail!("expected photos or videos in the folder, found none{}", that_match(pattern));
    }
    Ok(inputs)
}

/// The photos in the ZIP file `path`, by their names.
fn in_archive(path: &Path, pattern: Option<&Pattern>) -> Result<Vec<Input>> {
    let file = File::open(path).context("cannot read it")?;
    let archive = PhotoArchive::open(BufReader::new(file))?;
    let names: Vec<_> = archive.names().iter().filter(|name| matches(pattern, name)).cloned().collect();
    if names.is_empty() {
        bail!("expected photos in the ZIP archive, found none{}", that_match(pattern));
    }
    let archive = Rc::new(RefCell::new(archive));
    // An absolute name would hide the archive's.
    let within = |name: &str| path.join(name.trim_start_matches('/'));
    let input = |name: String| Input::Zipped(within(&name), ZippedPhoto { archive: Rc::clone(&archive), name });
    Ok(names.into_iter().map(input).collect())
}

fn that_match(pattern: Option<&Pattern>) -> String {
    pattern.map_or_else(String::new, |pattern| format!(" that match {pattern}"))
}

/// Whether the path `within` a folder matches; a pattern without a slash is one of names alone.
fn matches(pattern: Option<&Pattern>, within: &str) -> bool {
    let Some(pattern) = pattern else { return true };
    let within = within.replace('\\', "/");
    let name = within.rsplit('/').next().unwrap_or_default();
    let candidate = if pattern.as_str().contains('/') { &within } else { name };
    let options = MatchOptions { case_sensitive: false, require_literal_separator: true, ..MatchOptions::new() };
    pattern.matches_with(candidate, options)
}

fn is_photo_or_video(path: &Path) -> bool {
    is_photo_name(&path.to_string_lossy()) || has_extension(path, &video::EXTENSIONS)
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_lowercase);
    extension.is_some_and(|extension| extensions.contains(&&*extension))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn words(inputs: &[Input], folder: &Path) -> Vec<String> {
        let word = |input: &Input| {
            let name = input.path().strip_prefix(folder).unwrap_or(input.path()).display().to_string();
            match input {
                Input::Photo(_) => format!("photo {name}"),
                Input::Zipped(..) => format!("zipped {name}"),
                Input::Video(_) => format!("video {name}"),
                Input::Session(_) => format!("session {name}"),
                Input::Nothing(_, error) => format!("{name}: {error:#}"),
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
    fn a_folder_gives_its_photos_and_videos_by_name_and_those_of_folders_within() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["d.png", "e/f"] {
            fs::create_dir_all(folder.path().join(path)).unwrap();
        }
        for name in ["b.JPG", "a.mp4", "notes.txt", "c.webp", "e/g.png", "e/f/h.jpg", "._b.JPG", "a-session.json"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let named = [folder.path().join("notes.txt"), folder.path().to_owned(), folder.path().join("d.png")];
        let all = |pattern: Option<&str>| {
            let pattern = pattern.map(|pattern| Pattern::new(pattern).unwrap());
            words(&Input::all(&named, pattern.as_ref()), folder.path())
        };
        let found = ["video a.mp4", "photo b.JPG", "photo c.webp", "photo e/f/h.jpg", "photo e/g.png"];
        let none = "d.png: expected photos or videos in the folder, found none";
        assert_eq!(all(None), [&["photo notes.txt"], &found[..], &[none]].concat());
        let cases = [("*.jpg", vec![1, 3]), ("e/*", vec![4]), ("e/**/*", vec![3, 4]), ("**/*.{jpg}", vec![])];
        for (pattern, expected) in cases {
            let expected: Vec<_> = expected.into_iter().map(|i: usize| found[i].to_owned()).collect();
            let actual = all(Some(pattern));
            let actual: Vec<_> = actual[1..].iter().filter(|word| !word.contains("found none")).cloned().collect();
            assert_eq!(actual, expected, "{pattern}");
        }
        assert!(all(Some("*.bmp"))[1].ends_with("found none that match *.bmp"));
    }

    #[test]
    fn an_archive_gives_its_photos() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ZIP");
        let mut writer = zip::ZipWriter::new(File::create(&path).unwrap());
        for name in ["c/b.jpg", "a.png", "notes.txt"] {
            writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(name.as_bytes()).unwrap();
        }
        writer.finish().unwrap();
        let inputs = Input::all(&[path], None);
        assert_eq!(words(&inputs, folder.path()), ["zipped a.ZIP/a.png", "zipped a.ZIP/c/b.jpg"]);
        assert_eq!(inputs[1].read().unwrap(), b"c/b.jpg");
        let none = folder.path().join("none.zip");
        fs::write(&none, "PK").unwrap();
        let words = words(&Input::all(&[none], None), folder.path());
        assert!(words[0].starts_with("none.zip: expected a whole ZIP archive"), "{words:?}");
    }
}
