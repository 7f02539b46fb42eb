//! A network ready to use: faces in, probabilities out.

mod look;

use burn::tensor::{Device, Tensor};
use thiserror::Error;

pub use look::{LearnedWeights, Look, Maps};

use crate::{Emotion, INPUT_SIDE, ModelCard, Network, Scores, ScoresError, WeightsError, input};

/// A network with its card, on a device.
#[derive(Debug)]
pub struct Classifier {
    card: ModelCard,
    network: Network,
    device: Device,
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
    pub fn new(card: ModelCard, weights: &[u8], device: Device) -> Result<Self, WeightsError> {
        let network = Network::load(&card, weights, &device)?;
        Ok(Self { card, network, device })
    }

    /// What is known of the weights.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// Probabilities of each face, in order, all in one batch. No face, no work.
    ///
    /// `faces`: [`INPUT_SIDE`]² row-major grey levels each. Async because a GPU in the browser can only be read back
    /// so.
    pub async fn classify(&self, faces: &[&[u8]]) -> Result<Vec<Scores>, ClassifyError> {
        if faces.is_empty() {
            return Ok(vec![]);
        }
        self.scores(self.network.forward(self.batch(faces)?)).await
    }

    /// Faces as network input: `[faces, 1, INPUT_SIDE, INPUT_SIDE]`.
    fn batch(&self, faces: &[&[u8]]) -> Result<Tensor<4>, ClassifyError> {
        match faces.iter().find(|face| face.len() != INPUT_SIDE * INPUT_SIDE) {
            Some(face) => Err(ClassifyError::Face(face.len())),
            None => Ok(input::batch(faces, self.card.normalisation, &self.device)),
        }
    }

    /// Logits `[faces, 7]` to probabilities.
    async fn scores(&self, logits: Tensor<2>) -> Result<Vec<Scores>, ClassifyError> {
        let logits = logits.into_data_async().await.map_err(|error| ClassifyError::Device(error.to_string()))?;
        let logits = logits.as_slice::<f32>().map_err(|error| ClassifyError::Device(format!("{error:?}")))?;
        let rows = logits.chunks_exact(Emotion::COUNT);
        rows.map(|row| Ok(Scores::from_logits(self.canonical(row))?)).collect()
    }

    /// Outputs in the card's label order to [`Emotion::ALL`] order.
    fn canonical(&self, row: &[f32]) -> [f32; Emotion::COUNT] {
        let mut logits = [f32::NAN; Emotion::COUNT];
        for (emotion, logit) in self.card.labels.iter().zip(row) {
            logits[*emotion as usize] = *logit;
        }
        logits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Architecture, Training};
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
                assert!((alone.of(emotion) - scores.of(emotion)).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn the_label_order_is_the_cards() {
        let mut reversed = Emotion::ALL;
        reversed.reverse();
        let face: &[u8] = &[7; 48 * 48];
        let plain = ready(classifier(Emotion::ALL).classify(&[face])).unwrap()[0].probabilities();
        let mut swapped = ready(classifier(reversed).classify(&[face])).unwrap()[0].probabilities();
        swapped.reverse();
        assert_eq!(plain.map(f32::to_bits), swapped.map(f32::to_bits));
    }

    #[test]
    fn no_face_is_no_work_and_a_wrong_size_is_refused() {
        let classifier = classifier(Emotion::ALL);
        assert!(ready(classifier.classify(&[])).unwrap().is_empty());
        assert!(matches!(ready(classifier.classify(&[&[0; 9]])), Err(ClassifyError::Face(9))));
    }
}
