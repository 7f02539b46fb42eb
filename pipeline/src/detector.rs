//! Whichever detector is in use.

use model_core::ClassifyError;
use vision::{Detection, RgbaView, cascade::HaarDetector};

use crate::{BlazeDetector, Detect, Search};

/// A detector of either kind.
#[derive(Debug)]
pub enum Detector {
    /// The classic: OpenCV's cascade.
    Haar(Box<HaarDetector>),
    /// MediaPipe's networks.
    BlazeFace(Box<BlazeDetector>),
}

impl Detect for Detector {
    async fn detect(&self, image: RgbaView<'_>, search: Search) -> Result<Vec<Detection>, ClassifyError> {
        match self {
            Self::Haar(haar) => Ok(haar.detect(image)),
            Self::BlazeFace(blaze) => blaze.detect(image, search).await,
        }
    }
}
