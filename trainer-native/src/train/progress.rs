//! How far training is: a bar in a terminal, a line an epoch elsewhere.

use std::{
    io::{self, Write},
    time::Duration,
};

use indicatif::{FormattedDuration, MultiProgress, ProgressBar, ProgressStyle};

use super::{EpochMetrics, TrainConfig};

/// Shows the progress of one run.
pub(super) struct Progress {
    bar: ProgressBar,
    epochs: usize,
}

impl Progress {
    /// A bar over all steps of all epochs, `done` of them behind it, among `bars`.
    pub(super) fn new(bars: &MultiProgress, config: &TrainConfig, steps_per_epoch: usize, done: usize) -> Self {
        let bar = bars.add(ProgressBar::new((config.epochs * steps_per_epoch) as u64).with_position(done as u64));
        let style = ProgressStyle::with_template("{prefix} {msg} {wide_bar} {percent:>3} %, {eta} left");
        bar.set_prefix(config.network.id());
        bar.set_style(style.expect("the template is well-formed"));
        bar.reset_eta();
        Self { bar, epochs: config.epochs }
    }

    /// One more step, in `epoch` (from 1), at this speed.
    pub(super) fn step(&self, epoch: usize, images_per_sec: f64) {
        self.bar.inc(1);
        self.bar.set_message(format!("epoch {epoch}/{}  {images_per_sec:.0} images/s", self.epochs));
    }

    /// An epoch is done.
    pub(super) fn epoch(&self, metrics: &EpochMetrics, is_best: bool) {
        let line = line(metrics, self.epochs, is_best);
        if self.bar.is_hidden() {
            let left = (self.epochs - metrics.epoch) as f64 * metrics.secs;
            let left = FormattedDuration(Duration::try_from_secs_f64(left).unwrap_or_default());
            // The reader of the output may end early, as `head` does; training goes on.
            let _ = writeln!(io::stdout(), "{}  {line}  {left} left", self.bar.prefix());
        } else {
            self.bar.println(line);
        }
    }

    /// Training stops here.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn line(metrics: &EpochMetrics, epochs: usize, is_best: bool) -> String {
    let EpochMetrics { epoch, train_loss, val_loss, val_accuracy, images_per_sec, .. } = metrics;
    let best = if is_best && val_loss.is_some() { "  best so far" } else { "" };
    let held_out = match (val_loss, val_accuracy) {
        (Some(loss), Some(accuracy)) => format!("  held-out loss {loss:.4}, accuracy {accuracy:.4}"),
        _ => String::new(),
    };
    format!("epoch {epoch:>3}/{epochs}  loss {train_loss:.4}{held_out}  {images_per_sec:.0} images/s{best}")
}
