//! The seam between the pipeline and whatever finds faces.

use serde::{Deserialize, Serialize};

use crate::{Point, Rect, RgbaView};

/// A face found in an image.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// Where, in pixels of the image that was searched.
    pub rect: Rect,
    /// How sure the detector is, on its own scale (cascade: number of overlapping windows that agreed). Higher is
    /// surer.
    pub score: f32,
    /// Centres of the two eyes, left in the image first, if the detector finds them.
    pub eyes: Option<[Point; 2]>,
}

/// Finds faces. Owns its weights; stateless between images.
pub trait Detect {
    /// Detections in descending score.
    fn detect(&self, image: RgbaView<'_>) -> Vec<Detection>;
}
