//! The one way to run a network over faces: from grey levels to logits.

use burn::tensor::{Device, Tensor, TensorData};

use crate::{
    ClassifyError, Emotion, INPUT_SIDE, Network, Normalisation, Vote, fused::FusedFeatures, gpu::FusedNetwork, input,
};

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
    /// Another way to the outputs, see [`NetworkRunner::on_gpu`].
    gpu: Option<FusedNetwork>,
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
        Self { network, labels, normalisation, device, fused: None, gpu: None }
    }

    /// The same by the kernels for single faces, if the device is the CPU and the network is fused: several times as fast
    /// for a few faces, and slower for hundreds, which are otherwise done on all threads.
    #[must_use]
    pub(crate) fn for_few_faces(self) -> Self {
        let fused = (self.device == Device::flex()).then(|| FusedFeatures::new(&self.network)).flatten();
        Self { fused, ..self }
    }

    /// The same by the kernels for WebGPU, which `gpu` has for this network; without it as before.
    #[must_use]
    pub(crate) fn on_gpu(self, gpu: Option<FusedNetwork>) -> Self {
        Self { gpu, ..self }
    }

    /// Logits of each face, in order, all in one batch. No face, no work.
    ///
    /// `faces`: [`INPUT_SIDE`]² row-major grey levels each. Async because a GPU in the browser can only be read back
    /// so.
    pub async fn run(&self, faces: &[&[u8]]) -> Result<Vec<FaceLogits>, ClassifyError> {
        if faces.is_empty() {
            return Ok(vec![]);
        }
        let Some(gpu) = &self.gpu else { return self.logits(self.features(faces)?).await };
        check(faces)?;
        let levels: Vec<f32> = faces.iter().flat_map(|face| self.normalisation.apply(face)).collect();
        Ok(self.split(&gpu.run(&levels).await?))
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

    /// Both heads on features `[faces, channels, side, side]`, in one read-back.
    pub(crate) async fn logits(&self, features: Tensor<4>) -> Result<Vec<FaceLogits>, ClassifyError> {
        let outputs = match self.network.heads(features) {
            (labels, Some(votes)) => Tensor::cat(vec![labels, votes], 1),
            (labels, None) => labels,
        };
        let outputs = outputs.into_data_async().await.map_err(|error| ClassifyError::Device(error.to_string()))?;
        let outputs = outputs.as_slice().map_err(|error| ClassifyError::Device(format!("{error:?}")))?;
        Ok(self.split(outputs))
    }

    /// `outputs`: for each face those of the labels, then those of the votes if the network has them.
    fn split(&self, outputs: &[f32]) -> Vec<FaceLogits> {
        let n_votes = if self.network.architecture().table().votes { Vote::COUNT } else { 0 };
        let rows = outputs.chunks_exact(Emotion::COUNT + n_votes).filter_map(<[f32]>::split_first_chunk);
        let logits = rows
            .map(|(labels, votes)| FaceLogits { labels: self.canonical(*labels), votes: votes.first_chunk().copied() });
        logits.collect()
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
