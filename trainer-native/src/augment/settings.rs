//! Settings of augmentation.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Affine, Erasing, Gamma, Light, Webcam};
use crate::data::SIDE;

/// Augmentation of a training picture, in this order. Every part can be off.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augmentation {
    /// Probability that left and right are exchanged. 0: off.
    pub flip: f32,
    /// Turns, scales and shifts the picture. `None`: off.
    pub affine: Option<Affine>,
    /// Side of the view, pixels, from 1 to [`SIDE`]. [`SIDE`]: the whole picture.
    pub crop_side: usize,
    /// Where in the picture a smaller view lies.
    pub crop_place: CropPlace,
    /// Changes brightness and contrast. `None`: off.
    pub light: Option<Light>,
    /// Changes the tone curve. `None`: off.
    pub gamma: Option<Gamma>,
    /// Does what cheap cameras do. `None`: off.
    pub webcam: Option<Webcam>,
    /// Covers a part of the view. `None`: off.
    pub erasing: Option<Erasing>,
}

/// Where in the picture a view lies that is smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CropPlace {
    /// In the middle; of an odd difference, the larger half is right and below.
    Centre,
    /// Anywhere, in whole pixels.
    Random,
}

impl Augmentation {
    /// Nothing: the picture as it is.
    pub const NONE: Self = Self {
        flip: 0.0,
        affine: None,
        crop_side: SIDE,
        crop_place: CropPlace::Centre,
        light: None,
        gamma: None,
        webcam: None,
        erasing: None,
    };

    /// Whether every number is in its range. Settings that come from a file are checked before they are used.
    pub fn check(&self) -> Result<(), SettingsError> {
        if !(1..=SIDE).contains(&self.crop_side) {
            return Err(SettingsError::CropSide(self.crop_side));
        }
        let mut check = RangeCheck { error: None };
        check.within("flip", &[self.flip], 0.0, 1.0);
        if let Some(Affine { probability, scale, shift, rotation }) = self.affine {
            check.within("affine.probability", &[probability], 0.0, 1.0);
            check.within("affine.scale", &scale, 0.1, 10.0);
            check.within("affine.shift", &[shift], 0.0, 1.0);
            check.within("affine.rotation", &[rotation], 0.0, std::f32::consts::PI);
        }
        if let Some(Light { probability, brightness, contrast }) = self.light {
            check.within("light.probability", &[probability], 0.0, 1.0);
            check.within("light.brightness", &[brightness], 0.0, 1.0);
            check.within("light.contrast", &[contrast], 0.0, 1.0);
        }
        if let Some(Gamma { probability, exponent }) = self.gamma {
            check.within("gamma.probability", &[probability], 0.0, 1.0);
            check.within("gamma.exponent", &exponent, 0.1, 10.0);
        }
        if let Some(Webcam { probability, shrink, quality }) = self.webcam {
            check.within("webcam.probability", &[probability], 0.0, 1.0);
            check.within("webcam.shrink", &shrink, 1.0, SIDE as f32);
            check.within("webcam.quality", &quality.map(f32::from), 1.0, 100.0);
        }
        if let Some(Erasing { probability, area, aspect }) = self.erasing {
            check.within("erasing.probability", &[probability], 0.0, 1.0);
            check.within("erasing.area", &area, 0.0, 1.0);
            check.within("erasing.aspect", &aspect, 0.01, 100.0);
        }
        check.error.map_or(Ok(()), Err)
    }
}

/// Checks of ranges; keeps the first error.
struct RangeCheck {
    error: Option<SettingsError>,
}

impl RangeCheck {
    /// Each of `values` from `low` to `high`, and not one less than the one before it.
    fn within(&mut self, name: &'static str, values: &[f32], low: f32, high: f32) {
        let are_fine = values.iter().all(|value| (low..=high).contains(value)) && values.is_sorted();
        if !are_fine && self.error.is_none() {
            self.error = Some(SettingsError::Number { name, low, high, actual: format!("{values:?}") });
        }
    }
}

/// Settings that make no sense.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum SettingsError {
    /// A view larger than the picture, or without a pixel.
    #[error("expected a crop_side from 1 to {SIDE}, got {0}")]
    CropSide(usize),
    /// A number out of its range, or a range that runs backwards.
    #[error("expected {name} from {low} to {high}, the lower end first, got {actual}")]
    Number {
        /// The setting.
        name: &'static str,
        /// Least that is allowed.
        low: f32,
        /// Most that is allowed.
        high: f32,
        /// The given value.
        actual: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augment::all_parts;

    #[test]
    fn settings_survive_json() {
        for settings in [Augmentation::NONE, all_parts()] {
            settings.check().unwrap();
            let json = serde_json::to_string(&settings).unwrap();
            assert_eq!(serde_json::from_str::<Augmentation>(&json).unwrap(), settings, "{json}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let recipe = all_parts();
        let (affine, webcam) = (recipe.affine.unwrap(), recipe.webcam.unwrap());
        let cases = [
            (Augmentation { crop_side: 0, ..recipe }, "expected a crop_side from 1 to 48, got 0"),
            (Augmentation { crop_side: 49, ..recipe }, "expected a crop_side from 1 to 48, got 49"),
            (Augmentation { flip: 1.5, ..recipe }, "expected flip from 0 to 1, the lower end first, got [1.5]"),
            (Augmentation { flip: f32::NAN, ..recipe }, "got [NaN]"),
            (
                Augmentation { affine: Some(Affine { scale: [1.2, 0.8], ..affine }), ..recipe },
                "expected affine.scale from 0.1 to 10, the lower end first, got [1.2, 0.8]",
            ),
            (
                Augmentation { webcam: Some(Webcam { quality: [0, 50], ..webcam }), ..recipe },
                "expected webcam.quality from 1 to 100, the lower end first, got [0.0, 50.0]",
            ),
        ];
        for (settings, expected) in cases {
            let error = settings.check().unwrap_err().to_string();
            assert!(error.ends_with(expected), "{error}");
        }
    }
}
