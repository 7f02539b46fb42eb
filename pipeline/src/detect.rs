//! The seam between a picture and whatever finds faces in it.

use model_core::ClassifyError;
use serde::{Deserialize, Serialize};
use vision::{Detection, RgbaView};

use crate::blaze::BlazePhoto;

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

    /// The faces of `expected` that are still there, each where it is now. Only detectors that do this faster than a
    /// search implement it; the others find none, so that a search follows.
    async fn detect_around(
        &self,
        _image: RgbaView<'_>,
        _expected: &[Detection],
    ) -> Result<Vec<Detection>, ClassifyError> {
        Ok(vec![])
    }

    /// Search the photo `image` one step further, which must be the one of the steps before. A detector that knows no
    /// steps does all in one.
    async fn search_step(&self, image: RgbaView<'_>, scan: &mut PhotoScan) -> Result<(), ClassifyError> {
        scan.finish(self.detect(image, Search::Photo).await?);
        Ok(())
    }
}

/// The search of a photo, as far as it has come: plain data, which a detector takes a step further.
#[derive(Clone, Debug, Default)]
pub struct PhotoScan {
    faces: Vec<Detection>,
    progress: f32,
    can_turn: bool,
    pub(crate) blaze: BlazePhoto,
}

impl PhotoScan {
    /// Faces found so far, in descending score.
    pub(crate) fn faces(&self) -> &[Detection] {
        &self.faces
    }

    /// Share of the search that is done, 0 to 1.
    pub(crate) fn progress(&self) -> f32 {
        self.progress
    }

    /// Whether everything was searched.
    pub(crate) fn is_done(&self) -> bool {
        self.progress >= 1.0
    }

    /// Whether the detector tells upright faces from others and is sure of itself, so that other turns are worth a try.
    pub(crate) fn can_turn(&self) -> bool {
        self.can_turn
    }

    /// The search is over, and `faces` is what was found.
    pub(crate) fn finish(&mut self, faces: Vec<Detection>) {
        (self.faces, self.progress) = (faces, 1.0);
    }

    /// Take over the faces that BlazeFace has found so far.
    pub(crate) fn take_blaze(&mut self) {
        (self.faces, self.can_turn) = (self.blaze.faces(), true);
        self.progress = if self.blaze.is_done() { 1.0 } else { self.blaze.progress().min(0.99) };
    }
}

impl<D: Detect> Detect for &D {
    async fn detect(&self, image: RgbaView<'_>, search: Search) -> Result<Vec<Detection>, ClassifyError> {
        D::detect(self, image, search).await
    }

    async fn detect_around(
        &self,
        image: RgbaView<'_>,
        expected: &[Detection],
    ) -> Result<Vec<Detection>, ClassifyError> {
        D::detect_around(self, image, expected).await
    }

    async fn search_step(&self, image: RgbaView<'_>, scan: &mut PhotoScan) -> Result<(), ClassifyError> {
        D::search_step(self, image, scan).await
    }
}
