//! Names of splits and labels in copies of FER2013.

use model_core::Emotion;

/// A split by its place in [`Fer2013`](super::Fer2013).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SplitName {
    Training,
    PublicTest,
    PrivateTest,
    /// A test or validation split of which nobody knows what it was drawn from.
    Mixed,
}

impl SplitName {
    /// Upper case, underscores and the like do not matter.
    pub(super) fn of(name: &str) -> Option<Self> {
        match &*letters(name) {
            "training" | "train" => Some(Self::Training),
            "publictest" => Some(Self::PublicTest),
            "privatetest" => Some(Self::PrivateTest),
            "test" | "testing" | "validation" | "valid" | "val" => Some(Self::Mixed),
            _ => None,
        }
    }
}

/// The label that a folder or a cell is named for: FER2013's word or number, another form of the word, or both (`3
/// happy`).
pub(super) fn label(name: &str) -> Option<Emotion> {
    const SYNONYMS: [&[&str]; Emotion::COUNT] = [
        &["angry", "anger"],
        &["disgust", "disgusted"],
        &["fear", "fearful", "scared", "afraid"],
        &["happy", "happiness", "joy"],
        &["sad", "sadness"],
        &["surprise", "surprised", "suprise"],
        &["neutral", "neutrality", "natural"],
    ];
    let words = letters(name);
    if words.is_empty() {
        return name.trim().parse().ok().and_then(|number: usize| Emotion::ALL.get(number).copied());
    }
    Emotion::ALL.into_iter().find(|&label| SYNONYMS[label as usize].contains(&&*words))
}

/// Whether it is FER+'s eighth expression, which FER2013 does not have.
pub(super) fn is_contempt(name: &str) -> bool {
    matches!(&*letters(name), "contempt" | "contemptuous")
}

fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_numbers_and_both_are_labels() {
        let cases = [
            ("angry", Some(Emotion::Angry)),
            ("Anger", Some(Emotion::Angry)),
            ("disgusted", Some(Emotion::Disgust)),
            ("0", Some(Emotion::Angry)),
            ("06", Some(Emotion::Neutral)),
            ("3 happy", Some(Emotion::Happy)),
            ("3_Happiness", Some(Emotion::Happy)),
            // Other data sets number otherwise; the word says which is meant.
            ("1-happy", Some(Emotion::Happy)),
            ("suprise", Some(Emotion::Surprise)),
            ("7", None),
            ("-1", None),
            ("3.5", None),
            ("contempt", None),
            ("", None),
            ("__", None),
        ];
        for (name, expected) in cases {
            assert_eq!(label(name), expected, "{name}");
        }
        assert!(is_contempt("7 Contempt") && !is_contempt("happy"));
    }

    #[test]
    fn splits_are_known_by_their_letters() {
        let cases = [
            ("Training", Some(SplitName::Training)),
            ("train", Some(SplitName::Training)),
            ("public_test", Some(SplitName::PublicTest)),
            ("PRIVATETEST", Some(SplitName::PrivateTest)),
            ("validation", Some(SplitName::Mixed)),
            ("trains", None),
            ("", None),
        ];
        for (name, expected) in cases {
            assert_eq!(SplitName::of(name), expected, "{name}");
        }
    }
}
