//! Files and pixels in, faces out: all that the worker does, without the browser.

mod inspect;
mod photo;
mod test;

use std::fmt::Display;

use model_core::{Architecture, Classifier, ClassifyError, DeviceKind, InferenceDevice, ModelCard, device_check};
use pipeline::{Detector, Engine, FrameTask};
use vision::{FaceCrop, RgbaView};

pub use photo::Decoded;
pub(super) use photo::undecodable;

use super::detector;
use crate::{
    asset::Asset,
    card::read_card,
    detector::DetectorKind,
    problem::Problem,
    protocol::{AnalyzedFrame, GreyBytes, ReadBy},
};

/// The device failed, or a request came too early: this worker cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken(pub String);

impl From<ClassifyError> for Broken {
    fn from(error: ClassifyError) -> Self {
        Self(root_cause(&error.to_string()).to_owned())
    }
}

/// The last cause: Burn's errors are a list of causes over several lines, the most exact last, and a backtrace that
/// wasm does not have.
fn root_cause(error: &str) -> &str {
    let causes = error.split_once("\nBacktrace:").map_or(error, |(causes, _)| causes);
    let last = causes.rsplit_once("Caused by:").map_or(causes, |(_, last)| last);
    last.trim().trim_end_matches('.')
}

/// Device, detector and network, as far as they have come.
#[derive(Debug, Default)]
pub struct Reader {
    opened: Option<Opened>,
    detector: Option<Detector>,
    classifier: Option<Classifier>,
    /// Networks that are loaded beside the one in use, to compare.
    beside: Vec<Classifier>,
    /// The photo that was given last.
    photo: Option<photo::PhotoInWork>,
}

#[derive(Debug)]
struct Opened {
    kind: DeviceKind,
    device: InferenceDevice,
}

impl Reader {
    /// Open a device of `kind`.
    pub async fn open(&mut self, kind: DeviceKind) -> Result<(), Problem> {
        let opened = kind.open().await;
        let device = opened.map_err(|error| Problem::loading(Asset::Program(kind), error, "Use the CPU"))?;
        self.opened = Some(Opened { kind, device });
        Ok(())
    }

    /// Find faces by `detector` from now on; the inner error leaves the one in use as it was.
    pub async fn use_detector(
        &mut self,
        detector: DetectorKind,
        files: &[Vec<u8>],
    ) -> Result<Result<(), Problem>, Broken> {
        let Opened { device, .. } = self.opened.as_ref().ok_or_else(too_early)?;
        let read = detector::read(detector, files, device).await?;
        Ok(read.map(|detector| self.detector = Some(detector)))
    }

    /// Find small and far faces, too, by the net in `files`; the inner error leaves the detector as it was.
    pub async fn extend_detector(&mut self, files: &[Vec<u8>]) -> Result<Result<(), Problem>, Broken> {
        let Opened { device, .. } = self.opened.as_ref().ok_or_else(too_early)?;
        let detector = self.detector.as_mut().ok_or_else(too_early)?;
        detector::extend(detector, files, device).await
    }

    /// Use `network` from now on, and give its card; the inner error leaves what was in use as it was.
    pub async fn load(
        &mut self,
        network: Architecture,
        card: &[u8],
        weights: &[u8],
    ) -> Result<Result<ModelCard, Problem>, Broken> {
        let Opened { device, .. } = self.opened.as_ref().ok_or_else(too_early)?;
        let classifier = match classifier(network, card, weights, device.clone()).await? {
            Ok(classifier) => classifier,
            Err(problem) => return Ok(Err(problem)),
        };
        let card = classifier.card().clone();
        self.classifier = Some(classifier);
        Ok(Ok(card))
    }

    /// The faces of a frame, whose pixels took `capture_ms` to get.
    pub async fn frame(&self, image: RgbaView<'_>, task: FrameTask, capture_ms: f64) -> Result<AnalyzedFrame, Broken> {
        let (detector, classifier, device) = self.in_use()?;
        let (analysis, crops) = Engine::new(detector, classifier).analyze_frame(image, &task).await?;
        let read_by = read_by(detector, classifier, device);
        Ok(AnalyzedFrame { analysis, crops: crops.into_iter().map(levels).collect(), capture_ms, read_by })
    }

    fn in_use(&self) -> Result<(&Detector, &Classifier, DeviceKind), Broken> {
        let detector = self.detector.as_ref().ok_or_else(too_early)?;
        let (classifier, device) = self.network_in_use()?;
        Ok((detector, classifier, device))
    }

    fn network_in_use(&self) -> Result<(&Classifier, DeviceKind), Broken> {
        let in_use = self.classifier.as_ref().zip(self.opened.as_ref().map(|opened| opened.kind));
        in_use.ok_or_else(too_early)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "named as a function of `map`")]
fn levels(crop: FaceCrop) -> GreyBytes {
    GreyBytes(crop.pixels().into())
}

fn read_by(detector: &Detector, classifier: &Classifier, device: DeviceKind) -> ReadBy {
    ReadBy { detector: detector::in_use(detector), network: classifier.card().architecture, device }
}

fn too_early() -> Broken {
    Broken("expected a device, a detector and a network first".into())
}

/// The network of `card` and `weights`, if it is the one that was asked for and reads a face.
async fn classifier(
    network: Architecture,
    card: &[u8],
    weights: &[u8],
    device: InferenceDevice,
) -> Result<Result<Classifier, Problem>, Broken> {
    let unfit = |error: &dyn Display| Ok(Err(Problem::unfit(Asset::Network(network), error)));
    let card = match read_card(network, card) {
        Ok(card) => card,
        Err(problem) => return Ok(Err(problem)),
    };
    let classifier = match Classifier::new(card, weights, device) {
        Ok(classifier) => classifier,
        Err(error) => return unfit(&error),
    };
    // The first run compiles shaders, which must not count as the time of a face.
    match classifier.classify(&[&device_check::faces()[0]]).await {
        Ok(_) => Ok(Ok(classifier)),
        Err(lost @ ClassifyError::Device(_)) => Err(lost.into()),
        Err(error) => unfit(&error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_error_of_burn_the_last_cause_is_told() {
        // As it came when the device was destroyed in Chromium.
        let lost = "the device could not run the network: The device is poisoned\nCaused by:\n  The device is poisoned\n\
            Caused by:\n  Destroyed: Device was destroyed.\nBacktrace:\nNo backtrace available";
        assert_eq!(root_cause(lost), "Destroyed: Device was destroyed");
        assert_eq!(root_cause("expected a face"), "expected a face");
    }
}
