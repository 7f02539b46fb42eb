//! The training loop, by a recipe; resumable to the step.

mod average;
mod batch;
mod checkpoint;
mod journal;
mod lock;
mod objective;
mod progress;
mod recipe;

use std::{convert::Infallible, fs, io::ErrorKind, path::Path, thread, time::Instant};

use anyhow::{Context, Result, bail};
use burn::{
    module::{Module, ParamGroup},
    nn::loss::CrossEntropyLossConfig,
    optim::{
        AdamConfig, GradientsParams, ModuleOptimizer, Sgd, SgdConfig, decay::WeightDecayConfig,
        momentum::MomentumConfig,
    },
    tensor::{Device, Int, Tensor, TensorData},
};
use indicatif::MultiProgress;
use model_core::{Architecture, Network, Normalisation, TrainOn, input};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

pub use checkpoint::Position;
pub use journal::{EpochMetrics, JOURNAL, chosen, read as read_metrics};
pub use recipe::{Distillation, Optimizer, Recipe, RecipeFile, RunDefaults, Schedule, SmallCrops};

use crate::{
    augment::Feeder,
    data::{Fer2013, Split, hold_out},
    device::NamedDevice,
};
use batch::{Batch, Kitchen};
use checkpoint::Checkpoint;
use journal::Journal;
use lock::Lock;
use progress::Progress;

/// What is trained, and how. Kept as `run.json` in the run's folder; a resumed run must have the same, but for
/// `epochs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainConfig {
    /// Which network.
    pub network: Architecture,
    /// Passes over the training pictures. 100 in the study.
    pub epochs: usize,
    /// Pictures a step. The study does not say; 64 here.
    pub batch_size: usize,
    /// The highest learning rate. 1e-3 in the study.
    pub learning_rate: f64,
    /// What else is done.
    #[serde(default = "Recipe::study", skip_serializing_if = "Recipe::is_study")]
    pub recipe: Recipe,
    /// SHA-256 of the weights of each teacher.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teachers: Vec<String>,
    /// SHA-256 of the weights that training began with; `None` if they were drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun_from: Option<String>,
    /// Seed of the first weights, the held-out pictures and the order of pictures.
    pub seed: u64,
    /// What is trained on.
    #[serde(default)]
    pub train_on: TrainOn,
    /// Number of training pictures.
    pub n_train: usize,
    /// [`Split::sha256`] of the training pictures: a run cannot go on with other data.
    pub data_sha256: String,
}

/// The pictures to train on and to choose on; `seed` says which pictures of Training are held out.
pub fn pictures(train_on: TrainOn, data: &Fer2013, seed: u64) -> (Split, Split) {
    match train_on {
        TrainOn::Training => hold_out(&data.training, seed),
        TrainOn::All => (data.all(), Split::default()),
    }
}

/// Networks that a run makes use of.
#[derive(Clone, Debug, Default)]
pub struct Others {
    /// Whose mean the recipe's distillation learns from, on the device of the run.
    pub teachers: Vec<Network>,
    /// The weights that a new run begins with, in the form that is trained; `None` to draw them.
    pub first: Option<Network>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Where it is now.
    pub position: Position,
    /// Whether all epochs are done; `false` after an interruption.
    pub complete: bool,
}

/// Faces a batch when only measuring.
pub const EVAL_BATCH: usize = 256;

/// Adam's ε as in the paper (Kingma & Ba 2015, algorithm 1) and PyTorch; Burn's default is 1e-5.
const ADAM_EPSILON: f32 = 1e-8;

/// What whoever asks for training sees of it, and how to end it.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Where its progress is drawn.
    pub bars: &'a MultiProgress,
    /// Asked before each step; `true` saves and stops.
    pub interrupted: &'a dyn Fn() -> bool,
}

/// Train in `run`, from its newest checkpoint if it has one, until all epochs are done or [`Watch::interrupted`] says
/// so.
///
/// Writes `run.json`, `metrics.jsonl`, the newest checkpoint, and `best-EEEE.bpk` (half precision) of the [`chosen`]
/// epoch. The losses are the same whether or not the run was interrupted, on the CPU to the last bit. While it trains,
/// nobody else can train in the same folder.
pub fn train(
    config: &TrainConfig,
    [training, held_out]: [&Split; 2],
    others: &Others,
    run: &Path,
    device: &NamedDevice,
    watch: &Watch<'_>,
) -> Result<Outcome> {
    let needs_held_out = config.train_on == TrainOn::Training;
    if training.is_empty() || needs_held_out && held_out.is_empty() {
        bail!("expected pictures to train on and to hold out, got {} and {}", training.len(), held_out.len());
    }
    if config.recipe.dropout > 0.0 && config.network.table().output().side > 1 {
        bail!("expected a recipe without dropout for the network {}, whose heads read whole maps", config.network);
    }
    fs::create_dir_all(run).with_context(|| format!("cannot make {}", run.display()))?;
    let _lock = Lock::take(run)?;
    keep_config(config, run)?;
    let NamedDevice { device, name: device_name } = device;
    let checkpoint = start(config, others.first.as_ref(), run, &device.clone().autodiff())?;
    let mut journal = Journal::open(run, checkpoint.position.epoch)?;
    let n_steps = training.len().div_ceil(config.batch_size);
    let progress =
        Progress::new(watch.bars, config, n_steps, checkpoint.position.epoch * n_steps + checkpoint.position.step);
    let teachers = &others.teachers;
    let mut trainer = Trainer { config, training, teachers, n_steps, run, device, device_name, checkpoint, progress };
    while trainer.checkpoint.position.epoch < config.epochs {
        if !trainer.epoch(watch.interrupted)? {
            trainer.progress.finish();
            trainer.checkpoint.save(run)?;
            return Ok(Outcome { position: trainer.checkpoint.position, complete: false });
        }
        trainer.close_epoch(held_out, &mut journal)?;
    }
    trainer.progress.finish();
    Ok(Outcome { position: trainer.checkpoint.position, complete: true })
}

/// Cross-entropy (nats) and predicted labels of every picture of `split`.
pub fn measure(network: &Network, normalisation: Normalisation, split: &Split, device: &Device) -> Result<Measured> {
    let loss = CrossEntropyLossConfig::new().init(device);
    let mut measured = Measured { loss: 0.0, predicted: Vec::with_capacity(split.len()) };
    let indices: Vec<usize> = (0..split.len()).collect();
    for batch in indices.chunks(EVAL_BATCH) {
        let (faces, labels) = tensors(split, batch, normalisation, device);
        let logits = network.forward(faces); // [batch, 7]
        let batch_loss = loss.forward(logits.clone(), labels).into_scalar::<f32>();
        measured.loss += f64::from(batch_loss) * batch.len() as f64 / split.len() as f64;
        let predicted = logits.argmax(1).into_data().convert::<i64>();
        let predicted = predicted.as_slice::<i64>().map_err(|error| anyhow::anyhow!("{error:?}"))?;
        measured.predicted.extend(predicted.iter().map(|&label| label as usize));
    }
    Ok(measured)
}

/// What a network says of a split.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Mean cross-entropy, nats.
    pub loss: f64,
    /// Index of the most probable label of each picture.
    pub predicted: Vec<usize>,
}

struct Trainer<'a> {
    config: &'a TrainConfig,
    training: &'a Split,
    teachers: &'a [Network],
    /// Of an epoch.
    n_steps: usize,
    run: &'a Path,
    device: &'a Device,
    device_name: &'a str,
    checkpoint: Checkpoint,
    progress: Progress,
}

impl Trainer<'_> {
    /// The rest of the current epoch; `false` if interrupted. While a step is done, the next batches are made.
    fn epoch(&mut self, interrupted: &dyn Fn() -> bool) -> Result<bool> {
        let Self { config, training: pictures, .. } = *self;
        let TrainConfig { recipe, seed, epochs: n_epochs, batch_size, .. } = config;
        let (epoch, done) = (self.checkpoint.position.epoch, self.checkpoint.position.step);
        let order = order(pictures.len(), *seed, epoch);
        let n_features = config.network.table().output().channels;
        let kitchen = Kitchen { recipe, pictures, seed: *seed, epoch, n_epochs: *n_epochs, n_features };
        let steps = order.chunks(*batch_size).enumerate().skip(done);
        thread::scope(|scope| {
            let make = move |(step, indices): (usize, &[usize])| Ok::<_, Infallible>(kitchen.batch(step, indices));
            let batches = Feeder::start(scope, steps, make).context("cannot start a thread")?;
            let mut start = Instant::now();
            for batch in batches {
                if interrupted() {
                    return Ok(false);
                }
                let Ok(batch) = batch;
                self.note(batch, &mut start)?;
            }
            Ok(true)
        })
    }

    /// Do a step and note what it brought; `start` is when the last one ended.
    fn note(&mut self, batch: Batch, start: &mut Instant) -> Result<()> {
        let loss = self.step(batch);
        check_finite(loss.into(), self.checkpoint.position.epoch)?;
        let position = &mut self.checkpoint.position;
        position.step += 1;
        position.loss_sum += f64::from(loss);
        position.secs += start.elapsed().as_secs_f64();
        *start = Instant::now();
        let n_seen = (position.step * self.config.batch_size) as f64;
        self.progress.step(position.epoch + 1, n_seen / position.secs);
        Ok(())
    }

    /// One step on `batch`; its mean loss before it.
    fn step(&mut self, batch: Batch) -> f32 {
        let TrainConfig { recipe, epochs, learning_rate, .. } = self.config;
        let Position { epoch, step, .. } = self.checkpoint.position;
        let n_done = epoch * self.n_steps + step;
        let rate = learning_rate * recipe.schedule.share(n_done, epochs * self.n_steps, self.n_steps);
        let network = self.checkpoint.network.clone();
        let loss = objective::loss(&network, batch.on(&self.device.clone().autodiff()), self.teachers, recipe);
        let value = loss.clone().into_scalar::<f32>();
        let grads = GradientsParams::from_grads(loss.backward(), &network);
        self.checkpoint.network = self.checkpoint.optimizer.step(rate, network, grads);
        if let (Some(decay), Some(average)) = (recipe.average, self.checkpoint.average.take()) {
            self.checkpoint.average = Some(average::moved(average, &self.checkpoint.network, decay, n_done));
        }
        value
    }

    /// Measure, note and save the epoch that is done.
    fn close_epoch(&mut self, held_out: &Split, journal: &mut Journal) -> Result<()> {
        let network = self.checkpoint.to_measure();
        let (val_loss, val_accuracy) =
            validate(&network, held_out, self.device, self.checkpoint.position.epoch)?.unzip();
        let Position { epoch, step, loss_sum, secs } = self.checkpoint.position;
        let metrics = EpochMetrics {
            epoch: epoch + 1,
            train_loss: loss_sum / step as f64,
            val_loss,
            val_accuracy,
            secs,
            images_per_sec: self.training.len() as f64 / secs,
            device: Some(self.device_name.into()),
        };
        // Weights, then the journal that chooses them, then the checkpoint: a kill anywhere loses at most this epoch.
        let is_best = journal.would_choose(&metrics);
        if is_best {
            write_whole(&self.run.join(best_file(metrics.epoch)), &network.to_half_precision()?)?;
        }
        journal.append(metrics.clone())?;
        self.checkpoint.position = Position { epoch: metrics.epoch, ..Position::default() };
        self.checkpoint.save(self.run)?;
        if is_best {
            remove_files(self.run, |name| is_best_file(name) && name != best_file(metrics.epoch))?;
        }
        self.progress.epoch(&metrics, is_best);
        Ok(())
    }
}

/// Loss and accuracy on `held_out`; `None` if it is empty.
fn validate(network: &Network, held_out: &Split, device: &Device, epoch: usize) -> Result<Option<(f64, f64)>> {
    if held_out.is_empty() {
        return Ok(None);
    }
    let measured = measure(network, Normalisation::SYMMETRIC, held_out, device)?;
    check_finite(measured.loss, epoch)?;
    let n_right = (0..held_out.len()).filter(|&i| measured.predicted[i] == held_out.label(i) as usize).count();
    Ok(Some((measured.loss, n_right as f64 / held_out.len() as f64)))
}

fn check_finite(loss: f64, epoch: usize) -> Result<()> {
    if !loss.is_finite() {
        bail!("the loss became {loss} in epoch {}; try a smaller --lr", epoch + 1);
    }
    Ok(())
}

/// Name of the file in a run's folder that has the weights of `epoch`, if that is the chosen one.
pub fn best_file(epoch: usize) -> String {
    format!("best-{epoch:04}.bpk")
}

fn is_best_file(name: &str) -> bool {
    name.starts_with("best-")
}

/// File of the run's configuration in its folder.
pub const CONFIG: &str = "run.json";

/// Write a file under another name, then rename it: whoever reads it finds it whole.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, bytes).with_context(|| format!("cannot write {}", unfinished.display()))?;
    fs::rename(&unfinished, path).with_context(|| format!("cannot write {}", path.display()))
}

/// The newest checkpoint of `run`, else a new network: `first`, or one that is drawn.
fn start(config: &TrainConfig, first: Option<&Network>, run: &Path, device: &Device) -> Result<Checkpoint> {
    let drawn = Network::seeded(config.network, config.seed, device);
    let network = match first {
        Some(first) => drawn.try_load_record(first.clone().into_record()).context("the weights to begin with")?,
        None => drawn,
    };
    let average = config.recipe.average.map(|_| network.valid());
    let optimizer = optimizer(config.recipe.optimizer);
    let new = Checkpoint { network, average, optimizer, position: Position::default() };
    Checkpoint::load(run, new.clone()).map(|loaded| loaded.unwrap_or(new))
}

fn optimizer(kind: Optimizer) -> ModuleOptimizer {
    match kind {
        Optimizer::Adam => AdamConfig::new().with_epsilon(ADAM_EPSILON).init(),
        Optimizer::Sgd { momentum, weight_decay } => {
            let sgd = |decay: Option<WeightDecayConfig>| -> Sgd {
                // Without dampening, as in PyTorch and the papers; Burn's default is 0.1.
                let momentum = MomentumConfig::new().with_momentum(momentum).with_dampening(0.0).with_nesterov(true);
                SgdConfig::new().with_momentum(Some(momentum)).with_weight_decay(decay).build()
            };
            let decayed = ModuleOptimizer::from(sgd(Some(WeightDecayConfig::new(weight_decay))));
            decayed.with_group(ParamGroup::from_any_predicates(vec!["bias", "gamma", "beta"]), sgd(None), None)
        }
    }
}

/// Note the configuration of a new run; refuse to go on with another one than the run was begun with.
fn keep_config(config: &TrainConfig, run: &Path) -> Result<()> {
    let path = run.join(CONFIG);
    if path.exists() {
        let begun = read_config(run)?;
        if (TrainConfig { epochs: config.epochs, ..begun.clone() }) != *config {
            bail!("{} was begun with {begun:?}, got {config:?}; {}", run.display(), how_to_begin_anew(run));
        }
        let Position { epoch, step, .. } = position(run)?;
        if (epoch, step) > (config.epochs, 0) {
            let (run, n) = (run.display(), config.epochs);
            bail!("{run} has {epoch} epochs and {step} steps behind it: expected at least as many epochs, got {n}");
        }
    }
    write_whole(&path, &serde_json::to_vec_pretty(config)?)
}

fn how_to_begin_anew(run: &Path) -> String {
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
    Ok(Some(start(&config, None, run, device)?.to_measure()))
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
    let unfinished = |name: &str| Path::new(name).with_extension("unfinished").display().to_string();
    let ours = [CONFIG.to_owned(), JOURNAL.to_owned(), unfinished(CONFIG), unfinished(JOURNAL)];
    remove_files(run, |name| is_best_file(name) || ours.iter().any(|own| own == name))
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

/// The pictures of `n` in the order of `epoch`; the same for the same seed on every machine.
fn order(n: usize, seed: u64, epoch: usize) -> Vec<usize> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(epoch as u64);
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(&mut rng);
    order
}

/// # Shapes
/// Faces `[batch, 1, 48, 48]`, normalised; labels `[batch]`, in `0..7`.
fn tensors(
    split: &Split,
    batch: &[usize],
    normalisation: Normalisation,
    device: &Device,
) -> (Tensor<4>, Tensor<1, Int>) {
    let faces: Vec<&[u8]> = batch.iter().map(|&i| split.face(i)).collect();
    let labels: Vec<i32> = batch.iter().map(|&i| split.label(i) as i32).collect();
    let labels = Tensor::from_data(TensorData::new(labels, [batch.len()]), device);
    (input::batch(&faces, normalisation, device), labels)
}
