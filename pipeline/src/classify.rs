//! The seam between pixels and tensors.

use model_core::{Classifier, ClassifyError, Prediction};
use vision::FaceCrop;

/// Says how probable each expression is: [`model_core::Classifier`] in life, a fake in tests.
#[allow(async_fn_in_trait, reason = "wasm futures are not Send; the trait is used as a bound, never as dyn")]
pub trait Classify {
    /// One [`Prediction`] per crop, in order. Async because a GPU can only be read back so on the web.
    async fn classify(&self, crops: &[FaceCrop]) -> Result<Vec<Prediction>, ClassifyError>;
}

impl<C: Classify> Classify for &C {
    async fn classify(&self, crops: &[FaceCrop]) -> Result<Vec<Prediction>, ClassifyError> {
        C::classify(self, crops).await
    }
}

impl Classify for Classifier {
    async fn classify(&self, crops: &[FaceCrop]) -> Result<Vec<Prediction>, ClassifyError> {
        let faces: Vec<&[u8]> = crops.iter().map(FaceCrop::pixels).collect();
        self.classify(&faces).await
    }
}
