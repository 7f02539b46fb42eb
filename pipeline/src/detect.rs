//! The seam between a picture and whatever finds faces in it.

use model_core::ClassifyError;
use serde::{Deserialize, Serialize};
use vision::{Detection, RgbaView};

/// How thoroughly a picture is searched, by detectors that have a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Search {
    /// Everything, whatever it costs: small and many faces in a photo.
    Photo,
    /// Near faces, as before a webcam; the fastest.
    Near,
    /// Farther and smaller faces of a frame.
    Far,
}

/// Finds faces. Stateless between images.
#[allow(async_fn_in_trait, reason = "wasm futures are not Send; the trait is used as a bound, never as dyn")]
pub trait Detect {
    /// Detections in descending score. Async because a GPU can only be read back so on the web.
    async fn detect(&self, image: RgbaView<'_>, search: Search) -> Result<Vec<Detection>, ClassifyError>;
}

impl<D: Detect> Detect for &D {
    async fn detect(&self, image: RgbaView<'_>, search: Search) -> Result<Vec<Detection>, ClassifyError> {
        D::detect(self, image, search).await
    }
}
