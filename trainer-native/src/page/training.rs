//! Losses and accuracy over the epochs of a run.

use anyhow::Result;
use maud::PreEscaped;

use super::plots::lines_over_epochs;
use crate::train::EpochMetrics;

/// Losses over epochs, with the epoch of least held-out loss marked.
pub(crate) fn losses(epochs: &[EpochMetrics]) -> Result<PreEscaped<String>> {
    let most = epochs.iter().flat_map(|epoch| [epoch.train_loss, epoch.val_loss.unwrap_or(0.0)]).fold(0.1, f64::max);
    let train = epochs.iter().map(|epoch| (epoch.epoch as f64, epoch.train_loss)).collect();
    let val = epochs.iter().filter_map(|epoch| Some((epoch.epoch as f64, epoch.val_loss?))).collect();
    let marked = least_val_loss(epochs).and_then(|epoch| Some((epoch.epoch as f64, epoch.val_loss?)));
    let marked = marked.map(|at| (at, format!("least held-out loss: epoch {}", at.0)));
    // Room for the legend: held-out loss ends high on the right.
    lines_over_epochs("loss, nats", most * 1.35, &[("training", train), ("held-out", val)], marked)
}

/// Held-out accuracy over epochs, with the chosen epoch marked.
pub(crate) fn accuracy(epochs: &[EpochMetrics], chosen_epoch: usize) -> Result<PreEscaped<String>> {
    let point = |epoch: &EpochMetrics| Some((epoch.epoch as f64, epoch.val_accuracy?));
    let points: Vec<_> = epochs.iter().filter_map(point).collect();
    let most = points.iter().map(|point| point.1).fold(0.1, f64::max);
    let marked = points.iter().copied().find(|point| point.0 as usize == chosen_epoch);
    let marked = marked.map(|at| (at, format!("chosen: epoch {}", at.0)));
    lines_over_epochs("held-out accuracy", (most * 1.15).min(1.0), &[("held-out", points)], marked)
}

/// The epoch with the least loss on held-out pictures; `None` of no epochs.
pub(crate) fn least_val_loss(epochs: &[EpochMetrics]) -> Option<&EpochMetrics> {
    let loss = |epoch: &EpochMetrics| epoch.val_loss.unwrap_or(f64::INFINITY);
    epochs.iter().min_by(|a, b| loss(a).total_cmp(&loss(b)))
}
