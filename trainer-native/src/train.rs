//! The training loop, by a recipe; resumable to the step.

mod batch;
mod checkpoint;
mod ema;
mod folder;
mod kernels;
mod lock;
mod metrics_log;
mod objective;
mod parallel;
mod prefetcher;
mod progress;
mod recipe;
mod trainer;

use std::{
    any::Any,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use anyhow::{Context, Result, bail};
use indicatif::MultiProgress;
use model_core::{Architecture, ConvMethod, Device, INPUT_SIDE, Network, TrainOn};
use serde::{Deserialize, Serialize};

pub use checkpoint::Position;
pub(crate) use folder::remove_files;
pub use folder::{CONFIG, best_file, clear, last_network, position, read_config};
pub use kernels::{AskedMethod, PlannedRun, begun_method};
pub use metrics_log::{EpochMetrics, METRICS, chosen, curve, read as read_metrics};
pub use recipe::{Distillation, Optimizer, Recipe, RecipeFile, RunDefaults, Schedule, SmallCrops};

use crate::{
    data::{Fer2013, Split, hold_out},
    device::{NamedDevice, names},
};
use checkpoint::Checkpoint;
use folder::keep_config;
use lock::Lock;
use metrics_log::MetricsLog;
use parallel::Replica;
use progress::Progress;
use trainer::Trainer;

/// The configuration of a run. Kept as `run.json` in the run's folder; a resumed run must have the same, but for
/// `epochs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainConfig {
    /// The network.
    pub network: Architecture,
    /// Passes over the training pictures. 100 in the study.
    pub epochs: usize,
    /// Pictures a step. The study does not say; 64 here.
    pub batch_size: usize,
    /// The highest learning rate. 1e-3 in the study.
    pub learning_rate: f64,
    /// All other settings.
    #[serde(default = "Recipe::study", skip_serializing_if = "Recipe::is_study")]
    pub recipe: Recipe,
    /// SHA-256 of the weights of each teacher.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teachers: Vec<String>,
    /// SHA-256 of the weights that training began with; `None` if they were drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun_from: Option<String>,
    /// Parts of each batch that are normalised on their own and may be done on devices of their own.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub shards: usize,
    /// How convolutions are computed; see [`PlannedRun::conv_method`].
    #[serde(default, skip_serializing_if = "is_default")]
    pub method: ConvMethod,
    /// Seed of the first weights, the held-out pictures and the order of pictures.
    pub seed: u64,
    /// The pictures that are trained on.
    #[serde(default)]
    pub train_on: TrainOn,
    /// Number of training pictures.
    pub n_train: usize,
    /// [`Split::sha256`] of the training pictures: a run cannot go on with other data.
    pub data_sha256: String,
}

impl TrainConfig {
    /// A run of `network` by `recipe` on all of `training`: from random weights, without teachers, on one device, by the
    /// CPU's own kernels.
    pub fn new(network: Architecture, RecipeFile { run, recipe }: RecipeFile, training: &Split) -> Self {
        let RunDefaults { epochs, batch_size, learning_rate } = run;
        Self {
            network,
            epochs,
            batch_size,
            learning_rate,
            recipe,
            teachers: vec![],
            begun_from: None,
            shards: 1,
            method: ConvMethod::default(),
            seed: 1,
            train_on: TrainOn::Training,
            n_train: training.len(),
            data_sha256: training.sha256(),
        }
    }
}

fn one() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_one(n: &usize) -> bool {
    *n == 1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_default(method: &ConvMethod) -> bool {
    *method == ConvMethod::default()
}

/// The pictures to train on and to choose on; `seed` says which pictures of Training are held out.
pub fn pictures(train_on: TrainOn, data: &Fer2013, seed: u64) -> (Split, Split) {
    match train_on {
        TrainOn::Training => hold_out(&data.training, seed),
        TrainOn::All => (data.all(), Split::default()),
    }
}

/// The networks that a run is given.
#[derive(Clone, Debug, Default)]
pub struct Initialisation {
    /// The networks from whose mean the recipe's distillation learns at each step, loaded on the first device of the run;
    /// each other device takes a copy.
    pub teachers: Vec<Network>,
    /// The weights that a new run begins with, in the form that is trained; `None` to draw them.
    pub first: Option<Network>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Its position now.
    pub position: Position,
    /// Whether all epochs are done; `false` after an interruption.
    pub complete: bool,
}

/// The caller's progress bars, and its way to interrupt training.
#[derive(Clone, Copy)]
pub struct TrainObserver<'a> {
    /// The bars that progress is drawn with.
    pub bars: &'a MultiProgress,
    /// Is called before each step; `true` saves and stops.
    pub interrupted: &'a dyn Fn() -> bool,
}

/// Train in `run`, from its newest checkpoint if it has one, until all epochs are done or [`TrainObserver::interrupted`] says
/// so.
///
/// Writes `run.json`, `metrics.jsonl`, the newest checkpoint, and `best-EEEE.bpk` (half precision) of the [`chosen`]
/// epoch. With the same number of shards, losses depend neither on interruptions nor on how many devices of one kind
/// there are; on the CPU they are the same to the last bit. While it trains, nobody else can train in the same folder.
///
/// # Panics
/// If `devices` is empty.
pub fn train(
    config: &TrainConfig,
    [training, held_out]: [&Split; 2],
    initialisation: &Initialisation,
    run: &Path,
    devices: &[NamedDevice],
    observer: &TrainObserver<'_>,
) -> Result<Outcome> {
    let needs_held_out = config.train_on == TrainOn::Training;
    if training.is_empty() || needs_held_out && held_out.is_empty() {
        bail!("expected pictures to train on and to hold out, got {} and {}", training.len(), held_out.len());
    }
    check_recipe(config, &initialisation.teachers)?;
    fs::create_dir_all(run).with_context(|| format!("cannot make {}", run.display()))?;
    let _lock = Lock::take(run)?;
    keep_config(config, run)?;
    let device_name = names(devices);
    let replicas =
        devices.iter().map(|NamedDevice { device, .. }| Replica::new(device, &initialisation.teachers, config.method));
    let replicas: Vec<Replica> = replicas.collect();
    let checkpoint =
        Checkpoint::start(config, initialisation.first.as_ref(), run, &replicas[0].device.clone().autodiff())?;
    let mut metrics_log = MetricsLog::open(run, checkpoint.position.epoch)?;
    let n_steps = training.len().div_ceil(config.batch_size);
    let progress =
        Progress::new(observer.bars, config, n_steps, checkpoint.position.epoch * n_steps + checkpoint.position.step);
    let (replicas, device_name) = (&replicas[..], &device_name[..]);
    let unread = vec![];
    let mut trainer = Trainer { config, training, n_steps, run, replicas, device_name, checkpoint, unread, progress };
    let not_kept = || {
        let run = run.display();
        format!("what {run} has of this run is whole, and the same command goes on from there once this is mended")
    };
    let is_gpu = devices.iter().any(|named| named.device != Device::flex());
    let gpu = is_gpu.then_some(device_name);
    while trainer.checkpoint.position.epoch < config.epochs {
        let epoch = trainer.checkpoint.position.epoch + 1;
        let is_whole = without_device_faults(gpu, run, epoch, || {
            if !trainer.epoch(observer.interrupted)? {
                trainer.progress.finish();
                trainer.checkpoint.save(run).with_context(not_kept)?;
                return Ok(false);
            }
            let (metrics, network) = trainer.measure(held_out)?;
            trainer.keep(&metrics, &network, &mut metrics_log).with_context(not_kept)?;
            Ok(true)
        })?;
        if !is_whole {
            return Ok(Outcome { position: trainer.checkpoint.position, complete: false });
        }
    }
    trainer.progress.finish();
    Ok(Outcome { position: trainer.checkpoint.position, complete: true })
}

/// `work`, where a panic on a GPU, whose name is `gpu`, is an error that says how to go on: a driver that fails, or memory
/// that is short, reaches Burn's caller as a panic. On the CPU a panic is a fault of the program, and stays one.
fn without_device_faults<T>(
    gpu: Option<&str>,
    run: &Path,
    epoch: usize,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let Some(gpu) = gpu else { return work() };
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let (run, why) = (run.display(), panic_text(panic.as_ref()));
        bail!(
            "{gpu} failed in epoch {epoch}: {why}. What {run} has of this run is whole, and the same command goes on \
             from there; where the device's memory is short, begin anew with a smaller --batch-size"
        )
    })
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it gave no reason")
}

/// Whether the network can be trained by the recipe, and the teachers can see what it sees.
fn check_recipe(TrainConfig { network, recipe, .. }: &TrainConfig, teachers: &[Network]) -> Result<()> {
    if !teachers.is_empty() && recipe.distillation.is_none() {
        bail!("expected a recipe that says how to learn from teachers (recipe.distillation), got one without");
    }
    let reads_whole_maps = |network: &Architecture| network.table().output().side > 1;
    if recipe.dropout > 0.0 && reads_whole_maps(network) {
        bail!("expected a recipe without dropout for the network {network}, whose heads read whole maps");
    }
    let sides = recipe.small_crops.map(|small| small.side).into_iter().chain([recipe.augmentation.crop_side]);
    let networks = teachers.iter().map(Network::architecture).chain([*network]);
    if let (Some(side), Some(network)) =
        (sides.into_iter().find(|side| *side != INPUT_SIDE), networks.into_iter().find(reads_whole_maps))
    {
        bail!(
            "expected crops of {INPUT_SIDE} pixels for the network {network}, whose heads read whole maps, got {side}"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_fails_is_an_error_that_says_how_to_go_on() {
        let failing = || -> Result<bool> { panic!("device lost: {}", 7) };
        let error = without_device_faults(Some("Vulkan"), Path::new("runs/x"), 3, failing).unwrap_err().to_string();
        assert!(error.starts_with("Vulkan failed in epoch 3: device lost: 7."), "{error}");
        assert!(error.contains("runs/x") && error.contains("goes on from there") && error.contains("--batch-size"));
        let refused = without_device_faults(Some("Vulkan"), Path::new("x"), 3, || -> Result<bool> { bail!("full") });
        assert_eq!(refused.unwrap_err().to_string(), "full");
    }

    #[test]
    fn teachers_must_be_able_to_see_what_the_network_sees() {
        let config = |network| TrainConfig::new(network, RecipeFile::of(network), &Split::default());
        let teacher = |network| [Network::seeded(network, 1, &Device::flex())];
        check_recipe(&config(Architecture::Ferrum), &teacher(Architecture::Ferrum)).unwrap();
        let error = check_recipe(&config(Architecture::Ferrum), &teacher(Architecture::Small)).unwrap_err().to_string();
        assert!(error.starts_with("expected crops of 48 pixels for the network small"), "{error}");
        let error = check_recipe(&config(Architecture::Small), &teacher(Architecture::Small)).unwrap_err().to_string();
        assert!(error.contains("recipe.distillation"), "{error}");
    }

    #[test]
    #[should_panic(expected = "a fault of ours")]
    fn on_the_cpu_a_panic_stays_one() {
        let _ = without_device_faults(None, Path::new("x"), 1, || -> Result<bool> { panic!("a fault of ours") });
    }
}
