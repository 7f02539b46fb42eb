//! How far FER+'s ten raters agree with FER2013's one label: how noisy the labels are.

use model_core::{Emotion, Vote};
use serde::{Deserialize, Serialize};

use crate::data::Split;

/// FER2013's labels beside FER+'s votes on the pictures of one split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Raters {
    /// FER2013's name for it.
    pub split: String,
    /// Number of pictures.
    pub n: usize,
    /// Pictures without a distribution: most raters saw no face, or none of the expressions, or nothing twice.
    pub n_without_distribution: usize,
    /// Pictures with a strict majority; see [`crate::data::Votes::majority`].
    pub n_majorities: usize,
    /// Share of these whose majority is the label; never so for contempt, which FER2013 has not.
    pub agreement: f64,
    /// The same of the pictures of each label, in [`Emotion::ALL`] order; 0 of none.
    pub agreement_of_labels: [f64; Emotion::COUNT],
}

impl Raters {
    /// The figures of `pictures`; `None` if nobody voted on them.
    pub fn of(split: &str, pictures: &Split) -> Option<Self> {
        let votes = || pictures.all_votes().iter().zip(pictures.labels());
        let is_agreed = |majority: usize, label: Emotion| Vote::ALL[majority].label() == Some(label);
        let majorities: Vec<_> = votes().filter_map(|(votes, &label)| Some((votes.majority()?, label))).collect();
        let share = |of: &dyn Fn(Emotion) -> bool| {
            let n = majorities.iter().filter(|(_, label)| of(*label)).count();
            let n_agreed = majorities.iter().filter(|(vote, label)| of(*label) && is_agreed(*vote, *label)).count();
            n_agreed as f64 / n.max(1) as f64
        };
        pictures.has_votes().then(|| Self {
            split: split.into(),
            n: pictures.len(),
            n_without_distribution: votes().filter(|(votes, _)| votes.distribution().is_none()).count(),
            n_majorities: majorities.len(),
            agreement: share(&|_| true),
            agreement_of_labels: Emotion::ALL.map(|emotion| share(&|label| label == emotion)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{FACE_LEN, Votes};

    #[test]
    fn agreement_is_of_the_pictures_that_have_a_majority() {
        let rows = [
            (Emotion::Happy, [0, 9, 1, 0, 0, 0, 0, 0, 0, 0]),
            (Emotion::Happy, [9, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
            (Emotion::Fear, [0, 0, 5, 0, 0, 0, 5, 0, 0, 0]), // no majority
            (Emotion::Sad, [0, 0, 0, 0, 0, 0, 0, 8, 2, 0]),  // contempt
            (Emotion::Sad, [0, 0, 0, 0, 0, 0, 0, 0, 0, 10]), // no face
            (Emotion::Angry, [0, 0, 0, 0, 10, 0, 0, 0, 0, 0]),
        ];
        let mut pictures = Split::default();
        for &(label, _) in &rows {
            pictures.push(&[0; FACE_LEN], label);
        }
        assert_eq!(Raters::of("Training", &pictures), None);
        let raters = Raters::of("Training", &pictures.with_votes(rows.map(|(_, votes)| Votes::new(votes)).to_vec()));
        let expected = Raters {
            split: "Training".into(),
            n: 6,
            n_without_distribution: 1,
            n_majorities: 4,
            agreement: 0.5,
            agreement_of_labels: [1.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0],
        };
        assert_eq!(raters, Some(expected));
    }

    #[test]
    fn the_votes_have_the_order_of_the_file() {
        assert_eq!(Vote::ALL.map(Vote::name), crate::data::ferplus::NAMES);
    }
}
