//! The program, and weights, folders and videos that the tests make themselves.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod program;

use std::{
    fs,
    path::{Path, PathBuf},
};

use image::imageops::FilterType;
use model_core::{Architecture, ModelCard, Training};
#[allow(unused_imports, reason = "each test file uses its part")]
pub(crate) use program::{fails, on_shared, project, run, run_all, succeeds};
use serde_json::Value;
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_ferrum");

/// Weights that nobody trained, with their card, as `{folder}/{architecture}.bpk` and `.json`.
pub(crate) fn write_weights(folder: &Path, architecture: Architecture) -> ModelCard {
    program::write_weights_of(folder, architecture, Training::default())
}

/// NASA's picture of an astronaut, from the page's samples.
pub(crate) const ASTRONAUT: &str = "www/samples/astronaut.png";

/// A folder with untrained weights of the small network.
pub(crate) fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_weights(&folder.path().join("www/models"), Architecture::Small);
    folder
}

pub(crate) fn read_json(path: &Path) -> Vec<Value> {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// A video of 160×160 pixels: four frames of the astronaut's face, then one of a single grey.
pub(crate) fn video(folder: &Path) -> PathBuf {
    let portrait = image::open(project(ASTRONAUT)).unwrap().crop_imm(112, 0, 240, 240).resize_exact(
        160,
        160,
        FilterType::Triangle,
    );
    let mut video = b"YUV4MPEG2 W160 H160 F10:1 Cmono\n".to_vec();
    let blank = vec![128; 160 * 160];
    let face = portrait.to_luma8().into_raw();
    for frame in [&face, &face, &face, &face, &blank] {
        video.extend([&b"FRAME\n"[..], frame].concat());
    }
    let path = folder.join("clip.y4m");
    fs::write(&path, video).unwrap();
    path
}
