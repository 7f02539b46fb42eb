//! The things that are fetched before faces can be read.

use std::fmt;

use model_core::{Architecture, DeviceKind};
use serde::{Deserialize, Serialize};

use crate::detector::DetectorKind;

/// Something that is fetched before faces can be read. Its `Display` is for the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Asset {
    /// The program of the worker for a device.
    Program(DeviceKind),
    /// The first files of a detector: card and weights, or the cascade.
    Detector(DetectorKind),
    /// Card and weights of `BlazeFace`'s second net, for small and far faces.
    FullRange,
    /// Card and weights.
    Network(Architecture),
}

impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(device) => write!(f, "{device} engine"),
            Self::Detector(DetectorKind::BlazeFace) => f.write_str("BlazeFace detector"),
            Self::Detector(DetectorKind::Haar) => f.write_str("classic detector"),
            Self::FullRange => f.write_str("detector of small and far faces"),
            Self::Network(Architecture::Ferrum) => f.write_str("Ferrum network"),
            Self::Network(Architecture::UNet) => f.write_str("U-net network"),
            Self::Network(network) => write!(f, "{network} network"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_read_well_in_a_sentence() {
        let cases = [
            (Asset::Program(DeviceKind::Cpu), "CPU engine"),
            (Asset::Program(DeviceKind::WebGpu), "WebGPU engine"),
            (Asset::Detector(DetectorKind::BlazeFace), "BlazeFace detector"),
            (Asset::Detector(DetectorKind::Haar), "classic detector"),
            (Asset::FullRange, "detector of small and far faces"),
            (Asset::Network(Architecture::Ferrum), "Ferrum network"),
            (Asset::Network(Architecture::Residual), "residual network"),
            (Asset::Network(Architecture::UNet), "U-net network"),
        ];
        for (part, expected) in cases {
            assert_eq!(part.to_string(), expected);
        }
    }
}
