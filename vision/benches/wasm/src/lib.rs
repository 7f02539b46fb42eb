//! What the benchmark beside opencv.js needs of `vision`: see `vision/benches/README.md`.

use vision::cascade::{Cascade, CascadeConfig};
use vision::{DecodeLimits, GreyView, decode, grey};
use wasm_bindgen::prelude::*;

/// A cascade, parsed.
#[wasm_bindgen]
pub struct Detector(Cascade);

#[wasm_bindgen]
impl Detector {
    /// The cascade in OpenCV's XML.
    #[wasm_bindgen(constructor)]
    pub fn new(xml: &str) -> Result<Self, JsError> {
        Ok(Self(Cascade::from_xml(xml)?))
    }

    /// Faces in `width`×`height` grey bytes: x, y, width and height of each, one after the other.
    pub fn detect(
        &self,
        grey: &[u8],
        width: usize,
        height: usize,
        scale_factor: f64,
        min_neighbors: u32,
        min_size: usize,
    ) -> Result<Vec<i32>, JsError> {
        let config = CascadeConfig { scale_factor, min_neighbors, min_size };
        let groups = self.0.detect_grey(GreyView::new(width, height, grey)?, &config)?;
        Ok(groups.iter().flat_map(|group| [group.rect.x, group.rect.y, group.rect.width, group.rect.height]).collect())
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
