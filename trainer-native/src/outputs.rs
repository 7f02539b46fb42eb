//! The outputs of a network for whole splits.

use anyhow::Result;
use model_core::{Device, Emotion, FaceLogits, Network, NetworkRunner, Normalisation, Vote};

use crate::{
    calibration::{Logits, Targets, label_indices, nll},
    data::{SIDE, Split},
    weights::Weights,
};

/// Faces a batch when nothing is trained.
pub const EVAL_BATCH: usize = 256;

/// Logits of pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct Outputs {
    /// Logits of the labels, in [`Emotion::ALL`] order whatever the card's is.
    pub labels: Logits,
    /// Logits of the raters' votes, in [`Vote::ALL`] order; `None` if the network has none.
    pub votes: Option<Logits>,
}

impl Outputs {
    /// The mean of two looks at the same pictures: its softmax is the mean of both softmaxes.
    ///
    /// # Panics
    /// If the two are not of as many pictures, or of different networks.
    #[must_use]
    pub fn averaged(&self, other: &Self) -> Self {
        let votes = self.votes.as_ref().zip(other.votes.as_ref());
        Self { labels: self.labels.averaged(&other.labels), votes: votes.map(|(a, b)| a.averaged(b)) }
    }

    /// The most probable label of every picture.
    pub fn predicted(&self) -> Vec<Emotion> {
        self.labels.predicted().into_iter().map(|i| Emotion::ALL[i]).collect()
    }

    /// Mean cross-entropy with the labels of `split`, nats, and the share of its pictures that are called so.
    ///
    /// # Panics
    /// If these are not the outputs for `split`.
    pub fn loss_and_accuracy(&self, split: &Split) -> Result<(f64, f64)> {
        assert_eq!(self.labels.len(), split.len(), "an output for each picture");
        let loss = nll(&self.labels, &Targets::of_labels(&label_indices(split), Emotion::COUNT)?, 1.0);
        let n_right = self.predicted().iter().zip(split.labels()).filter(|(called, label)| called == label).count();
        Ok((loss, n_right as f64 / split.len() as f64))
    }
}

/// A network that reads whole splits.
#[derive(Debug)]
pub struct Reader(NetworkRunner);

impl Reader {
    /// The network of `weights`, checked against its card.
    pub fn new(weights: &Weights, device: &Device) -> Result<Self> {
        let (labels, normalisation) = (weights.card.labels, weights.card.normalisation);
        Ok(Self(NetworkRunner::new(weights.network(device)?, labels, normalisation, device.clone())))
    }

    /// A network in training, which is on `device`.
    pub(crate) fn of_network(network: Network, device: &Device) -> Self {
        Self(NetworkRunner::new(network, Emotion::ALL, Normalisation::SYMMETRIC, device.clone()))
    }

    /// Every picture of `split`, as it is.
    pub fn read(&self, split: &Split) -> Result<Outputs> {
        self.read_changed(split, &<[u8]>::to_vec)
    }

    /// Every picture of `split` after `change`, from and to [`crate::data::FACE_LEN`] row-major grey levels.
    pub fn read_changed(&self, split: &Split, change: &dyn Fn(&[u8]) -> Vec<u8>) -> Result<Outputs> {
        let faces: Vec<Vec<u8>> = split.faces().map(change).collect();
        let mut logits: Vec<FaceLogits> = Vec::with_capacity(faces.len());
        for batch in faces.chunks(EVAL_BATCH) {
            let batch: Vec<&[u8]> = batch.iter().map(Vec::as_slice).collect();
            logits.extend(pollster::block_on(self.0.run(&batch))?);
        }
        let labels = logits.iter().flat_map(|face| face.labels).collect();
        let votes: Option<Vec<[f32; Vote::COUNT]>> = logits.iter().map(|face| face.votes).collect();
        let votes = votes.filter(|votes| !votes.is_empty()).map(|votes| Logits::new(votes.concat(), Vote::COUNT));
        Ok(Outputs { labels: Logits::new(labels, Emotion::COUNT)?, votes: votes.transpose()? })
    }
}

/// The mirror image of a face.
pub fn mirrored(face: &[u8]) -> Vec<u8> {
    face.chunks_exact(SIDE).flat_map(|row| row.iter().rev().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::FACE_LEN;
    use model_core::{Architecture, ModelCard, Training};

    fn weights(architecture: Architecture) -> Weights {
        let bytes = Network::seeded(architecture, 3, &Device::flex()).to_half_precision().unwrap();
        Weights { card: ModelCard::new(architecture, &bytes, Training::default()), bytes }
    }

    fn reader(weights: &Weights) -> Reader {
        Reader::new(weights, &Device::flex()).unwrap()
    }

    /// More than one batch.
    fn split() -> Split {
        let mut split = Split::default();
        for i in 0..EVAL_BATCH + 3 {
            let face: Vec<u8> = (0..FACE_LEN).map(|pixel| (pixel * (i + 7) % 253) as u8).collect();
            split.push(&face, Emotion::ALL[i % Emotion::COUNT]);
        }
        split
    }

    #[test]
    fn both_heads_are_read_of_every_picture_as_the_classifier_reads_them() {
        let (weights, split) = (weights(Architecture::Ferrum), split());
        let outputs = reader(&weights).read(&split).unwrap();
        let votes = outputs.votes.as_ref().unwrap();
        assert_eq!((outputs.labels.len(), votes.len(), votes.n_classes()), (split.len(), split.len(), 8));
        let last = split.len() - 1;
        let classifier = weights.classifier(Device::flex()).unwrap();
        let prediction = pollster::block_on(classifier.classify(&[split.face(last)])).unwrap()[0];
        let of_labels = outputs.labels.probabilities(1.0).nth(last).unwrap();
        let of_votes = votes.probabilities(1.0).nth(last).unwrap();
        let expected = [&prediction.scores.probabilities()[..], &prediction.votes.unwrap().shares()].concat();
        for (actual, expected) in of_labels.into_iter().chain(of_votes).zip(expected) {
            assert!((actual - f64::from(expected)).abs() < 1e-5, "expected {expected}, got {actual}");
        }
    }

    #[test]
    fn labels_come_in_one_order_and_a_network_without_votes_has_none() {
        let mut weights = weights(Architecture::Small);
        let split = split().subset(&[0, 1]);
        let in_order = reader(&weights).read(&split).unwrap();
        assert_eq!(in_order.votes, None);
        weights.card.labels.reverse();
        let reversed = reader(&weights).read(&split).unwrap();
        for (a, b) in in_order.labels.rows().zip(reversed.labels.rows()) {
            assert!(a.iter().rev().eq(b), "{a:?} {b:?}");
        }
    }

    #[test]
    fn a_change_is_what_is_read_and_two_looks_meet_in_the_middle() {
        let (reader, split) = (reader(&weights(Architecture::Ferrum)), split().subset(&[0, 1]));
        let mut flipped = Split::default();
        (0..2).for_each(|i| flipped.push(&mirrored(split.face(i)), split.label(i)));
        let (plain, mirror) = (reader.read(&split).unwrap(), reader.read_changed(&split, &mirrored).unwrap());
        assert_eq!(mirror, reader.read(&flipped).unwrap());
        assert_ne!(mirror, plain);
        let both = plain.averaged(&mirror);
        let of = |outputs: &Outputs| outputs.labels.probabilities(1.0).next().unwrap()[0];
        assert!((of(&both) - f64::midpoint(of(&plain), of(&mirror))).abs() < 1e-6);
        assert!(both.votes.is_some());
    }

    #[test]
    fn a_mirror_image_of_a_mirror_image_is_the_face() {
        let face: Vec<u8> = (0..FACE_LEN).map(|pixel| (pixel % 251) as u8).collect();
        assert_eq!((mirrored(&face)[0], mirrored(&face)[SIDE - 1]), (47, 0));
        assert_eq!(mirrored(&mirrored(&face)), face);
    }
}
