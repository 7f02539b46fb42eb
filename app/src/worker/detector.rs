//! The detector of the worker, made of the files that the window sends.

use std::{fmt::Display, str};

use model_core::{BlazeFace, BlazeRange, ClassifyError, InferenceDevice};
use pipeline::{BlazeDetector, Detector};
use vision::cascade::{Cascade, CascadeConfig, HaarDetector};

use super::Broken;
use crate::{
    asset::Asset,
    detector::{DetectorInUse, DetectorKind},
    problem::Problem,
};

/// The detector of these files, which are those of [`Request::Configure`](crate::protocol::Request::Configure).
pub(super) async fn read(
    kind: DetectorKind,
    files: &[Vec<u8>],
    device: &InferenceDevice,
) -> Result<Result<Detector, Problem>, Broken> {
    let part = Asset::Detector(kind);
    match kind {
        DetectorKind::Haar => {
            let [cascade] = files else { return Err(Broken("expected a cascade".into())) };
            Ok(haar(cascade).map_err(|error| Problem::unfit(part, error)))
        }
        DetectorKind::BlazeFace => {
            let short = net(BlazeRange::Short, files, device).await?;
            let detector = short.map(|short| Detector::BlazeFace(Box::new(BlazeDetector::new(short))));
            Ok(detector.map_err(|error| Problem::unfit(part, error)))
        }
    }
}

/// Find small and far faces, too, by the net in `files`, which are those of
/// [`Request::Configure`](crate::protocol::Request::Configure). The inner error leaves the detector as it was.
pub(super) async fn extend(
    detector: &mut Detector,
    files: &[Vec<u8>],
    device: &InferenceDevice,
) -> Result<Result<(), Problem>, Broken> {
    let Detector::BlazeFace(blaze) = detector else { return Err(Broken("expected BlazeFace first".into())) };
    let full = net(BlazeRange::Full, files, device).await?;
    Ok(full.map(|full| blaze.add_full(full)).map_err(|error| Problem::unfit(Asset::FullRange, error)))
}

/// Kind and range of `detector`.
pub(super) fn in_use(detector: &Detector) -> DetectorInUse {
    match detector {
        Detector::Haar(_) => DetectorInUse { kind: DetectorKind::Haar, full_range: true },
        Detector::BlazeFace(blaze) => DetectorInUse { kind: DetectorKind::BlazeFace, full_range: blaze.has_full() },
    }
}

fn haar(cascade: &[u8]) -> Result<Detector, String> {
    let text = str::from_utf8(cascade).map_err(words)?;
    let cascade = Cascade::from_xml(text).map_err(words)?;
    Ok(Detector::Haar(Box::new(HaarDetector::new(cascade, CascadeConfig::default()).map_err(words)?)))
}

/// The net of card and weights, once it has run: the first time compiles shaders, which must not count as the time of a
/// picture.
async fn net(
    range: BlazeRange,
    files: &[Vec<u8>],
    device: &InferenceDevice,
) -> Result<Result<BlazeFace, String>, Broken> {
    let [card, weights] = files else { return Err(Broken("expected card and weights".into())) };
    let net = match BlazeFace::load(range, card, weights, device) {
        Ok(net) => net,
        Err(error) => return Ok(Err(words(error))),
    };
    let grey = vec![0.0; range.side() * range.side() * 3];
    match net.run(&grey).await {
        Ok(_) => Ok(Ok(net)),
        Err(lost @ ClassifyError::Device(_)) => Err(lost.into()),
        Err(error) => Ok(Err(words(error))),
    }
}

fn words(error: impl Display) -> String {
    error.to_string()
}
