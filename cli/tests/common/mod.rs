//! The program, and weights that the tests make themselves.
#![allow(dead_code, reason = "each test file uses its part")]

mod program;

use std::path::Path;

use model_core::{Architecture, ModelCard, Training};
#[allow(unused_imports, reason = "each test file uses its part")]
pub(crate) use program::{fails, on_shared, project, run, run_all, succeeds};

const PROGRAM: &str = env!("CARGO_BIN_EXE_ferrum");

/// Weights that nobody trained, with their card, as `{folder}/{architecture}.bpk` and `.json`.
pub(crate) fn write_weights(folder: &Path, architecture: Architecture) -> ModelCard {
    program::write_weights_of(folder, architecture, Training::default())
}
