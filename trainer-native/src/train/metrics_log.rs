//! `metrics.jsonl`: one line of JSON an epoch.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use report::{Curve, Epoch};
use serde::{Deserialize, Serialize};

use native::write_file;

/// Figures of one epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochMetrics {
    /// Number of the epoch, from 1.
    pub epoch: usize,
    /// Mean cross-entropy over the epoch's steps, nats.
    pub train_loss: f64,
    /// Cross-entropy on the held-out part of Training, nats; `None` if nothing was held out.
    pub val_loss: Option<f64>,
    /// Accuracy on the held-out part of Training; `None` if nothing was held out.
    pub val_accuracy: Option<f64>,
    /// Seconds that the training steps took.
    pub secs: f64,
    /// Pictures trained on per second.
    pub images_per_sec: f64,
    /// The device of its last step, such as `CPU`. `None` in older logs.
    #[serde(default)]
    pub device: Option<String>,
}

impl EpochMetrics {
    /// If nothing was held out, the later epoch is better.
    fn is_better_than(&self, other: &Self) -> bool {
        let quality = |epoch: &Self| Some((epoch.val_accuracy?, -epoch.val_loss?));
        match (quality(self), quality(other)) {
            (Some(this), Some(other)) => this > other,
            _ => self.epoch > other.epoch,
        }
    }
}

/// Its name in a run's folder.
pub const METRICS: &str = "metrics.jsonl";

/// The file of a run, and what is in it.
pub(super) struct MetricsLog {
    path: PathBuf,
    epochs: Vec<EpochMetrics>,
}

impl MetricsLog {
    /// The log of `run`, with the lines after epoch `last` dropped: the run will write them again. Refused if an
    /// epoch up to `last` is missing.
    pub(super) fn open(run: &Path, last: usize) -> Result<Self> {
        let path = run.join(METRICS);
        let epochs: Vec<EpochMetrics> = read(&path)?.into_iter().filter(|line| line.epoch <= last).collect();
        if !epochs.iter().map(|line| line.epoch).eq(1..=last) {
            let found: Vec<_> = epochs.iter().map(|line| line.epoch).collect();
            bail!("{}: expected the epochs 1 to {last}, which the checkpoint has, got {found:?}", path.display());
        }
        let text = epochs.iter().map(|line| Ok(serde_json::to_string(line)? + "\n")).collect::<Result<String>>()?;
        write_file(&path, text.as_bytes())?;
        Ok(Self { path, epochs })
    }

    /// Append the epoch after the last one.
    pub(super) fn append(&mut self, metrics: EpochMetrics) -> Result<()> {
        let next = self.epochs.len() + 1;
        if metrics.epoch != next {
            bail!("{}: expected epoch {next}, got epoch {}", self.path.display(), metrics.epoch);
        }
        let line = serde_json::to_string(&metrics)? + "\n";
        let file = fs::OpenOptions::new().append(true).open(&self.path);
        let written = file.and_then(|mut file| file.write_all(line.as_bytes()));
        written.with_context(|| format!("cannot write {}", self.path.display()))?;
        self.epochs.push(metrics);
        Ok(())
    }

    /// Whether `epoch` would be the chosen one.
    pub(super) fn would_choose(&self, epoch: &EpochMetrics) -> bool {
        chosen(&self.epochs).is_none_or(|best| epoch.is_better_than(best))
    }
}

/// The epoch whose weights are kept: the greatest held-out accuracy, then the least held-out loss, then the first. The
/// last one if nothing was held out.
pub fn chosen(epochs: &[EpochMetrics]) -> Option<&EpochMetrics> {
    epochs.iter().reduce(|best, epoch| if epoch.is_better_than(best) { epoch } else { best })
}

/// `epochs`, to be drawn. `goes_on` says whether the first one began with the weights of an earlier training.
pub fn curve(epochs: &[EpochMetrics], chosen_epoch: usize, goes_on: bool) -> Curve {
    let epoch = |metrics: &EpochMetrics| {
        let EpochMetrics { epoch, train_loss, val_loss, val_accuracy, .. } = *metrics;
        Epoch { epoch, train_loss, val_loss, val_accuracy }
    };
    Curve { epochs: epochs.iter().map(epoch).collect(), chosen_epoch, goes_on }
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
        EpochMetrics {
            epoch,
            train_loss: 1.5,
            val_loss: Some(1.75),
            val_accuracy: Some(0.5),
            secs: 2.0,
            images_per_sec: 100.0,
            device: None,
        }
    }

    #[test]
    fn a_resumed_log_forgets_what_will_be_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut metrics_log = MetricsLog::open(folder.path(), 0).unwrap();
        for epoch in 1..=3 {
            metrics_log.append(metrics(epoch)).unwrap();
        }
        let path = folder.path().join("metrics.jsonl");
        fs::write(&path, fs::read_to_string(&path).unwrap() + "{\"epoch\":4,\"trai").unwrap();
        MetricsLog::open(folder.path(), 2).unwrap().append(metrics(3)).unwrap();
        let epochs: Vec<_> = read(&path).unwrap().iter().map(|line| line.epoch).collect();
        assert_eq!(epochs, [1, 2, 3]);
    }

    #[test]
    fn the_chosen_epoch_is_the_most_accurate_then_the_surest_then_the_first() {
        let epochs = [(0.4, 1.2), (0.5, 1.4), (0.5, 1.3), (0.5, 1.3), (0.45, 1.1)].map(|(a, b)| (Some(a), Some(b)));
        let epochs: Vec<_> = (1..)
            .zip(epochs)
            .map(|(i, (val_accuracy, val_loss))| EpochMetrics { val_loss, val_accuracy, ..metrics(i) })
            .collect();
        assert_eq!(chosen(&epochs).map(|epoch| epoch.epoch), Some(3));
        assert_eq!(chosen(&epochs[..1]).map(|epoch| epoch.epoch), Some(1));
        assert!(chosen(&[]).is_none());
        let nothing_held_out = [1, 2].map(|i| EpochMetrics { val_loss: None, val_accuracy: None, ..metrics(i) });
        assert_eq!(chosen(&nothing_held_out).map(|epoch| epoch.epoch), Some(2));
    }

    #[test]
    fn a_gap_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut metrics_log = MetricsLog::open(folder.path(), 0).unwrap();
        metrics_log.append(metrics(1)).unwrap();
        for epoch in [1, 3] {
            let error = metrics_log.append(metrics(epoch)).unwrap_err().to_string();
            assert!(error.ends_with(&format!("expected epoch 2, got epoch {epoch}")), "{error}");
        }
        let error = MetricsLog::open(folder.path(), 2).err().unwrap().to_string();
        assert!(error.contains("expected the epochs 1 to 2") && error.ends_with("got [1]"), "{error}");
    }

    #[test]
    fn epochs_that_do_not_say_their_device_are_read() {
        let json = serde_json::to_string(&metrics(1)).unwrap();
        let older = json.replace(",\"device\":null", "");
        assert_ne!(older, json);
        assert_eq!(serde_json::from_str::<EpochMetrics>(&older).unwrap(), metrics(1));
    }

    #[test]
    fn a_line_that_is_no_epoch_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        fs::write(&path, "{}\n").unwrap();
        assert!(format!("{:#}", read(&path).unwrap_err()).contains("line 1"));
    }
}
