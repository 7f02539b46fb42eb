//! Epochs and time of a network's training, beyond its card.

use std::path::Path;

use anyhow::Result;
use model_core::{Architecture, ModelCard};

use super::{DeviceTime, Networks};
use crate::{
    study,
    train::{EpochMetrics, METRICS, read_metrics},
    weights::Weights,
};

/// Every epoch of the training that made the weights of `card`: of its run in the folder `runs` or in its `study`, else
/// as the `earlier` results have them of the same weights. Empty if all of these are of another training, or absent.
pub(super) fn epochs(card: &ModelCard, runs: &Path, earlier: Option<&Networks>) -> Result<Vec<EpochMetrics>> {
    for run in [runs.join(card.architecture.id()), runs.join("study").join(card.architecture.id())] {
        let is_same = || Weights::of_run(&run).is_ok_and(|weights| weights.card.training == card.training);
        if run.is_dir() && is_same() {
            return read_metrics(&run.join(METRICS));
        }
    }
    let is_same = |figures: &&super::NetworkFigures| figures.sha256 == card.sha256;
    let earlier = earlier.and_then(|networks| networks.networks.iter().find(is_same));
    Ok(earlier.map(|figures| figures.epochs.clone()).unwrap_or_default())
}

/// The study's epochs of the training that made the weights of `card`; empty if it is of another training, or absent.
pub(super) fn epochs_of_study(card: &ModelCard, study: &Path) -> Result<Vec<EpochMetrics>> {
    if !study.is_file() || !Architecture::STUDY.contains(&card.architecture) {
        return Ok(vec![]);
    }
    let study = study::read(study)?;
    let results = study.results_of(card.architecture, &card.training);
    Ok(results.map(|results| results.epochs.clone()).unwrap_or_default())
}

/// Time of training on each device, in the order in which they were used.
pub(super) fn times(epochs: &[EpochMetrics]) -> Vec<DeviceTime> {
    let mut times: Vec<DeviceTime> = vec![];
    for epoch in epochs {
        let device = epoch.device.as_deref().unwrap_or("not noted");
        let i = times.iter().position(|time| time.device == device).unwrap_or_else(|| {
            times.push(DeviceTime { device: device.into(), n_epochs: 0, secs: 0.0 });
            times.len() - 1
        });
        times[i].n_epochs += 1;
        times[i].secs += epoch.secs;
    }
    times
}
