//! The seven labels of FER2013.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};
use thiserror::Error;

/// An apparent expression, in the label order of FER2013 (`Emotion::Angry as usize == 0`).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
#[strum(parse_err_ty = UnknownEmotion, parse_err_fn = UnknownEmotion::new)]
#[allow(missing_docs, reason = "the names say it all")]
pub enum Emotion {
    Angry,
    Disgust,
    Fear,
    Happy,
    Sad,
    Surprise,
    Neutral,
}

impl Emotion {
    /// Number of labels.
    pub const COUNT: usize = Self::VARIANTS.len();

    /// Every label; `ALL[i] as usize == i`.
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().expect("as many as there are");

    /// FER2013's word for the label, lower case.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// A word that is not one of the seven labels.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected one of angry, disgust, fear, happy, sad, surprise, neutral; got `{0}`")]
pub struct UnknownEmotion(pub String);

impl UnknownEmotion {
    fn new(word: &str) -> Self {
        Self(word.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_names_are_those_of_fer2013() {
        let names = Emotion::ALL.map(Emotion::name);
        assert_eq!(names, ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]);
        for (i, emotion) in Emotion::ALL.into_iter().enumerate() {
            assert_eq!(emotion as usize, i);
            assert_eq!(emotion.name().to_uppercase().parse(), Ok(emotion));
            assert_eq!(serde_json::to_string(&emotion).unwrap(), format!("\"{emotion}\""));
        }
        assert_eq!("contempt".parse::<Emotion>(), Err(UnknownEmotion("contempt".into())));
    }
}
