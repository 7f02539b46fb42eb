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

/// Write `value` as JSON into the file `path`.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let json = serde_json::to_string_pretty(value)? + "\n";
    fs::write(path, json).with_context(|| format!("cannot write {}", path.display()))
}
