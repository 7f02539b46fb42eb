//! The detectors as they are timed beside TensorFlow Lite: see `pipeline/benches/README.md`.

use model_core::{BlazeFace, BlazeRange, Device};
use pipeline::{BlazeDetector, Detect, Detector, Search};
use vision::cascade::{Cascade, CascadeConfig, HaarDetector};
use vision::{DecodeLimits, Detection, RgbaView};
use wasm_bindgen::prelude::*;

/// A network of `BlazeFace`, ready, on the CPU.
#[wasm_bindgen]
pub struct Network(BlazeFace);

#[wasm_bindgen]
impl Network {
    /// The network of `card`, which is JSON.
    #[wasm_bindgen(constructor)]
    pub fn new(is_full: bool, card: &[u8], weights: &[u8]) -> Result<Self, JsError> {
        let range = if is_full { BlazeRange::Full } else { BlazeRange::Short };
        Ok(Self(BlazeFace::load(range, card, weights, Device::flex())?))
    }

    /// The boxes of all anchors, 16 numbers each, then their scores. `picture`: `[side, side, 3]`, -1 to 1.
    pub async fn run(&self, picture: &[f32]) -> Result<Vec<f32>, JsError> {
        let faces = self.0.run(picture).await?;
        let numbers = |faces: &model_core::RawFaces| [faces.boxes.as_flattened(), &faces.scores].concat();
        Ok(faces.iter().flat_map(numbers).collect())
    }
}

/// A detector, as the page has it.
#[wasm_bindgen]
pub struct FaceDetector(Detector);

#[wasm_bindgen]
impl FaceDetector {
    /// `BlazeFace` with both networks.
    pub fn blazeface(short: Network, full: Network) -> Self {
        let mut detector = BlazeDetector::new(short.0);
        detector.add_full(full.0);
        Self(Detector::BlazeFace(Box::new(detector)))
    }

    /// The cascade in OpenCV's XML, with the settings of the page.
    pub fn haar(xml: &str) -> Result<Self, JsError> {
        let detector = HaarDetector::new(Cascade::from_xml(xml)?, CascadeConfig::default())?;
        Ok(Self(Detector::Haar(Box::new(detector))))
    }

    /// Near faces in `width`×`height` RGBA pixels: x, y, width and height of each, one after the other.
    pub async fn near(&self, rgba: &[u8], width: usize, height: usize) -> Result<Vec<f32>, JsError> {
        self.detect(rgba, width, height, Search::Near).await
    }

    /// Farther ones as well.
    pub async fn far(&self, rgba: &[u8], width: usize, height: usize) -> Result<Vec<f32>, JsError> {
        self.detect(rgba, width, height, Search::Far).await
    }
}

impl FaceDetector {
    async fn detect(&self, rgba: &[u8], width: usize, height: usize, search: Search) -> Result<Vec<f32>, JsError> {
        let faces = self.0.detect(RgbaView::new(width, height, rgba)?, search).await?;
        let numbers = |Detection { rect, .. }: &Detection| [rect.x, rect.y, rect.width, rect.height];
        Ok(faces.iter().flat_map(numbers).collect())
    }
}

/// Pixels of a picture file.
#[wasm_bindgen]
pub struct Picture(vision::Picture);

#[wasm_bindgen]
impl Picture {
    /// The picture in `file`, as the page would decode it.
    pub fn decode(file: &[u8]) -> Result<Self, JsError> {
        Ok(Self(vision::decode(file, DecodeLimits::default())?))
    }

    /// Pixels.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> usize {
        self.0.width()
    }

    /// Row-major RGBA.
    #[wasm_bindgen(getter)]
    pub fn data(&self) -> Vec<u8> {
        self.0.view().data().to_vec()
    }
}
