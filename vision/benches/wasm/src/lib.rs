//! The part of `vision` that is timed beside opencv.js: see `vision/benches/README.md`.

use vision::cascade::{Cascade, CascadeConfig, HaarDetector};
use vision::{DecodeLimits, RgbaView, decode, grey};
use wasm_bindgen::prelude::*;

/// A cascade with its settings.
#[wasm_bindgen]
pub struct Detector(HaarDetector);

#[wasm_bindgen]
impl Detector {
    /// The cascade in OpenCV's XML.
    #[wasm_bindgen(constructor)]
    pub fn new(xml: &str, scale_factor: f64, min_neighbors: u32, min_size: usize) -> Result<Self, JsError> {
        let config = CascadeConfig { scale_factor, min_neighbors, min_size };
        Ok(Self(HaarDetector::new(Cascade::from_xml(xml)?, config)?))
    }

    /// Faces in `width`×`height` RGBA pixels: x, y, width and height of each, one after the other.
    pub fn detect(&self, rgba: &[u8], width: usize, height: usize) -> Result<Vec<f32>, JsError> {
        let faces = self.0.detect(RgbaView::new(width, height, rgba)?);
        Ok(faces.iter().flat_map(|face| [face.rect.x, face.rect.y, face.rect.width, face.rect.height]).collect())
    }
}

/// Grey pixels of a picture file.
#[wasm_bindgen]
pub struct Grey {
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    data: Vec<u8>,
}

#[wasm_bindgen]
impl Grey {
    /// The picture in `file`, as the page would decode it.
    pub fn decode(file: &[u8]) -> Result<Self, JsError> {
        let picture = decode(file, DecodeLimits::default())?;
        Ok(Self { width: picture.width(), height: picture.height(), data: grey(picture.view().data()) })
    }

    /// Row-major, `width * height` bytes.
    pub fn data(&self) -> Vec<u8> {
        self.data.clone()
    }
}
