//! Results of the study: all that its report shows, as `study.json`.

use model_core::{Architecture, Emotion, LayerSummary, Training};
use pipeline::Share;
use report::Curve;
use serde::{Deserialize, Serialize};

use super::{choices::Choice, look::Subject, picture::Picture, reference::Reference};
use crate::{
    evaluate::Evaluation,
    train::{self, EpochMetrics, TrainConfig},
};

/// Everything in the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Study {
    /// Version of this format; [`Study::FORMAT`].
    pub format: u32,
    /// The command that does all of it.
    pub command: String,
    /// Where it was measured, such as `CPU`. Where it was trained is said of each epoch.
    pub device: String,
    /// Folder of the runs, one folder a network in it.
    #[serde(default = "default_runs")]
    pub runs: String,
    /// Seed, epochs and the like of each run, but for the network.
    pub protocol: TrainConfig,
    /// The data.
    pub data: Data,
    /// The dummy that calls every picture happy, on every test split.
    pub baseline: Vec<Evaluation>,
    /// The three networks, in the study's order.
    pub networks: Vec<NetworkResults>,
    /// FER2013's faces that the report looks at; `None`: those in photos that may be passed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faces: Option<Vec<Subject>>,
    /// The residual network's shares of labels in a clip that is made for it.
    pub shares: ClipShares,
    /// Choices that were tried beside; often none.
    #[serde(default)]
    pub choices: Vec<Choice>,
}

fn default_runs() -> String {
    "runs/study".into()
}

/// The splits of FER2013.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Data {
    /// Training, PublicTest, PrivateTest; the parts that Training is split into follow.
    pub splits: Vec<SplitCounts>,
    /// A picture of each label, from Training; empty in a report that may be passed on.
    pub samples: Vec<Picture>,
}

/// Pictures of a split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitCounts {
    /// FER2013's name for it.
    pub name: String,
    /// Pictures of each label, in [`Emotion::ALL`] order.
    pub counts: [usize; Emotion::COUNT],
    /// Pictures that are exact copies of a picture of Training; of Training itself and its parts, of an earlier one.
    pub copies: usize,
}

/// One network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkResults {
    /// The network.
    pub network: Architecture,
    /// Its layers, drawn as its schema.
    pub layers: Vec<LayerSummary>,
    /// Every epoch.
    pub epochs: Vec<EpochMetrics>,
    /// The epoch that was chosen on held-out pictures.
    pub chosen_epoch: usize,
    /// On every test split, with the chosen epoch's weights in half precision, as they are shipped.
    pub chosen: Vec<Evaluation>,
    /// The same with the last epoch's weights.
    pub last: Vec<Evaluation>,
}

/// Table 5: how often each label was the most probable one in a clip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClipShares {
    /// The file of the clip.
    pub video: String,
    /// Frames in it, all of them searched.
    pub frames: u64,
    /// Frames in which no face was found.
    pub frames_without_face: u64,
    /// Frames a second.
    pub frames_per_sec: f64,
    /// Id of the weights.
    pub network: String,
    /// Id of the detector.
    pub detector: String,
    /// How often each label was the most probable one; every face of every frame counts once.
    pub shares: [Share; Emotion::COUNT],
}

impl Study {
    /// The version of the format that this code writes.
    pub const FORMAT: u32 = 2;
    /// The earlier format, which is read as well: it also had pictures of the weights, which are drawn from these now.
    pub const WITH_PICTURES: u32 = 1;

    /// Folder of the run of `network`.
    pub fn run(&self, network: Architecture) -> String {
        format!("{}/{network}", self.runs)
    }

    /// The results of the very training of `network` that `training` describes; `None` if the study has another one.
    pub fn results_of(&self, network: Architecture, training: &Training) -> Option<&NetworkResults> {
        let Training { epochs, chosen_epoch, seed, data_sha256, .. } = training;
        let of_results = |results: &NetworkResults| (results.network, results.epochs.len(), results.chosen_epoch);
        let found = self.networks.iter().find(|results| of_results(results) == (network, *epochs, *chosen_epoch));
        found.filter(|_| (self.protocol.seed, &self.protocol.data_sha256) == (*seed, data_sha256))
    }

    /// Names of the test splits that were there.
    pub fn splits(&self) -> impl Iterator<Item = &str> {
        self.baseline.iter().map(|evaluation| evaluation.split.as_str())
    }

    /// Whether PrivateTest was in the data.
    pub fn has_private_test(&self) -> bool {
        self.splits().any(|name| name == "PrivateTest")
    }
}

impl SplitCounts {
    /// Pictures in all.
    pub fn n(&self) -> usize {
        self.counts.iter().sum()
    }
}

impl NetworkResults {
    /// Its epochs, to be drawn.
    pub fn curve(&self) -> Curve {
        train::curve(&self.epochs, self.chosen_epoch, false)
    }

    /// Numbers that training adjusted.
    pub fn parameters(&self) -> usize {
        self.layers.iter().map(|layer| layer.parameters).sum()
    }

    /// Multiply–accumulates for one face.
    pub fn macs(&self) -> usize {
        self.layers.iter().map(|layer| layer.macs).sum()
    }

    /// The study's own figures of it.
    ///
    /// # Panics
    /// If the network is not the study's: [`super::read`] and [`super::run`] see to that.
    pub fn reference(&self) -> &'static Reference {
        Reference::of(self.network).expect("the results of a study are of its networks")
    }
}
