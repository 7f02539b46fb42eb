//! Words for a person, and JSON for programs.

use std::{
    fmt::Display,
    fs,
    io::{self, ErrorKind, Write},
    path::Path,
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
    let context = || format!("cannot write {}", path.display());
    // A link stays one.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().filter(|_| !fs::metadata(path).is_ok_and(|it| !it.is_file()));
    let Some(name) = name else { return fs::write(path, bytes).with_context(context) };
    let part = path.with_file_name(format!(".{}.part", name.to_string_lossy()));
    let written = fs::write(&part, bytes).and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        // It may not be there at all.
        let _ = fs::remove_file(&part);
    }
    written.with_context(context)
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

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_named() {
        let error = format!("{:#}", write_file(Path::new("/dev/full"), b"rows").unwrap_err());
        assert!(error.starts_with("cannot write /dev/full: No space left on device"), "{error}");
    }
}
