//! Small data and weights that the tests make themselves.
#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod page;
#[path = "../../../cli/tests/common/program.rs"]
mod program;

use std::{fmt::Write, path::Path};

use model_core::{Architecture, Emotion, ModelCard, Training};
#[allow(unused_imports, reason = "each test file uses its part")]
pub(crate) use program::{fails, on_shared, project, run, run_all, succeeds};
use trainer_native::data::{FACE_LEN, Fer2013, SIDE, hold_out};

const PROGRAM: &str = env!("CARGO_BIN_EXE_trainer-native");

/// Data for training: every label, enough of each to hold one out, a test split with a copy of a training picture.
pub(crate) fn data() -> Fer2013 {
    let mut data = Fer2013::default();
    for i in 0..70 {
        data.training.push(&face(i), Emotion::ALL[i % Emotion::COUNT]);
    }
    for i in 69..83 {
        data.public_test.push(&face(i), Emotion::ALL[i % Emotion::COUNT]);
    }
    data
}

/// A picture unlike the others: a bright bar whose place is the label, and `i` in the first pixels.
pub(crate) fn face(i: usize) -> Vec<u8> {
    let row = |pixel: usize| pixel / SIDE / (SIDE / Emotion::COUNT);
    let mut face: Vec<u8> =
        (0..FACE_LEN).map(|pixel| if row(pixel) == i % Emotion::COUNT { 200 } else { 40 }).collect();
    face[0] = i as u8;
    face
}

/// `data` in the official form.
pub(crate) fn csv(data: &Fer2013) -> String {
    let mut csv = String::from("emotion,pixels,Usage\n");
    for (usage, split) in data.splits() {
        for (face, &label) in split.faces().zip(split.labels()) {
            let levels: Vec<_> = face.iter().map(u8::to_string).collect();
            writeln!(csv, "{},{},{usage}", label as usize, levels.join(" ")).expect("a string takes everything");
        }
    }
    csv
}

/// Weights that nobody trained but that claim to be of [`data`], with their card, as `{folder}/{architecture}.bpk` and
/// `.json`.
pub(crate) fn write_weights(folder: &Path, architecture: Architecture) -> ModelCard {
    let data_sha256 = hold_out(&data().training, 1).0.sha256();
    program::write_weights_of(folder, architecture, Training { seed: 1, data_sha256, ..Training::default() })
}
