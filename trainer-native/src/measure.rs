//! Every network that is shipped, measured on the same pictures in the same ways, and a report of it.
//!
//! ```text
//! weights ── read each test split: as it is, mirrored, perturbed ─► Networks ── networks.json
//!                                                                     └──► report: index.html, MODEL_CARD's figures
//! ```

mod epochs;
mod figures;
mod heads;
mod model_card;
mod network_reports;
mod perturbations;
mod raters;
mod report;
mod results;
mod speed;

#[cfg(test)]
mod example;

use std::{
    fs,
    path::{Path, PathBuf},
};

use ::report::{NetworkReport, wilson};
use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use model_core::{Architecture, Calibration, Device, Emotion};
use native::{write_file, write_json};

pub use self::report::render as page;
pub use heads::HeadFigures;
pub use model_card::FiguresPlace;
pub use network_reports::network_reports;
pub use perturbations::{Perturbation, perturbations};
pub use raters::Raters;
pub use results::{DeviceTime, GroupFigures, Missing, NetworkFigures, Networks, OnSplit, OnVotes, PerturbationFigures};
pub use speed::Speed;

use crate::{
    calibration::{Confidence, Ranking, calibrate, label_indices, nll, shown_answers, with_votes},
    data::{Fer2013, Split},
    device::NamedDevice,
    evaluate::{TestSplit, evaluate_constant, evaluation, held_out},
    outputs::{Outputs, Reader, mirrored},
    study,
    weights::Weights,
};

/// Inputs of a measurement.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Folder of the weights and their cards.
    pub models: PathBuf,
    /// Folder of the runs, for what training took.
    pub runs: PathBuf,
    /// The study's results, for what its training took.
    pub study: PathBuf,
    /// Earlier results, for what is known of training and is not there any more.
    pub earlier: Option<Networks>,
    /// The command that does all of it, for the report.
    pub command: String,
}

/// File of the results in the folder of the report.
pub const RESULTS: &str = "networks.json";

/// Points of a risk–coverage curve.
const N_POINTS: usize = 100;

/// Measure every network of which there are weights, on every test split of `data`; PublicTest must be there.
pub fn run(plan: &Plan, data: &Fer2013, device: &NamedDevice) -> Result<Networks> {
    if data.public_test.is_empty() {
        bail!("expected pictures of PublicTest, the study's test set, but the data have none");
    }
    let (mut networks, mut missing) = (vec![], vec![]);
    for network in Architecture::ALL {
        match weights(&plan.models, network)? {
            Ok(weights) => networks.push(Measuring::new(&weights, data, &device.device)?.all(plan)?),
            Err(why) => missing.push(Missing { network, why }),
        }
    }
    Ok(Networks {
        format: Networks::FORMAT,
        command: plan.command.clone(),
        device: device.name.into(),
        baseline: splits(data)
            .map(|(split, _)| evaluate_constant(Emotion::Happy, data, split, 1))
            .collect::<Result<_>>()?,
        raters: data.splits().into_iter().filter_map(|(name, split)| Raters::of(name, split)).collect(),
        networks,
        missing,
    })
}

/// The weights of `network` in the folder `models`, or why there are none that can be measured.
fn weights(models: &Path, network: Architecture) -> Result<Result<Weights, String>> {
    let path = models.join(format!("{network}.bpk"));
    if !path.is_file() {
        return Ok(Err("it is not shipped".into()));
    }
    let weights = Weights::at(&path, network)?;
    Ok(match weights.card.training.train_on.why_no_figures() {
        Some(why) => Err(format!("it was {why}")),
        None => Ok(weights),
    })
}

fn splits(data: &Fer2013) -> impl Iterator<Item = (TestSplit, &Split)> {
    let splits = [(TestSplit::Public, &data.public_test), (TestSplit::Private, &data.private_test)];
    splits.into_iter().filter(|(_, pictures)| !pictures.is_empty())
}

/// One network on the way.
struct Measuring<'a> {
    weights: &'a Weights,
    data: &'a Fer2013,
    reader: Reader,
    bar: ProgressBar,
}

impl<'a> Measuring<'a> {
    fn new(weights: &'a Weights, data: &'a Fer2013, device: &Device) -> Result<Self> {
        let bar = ProgressBar::new((2 * splits(data).count() + perturbations().len()) as u64);
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left");
        bar.set_style(style.expect("the template is well-formed"));
        bar.set_message(weights.card.id.clone());
        Ok(Self { weights, data, reader: Reader::new(weights, device)?, bar })
    }

    fn all(&self, plan: &Plan) -> Result<NetworkFigures> {
        let card = &self.weights.card;
        let calibration = self.calibration()?;
        let splits = splits(self.data).map(|(split, pictures)| self.on_split(split, pictures, &calibration));
        let splits = splits.collect::<Result<_>>()?;
        let perturbations = perturbations().iter().map(|it| self.perturbed(it)).collect::<Result<_>>()?;
        let mut epochs = epochs::epochs(card, &plan.runs, plan.earlier.as_ref())?;
        let of_study = epochs::epochs_of_study(card, &plan.study)?;
        let training_time = epochs::times(if epochs.is_empty() { &of_study } else { &epochs });
        if Architecture::STUDY.contains(&card.architecture) {
            epochs.clear(); // the study's report has them
        }
        self.bar.finish_and_clear();
        Ok(NetworkFigures {
            network: card.architecture,
            sha256: card.sha256.clone(),
            bytes: card.bytes,
            parameters: card.parameters,
            macs: card.macs,
            training: card.training.clone(),
            calibration,
            is_calibration_on_card: card.calibration.is_some(),
            splits,
            perturbations,
            speed: Speed::of(&self.weights.clone().classifier(Speed::device())?)?,
            training_time,
            epochs,
        })
    }

    /// The card's; of a card that has none, one that is fitted as [`crate::export::export`] does.
    fn calibration(&self) -> Result<Calibration> {
        if let Some(calibration) = self.weights.card.calibration {
            return Ok(calibration);
        }
        let held_out = held_out(self.weights, self.data)?;
        calibrate(&self.reader.read(&held_out)?, &held_out)
    }

    fn on_split(&self, split: TestSplit, pictures: &Split, calibration: &Calibration) -> Result<OnSplit> {
        let plain = self.read(pictures, &<[u8]>::to_vec)?;
        let mirror_averaged = plain.averaged(&self.read(pictures, &mirrored)?);
        let evaluation = |outputs: &Outputs| {
            evaluation(self.weights.card.id.clone(), split, self.data, pictures, &outputs.predicted())
        };
        let (labels, temperature) = (label_indices(pictures), calibration.temperature.into());
        let ranking = Ranking::of(&shown_answers(&plain, pictures, calibration.temperature, calibration.blend)?);
        let heads = heads::heads(&plain, pictures, calibration)?;
        let votes = votes(&plain, &mirror_averaged, pictures, calibration)?;
        let (plain_evaluation, mirror_averaged) = (evaluation(&plain), evaluation(&mirror_averaged));
        let n_right = plain_evaluation.summary.confusion.n_right();
        Ok(OnSplit {
            interval: wilson(n_right, plain_evaluation.summary.n),
            plain: plain_evaluation,
            mirror_averaged,
            raw: Confidence::of(&plain.labels, &labels, 1.0)?,
            calibrated: Confidence::of(&plain.labels, &labels, temperature)?,
            sure: ranking.sure(calibration.threshold.into()),
            curve: ranking.curve(N_POINTS),
            aurc: ranking.aurc(),
            votes,
            heads,
        })
    }

    fn perturbed(&self, perturbation: &Perturbation) -> Result<PerturbationFigures> {
        let pictures = &self.data.public_test;
        let predicted = self.read(pictures, &*perturbation.apply)?.predicted();
        let n_right = predicted.iter().zip(pictures.labels()).filter(|(called, label)| called == label).count();
        let accuracy = n_right as f64 / pictures.len() as f64;
        Ok(PerturbationFigures { group: perturbation.group.into(), name: perturbation.name.clone(), accuracy })
    }

    fn read(&self, pictures: &Split, change: &dyn Fn(&[u8]) -> Vec<u8>) -> Result<Outputs> {
        let outputs = self.reader.read_changed(pictures, change)?;
        self.bar.inc(1);
        Ok(outputs)
    }
}

/// Figures of the second head on the raters' votes; `None` if there is no such head, or if nobody voted.
fn votes(
    plain: &Outputs,
    mirror_averaged: &Outputs,
    pictures: &Split,
    calibration: &Calibration,
) -> Result<Option<OnVotes>> {
    let heads = plain.votes.as_ref().zip(mirror_averaged.votes.as_ref());
    let Some((plain, mirror_averaged)) = heads.filter(|_| pictures.has_votes()) else { return Ok(None) };
    let majority = |i: usize| Some((i, pictures.votes(i)?.majority()?));
    let majorities: Vec<_> = (0..pictures.len()).filter_map(majority).collect();
    let n_right = |called: Vec<usize>| majorities.iter().filter(|&&(i, majority)| called[i] == majority).count();
    let (n, n_plain, n_mirror_averaged) =
        (majorities.len(), n_right(plain.predicted()), n_right(mirror_averaged.predicted()));
    let (logits, targets) = with_votes(plain, pictures)?;
    let temperature = calibration.votes_temperature.map_or(1.0, f64::from);
    let share = |part: usize| part as f64 / n.max(1) as f64;
    Ok(Some(OnVotes {
        n,
        accuracy: share(n_plain),
        interval: wilson(n_plain as u64, n as u64),
        mirror_averaged: share(n_mirror_averaged),
        n_distributions: logits.len(),
        cross_entropy: nll(&logits, &targets, 1.0),
        calibrated_cross_entropy: nll(&logits, &targets, temperature),
    }))
}

/// The results in `path`, as [`save`] wrote them.
pub fn read(path: &Path) -> Result<Networks> {
    let json = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let networks: Networks = serde_json::from_slice(&json)
        .with_context(|| format!("{}: expected the figures of networks", path.display()))?;
    if networks.format != Networks::FORMAT {
        bail!("{}: expected format {}, got {}", path.display(), Networks::FORMAT, networks.format);
    }
    if let Some(figures) = networks.networks.iter().find(|figures| figures.on(results::PUBLIC_TEST).is_none()) {
        bail!("{}: expected figures of {} on PublicTest, got none", path.display(), figures.network);
    }
    Ok(networks)
}

/// Write the results into the folder `out`, for [`read`].
pub fn save(networks: &Networks, out: &Path) -> Result<()> {
    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    write_json(&out.join(RESULTS), networks)
}

/// Write `index.html` into the folder `out`.
pub fn write_page(networks: &Networks, out: &Path) -> Result<()> {
    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    write_file(&out.join("index.html"), report::render(networks).as_bytes())
}

/// Write the reports that the page shows into the folder `models`, beside the cards. Epochs of the study's networks come
/// from the results in the file `study`, if it is there.
pub fn write_network_reports(networks: &Networks, study: &Path, models: &Path) -> Result<()> {
    let study = if study.is_file() { Some(study::read(study)?) } else { None };
    network_reports(networks, study.as_ref()).iter().try_for_each(|report| {
        let json = serde_json::to_string(report)? + "\n";
        write_file(&models.join(NetworkReport::file_name(report.network)), json.as_bytes())
    })
}
