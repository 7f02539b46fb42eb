//! The detector that finds faces, and its status.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// A detector that a person can choose. Its `Display` is for the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DetectorKind {
    /// A small network that also finds eyes, nose, mouth and ears; one net for near faces, one for all.
    #[default]
    BlazeFace,
    /// OpenCV's cascade: upright faces turned to the camera.
    Haar,
}

/// The detector that finds faces now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetectorInUse {
    /// The detector.
    pub kind: DetectorKind,
    /// Whether it finds small and far faces too. `BlazeFace` does so by a second net, which comes later.
    pub full_range: bool,
}

/// The status of the detectors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DetectorStatus {
    /// The detector in use; it stays until another one can take over.
    pub in_use: Option<DetectorInUse>,
    /// The detector that is being loaded.
    pub coming: Option<DetectorKind>,
    /// Why `BlazeFace`, which a person chose, is not used: the classic detector is the fallback.
    pub failed: Option<Problem>,
    /// Whether small and far faces are found.
    pub range: Range,
}

/// Whether small and far faces are found.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Range {
    /// Not yet, and nothing needs them.
    #[default]
    Near,
    /// The net for them is on its way.
    Coming,
    /// Yes.
    Full,
    /// The net for them cannot be loaded.
    Failed(Problem),
}

impl DetectorKind {
    /// Both, in the order of the menu.
    pub const ALL: [Self; 2] = [Self::BlazeFace, Self::Haar];

    /// The word in the store and in the menu's values.
    pub fn id(self) -> &'static str {
        match self {
            Self::BlazeFace => "blazeface",
            Self::Haar => "haar",
        }
    }

    /// Whether it finds eyes, nose, mouth and ears.
    pub fn has_key_points(self) -> bool {
        self == Self::BlazeFace
    }
}

impl fmt::Display for DetectorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BlazeFace => "BlazeFace",
            Self::Haar => "classic detector",
        })
    }
}

/// No detector has that [`DetectorKind::id`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownDetector;

impl FromStr for DetectorKind {
    type Err = UnknownDetector;

    fn from_str(id: &str) -> Result<Self, UnknownDetector> {
        Self::ALL.into_iter().find(|detector| detector.id() == id).ok_or(UnknownDetector)
    }
}

impl DetectorStatus {
    /// One word: `loading`, `ready`, or `stand-in` while the classic detector is used instead of `BlazeFace`.
    pub(crate) fn word(&self) -> &'static str {
        match (self.in_use, &self.failed) {
            (Some(_), Some(_)) => "stand-in",
            (Some(_), None) => "ready",
            (None, _) => "loading",
        }
    }

    /// Whether somebody waits for `detector`: as the first one, or as the one to take over.
    pub(crate) fn awaits(&self, detector: DetectorKind) -> bool {
        self.in_use.is_none() || self.coming == Some(detector)
    }

    /// Whether a net for small and far faces is on its way, for which a photo waits.
    pub(crate) fn awaits_full_range(&self) -> bool {
        self.range == Range::Coming
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detector_is_known_by_its_id() {
        for detector in DetectorKind::ALL {
            assert_eq!(detector.id().parse(), Ok(detector));
        }
        assert_eq!("".parse::<DetectorKind>(), Err(UnknownDetector));
    }
}
