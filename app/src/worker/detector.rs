//! What finds faces in the worker, made of the files that the window sends.

use std::{fmt::Display, str};

use model_core::{BlazeFace, BlazeRange, ClassifyError, Device};
use pipeline::{BlazeDetector, Detect, Detector, Search};
use vision::{
    RgbaView,
    cascade::{Cascade, CascadeConfig, HaarDetector},
};

use super::Broken;
use crate::{
    detector::{DetectorInUse, DetectorKind},
    part::Part,
    problem::Problem,
};

/// Side of a black picture without a face, pixels.
const BLACK_SIDE: usize = 64;

/// The detector of these files, which are those of [`Request::Detector`](crate::protocol::Request::Detector).
pub(super) async fn read(
    kind: DetectorKind,
    files: &[Vec<u8>],
    device: &Device,
) -> Result<Result<Detector, Problem>, Broken> {
    let part = Part::Detector(kind);
    match kind {
        DetectorKind::Haar => {
            let [cascade] = files else { return Err(Broken("expected a cascade".into())) };
            Ok(haar(cascade).map_err(|error| Problem::unfit(part, error)))
        }
        DetectorKind::BlazeFace => {
            let short = match net(BlazeRange::Short, files, device)? {
                Ok(short) => short,
                Err(error) => return Ok(Err(Problem::unfit(part, error))),
            };
            let detector = Detector::BlazeFace(Box::new(BlazeDetector::new(short)));
            Ok(try_out(&detector, Search::Near, part).await?.map(|()| detector))
        }
    }
}

/// Find small and far faces, too, by the net in `files`, which are those of
/// [`Request::FullRange`](crate::protocol::Request::FullRange). The inner error leaves the detector as it was.
pub(super) async fn extend(
    detector: &mut Detector,
    files: &[Vec<u8>],
    device: &Device,
) -> Result<Result<(), Problem>, Broken> {
    let Detector::BlazeFace(blaze) = detector else { return Err(Broken("expected BlazeFace first".into())) };
    match net(BlazeRange::Full, files, device)? {
        Ok(full) => blaze.add_full(full),
        Err(error) => return Ok(Err(Problem::unfit(Part::FullRange, error))),
    }
    try_out(detector, Search::Far, Part::FullRange).await
}

/// Which one it is.
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

fn net(range: BlazeRange, files: &[Vec<u8>], device: &Device) -> Result<Result<BlazeFace, String>, Broken> {
    let [card, weights] = files else { return Err(Broken("expected card and weights".into())) };
    Ok(BlazeFace::load(range, card, weights, device).map_err(words))
}

/// The first run compiles shaders, which must not count as the time of a picture.
async fn try_out(detector: &Detector, search: Search, part: Part) -> Result<Result<(), Problem>, Broken> {
    let black = vec![0; BLACK_SIDE * BLACK_SIDE * 4];
    let black = RgbaView::new(BLACK_SIDE, BLACK_SIDE, &black).map_err(|error| Broken(error.to_string()))?;
    match detector.detect(black, search).await {
        Ok(_) => Ok(Ok(())),
        Err(lost @ ClassifyError::Device(_)) => Err(lost.into()),
        Err(error) => Ok(Err(Problem::unfit(part, error))),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "named as a function of `map_err`")]
fn words(error: impl Display) -> String {
    error.to_string()
}
