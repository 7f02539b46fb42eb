//! A network ready to use: faces in, probabilities out.

mod look;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use look::{LearnedWeights, Look, Maps};

use crate::{
    Device, INPUT_SIDE, InferenceDevice, ModelCard, Network, Scores, ScoresError, Votes, WeightsError,
    gpu::FusedNetwork,
    runner::{FaceLogits, NetworkRunner},
};

/// A network with its card, on a device.
#[derive(Debug)]
pub struct Classifier {
    card: ModelCard,
    runner: NetworkRunner,
}

/// The answer of a network to one face.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// How probable each label is, by both heads together if the card says how.
    pub scores: Scores,
    /// The same by the label head alone; `None` if `scores` are that already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_head: Option<Scores>,
    /// Whether the top label is probable enough to be called so, by the card's threshold. Without a calibration, yes.
    pub is_sure: bool,
    /// The share of raters expected to vote for each expression; `None` if the network was not taught that.
    pub votes: Option<Votes>,
}

/// Why faces could not be classified.
#[derive(Debug, Error)]
pub enum ClassifyError {
    /// A face of another size.
    #[error("expected a face of {INPUT_SIDE}×{INPUT_SIDE} grey levels, got {0} of them")]
    Face(usize),
    /// The device failed, or was lost.
    #[error("the device could not run the network: {0}")]
    Device(String),
    /// The network gave no numbers.
    #[error(transparent)]
    Scores(#[from] ScoresError),
}

impl Classifier {
    /// The network that `card` describes, with `weights` checked against the card.
    pub fn new(card: ModelCard, weights: &[u8], device: impl Into<InferenceDevice>) -> Result<Self, WeightsError> {
        let (device, gpu) = match device.into() {
            InferenceDevice::Burn(device) => (device, None),
            // What is inside a network is looked at on the CPU, which compiles nothing for it.
            InferenceDevice::WebGpu(gpu) => (Device::flex(), Some(gpu)),
        };
        let network = Network::load(&card, weights, &device)?;
        let gpu = gpu.and_then(|gpu| FusedNetwork::new(&gpu, &network));
        let runner = NetworkRunner::new(network, card.labels, card.normalisation, device);
        let runner = if gpu.is_some() { runner.on_gpu(gpu) } else { runner.for_few_faces() };
        Ok(Self { card, runner })
    }

    /// The card of the weights.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// The answer to each face, in order, all in one batch: see [`NetworkRunner::run`].
    pub async fn classify(&self, faces: &[&[u8]]) -> Result<Vec<Prediction>, ClassifyError> {
        self.predictions(&self.runner.run(faces).await?)
    }

    fn predictions(&self, logits: &[FaceLogits]) -> Result<Vec<Prediction>, ClassifyError> {
        logits.iter().map(|logits| self.prediction(logits)).collect()
    }

    fn prediction(&self, FaceLogits { labels, votes }: &FaceLogits) -> Result<Prediction, ClassifyError> {
        let calibration = self.card.calibration;
        let temperature = calibration.map_or(1.0, |it| it.temperature);
        let votes_temperature = calibration.and_then(|it| it.votes_temperature).unwrap_or(1.0);
        let label_head = Scores::from_logits(labels.map(|logit| logit / temperature))?;
        let both = calibration.and_then(|it| it.blend).zip(votes.as_ref());
        let blended = both.map(|(blend, votes)| Scores::from_logits(blend.logits(labels, votes))).transpose()?;
        let scores = blended.unwrap_or(label_head);
        let votes = votes.map(|logits| Votes::from_logits(logits.map(|logit| logit / votes_temperature)));
        let is_sure = calibration.is_none_or(|it| scores.top().1 >= it.threshold);
        Ok(Prediction { scores, label_head: blended.map(|_| label_head), is_sure, votes: votes.transpose()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Architecture, Calibration, Emotion, Form, Training};
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
    };

    /// The CPU never makes a future wait.
    pub(super) fn ready<F: Future>(future: F) -> F::Output {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => unreachable!("flex computes at once"),
        }
    }

    pub(super) fn classifier(labels: [Emotion; 7]) -> Classifier {
        let device = Device::flex();
        let weights = Network::seeded(Architecture::Small, 2, &device).to_half_precision().unwrap();
        let card = ModelCard { labels, ..ModelCard::new(Architecture::Small, &weights, Training::default()) };
        Classifier::new(card, &weights, device).unwrap()
    }

    #[test]
    fn a_batch_gives_what_its_faces_give_alone() {
        let classifier = classifier(Emotion::ALL);
        let faces: Vec<Vec<u8>> = (0..3).map(|i| (0..48 * 48).map(|j| ((i * j) % 251) as u8).collect()).collect();
        let faces: Vec<&[u8]> = faces.iter().map(Vec::as_slice).collect();
        let together = ready(classifier.classify(&faces)).unwrap();
        assert_eq!(together.len(), 3);
        for (face, scores) in faces.iter().zip(together) {
            let alone = ready(classifier.classify(&[face])).unwrap()[0];
            for emotion in Emotion::ALL {
                assert!((alone.scores.of(emotion) - scores.scores.of(emotion)).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn a_fused_network_reads_what_the_network_makes_of_a_batch() {
        let device = Device::flex();
        let weights = Network::seeded(Architecture::Ferrum, 2, &device).varied().fused().to_half_precision().unwrap();
        let card = ModelCard::new(Architecture::Ferrum, &weights, Training::default());
        let card = ModelCard { form: Form::Fused, ..card };
        let network = Network::load(&card, &weights, &device).unwrap();
        let by_burn = NetworkRunner::new(network, card.labels, card.normalisation, device.clone());
        let classifier = Classifier::new(card, &weights, device).unwrap();
        let faces: Vec<Vec<u8>> =
            (0..4).map(|i| (0..48 * 48).map(|j| (i * 31 + j * 7 % 251) as u8).collect()).collect();
        let faces: Vec<&[u8]> = faces.iter().map(Vec::as_slice).collect();
        for n in 1..=4 {
            let expected = classifier.predictions(&ready(by_burn.run(&faces[..n])).unwrap()).unwrap();
            let actual = ready(classifier.classify(&faces[..n])).unwrap();
            assert_ne!(actual, expected, "two ways differ in their last bits");
            assert_eq!(actual.len(), n);
            for (actual, expected) in actual.iter().zip(&expected) {
                let shares = |prediction: &Prediction| {
                    [prediction.scores.probabilities().to_vec(), prediction.votes.unwrap().shares().to_vec()].concat()
                };
                let differences = shares(actual).into_iter().zip(shares(expected)).map(|(a, b)| (a - b).abs());
                assert!(differences.fold(0.0, f32::max) < 1e-4, "{actual:?} {expected:?}");
            }
        }
        assert!(matches!(ready(classifier.classify(&[&[0; 9]])), Err(ClassifyError::Face(9))));
    }

    #[test]
    fn the_label_order_is_the_cards() {
        let mut reversed = Emotion::ALL;
        reversed.reverse();
        let face: &[u8] = &[7; 48 * 48];
        let plain = ready(classifier(Emotion::ALL).classify(&[face])).unwrap()[0].scores.probabilities();
        let mut swapped = ready(classifier(reversed).classify(&[face])).unwrap()[0].scores.probabilities();
        swapped.reverse();
        assert_eq!(plain.map(f32::to_bits), swapped.map(f32::to_bits));
    }

    #[test]
    fn a_temperature_softens_and_the_threshold_decides_what_is_sure() {
        let device = Device::flex();
        let weights = Network::seeded(Architecture::Ferrum, 2, &device).to_half_precision().unwrap();
        let prediction = |calibration| {
            let card = ModelCard::new(Architecture::Ferrum, &weights, Training::default());
            let classifier = Classifier::new(ModelCard { calibration, ..card }, &weights, device.clone()).unwrap();
            ready(classifier.classify(&[&[7; 48 * 48]])).unwrap()[0]
        };
        let calibration = |temperature, threshold| {
            let votes_temperature = Some(temperature);
            Some(Calibration { temperature, votes_temperature, blend: None, threshold, coverage: 0.5, error: 0.1 })
        };
        let plain = prediction(None);
        let top = plain.scores.top();
        assert!(plain.is_sure && plain.votes.is_some());
        assert_eq!(prediction(calibration(1.0, 0.0)), plain);
        let soft = prediction(calibration(2.0, top.1));
        assert!(soft.scores.top().0 == top.0 && soft.scores.top().1 < top.1 && !soft.is_sure, "{soft:?}");
        let greatest = |votes: Votes| votes.shares().into_iter().fold(0.0, f32::max);
        assert!(greatest(soft.votes.unwrap()) < greatest(plain.votes.unwrap()));
    }

    #[test]
    fn no_face_is_no_work_and_a_wrong_size_is_refused() {
        let classifier = classifier(Emotion::ALL);
        assert!(ready(classifier.classify(&[])).unwrap().is_empty());
        assert!(matches!(ready(classifier.classify(&[&[0; 9]])), Err(ClassifyError::Face(9))));
    }
}
