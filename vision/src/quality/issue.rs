//! Thresholds from which a face is too small, dark, bright, blurred or turned.

use serde::{Deserialize, Serialize};
use strum::{Display, IntoStaticStr, VariantArray};

use super::Quality;

/// A reason why a face cannot be read well.
///
/// In order, the worst first: a face that is small or dark is blurred as well, and mended by what mends the former.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum QualityIssue {
    /// Too few pixels, by [`Quality::side`].
    TooSmall,
    /// Too little light on it: [`Quality::brightness`] is low.
    TooDark,
    /// Too much light on it: [`Quality::brightness`] is high.
    TooBright,
    /// Turned to a side, by [`Quality::yaw`].
    TurnedAway,
    /// Out of focus or moving, by [`Quality::sharpness`].
    Blurred,
}

/// Where each issue begins: near where it has cost the network `ferrum` 5 of its 69.6 points of accuracy on the
/// pictures of FER2013 that were held out from its training (the example `quality_issues` of `trainer-native`), and
/// where few good faces have it: shares below are of 318 faces of 30 pixels or more in photos of `shared/media` (the
/// example `quality`).
impl Quality {
    /// Least [`Quality::side`], pixels. Faces of 28 pixels cost 2.8 points of accuracy, of 24 pixels 5.4.
    const MIN_SIDE: f32 = 28.0;
    /// Least [`Quality::side`] of a face whose label may be sure, pixels. Of the sure labels of faces of 48 pixels 10.4 %
    /// are not the majority of FER+'s raters (`quality_issues`), of 20 pixels 14.5 %, of 16 pixels 17.7 %, of 14 pixels
    /// 21.3 %, of 10 pixels 34.3 %.
    pub(super) const MIN_SURE_SIDE: f32 = 16.0;
    /// Least [`Quality::brightness`]. With 0.06 of the light, faces have 0.153 on average and 5.4 points are lost; with
    /// 0.125 of it, 0.213 and 2.6. No photo is below, whoever is on it: 1 % are below 0.259. With 0.06 of the light 43
    /// % are, with 0.03 of it 98 %.
    const MIN_BRIGHTNESS: f32 = 0.15;
    /// Most [`Quality::brightness`]. With 4 times the light, faces have 0.840 on average and 10.1 points are lost; with
    /// twice of it 0.722 and 1.4. 29 pictures have 0.817 or more as they are; 0.655 of them are labelled as the data
    /// do. No photo is above, 38 % are with 4 times the light and 73 % with 8 times.
    const MAX_BRIGHTNESS: f32 = 0.9;
    /// Most [`Quality::yaw`] to either side, radians: 40°. Chosen by geometry: at 41° the tip of the nose stands before
    /// the far eye (3.65 cm in front of the eyes, which are 3.18 cm from the middle), and it covers the cheek beside
    /// it.
    const MAX_YAW: f32 = 0.7;
    /// Least [`Quality::sharpness`]. A blur of 1 of the crop's 48 pixels costs 3.8 points and one of 1.5 10.0; a motion
    /// of 3 pixels 2.8, one of 5 11.2. 0.6 % of photos are below; with a blur of 1.5 65 %, of 2 94 %; with a motion of
    /// 5 pixels 57 %, of 7 94 %. Cut out upright, 1.07 times as sharp as along the rectangle (median), none of 316 is
    /// below (`trainer-native predict --json` of these photos).
    const MIN_SHARPNESS: f32 = 0.15;
}

impl QualityIssue {
    /// Every issue, the worst first.
    pub(super) const ALL: [Self; Self::VARIANTS.len()] = *Self::VARIANTS.first_chunk().expect("as many as there are");

    /// The word used in files.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Advice on how to mend it, in words for a person.
    pub fn advice(self) -> &'static str {
        match self {
            Self::TooSmall => "Come closer",
            Self::TooDark => "More light",
            Self::TooBright => "Less light",
            Self::TurnedAway => "Face the camera",
            Self::Blurred => "Hold still",
        }
    }

    /// Whether `quality` has it.
    pub(super) fn is_of(self, quality: Quality) -> bool {
        match self {
            Self::TooSmall => quality.side < Quality::MIN_SIDE,
            Self::TooDark => quality.brightness < Quality::MIN_BRIGHTNESS,
            Self::TooBright => quality.brightness > Quality::MAX_BRIGHTNESS,
            Self::TurnedAway => quality.yaw.is_some_and(|yaw| yaw.abs() > Quality::MAX_YAW),
            Self::Blurred => quality.sharpness < Quality::MIN_SHARPNESS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Quality = Quality { side: 100.0, brightness: 0.5, sharpness: 1.0, yaw: Some(0.1) };

    #[test]
    fn each_issue_is_found_alone() {
        let cases = [
            (GOOD, None),
            (Quality { yaw: None, ..GOOD }, None),
            (Quality { side: 20.0, ..GOOD }, Some(QualityIssue::TooSmall)),
            (Quality { brightness: 0.05, ..GOOD }, Some(QualityIssue::TooDark)),
            (Quality { brightness: 0.97, ..GOOD }, Some(QualityIssue::TooBright)),
            (Quality { yaw: Some(0.8), ..GOOD }, Some(QualityIssue::TurnedAway)),
            (Quality { yaw: Some(-0.8), ..GOOD }, Some(QualityIssue::TurnedAway)),
            (Quality { sharpness: 0.01, ..GOOD }, Some(QualityIssue::Blurred)),
        ];
        for (quality, expected) in cases {
            assert_eq!(quality.issues().collect::<Vec<_>>(), Vec::from_iter(expected), "{quality:?}");
            assert_eq!(quality.worst_issue(), expected);
        }
    }

    #[test]
    fn the_worst_issue_is_the_one_that_explains_the_others() {
        let quality = Quality { side: 20.0, brightness: 0.05, sharpness: 0.01, ..GOOD };
        assert_eq!(
            quality.issues().collect::<Vec<_>>(),
            [QualityIssue::TooSmall, QualityIssue::TooDark, QualityIssue::Blurred]
        );
        assert_eq!(quality.worst_issue(), Some(QualityIssue::TooSmall));
    }

    #[test]
    fn an_issue_has_one_word_in_every_file_and_advice_of_its_own() {
        let mut advice: Vec<_> = QualityIssue::ALL.into_iter().map(QualityIssue::advice).collect();
        for issue in QualityIssue::ALL {
            assert_eq!(serde_json::to_string(&issue).expect("a word"), format!("\"{issue}\""));
        }
        advice.sort_unstable();
        advice.dedup();
        assert_eq!(advice.len(), QualityIssue::ALL.len());
    }
}
