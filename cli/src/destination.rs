//! Places to write to, checked before the work begins: nobody should wait for an hour to hear of a folder that is not there.

use std::{
    collections::HashSet,
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

/// The files that will be written, none of which is one of those to be read.
#[derive(Debug)]
pub(crate) struct Destinations {
    /// Files that must not be written: those to be read, and other destinations. Without links and dots.
    taken: HashSet<PathBuf>,
}

impl Destinations {
    /// No destinations yet; the files `inputs` must not be written.
    pub(crate) fn new<'a>(inputs: impl IntoIterator<Item = &'a Path>) -> Self {
        Self { taken: inputs.into_iter().filter_map(|path| path.canonicalize().ok()).collect() }
    }

    /// See to it that the file `path`, named by `flag`, can be written. Its old content stays until then.
    pub(crate) fn check_file(&mut self, flag: &str, path: &Path) -> Result<()> {
        let shown = path.display();
        if path.is_dir() {
            bail!("{flag}: expected a file, got the folder {shown}");
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !folder.is_dir() {
            bail!("{flag}: expected a file in a folder that is there, got {shown}");
        }
        let opened = OpenOptions::new().append(true).create(true).open(path);
        opened.with_context(|| format!("{flag}: cannot write {shown}"))?;
        let canonical = path.canonicalize().with_context(|| format!("{flag}: cannot write {shown}"))?;
        if !self.taken.insert(canonical) {
            bail!("{flag}: expected a file that is neither read nor written otherwise, got {shown}");
        }
        Ok(())
    }

    /// Gives names in `folder`, which is there, that no input, no flag so far and no earlier call has.
    pub(crate) fn free_names(&self, folder: &Path) -> Result<FreeNames> {
        Ok(FreeNames { folder: folder.into(), canonical: folder.canonicalize()?, taken: self.taken.clone() })
    }

    /// See to it that files can be written into `folder`, named by `flag`; it is made if it is not there.
    pub(crate) fn check_folder(flag: &str, folder: &Path) -> Result<()> {
        let shown = folder.display();
        fs::create_dir_all(folder).with_context(|| format!("{flag}: cannot make the folder {shown}"))?;
        let probe = folder.join(".ferrum-writes-here");
        fs::write(&probe, "").with_context(|| format!("{flag}: cannot write into the folder {shown}"))?;
        fs::remove_file(&probe).with_context(|| format!("{flag}: cannot remove {}", probe.display()))
    }
}

/// Names of files in one folder that do not meet.
#[derive(Debug)]
pub(crate) struct FreeNames {
    folder: PathBuf,
    /// `folder` without links and dots, to compare paths.
    canonical: PathBuf,
    /// As in [`Destinations`], and the names that were given.
    taken: HashSet<PathBuf>,
}

impl FreeNames {
    /// `NAME.END`, or `NAME-2.END` and so on if there was one of that name before.
    pub(crate) fn next(&mut self, name: &str) -> PathBuf {
        let (stem, end) = name.rsplit_once('.').unwrap_or((name, ""));
        let mut free = name.to_owned();
        let mut n = 1;
        while !self.taken.insert(self.canonical.join(&free)) {
            n += 1;
            free = format!("{stem}-{n}.{end}");
        }
        self.folder.join(free)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_a_folder_do_not_meet() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("a-faces-2.png");
        fs::write(&own, "a photo").unwrap();
        let mut destinations = Destinations::new([Path::new("x/a.jpg"), &own]);
        destinations.check_file("--vtt", &folder.path().join("b.vtt")).unwrap();
        let mut names = destinations.free_names(folder.path()).unwrap();
        for (name, expected) in [("a-faces.png", "a-faces.png"), ("a-faces.png", "a-faces-3.png"), ("b.vtt", "b-2.vtt")]
        {
            assert_eq!(names.next(name), folder.path().join(expected));
        }
    }

    #[test]
    fn a_file_in_a_folder_that_is_there_is_kept_until_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let [old, new, photo] = ["old.json", "new.csv", "photo.jpg"].map(|name| folder.path().join(name));
        fs::write(&old, "old").unwrap();
        fs::write(&photo, "a photo").unwrap();
        let mut destinations = Destinations::new([&*photo]);
        destinations.check_file("--json", &old).unwrap();
        destinations.check_file("--csv", &new).unwrap();
        assert_eq!(fs::read_to_string(&old).unwrap(), "old");
        let nowhere = folder.path().join("nowhere/a.json");
        let cases = [
            (folder.path(), "expected a file, got the folder"),
            (&nowhere, "expected a file in a folder that is there"),
            (&new, "neither read nor written otherwise"),
            (&photo, "neither read nor written otherwise"),
        ];
        for (path, why) in cases {
            let error = destinations.check_file("--json", path).unwrap_err().to_string();
            let is_named = error.starts_with("--json: ") && error.ends_with(&path.display().to_string());
            assert!(is_named && error.contains(why), "{error}");
        }
        assert_eq!(fs::read_to_string(&photo).unwrap(), "a photo");
    }

    #[test]
    fn a_folder_is_made_and_a_file_in_its_place_is_named() {
        let folder = tempfile::tempdir().unwrap();
        Destinations::check_folder("--annotate", &folder.path().join("a/b")).unwrap();
        assert_eq!(fs::read_dir(folder.path().join("a/b")).unwrap().count(), 0);
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Destinations::check_folder("--annotate", &file).unwrap_err().to_string();
        assert_eq!(error, format!("--annotate: cannot make the folder {}", file.display()));
    }
}
