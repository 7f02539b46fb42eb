//! Exports in other programs: pandas, pympi, a validator of JSON Schema, and the code of `docs/analysis.md`.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use exports::Format;
use libtest_mimic::{Arguments, Failed, Trial};
use pipeline::PoorFramePolicy;

fn main() -> ExitCode {
    // As `cargo xtask test` installs it.
    let python = project("target/tools/exports/bin/python");
    let is_missing = !python.exists();
    let trial = Trial::test("researchers_read_what_is_exported", move || read_by(&python));
    let trial = trial.with_kind("needs Python's packages, by `cargo xtask test`").with_ignored_flag(is_missing);
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit_code()
}

fn read_by(python: &Path) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let mut session = common::interview();
    let first = session.people().next().unwrap().0;
    session.rename(first, "Anna #1, \"=x\"")?;
    for format in Format::ALL {
        let bytes = format.export(&session, PoorFramePolicy::Separate);
        fs::write(folder.path().join(format.file_name("interview.mp4")), bytes)?;
    }
    let mut command = Command::new(python);
    command.arg(project("exports/tests/read_exports.py")).current_dir(folder.path());
    command.args(["docs/analysis.md", "docs/session.schema.json"].map(project));
    let output = command.output()?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned().into()) }
}

/// A file of the project. Links in it stay: Python knows its packages by where it is called.
fn project(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path)
}
