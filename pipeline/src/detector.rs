//! The detector in use, of either kind.

use model_core::ClassifyError;
use vision::{Detection, Rect, RgbaView, cascade::HaarDetector, resize};

use crate::{BlazeDetector, Detect, PhotoScan, Search};

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
            Self::Haar(haar) => Ok(detect_by_cascade(haar, image)),
            Self::BlazeFace(blaze) => blaze.detect(image, search).await,
        }
    }

    async fn search_step(&self, image: RgbaView<'_>, scan: &mut PhotoScan) -> Result<(), ClassifyError> {
        match self {
            Self::Haar(_) => {
                scan.finish(self.detect(image, Search::Photo).await?);
                Ok(())
            }
            Self::BlazeFace(blaze) => blaze.search_step(image, scan).await,
        }
    }

    async fn detect_around(
        &self,
        image: RgbaView<'_>,
        expected: &[Detection],
    ) -> Result<Vec<Detection>, ClassifyError> {
        match self {
            Self::Haar(_) => Ok(vec![]),
            Self::BlazeFace(blaze) => blaze.detect_around(image, expected).await,
        }
    }
}

/// Longer side of a picture in which the cascade searches, pixels: its time grows with the pixels, 2 s of 1280×960.
const MAX_CASCADE_SIDE: usize = 1280;

/// The faces that `haar` finds in `image`, or in a smaller picture of it if that is large.
fn detect_by_cascade(haar: &HaarDetector, image: RgbaView<'_>) -> Vec<Detection> {
    let longer = image.width().max(image.height());
    if longer <= MAX_CASCADE_SIDE {
        return haar.detect(image);
    }
    let scaled = |side: usize| (side * MAX_CASCADE_SIDE / longer).max(1);
    let [width, height] = [image.width(), image.height()].map(scaled);
    let small = resize(image, width, height);
    let Ok(view) = RgbaView::new(width, height, &small) else { return vec![] };
    let [across, down] = [(image.width(), width), (image.height(), height)].map(|(of, to)| of as f32 / to as f32);
    let enlarged = |Detection { rect, .. }: &Detection| Rect {
        x: rect.x * across,
        y: rect.y * down,
        width: rect.width * across,
        height: rect.height * down,
    };
    haar.detect(view).iter().map(|face| Detection { rect: enlarged(face), ..*face }).collect()
}
