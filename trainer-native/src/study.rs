//! The study, reproduced: three networks on FER2013, measured, looked into, and written as a report.
//!
//! ```text
//! Fer2013 ── train each network (resumable) ──► runs ── measure, look ──► Study ── study.json
//!                                                                           └──► report: index.html, CSV tables
//! ```

mod choices;
mod clip;
mod look;
mod picture;
mod reference;
mod report;
mod results;
mod smoke;
mod subjects;

use std::{
    fs,
    path::{Path, PathBuf},
    slice,
};

use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use model_core::{Architecture, Emotion, LayerSummary};
use native::write_json;

pub use self::report::write as write_report;
pub use choices::{CHOICES, Choice, choices};
pub use look::Subject;
pub use picture::{Content, Picture};
pub use reference::{BASELINE, Reference, SHARES, StudyFigures};
pub use results::{ClipShares, Data, NetworkResults, SplitCounts, Study};
pub use smoke::generated;
pub use subjects::shipped as shipped_subjects;

use crate::{
    data::{Fer2013, Split, copies_across, copies_inside, hold_out},
    device::NamedDevice,
    evaluate::{Evaluation, TestSplit, evaluate, evaluate_constant},
    train::{self, Initialisation, Recipe, RecipeFile, RunDefaults, TrainConfig, TrainObserver},
    weights::Weights,
};

/// Settings of the study.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Passes over the training pictures; 100 in the study.
    pub epochs: usize,
    /// Pictures a step.
    pub batch_size: usize,
    /// Adam's step size; 1e-3 in the study.
    pub learning_rate: f64,
    /// Seed of weights, order and held-out pictures.
    pub seed: u64,
    /// Folder of the runs, one folder a network in it.
    pub runs: PathBuf,
    /// Whether the report may show pictures of FER2013, which may not be passed on.
    pub with_pictures: bool,
    /// Choices that were tried beside, for the report.
    pub choices: Vec<Choice>,
    /// The command that does all of it, for the report.
    pub command: String,
}

/// The network that is looked into and that labels the video.
const SHOWN: Architecture = Architecture::Residual;

/// File of the results in the folder of the report.
pub const RESULTS: &str = "study.json";

/// Train what is not trained yet, and measure. `None` if `interrupted`, asked before each step, said so; the same goes
/// on later.
pub fn run(plan: &Plan, data: &Fer2013, device: &NamedDevice, interrupted: &dyn Fn() -> bool) -> Result<Option<Study>> {
    if data.public_test.is_empty() {
        bail!("expected pictures of PublicTest, the study's test set, but the data have none");
    }
    let (training, held_out) = hold_out(&data.training, plan.seed);
    let configs = Architecture::STUDY.map(|network| plan.config(network, &training));
    if !train_all(plan, &configs, &training, &held_out, device, interrupted)? {
        return Ok(None);
    }
    let NamedDevice { device, name: device_name } = device;
    let networks = configs.iter().map(|config| measure(plan, config.network, data, device));
    let networks = networks.collect::<Result<_>>()?;
    let residual = Weights::of_run(&plan.run(SHOWN))?;
    let [protocol, ..] = configs;
    Ok(Some(Study {
        format: Study::FORMAT,
        command: plan.command.clone(),
        device: (*device_name).into(),
        runs: plan.runs.display().to_string(),
        protocol,
        data: data_of(data, &training, &held_out, plan.with_pictures)?,
        baseline: on_test_splits(data, |split| evaluate_constant(Emotion::Happy, data, split, plan.seed))?,
        networks,
        faces: plan.with_pictures.then(|| subjects::of_data(&data.public_test)),
        shares: clip::shares(&plan.runs.join("clip.y4m"), residual)?,
        choices: plan.choices.clone(),
    }))
}

impl Plan {
    fn run(&self, network: Architecture) -> PathBuf {
        self.runs.join(network.id())
    }

    fn config(&self, network: Architecture, training: &Split) -> TrainConfig {
        let Self { epochs, batch_size, learning_rate, seed, .. } = *self;
        let run = RunDefaults { epochs, batch_size, learning_rate };
        TrainConfig { seed, ..TrainConfig::new(network, RecipeFile { run, recipe: Recipe::study() }, training) }
    }
}

/// Whether every network has all its epochs.
fn train_all(
    plan: &Plan,
    configs: &[TrainConfig],
    training: &Split,
    held_out: &Split,
    device: &NamedDevice,
    interrupted: &dyn Fn() -> bool,
) -> Result<bool> {
    let bars = MultiProgress::new();
    let n_steps = training.len().div_ceil(plan.batch_size);
    let whole: u64 = configs.iter().map(|config| macs(config.network) * (n_steps * plan.epochs) as u64).sum();
    let total = bars.add(ProgressBar::new(whole));
    let style = ProgressStyle::with_template("all networks {wide_bar} {percent:>3} %, {eta} left");
    total.set_style(style.expect("the template is well-formed"));
    for config in configs {
        let done = train::position(&plan.run(config.network))?;
        total.inc(macs(config.network) * (done.epoch * n_steps + done.step) as u64);
    }
    total.reset_eta();
    for config in configs {
        let before_step = || {
            total.inc(macs(config.network));
            interrupted()
        };
        let observer = TrainObserver { bars: &bars, interrupted: &before_step };
        let (run, devices) = (plan.run(config.network), slice::from_ref(device));
        if !train::train(config, [training, held_out], &Initialisation::default(), &run, devices, &observer)?.complete {
            total.finish_and_clear();
            return Ok(false);
        }
    }
    total.finish_and_clear();
    Ok(true)
}

/// Multiply–accumulates for one face: how long a step takes, in units of its own.
fn macs(network: Architecture) -> u64 {
    network.table().summary().iter().map(|layer: &LayerSummary| layer.macs as u64).sum()
}

fn measure(plan: &Plan, network: Architecture, data: &Fer2013, device: &Device) -> Result<NetworkResults> {
    let run = plan.run(network);
    let (chosen, last) = (Weights::of_run(&run)?, Weights::last_of_run(&run, device)?);
    Ok(NetworkResults {
        network,
        layers: network.table().summary(),
        epochs: train::read_metrics(&run.join(train::METRICS))?,
        chosen_epoch: chosen.card.training.chosen_epoch,
        chosen: on_test_splits(data, |split| evaluate(&chosen, data, split, device))?,
        last: on_test_splits(data, |split| evaluate(&last, data, split, device))?,
    })
}

/// `evaluate` on every test split that is there.
fn on_test_splits(data: &Fer2013, evaluate: impl Fn(TestSplit) -> Result<Evaluation>) -> Result<Vec<Evaluation>> {
    let splits = [(TestSplit::Public, &data.public_test), (TestSplit::Private, &data.private_test)];
    splits.into_iter().filter(|(_, pictures)| !pictures.is_empty()).map(|(split, _)| evaluate(split)).collect()
}

fn data_of(data: &Fer2013, training: &Split, held_out: &Split, with_pictures: bool) -> Result<Data> {
    let inside = copies_inside(&data.training).pictures;
    let across = |split: &Split| copies_across(split, &data.training).pictures;
    let splits = [
        ("Training", &data.training, inside),
        ("PublicTest", &data.public_test, across(&data.public_test)),
        ("PrivateTest", &data.private_test, across(&data.private_test)),
        ("trained on", training, copies_inside(training).pictures),
        ("held out", held_out, copies_inside(held_out).pictures),
    ];
    let counts = |(name, split, copies): (&str, &Split, usize)| SplitCounts {
        name: name.into(),
        counts: split.counts(),
        copies,
    };
    let samples = if with_pictures { subjects::samples(&data.training)? } else { vec![] };
    Ok(Data { splits: splits.map(counts).to_vec(), samples })
}

/// The results in `path`, as [`save`] wrote them.
pub fn read(path: &Path) -> Result<Study> {
    let json = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let study: Study = serde_json::from_slice(&json)
        .with_context(|| format!("{}: expected the results of a study", path.display()))?;
    if ![Study::WITH_PICTURES, Study::FORMAT].contains(&study.format) {
        let expected = format!("expected format {} or {}", Study::WITH_PICTURES, Study::FORMAT);
        bail!("{}: {expected}, got {}", path.display(), study.format);
    }
    if let Some(other) = study.networks.iter().find(|results| Reference::of(results.network).is_none()) {
        bail!("{}: expected results of the study's networks, got those of {}", path.display(), other.network);
    }
    Ok(study)
}

/// Write the results into the folder `out`, for [`read`].
pub fn save(study: &Study, out: &Path) -> Result<()> {
    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    write_json(&out.join(RESULTS), study)
}
