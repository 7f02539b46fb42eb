//! For the tests of every program: running it, weights that nobody trained, and tests that can be skipped. The module above
//! names the `PROGRAM`.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Output},
};

use libtest_mimic::{Arguments, Trial};
use model_core::{Architecture, Device, ModelCard, Network, Training};

/// Weights that nobody trained but that claim to be of `training`, with their card, as `{folder}/{architecture}.bpk` and
/// `.json`.
pub(crate) fn write_weights_of(folder: &Path, architecture: Architecture, training: Training) -> ModelCard {
    let bytes = Network::seeded(architecture, 1, &Device::flex()).to_half_precision().unwrap();
    let card = ModelCard::new(architecture, &bytes, training);
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(format!("{architecture}.bpk")), bytes).unwrap();
    fs::write(folder.join(format!("{architecture}.json")), serde_json::to_string(&card).unwrap()).unwrap();
    card
}

/// Run the program in `folder`.
pub(crate) fn run(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(super::PROGRAM);
    command.args(args).current_dir(folder).output().expect("the program starts")
}

/// The program's stderr, after checking that it ended with `code` and without a panic.
pub(crate) fn fails(folder: &Path, args: &[&str], code: i32) -> String {
    let output = run(folder, args);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{args:?}: {error}");
    assert!(!error.contains("panicked"), "{args:?}: {error}");
    error
}

/// The program's stdout, after checking that all went well.
pub(crate) fn succeeds(folder: &Path, args: &[&str]) -> String {
    let output = run(folder, args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A file of the project.
pub(crate) fn project(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path)
}

/// A test on files beside the project, in `../shared`; skipped where one of them is missing.
pub(crate) fn on_shared<const N: usize>(name: &str, paths: [&str; N], test: fn([PathBuf; N])) -> Trial {
    let files = paths.map(|path| Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared")).join(path));
    let is_missing = !files.iter().all(|file| file.exists());
    let trial = Trial::test(name, move || {
        test(files);
        Ok(())
    });
    trial.with_kind("needs ../shared").with_ignored_flag(is_missing)
}

/// Runs `tests` as the usual harness does.
pub(crate) fn run_all(tests: Vec<Trial>) -> ExitCode {
    libtest_mimic::run(&Arguments::from_args(), tests).exit_code()
}
