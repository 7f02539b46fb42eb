//! The seven labels of FER2013.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An apparent expression, in the label order of FER2013 (`Emotion::Angry as usize == 0`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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
    pub const COUNT: usize = 7;

    /// Every label; `ALL[i] as usize == i`.
    pub const ALL: [Self; Self::COUNT] =
        [Self::Angry, Self::Disgust, Self::Fear, Self::Happy, Self::Sad, Self::Surprise, Self::Neutral];

    /// FER2013's word for the label, lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Angry => "angry",
            Self::Disgust => "disgust",
            Self::Fear => "fear",
            Self::Happy => "happy",
            Self::Sad => "sad",
            Self::Surprise => "surprise",
            Self::Neutral => "neutral",
        }
    }
}

impl fmt::Display for Emotion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that is not one of the seven labels.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected one of angry, disgust, fear, happy, sad, surprise, neutral; got `{0}`")]
pub struct UnknownEmotion(pub String);

impl FromStr for Emotion {
    type Err = UnknownEmotion;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|emotion| emotion.name().eq_ignore_ascii_case(word));
        known.ok_or_else(|| UnknownEmotion(word.to_owned()))
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
