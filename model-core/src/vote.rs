//! The raters' votes that FER+ collected for FER2013's pictures.

use serde::{Deserialize, Serialize};
use strum::{Display, IntoStaticStr, VariantArray};

use crate::{
    Emotion,
    scores::{ScoresError, distribution, softmax},
};

/// An expression that a rater of FER+ could vote for, in the order of FER+'s file (Barsoum et al. 2016).
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
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it all")]
pub enum Vote {
    Neutral,
    Happiness,
    Surprise,
    Sadness,
    Anger,
    Disgust,
    Fear,
    Contempt,
}

impl Vote {
    /// Number of them.
    pub const COUNT: usize = Self::VARIANTS.len();

    /// Every one; `ALL[i] as usize == i`.
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().expect("as many as there are");

    /// FER2013's label for it, which has none for contempt.
    pub fn label(self) -> Option<Emotion> {
        match self {
            Self::Neutral => Some(Emotion::Neutral),
            Self::Happiness => Some(Emotion::Happy),
            Self::Surprise => Some(Emotion::Surprise),
            Self::Sadness => Some(Emotion::Sad),
            Self::Anger => Some(Emotion::Angry),
            Self::Disgust => Some(Emotion::Disgust),
            Self::Fear => Some(Emotion::Fear),
            Self::Contempt => None,
        }
    }

    /// FER+'s word for it, lower case.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// The share of raters expected to vote so, in [`Vote::ALL`] order. Invariant: finite, non-negative, sums to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f32; Vote::COUNT]", into = "[f32; Vote::COUNT]")]
pub struct Votes([f32; Vote::COUNT]);

impl Votes {
    /// Softmax of `logits`, which must be finite.
    pub fn from_logits(logits: [f32; Vote::COUNT]) -> Result<Self, ScoresError> {
        softmax(logits).map(Self)
    }

    /// The eight shares, in [`Vote::ALL`] order.
    pub fn shares(&self) -> [f32; Vote::COUNT] {
        self.0
    }

    /// The share of one.
    pub fn of(&self, vote: Vote) -> f32 {
        self.0[vote as usize]
    }
}

impl TryFrom<[f32; Vote::COUNT]> for Votes {
    type Error = ScoresError;

    fn try_from(shares: [f32; Vote::COUNT]) -> Result<Self, ScoresError> {
        distribution(shares).map(Self)
    }
}

impl From<Votes> for [f32; Vote::COUNT] {
    fn from(votes: Votes) -> Self {
        votes.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn votes_stand_in_their_order_and_are_shares() {
        assert!(Vote::ALL.iter().enumerate().all(|(i, &vote)| vote as usize == i));
        let votes = Votes::from_logits([0.0, 0.0, 0.0, 0.0, 9.0, 0.0, 0.0, 0.0]).unwrap();
        assert!(votes.of(Vote::Anger) > 0.99 && (votes.shares().iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(Votes::from_logits([f32::NAN; 8]).is_err());
        let json = serde_json::to_string(&votes).unwrap();
        assert_eq!(serde_json::from_str::<Votes>(&json).unwrap(), votes);
        assert!(serde_json::from_str::<Votes>("[1,1,0,0,0,0,0,0]").is_err());
    }
}
