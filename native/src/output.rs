//! Words for a person, and JSON for programs.

use std::{
    fmt::Display,
    fs,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde::Serialize;

/// Write a line to stdout. A reader that has seen enough, such as `head`, is no reason to stop.
pub fn print_line(text: impl Display) -> Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error).context("cannot write the output"),
        _ => Ok(()),
    }
}

/// Write an error to stderr, if that still can be written to.
pub fn print_error(text: impl Display) {
    let _ = writeln!(io::stderr(), "error: {text}");
}

/// Write `bytes` into the file `path`. If that fails, as on a full disk, its old content stays: everything is written
/// beside it and then takes its place, but for what is no file, such as a pipe.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    write_files(&[(path, bytes)])
}

/// [`write_file`] for files that belong together: none is replaced before all are written.
pub fn write_files(files: &[(&Path, &[u8])]) -> Result<()> {
    let cannot_write = |path: &Path| format!("cannot write {}", path.display());
    let targets: Vec<Target> = files.iter().map(|(path, _)| Target::of(path)).collect();
    let mut written = targets.iter().zip(files).try_for_each(|(target, (path, bytes))| {
        fs::write(target.part.as_ref().unwrap_or(&target.path), bytes).with_context(|| cannot_write(path))
    });
    if written.is_ok() {
        written = targets.iter().zip(files).try_for_each(|(target, (path, _))| {
            target.part.iter().try_for_each(|part| fs::rename(part, &target.path)).with_context(|| cannot_write(path))
        });
    }
    if written.is_err() {
        for part in targets.iter().filter_map(|target| target.part.as_ref()) {
            // It may not be there at all.
            let _ = fs::remove_file(part);
        }
    }
    written
}

/// The name of the file that was being written, if `name` is that of a part which [`write_file`] left when its program was
/// killed; else `name`.
pub fn whole_name(name: &str) -> &str {
    name.strip_prefix('.').and_then(|name| name.strip_suffix(PART)).unwrap_or(name)
}

/// How the name of a part ends.
const PART: &str = ".part";

/// Where a file is to be.
struct Target {
    path: PathBuf,
    /// Where it is written at first; `None` if `path` is there and no file.
    part: Option<PathBuf>,
}

impl Target {
    fn of(path: &Path) -> Self {
        // A link stays one.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let name = path.file_name().filter(|_| !fs::metadata(&path).is_ok_and(|it| !it.is_file()));
        let part = name.map(|name| path.with_file_name(format!(".{}{PART}", name.to_string_lossy())));
        Self { path, part }
    }
}

/// Write `value` as JSON into the file `path`.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let json = serde_json::to_string_pretty(value)? + "\n";
    write_file(path, json.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_leaves_the_old_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        for content in ["old", "new"] {
            write_file(&path, content.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
        fs::create_dir(folder.path().join(".a.csv.part")).unwrap();
        let error = write_file(&path, b"newer").unwrap_err().to_string();
        assert_eq!(
            (error.starts_with("cannot write "), fs::read_to_string(&path).unwrap()),
            (true, "new".into()),
            "{error}"
        );
    }

    #[test]
    fn files_that_belong_together_are_replaced_together() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second] = ["a.bpk", "a.json"].map(|name| folder.path().join(name));
        write_file(&first, b"old").unwrap();
        let beyond = folder.path().join("missing").join("a.json");
        let error = write_files(&[(&first, b"new"), (&beyond, b"card")]).unwrap_err().to_string();
        assert!(error.contains("missing"), "{error}");
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!((fs::read(&first).unwrap(), names), (b"old".to_vec(), vec!["a.bpk".into()]));
        write_files(&[(&first, b"new"), (&second, b"card")]).unwrap();
        assert_eq!((fs::read(&first).unwrap(), fs::read(&second).unwrap()), (b"new".to_vec(), b"card".to_vec()));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_named() {
        let error = format!("{:#}", write_file(Path::new("/dev/full"), b"rows").unwrap_err());
        assert!(error.starts_with("cannot write /dev/full: No space left on device"), "{error}");
    }
}
