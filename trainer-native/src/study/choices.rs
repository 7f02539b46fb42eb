//! Choices that were tried beside the study's runs, and what each brought.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use model_core::Architecture;
use serde::{Deserialize, Serialize};

/// A way to train a network, and how good it is on the pictures held out of Training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The network.
    pub network: Architecture,
    /// The choice, in words.
    pub choice: String,
    /// Accuracy of the chosen epoch.
    pub held_out_accuracy: f64,
    /// Macro-F1 of the chosen epoch, if it was measured.
    pub held_out_macro_f1: Option<f64>,
    /// Epochs trained.
    pub epochs: usize,
    /// The command that trains it again.
    pub command: String,
}

/// File of the choices in the folder of the runs: a list of [`Choice`].
pub const CHOICES: &str = "choices.json";

/// The choices of the folder `runs`; if it has none, those of an earlier report in the folder `out`.
pub fn choices(runs: &Path, out: &Path) -> Result<Vec<Choice>> {
    let (path, earlier) = (runs.join(CHOICES), out.join(super::RESULTS));
    if path.exists() {
        let json = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        return serde_json::from_slice(&json)
            .with_context(|| format!("{}: expected a list of choices", path.display()));
    }
    if earlier.exists() { Ok(super::read(&earlier)?.choices) } else { Ok(vec![]) }
}
