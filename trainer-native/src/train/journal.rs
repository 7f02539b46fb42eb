//! `metrics.jsonl`: one line of JSON an epoch.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// What one epoch brought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochMetrics {
    /// From 1.
    pub epoch: usize,
    /// Mean cross-entropy over the epoch's steps, nats.
    pub train_loss: f64,
    /// Cross-entropy on the held-out part of Training, nats.
    pub val_loss: f64,
    /// Accuracy on the held-out part of Training.
    pub val_accuracy: f64,
    /// Seconds that the training steps took.
    pub secs: f64,
    /// Pictures trained on per second.
    pub images_per_sec: f64,
}

/// Its name in a run's folder.
pub const JOURNAL: &str = "metrics.jsonl";

/// The file of a run.
pub(super) struct Journal {
    path: PathBuf,
}

impl Journal {
    /// The journal of `run`, with the lines after epoch `last` dropped: the run will write them again.
    pub(super) fn open(run: &Path, last: usize) -> Result<Self> {
        let journal = Self { path: run.join(JOURNAL) };
        let lines: Vec<EpochMetrics> = read(&journal.path)?.into_iter().filter(|line| line.epoch <= last).collect();
        let text = lines.iter().map(|line| Ok(serde_json::to_string(line)? + "\n")).collect::<Result<String>>()?;
        fs::write(&journal.path, text).with_context(|| format!("cannot write {}", journal.path.display()))?;
        Ok(journal)
    }

    /// Append an epoch.
    pub(super) fn append(&self, metrics: &EpochMetrics) -> Result<()> {
        let line = serde_json::to_string(metrics)? + "\n";
        let file = fs::OpenOptions::new().append(true).open(&self.path);
        let written = file.and_then(|mut file| file.write_all(line.as_bytes()));
        written.with_context(|| format!("cannot write {}", self.path.display()))
    }
}

/// The epochs in `path`; a last line that a kill cut short does not count. No file, no epochs.
pub fn read(path: &Path) -> Result<Vec<EpochMetrics>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let n_whole = text.matches('\n').count();
    let line = |(i, line)| {
        serde_json::from_str(line).with_context(|| format!("{}, line {}: expected an epoch", path.display(), i + 1))
    };
    text.lines().take(n_whole).enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics(epoch: usize) -> EpochMetrics {
        EpochMetrics { epoch, train_loss: 1.5, val_loss: 1.75, val_accuracy: 0.5, secs: 2.0, images_per_sec: 100.0 }
    }

    #[test]
    fn a_resumed_journal_forgets_what_will_be_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path(), 0).unwrap();
        for epoch in 1..=3 {
            journal.append(&metrics(epoch)).unwrap();
        }
        let path = folder.path().join("metrics.jsonl");
        fs::write(&path, fs::read_to_string(&path).unwrap() + "{\"epoch\":4,\"trai").unwrap();
        Journal::open(folder.path(), 2).unwrap().append(&metrics(3)).unwrap();
        let epochs: Vec<_> = read(&path).unwrap().iter().map(|line| line.epoch).collect();
        assert_eq!(epochs, [1, 2, 3]);
    }

    #[test]
    fn a_line_that_is_no_epoch_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        fs::write(&path, "{}\n").unwrap();
        assert!(format!("{:#}", read(&path).unwrap_err()).contains("line 1"));
    }
}
