//! The files that a run keeps in its folder beside its checkpoints.

use std::{collections::BTreeSet, fs, io::ErrorKind, path::Path};

use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use model_core::{ConvMethod, Network};
use native::{whole_name, write_file};
use serde_json::{Map, Value};

use super::{
    TrainConfig,
    checkpoint::{self, Checkpoint, Position},
    lock::Lock,
    metrics_log::METRICS,
};

/// Name of the file in a run's folder that has the weights of `epoch`, if that is the chosen one.
pub fn best_file(epoch: usize) -> String {
    format!("best-{epoch:04}.bpk")
}

pub(super) fn is_best_file(name: &str) -> bool {
    whole_name(name).starts_with("best-")
}

/// File of the run's configuration in its folder.
pub const CONFIG: &str = "run.json";

/// Note the configuration of a new run; refuse to go on with another one than the run was begun with.
pub(super) fn keep_config(config: &TrainConfig, run: &Path) -> Result<()> {
    let path = run.join(CONFIG);
    if path.exists() {
        let begun = read_config(run)?;
        if (TrainConfig { epochs: config.epochs, ..begun.clone() }) != *config {
            let (run_name, differences) = (run.display(), differences(&begun, config)?.join("; "));
            bail!("{run_name} was begun otherwise: {differences}; {}", how_to_begin_anew(run));
        }
        let Position { epoch, step, .. } = position(run)?;
        if (epoch, step) > (config.epochs, 0) {
            let (run, n) = (run.display(), config.epochs);
            bail!("{run} has {epoch} epochs and {step} steps behind it: expected at least as many epochs, got {n}");
        }
    }
    write_file(&path, &serde_json::to_vec_pretty(config)?)
}

/// Each setting that differs, as it stands in `run.json`, but for `epochs`.
fn differences(begun: &TrainConfig, now: &TrainConfig) -> Result<Vec<String>> {
    let [begun, now] = [serde_json::to_value(begun)?, serde_json::to_value(now)?];
    let names: BTreeSet<&String> =
        [&begun, &now].into_iter().filter_map(Value::as_object).flat_map(Map::keys).collect();
    let of = |config: &Value, name: &str| config.get(name).map_or_else(|| "the default".to_owned(), Value::to_string);
    let differing = names.into_iter().filter(|name| *name != "epochs" && begun.get(*name) != now.get(*name));
    Ok(differing.map(|name| format!("{name}: expected {}, got {}", of(&begun, name), of(&now, name))).collect())
}

pub(super) fn how_to_begin_anew(run: &Path) -> String {
    format!("to begin anew, delete the folder {} (`train --restart` clears it)", run.display())
}

/// Where the run in the folder `run` is; at its beginning if there is none.
pub fn position(run: &Path) -> Result<Position> {
    Ok(Checkpoint::position(run)?.unwrap_or_default())
}

/// The network of the last epoch, or step, of `run`, as it would be measured; `None` if nothing is saved yet.
pub fn last_network(run: &Path, device: &Device) -> Result<Option<Network>> {
    let config = read_config(run)?;
    if Checkpoint::position(run)?.is_none() {
        return Ok(None);
    }
    let network = config.recipe.rounded(&Checkpoint::start(&config, None, run, device)?.to_measure());
    Ok(Some(network.with_method(ConvMethod::default())))
}

/// The configuration of a run.
pub fn read_config(run: &Path) -> Result<TrainConfig> {
    let path = run.join(CONFIG);
    let json =
        fs::read(&path).with_context(|| format!("cannot read {}; is it the folder of a run?", path.display()))?;
    serde_json::from_slice(&json).with_context(|| format!("{}: expected the configuration of a run", path.display()))
}

/// Remove what a run wrote into its folder, and nothing else; its lock stays. Refused while somebody trains there.
pub fn clear(run: &Path) -> Result<()> {
    let _lock = if run.is_dir() { Some(Lock::take(run)?) } else { None };
    checkpoint::clear(run)?;
    remove_files(run, |name| is_best_file(name) || [CONFIG, METRICS].contains(&whole_name(name)))
}

/// Remove the files of the folder `folder` whose names `is_meant`. No folder, no files.
pub(crate) fn remove_files(folder: &Path, is_meant: impl Fn(&str) -> bool) -> Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", folder.display())),
    };
    for entry in entries {
        let path = entry.with_context(|| format!("cannot read {}", folder.display()))?.path();
        if path.file_name().and_then(|name| name.to_str()).is_some_and(&is_meant) {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}
