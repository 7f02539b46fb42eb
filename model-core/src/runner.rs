//! The one way to run a network over faces: from grey levels to logits.

use burn::tensor::{Device, Tensor, TensorData};

use crate::{ClassifyError, Emotion, INPUT_SIDE, Network, Normalisation, Vote, fused::FusedFeatures, input};

/// A network on a device, with what it takes to feed it and to read its outputs.
#[derive(Debug)]
pub struct NetworkRunner {
    network: Network,
    /// The labels of the outputs, in their order.
    labels: [Emotion; Emotion::COUNT],
    normalisation: Normalisation,
    device: Device,
    /// Another way to the features, see [`NetworkRunner::for_few_faces`].
    fused: Option<FusedFeatures>,
}

/// Outputs of a network for one face: unbounded numbers, which softmax makes probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaceLogits {
    /// In [`Emotion::ALL`] order, whatever that of the outputs is.
    pub labels: [f32; Emotion::COUNT],
    /// In [`Vote::ALL`] order; `None` if the network has no such head.
    pub votes: Option<[f32; Vote::COUNT]>,
}

impl NetworkRunner {
    /// `network`, which is on `device`; `labels` are those of its outputs, in their order.
    pub fn new(
        network: Network,
        labels: [Emotion; Emotion::COUNT],
        normalisation: Normalisation,
        device: Device,
    ) -> Self {
        Self { network, labels, normalisation, device, fused: None }
    }

    /// The same by the kernels for single faces, if the device is the CPU and the network is fused: several times as fast
    /// for a few faces, and slower for hundreds, which are otherwise done on all threads.
    #[must_use]
    pub fn for_few_faces(self) -> Self {
        let fused = (self.device == Device::flex()).then(|| FusedFeatures::new(&self.network)).flatten();
        Self { fused, ..self }
    }

    /// Logits of each face, in order, all in one batch. No face, no work.
    ///
    /// `faces`: [`INPUT_SIDE`]² row-major grey levels each. Async because a GPU in the browser can only be read back
    /// so.
    pub async fn run(&self, faces: &[&[u8]]) -> Result<Vec<FaceLogits>, ClassifyError> {
        if faces.is_empty() {
            return Ok(vec![]);
        }
        self.logits(self.features(faces)?).await
    }

    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    /// The convolutional part of the network on faces: `[faces, channels, side, side]`.
    fn features(&self, faces: &[&[u8]]) -> Result<Tensor<4>, ClassifyError> {
        let Some(fused) = &self.fused else { return Ok(self.network.features(self.batch(faces)?)) };
        check(faces)?;
        let run = |face: &&[u8]| {
            let levels: Vec<f32> = self.normalisation.apply(face).collect();
            fused.run(&levels, [INPUT_SIDE; 2])
        };
        let means: Vec<f32> = faces.iter().flat_map(run).collect();
        let shape = [faces.len(), means.len() / faces.len(), 1, 1];
        Ok(Tensor::from_data(TensorData::new(means, shape), &self.device))
    }

    /// Faces as network input: `[faces, 1, INPUT_SIDE, INPUT_SIDE]`.
    pub(crate) fn batch(&self, faces: &[&[u8]]) -> Result<Tensor<4>, ClassifyError> {
        check(faces)?;
        Ok(input::batch(faces, self.normalisation, &self.device))
    }

    /// Both heads on features `[faces, channels, side, side]`.
    pub(crate) async fn logits(&self, features: Tensor<4>) -> Result<Vec<FaceLogits>, ClassifyError> {
        let (labels, votes) = self.network.heads(features);
        let votes = match votes {
            Some(votes) => rows(votes).await?.into_iter().map(Some).collect(),
            None => vec![None; labels.dims()[0]],
        };
        let labels = rows(labels).await?.into_iter().map(|row| self.canonical(row));
        Ok(labels.zip(votes).map(|(labels, votes)| FaceLogits { labels, votes }).collect())
    }

    /// Outputs in their own order to [`Emotion::ALL`] order.
    fn canonical(&self, outputs: [f32; Emotion::COUNT]) -> [f32; Emotion::COUNT] {
        let mut logits = outputs;
        for (emotion, logit) in self.labels.iter().zip(outputs) {
            logits[*emotion as usize] = logit;
        }
        logits
    }
}

/// Whether every face has as many grey levels as it must.
fn check(faces: &[&[u8]]) -> Result<(), ClassifyError> {
    match faces.iter().find(|face| face.len() != INPUT_SIDE * INPUT_SIDE) {
        Some(face) => Err(ClassifyError::Face(face.len())),
        None => Ok(()),
    }
}

/// The rows of `[faces, N]`.
async fn rows<const N: usize>(logits: Tensor<2>) -> Result<Vec<[f32; N]>, ClassifyError> {
    let logits = logits.into_data_async().await.map_err(|error| ClassifyError::Device(error.to_string()))?;
    let logits = logits.as_slice::<f32>().map_err(|error| ClassifyError::Device(format!("{error:?}")))?;
    Ok(logits.as_chunks::<N>().0.to_vec())
}
