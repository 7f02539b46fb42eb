//! The part of `model-core` that is timed beside onnxruntime-web: see `model-core/benches/README.md`.

use model_core::{Classifier, Device, INPUT_SIDE, ModelCard};
use wasm_bindgen::prelude::*;

/// A network, ready.
#[wasm_bindgen]
pub struct Network(Classifier);

#[wasm_bindgen]
impl Network {
    /// The network of `card`, which is JSON, on the CPU.
    #[wasm_bindgen(constructor)]
    pub fn new(card: &[u8], weights: &[u8]) -> Result<Self, JsError> {
        Ok(Self(Classifier::new(ModelCard::from_json(card)?, weights, Device::flex())?))
    }

    /// The same on WebGPU.
    #[cfg(feature = "webgpu")]
    pub async fn on_webgpu(card: &[u8], weights: &[u8]) -> Result<Self, JsError> {
        let device = model_core::DeviceKind::WebGpu.open().await?;
        Ok(Self(Classifier::new(ModelCard::from_json(card)?, weights, device)?))
    }

    /// Probabilities of the labels of each face by the label head alone, in `Emotion::ALL` order, then the votes of each
    /// face if the network gives them. `faces`: grey levels, face by face.
    pub async fn classify(&self, faces: &[u8]) -> Result<Vec<f32>, JsError> {
        let faces: Vec<&[u8]> = faces.chunks(INPUT_SIDE * INPUT_SIDE).collect();
        let predictions = self.0.classify(&faces).await?;
        let labels = predictions.iter().map(|prediction| prediction.label_head.unwrap_or(prediction.scores));
        let labels = labels.flat_map(|scores| scores.probabilities());
        let votes = predictions.iter().filter_map(|prediction| prediction.votes).flat_map(|votes| votes.shares());
        Ok(labels.chain(votes).collect())
    }
}

/// The detector of a live frame on WebGPU, ready.
#[cfg(feature = "webgpu")]
#[wasm_bindgen]
pub struct Detector(model_core::BlazeFace);

#[cfg(feature = "webgpu")]
#[wasm_bindgen]
impl Detector {
    /// The short-range network of `card`, which is JSON.
    pub async fn on_webgpu(card: &[u8], weights: &[u8]) -> Result<Self, JsError> {
        let device = model_core::DeviceKind::WebGpu.open().await?;
        Ok(Self(model_core::BlazeFace::load(model_core::BlazeRange::Short, card, weights, device)?))
    }

    /// The scores of all anchors of a grey picture: what is asked of the GPU for one does not depend on its pixels.
    pub async fn search(&self) -> Result<Vec<f32>, JsError> {
        let side = self.0.range().side();
        let faces = self.0.run(&vec![0.0; side * side * 3]).await?;
        Ok(faces.into_iter().flat_map(|faces| faces.scores).collect())
    }
}
