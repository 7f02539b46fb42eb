//! Results of a measurement: all that the report shows, as `networks.json`.

use model_core::{Architecture, Calibration, Training};
use report::Curve;
use serde::{Deserialize, Serialize};

use super::{HeadFigures, Raters, Speed};
use crate::{
    calibration::{Confidence, Point, Sure},
    evaluate::Evaluation,
    train::{self, EpochMetrics},
};

/// Everything in the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Networks {
    /// Version of this format; [`Networks::FORMAT`].
    pub format: u32,
    /// The command that does all of it.
    pub command: String,
    /// Where the figures were computed, such as `CPU`. Speed has a device of its own.
    pub device: String,
    /// The dummy that calls every picture happy, on every test split.
    pub baseline: Vec<Evaluation>,
    /// FER2013's labels beside FER+'s votes, of every split that has some.
    pub raters: Vec<Raters>,
    /// The networks that could be measured, in the order of [`Architecture::ALL`].
    pub networks: Vec<NetworkFigures>,
    /// The others.
    pub missing: Vec<Missing>,
}

/// A network that was not measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Missing {
    /// The network.
    pub network: Architecture,
    /// Why, as the end of a sentence.
    pub why: String,
}

/// One network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkFigures {
    /// The network.
    pub network: Architecture,
    /// SHA-256 of the file of weights.
    pub sha256: String,
    /// Length of the file of weights.
    pub bytes: usize,
    /// Numbers that training adjusted.
    pub parameters: usize,
    /// Multiply–accumulates for one face.
    pub macs: usize,
    /// How it was made.
    pub training: Training,
    /// Fitted on the held-out part of Training.
    pub calibration: Calibration,
    /// Whether that is on the network's card, so that whoever uses the network uses it; else it was fitted to be shown.
    pub is_calibration_on_card: bool,
    /// Results on every test split.
    pub splits: Vec<OnSplit>,
    /// On PublicTest, after each perturbation of its pictures, those of a group together.
    #[serde(rename = "changed")]
    pub perturbations: Vec<PerturbationFigures>,
    /// How long it takes.
    pub speed: Speed,
    /// Time of training on each device that it used; empty if that is not known.
    pub training_time: Vec<DeviceTime>,
    /// Every epoch of a network that is not the study's; empty if that is not known.
    pub epochs: Vec<EpochMetrics>,
}

/// One network on one test split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OnSplit {
    /// One look at each picture, as the page has it.
    pub plain: Evaluation,
    /// 95 % interval of its accuracy.
    pub interval: [f64; 2],
    /// The picture and its mirror image: the mean of both probabilities.
    #[serde(rename = "both_ways")]
    pub mirror_averaged: Evaluation,
    /// The probabilities of one look as the network gives them.
    pub raw: Confidence,
    /// The same, calibrated.
    pub calibrated: Confidence,
    /// Coverage and error of sure labels, calibrated.
    pub sure: Sure,
    /// The risk–coverage curve, calibrated.
    pub curve: Vec<Point>,
    /// The area under the curve.
    pub aurc: f64,
    /// The raters' votes; `None` if the network or the data have none.
    pub votes: Option<OnVotes>,
    /// Each head and both together; nothing if the network has one head or the data no votes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heads: Vec<HeadFigures>,
}

/// The head of the raters' votes on one test split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OnVotes {
    /// Pictures of which more than half of the votes are for one of the eight expressions; see
    /// [`crate::data::Votes::majority`].
    pub n: usize,
    /// Share of them that are called so, of one look.
    pub accuracy: f64,
    /// 95 % interval of that.
    pub interval: [f64; 2],
    /// The same by the mean of the probabilities of the picture and its mirror image.
    #[serde(rename = "both_ways")]
    pub mirror_averaged: f64,
    /// Pictures that have a distribution of votes; see [`crate::data::Votes::distribution`].
    pub n_distributions: usize,
    /// Mean cross-entropy of distributions and probabilities as the network gives them, nats.
    pub cross_entropy: f64,
    /// The same, calibrated.
    pub calibrated_cross_entropy: f64,
}

/// Accuracy after one perturbation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PerturbationFigures {
    /// The kind, such as `blur`.
    pub group: String,
    /// Its strength or direction.
    pub name: String,
    /// Share of the perturbed pictures called as the raters did the unperturbed ones.
    pub accuracy: f64,
}

/// Training on one device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceTime {
    /// The device, such as `CPU`.
    pub device: String,
    /// How many epochs ended there.
    pub n_epochs: usize,
    /// Seconds that their training steps took.
    pub secs: f64,
}

/// All perturbations of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupFigures<'a> {
    /// The kind, such as `blur`.
    pub group: &'a str,
    /// How many there are.
    pub n: usize,
    /// Mean accuracy.
    pub mean: f64,
    /// Accuracy after the worst of them.
    pub worst: f64,
}

impl Networks {
    /// The version of the format that this code reads and writes.
    pub const FORMAT: u32 = 1;

    /// The network that the page begins with if it was measured, else the first; `None` if none was.
    pub fn shown(&self) -> Option<&NetworkFigures> {
        let default = self.networks.iter().find(|figures| figures.network == Architecture::default());
        default.or(self.networks.first())
    }

    /// Names of the test splits that were there.
    pub fn splits(&self) -> impl Iterator<Item = &str> {
        self.baseline.iter().map(|evaluation| evaluation.split.as_str())
    }
}

impl NetworkFigures {
    /// On the study's test set, which is always there.
    ///
    /// # Panics
    /// If it is not: [`super::read`] and [`super::run`] see to that.
    pub fn public_test(&self) -> &OnSplit {
        self.on(PUBLIC_TEST).expect("PublicTest was measured")
    }

    /// On the split of this name; `None` if it was not measured.
    pub fn on(&self, split: &str) -> Option<&OnSplit> {
        self.splits.iter().find(|on| on.plain.split == split)
    }

    /// Its epochs, to be drawn; `None` if they are not known.
    pub fn curve(&self) -> Option<Curve> {
        let Self { training, epochs, .. } = self;
        // The command that stands for the training says whether that began with other weights.
        let goes_on = training.command.split(' ').any(|word| word == "--from");
        (!epochs.is_empty()).then(|| train::curve(epochs, training.chosen_epoch, goes_on))
    }

    /// Mean and worst accuracy of each kind of perturbation.
    pub fn groups(&self) -> Vec<GroupFigures<'_>> {
        let chunks = self.perturbations.chunk_by(|a, b| a.group == b.group).filter(|chunk| !chunk.is_empty());
        let of = |chunk: &'_ [PerturbationFigures]| {
            let accuracies = || chunk.iter().map(|it| it.accuracy);
            (chunk.len(), accuracies().sum::<f64>() / chunk.len() as f64, accuracies().fold(1.0, f64::min))
        };
        let figures = chunks.map(|chunk| {
            let (n, mean, worst) = of(chunk);
            GroupFigures { group: &chunk[0].group, n, mean, worst }
        });
        figures.collect()
    }
}

/// The study's test set.
pub(super) const PUBLIC_TEST: &str = "PublicTest";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::example;

    #[test]
    fn perturbations_of_a_kind_have_a_mean_and_a_worst() {
        let one = |group: &str, accuracy| PerturbationFigures { group: group.into(), name: String::new(), accuracy };
        let perturbations = vec![one("box", 0.5), one("box", 0.25), one("blur", 0.75)];
        let figures = NetworkFigures { perturbations, ..example::networks().networks.remove(0) };
        let expected = [("box", 2, 0.375, 0.25), ("blur", 1, 0.75, 0.75)];
        let expected = expected.map(|(group, n, mean, worst)| GroupFigures { group, n, mean, worst });
        assert_eq!(figures.groups(), expected);
    }

    #[test]
    fn a_training_that_began_with_other_weights_is_told() {
        for (command, expected) in [("train ferrum --from WEIGHTS-OF-SHA256-00", true), ("train ferrum", false)] {
            let mut ferrum = example::networks().networks.remove(0);
            ferrum.training.command = command.into();
            assert_eq!(ferrum.curve().map(|curve| curve.goes_on), Some(expected), "{command}");
        }
        assert_eq!(example::networks().networks[1].curve(), None, "no epochs are known");
    }

    #[test]
    fn the_page_s_network_is_shown_if_it_was_measured() {
        let mut networks = example::networks();
        assert_eq!(networks.shown().unwrap().network, Architecture::Ferrum);
        networks.networks.remove(0);
        assert_eq!(networks.shown().unwrap().network, Architecture::Small);
        networks.networks.clear();
        assert_eq!(networks.shown(), None);
    }
}
