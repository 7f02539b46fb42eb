//! The state by which a run goes on exactly where it was, kept through a kill at any moment.
//!
//! A checkpoint is a folder `checkpoint-EEEE-SSSSSS` (epochs done, steps done in the next one) that is written under
//! another name and then renamed, so that one that has the name is whole. The greatest name is the newest.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use burn::{module::Module, optim::ModuleOptimizer, store::ModuleRecord, tensor::Device};
use model_core::Network;
use serde::{Deserialize, Serialize};

use super::{TrainConfig, folder::how_to_begin_anew};

/// Position of a run in its epochs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Whole epochs done.
    pub epoch: usize,
    /// Steps done in the epoch after those.
    pub step: usize,
    /// Sum of the losses of those steps.
    pub loss_sum: f64,
    /// Seconds that those steps took.
    pub secs: f64,
}

/// A run's network, optimiser and position.
#[derive(Clone)]
pub(super) struct Checkpoint {
    /// Weights, trainable.
    pub(super) network: Network,
    /// The moving average of them, if the recipe has one.
    pub(super) average: Option<Network>,
    /// The optimiser with its moments.
    pub(super) optimizer: ModuleOptimizer,
    /// Position of the run.
    pub(super) position: Position,
}

const PREFIX: &str = "checkpoint-";
const UNFINISHED: &str = "unfinished";

impl Checkpoint {
    /// The newest one of `run`, else one with a new network: `first`, or one that is drawn.
    pub(super) fn start(config: &TrainConfig, first: Option<&Network>, run: &Path, device: &Device) -> Result<Self> {
        let drawn = Network::seeded(config.network, config.seed, device).with_method(config.method);
        let network = match first {
            Some(first) => drawn.try_load_record(first.clone().into_record()).context("the weights to begin with")?,
            None => drawn,
        };
        let average = config.recipe.average.map(|_| network.valid());
        let optimizer = config.recipe.optimizer.build();
        let new = Self { network, average, optimizer, position: Position::default() };
        Self::load(run, new.clone()).map(|loaded| loaded.unwrap_or(new))
    }

    /// The network that is measured and kept: the average if there is one. It computes in single precision, as `evaluate`
    /// will.
    pub(super) fn to_measure(&self) -> Network {
        self.average.clone().unwrap_or_else(|| self.network.valid()).in_single_precision()
    }

    /// Write it into `run`, then remove older ones. Does nothing if the newest one is of this position.
    pub(super) fn save(&self, run: &Path) -> Result<()> {
        let name = format!("{PREFIX}{:04}-{:06}", self.position.epoch, self.position.step);
        let (unfinished, folder) = (run.join(UNFINISHED), run.join(&name));
        if folder.exists() {
            return Ok(());
        }
        remove_folder(&unfinished)?;
        if let Err(error) = self.write(&unfinished) {
            // The part that was written takes the space that is missing.
            let _ = remove_folder(&unfinished);
            return Err(error);
        }
        fs::rename(&unfinished, &folder).with_context(|| format!("cannot write {}", folder.display()))?;
        for older in folders(run)?.into_iter().filter(|other| *other != folder) {
            remove_folder(&older)?;
        }
        Ok(())
    }

    fn write(&self, unfinished: &Path) -> Result<()> {
        fs::create_dir_all(unfinished).with_context(|| format!("cannot make {}", unfinished.display()))?;
        // A record of a network in training lacks the last update of the running means; `valid` brings it in.
        self.network.valid().into_record().save(unfinished.join("network.bpk"))?;
        if let Some(average) = &self.average {
            average.clone().into_record().save(unfinished.join("average.bpk"))?;
        }
        self.optimizer.save(unfinished.join("optimizer.bpk"))?;
        let position = unfinished.join("position.json");
        fs::write(&position, serde_json::to_vec_pretty(&self.position)?)
            .with_context(|| format!("cannot write {}", position.display()))
    }

    /// Where the newest checkpoint of `run` is; `None` if there is none.
    pub(super) fn position(run: &Path) -> Result<Option<Position>> {
        let Some(folder) = folders(run)?.pop() else { return Ok(None) };
        let path = folder.join("position.json");
        let json = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let position = serde_json::from_slice(&json);
        position.map(Some).with_context(|| format!("{}: expected the position of a run", path.display()))
    }

    /// The newest checkpoint of `run`, its parts loaded into those of `new`; `None` if there is none.
    pub(super) fn load(run: &Path, new: Self) -> Result<Option<Self>> {
        let Some(folder) = folders(run)?.pop() else { return Ok(None) };
        let load = || -> Result<Self> {
            let record = |name: &str| ModuleRecord::load(folder.join(name));
            let average =
                new.average.map(|average| Ok::<_, anyhow::Error>(average.try_load_record(record("average.bpk")?)?));
            Ok(Self {
                network: new.network.try_load_record(record("network.bpk")?)?,
                average: average.transpose()?,
                optimizer: new.optimizer.load(folder.join("optimizer.bpk"))?,
                position: serde_json::from_slice(&fs::read(folder.join("position.json"))?)?,
            })
        };
        let hint = || format!("the checkpoint {} cannot be read; {}", folder.display(), how_to_begin_anew(run));
        load().map(Some).with_context(hint)
    }
}

/// Remove every checkpoint of `run`.
pub(super) fn clear(run: &Path) -> Result<()> {
    remove_folder(&run.join(UNFINISHED))?;
    folders(run)?.iter().try_for_each(|folder| remove_folder(folder))
}

/// Checkpoints of `run`, the newest last.
fn folders(run: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(run) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", run.display())),
    };
    let mut folders = vec![];
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            folders.push(entry.path());
        }
    }
    folders.sort();
    Ok(folders)
}

fn remove_folder(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_back_to_the_last_bit() {
        for n in 1..3_000 {
            let position =
                Position { epoch: n, step: n, loss_sum: f64::from(n as u32) / 2_873.0, secs: 1.0 / n as f64 };
            let json = serde_json::to_vec(&position).unwrap();
            assert_eq!(serde_json::from_slice::<Position>(&json).unwrap(), position);
        }
    }
}
