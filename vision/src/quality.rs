//! How well a face can be read: size, light, sharpness and direction, as numbers and as issues.

mod central_patch;
mod issue;
mod yaw;

use serde::{Deserialize, Serialize};

use crate::{Detection, FaceCrop, Square};
use central_patch::CentralPatch;
pub use issue::QualityIssue;

/// Least share of the crop's side that sharpness is corrected for: smaller faces have no detail left to make up for.
const LEAST_ENLARGED: f32 = 0.4;

/// How well a face can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Shorter side of its rectangle, pixels of the searched image; 0 or more.
    pub side: f32,
    /// Mean grey level of the middle of the face as a share of white, in `0..=1`.
    pub brightness: f32,
    /// Fine detail over contrast in the middle of the face, at about 24 pixels a side: the variance of second differences
    /// over that of the levels, across or down, whichever is less. 0 of an even grey, about 0.4 of a sharp face, 6 of
    /// noise, 16 at most; a face smaller than the crop is made up for what enlarging took. Does not depend on the light.
    pub sharpness: f32,
    /// How far the head is turned, radians in `-π/2..=π/2`: 0 faces the camera, above 0 the nose is to the right in the
    /// picture. `None` if the detector finds no parts of the face.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yaw: Option<f32>,
}

impl Quality {
    /// The quality of the face of `detection`, of which `crop` is the cut-out. Takes some 30 µs.
    ///
    /// Light and sharpness are those of the crop, since that is what a network sees: a blur that shrinking has removed
    /// takes nothing from it.
    pub fn of(detection: &Detection, crop: &FaceCrop) -> Self {
        let rect = detection.rect;
        let side = rect.width.min(rect.height).max(0.0);
        let patch = CentralPatch::of(crop);
        // Sharp faces of 40, 32, 28 and 24 pixels have 0.73, 0.58, 0.51 and 0.44 of the sharpness that they have at 48,
        // by the median of 115 (the example `quality`): nearly in proportion to their side.
        let cut_side = detection.key_points.as_ref().and_then(Square::of).map_or(side, Square::side);
        let enlarged = (cut_side / crop.side() as f32).clamp(LEAST_ENLARGED, 1.0);
        Self {
            side,
            brightness: patch.mean() / 255.0,
            sharpness: patch.sharpness() / enlarged,
            yaw: detection.key_points.and_then(yaw::yaw),
        }
    }

    /// The issues that keep the face from being read, the worst first.
    pub fn issues(self) -> impl Iterator<Item = QualityIssue> + use<> {
        QualityIssue::ALL.into_iter().filter(move |issue| issue.is_of(self))
    }

    /// Whether the face has pixels enough for a label that is sure.
    pub fn allows_sure_label(self) -> bool {
        self.side >= Self::MIN_SURE_SIDE
    }

    /// The issue to be mended first, if there is one.
    pub fn worst_issue(self) -> Option<QualityIssue> {
        self.issues().next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rect;

    fn quality(width: f32, level: u8) -> Quality {
        let detection =
            Detection { rect: Rect { width, height: 50.0, ..Rect::default() }, score: 1.0, key_points: None };
        Quality::of(&detection, &FaceCrop::new(48, vec![level; 48 * 48]).expect("48×48 pixels"))
    }

    #[test]
    fn side_and_light_are_those_of_the_face() {
        for (width, level, side, brightness) in
            [(40.0, 0, 40.0, 0.0), (60.0, 255, 50.0, 1.0), (-1.0, 51, 0.0, 0.2), (f32::NAN, 0, 50.0, 0.0)]
        {
            let quality = quality(width, level);
            assert!(
                (quality.side - side).abs() < 1e-6 && (quality.brightness - brightness).abs() < 1e-6,
                "{quality:?}"
            );
            assert_eq!((quality.sharpness, quality.yaw), (0.0, None));
        }
    }

    #[test]
    fn a_crop_of_any_side_has_a_quality() {
        for side in [1, 2, 3, 5, 24, 47, 48, 49, 96, 200] {
            let levels = (0..side * side).map(|idx| (idx * 7 % 256) as u8).collect();
            let crop = FaceCrop::new(side, levels).expect("a square");
            let rect = Rect { width: side as f32, height: side as f32, ..Rect::default() };
            let detection = Detection { rect, score: 1.0, key_points: None };
            let Quality { brightness, sharpness, .. } = Quality::of(&detection, &crop);
            assert!(
                (0.0..=1.0).contains(&brightness) && (0.0..=16.0 * 1.001).contains(&sharpness),
                "{side}: {sharpness}"
            );
        }
    }

    #[test]
    fn a_small_face_is_made_up_for_what_enlarging_took() {
        let levels = (0..48 * 48).map(|idx| (idx * idx / 5 % 256) as u8).collect();
        let crop = FaceCrop::new(48, levels).expect("48×48 pixels");
        let sharpness = |side: f32| {
            let rect = Rect { width: side, height: side, ..Rect::default() };
            Quality::of(&Detection { rect, score: 1.0, key_points: None }, &crop).sharpness
        };
        for (side, factor) in [(200.0, 1.0), (48.0, 1.0), (32.0, 1.5), (24.0, 2.0), (1.0, 2.5), (0.0, 2.5)] {
            assert!((sharpness(side) / sharpness(48.0) - factor).abs() < 1e-4, "{side}: {}", sharpness(side));
        }
    }

    #[test]
    fn a_quality_survives_json() {
        for yaw in [None, Some(0.5)] {
            let quality = Quality { yaw, ..quality(40.0, 99) };
            let json = serde_json::to_string(&quality).expect("plain numbers");
            assert_eq!(serde_json::from_str::<Quality>(&json).expect("what was written"), quality);
        }
    }
}
