//! What finds faces in the worker: one of the detectors that a person can choose, behind one type.

use std::{fmt::Display, str};

use model_core::{ClassifyError, Device};
use pipeline::{Detect, Search};
use vision::{
    Detection, RgbaView,
    cascade::{Cascade, CascadeConfig, HaarDetector},
};

use super::Broken;
use crate::{
    detector::{DetectorInUse, DetectorKind},
    part::Part,
    problem::Problem,
};

/// One of the detectors.
#[derive(Debug)]
pub(super) enum Detector {
    Haar(HaarDetector),
}

impl Detector {
    /// The detector of these files, which are those of [`Request::Detector`](crate::protocol::Request::Detector).
    pub(super) async fn read(
        kind: DetectorKind,
        files: &[Vec<u8>],
        _device: &Device,
    ) -> Result<Result<Self, Problem>, Broken> {
        match (kind, files) {
            (DetectorKind::Haar, [cascade]) => Ok(haar(cascade)),
            (DetectorKind::Haar, _) => Err(Broken("expected a cascade".into())),
            (DetectorKind::BlazeFace, _) => Ok(Err(unfit(kind, &"expected a worker with BlazeFace, got one without"))),
        }
    }

    /// Find small and far faces, too, by the net in `files`, which are those of
    /// [`Request::FullRange`](crate::protocol::Request::FullRange).
    pub(super) async fn extend(&mut self, _files: &[Vec<u8>], _device: &Device) -> Result<Result<(), Problem>, Broken> {
        Err(Broken("expected BlazeFace first".into()))
    }

    /// Which one it is.
    pub(super) fn in_use(&self) -> DetectorInUse {
        match self {
            Self::Haar(_) => DetectorInUse { kind: DetectorKind::Haar, full_range: true },
        }
    }
}

fn haar(cascade: &[u8]) -> Result<Detector, Problem> {
    let unfit = |error: &dyn Display| unfit(DetectorKind::Haar, error);
    let text = str::from_utf8(cascade).map_err(|error| unfit(&error))?;
    let cascade = Cascade::from_xml(text).map_err(|error| unfit(&error))?;
    let detector = HaarDetector::new(cascade, CascadeConfig::default()).map_err(|error| unfit(&error))?;
    Ok(Detector::Haar(detector))
}

fn unfit(kind: DetectorKind, error: &dyn Display) -> Problem {
    Problem::unfit(Part::Detector(kind), error)
}

impl Detect for Detector {
    async fn detect(&self, image: RgbaView<'_>, search: Search) -> Result<Vec<Detection>, ClassifyError> {
        match self {
            Self::Haar(detector) => Detect::detect(detector, image, search).await,
        }
    }
}
