//! The face detectors that come with the project, built into the program.

use anyhow::{Context, Result};
use clap::ValueEnum;
use model_core::{BlazeFace, BlazeRange, Device};
use pipeline::{BlazeDetector, Detector};
use vision::cascade::{Cascade, CascadeConfig, HaarDetector};

/// A face detector that comes with the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ShippedDetector {
    /// MediaPipe's two networks
    Blazeface,
    /// OpenCV's cascade `frontalface_default`
    HaarDefault,
    /// OpenCV's cascade `frontalface_alt`
    HaarAlt,
    /// OpenCV's cascade `frontalface_alt2`
    HaarAlt2,
}

impl ShippedDetector {
    /// The word for it in flags and files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Blazeface => "blazeface",
            Self::HaarDefault => "haar-default",
            Self::HaarAlt => "haar-alt",
            Self::HaarAlt2 => "haar-alt2",
        }
    }

    /// The detector, its networks on `device`.
    pub fn open(self, device: &Device) -> Result<Detector> {
        let xml = match self {
            Self::Blazeface => return Ok(Detector::BlazeFace(Box::new(blazeface(device)?))),
            Self::HaarDefault => include_str!("../../vision/cascades/haarcascade_frontalface_default.xml"),
            Self::HaarAlt => include_str!("../../vision/cascades/haarcascade_frontalface_alt.xml"),
            Self::HaarAlt2 => include_str!("../../vision/cascades/haarcascade_frontalface_alt2.xml"),
        };
        let cascade = Cascade::from_xml(xml).context(self.id())?;
        Ok(Detector::Haar(Box::new(HaarDetector::new(cascade, CascadeConfig::default())?)))
    }
}

/// With both networks.
fn blazeface(device: &Device) -> Result<BlazeDetector> {
    let short = (
        include_bytes!("../../www/models/blazeface-short.json"),
        include_bytes!("../../www/models/blazeface-short.safetensors"),
    );
    let full = (
        include_bytes!("../../www/models/blazeface-full.json"),
        include_bytes!("../../www/models/blazeface-full.safetensors"),
    );
    let mut detector = BlazeDetector::new(BlazeFace::load(BlazeRange::Short, short.0, short.1, device)?);
    detector.add_full(BlazeFace::load(BlazeRange::Full, full.0, full.1, device)?);
    Ok(detector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_detector_is_whole_and_known_by_its_word() {
        for &detector in ShippedDetector::value_variants() {
            assert!(detector.open(&Device::flex()).is_ok(), "{detector:?}");
            assert_eq!(ShippedDetector::from_str(detector.id(), false), Ok(detector));
        }
    }
}
