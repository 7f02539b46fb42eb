//! The program, and weights that the tests make themselves.
#![allow(clippy::unwrap_used, reason = "only tests use it")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use model_core::{Architecture, Device, ModelCard, Network, Training};

/// Weights that nobody trained, with their card, as `{folder}/{architecture}.bpk` and `.json`.
pub(crate) fn write_weights(folder: &Path, architecture: Architecture) -> ModelCard {
    let bytes = Network::seeded(architecture, 1, &Device::flex()).to_half_precision().unwrap();
    let card = ModelCard::new(architecture, &bytes, Training::default());
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(format!("{architecture}.bpk")), bytes).unwrap();
    fs::write(folder.join(format!("{architecture}.json")), serde_json::to_string(&card).unwrap()).unwrap();
    card
}

/// Run the program in `folder`.
pub(crate) fn run(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ferrum"));
    command.args(args).current_dir(folder).output().expect("the program starts")
}

/// What the program wrote to stderr, after checking that it ended with `code` and without a panic.
pub(crate) fn fails(folder: &Path, args: &[&str], code: i32) -> String {
    let output = run(folder, args);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{args:?}: {error}");
    assert!(!error.contains("panicked"), "{args:?}: {error}");
    error
}

/// What the program wrote to stdout, after checking that all went well.
pub(crate) fn succeeds(folder: &Path, args: &[&str]) -> String {
    let output = run(folder, args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A file of the project.
pub(crate) fn project(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path)
}

/// A file beside the project; `None`, with a word, where there is none.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let file = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared")).join(path);
    if !file.exists() {
        println!("skipped: there is no ../shared/{path} here");
        return None;
    }
    Some(file)
}
