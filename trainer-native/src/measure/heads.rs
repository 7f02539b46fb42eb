//! Each head of a network and both together, against FER2013's one label and against FER+'s ten raters.

use anyhow::Result;
use model_core::{Blend, Calibration};
use serde::{Deserialize, Serialize};

use crate::{
    calibration::{Logits, Targets, accuracy, bins, blended, ece, label_indices, label_shares, majority_labels, nll},
    data::Split,
    outputs::Outputs,
};

/// The answers of one head or of both, on one split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeadFigures {
    /// Which: `labels`, `votes` or `both`.
    pub head: String,
    /// Share of the pictures that are called as FER2013's label says.
    pub label_accuracy: f64,
    /// Pictures of which more than half of the raters' votes are for one of the seven labels.
    pub n_majorities: usize,
    /// Share of these that are called so.
    pub majority_accuracy: f64,
    /// Mean cross-entropy with the raters' shares of the seven labels, nats.
    pub cross_entropy: f64,
    /// Mean distance of confidence and the raters' share of the label that is given, over bins of confidence.
    pub ece: f64,
}

/// Figures of the label head, of the vote head without contempt, and of both by the blend of `calibration`; none if there is
/// no blend or nobody voted on `pictures`.
pub(super) fn heads(outputs: &Outputs, pictures: &Split, calibration: &Calibration) -> Result<Vec<HeadFigures>> {
    let Some(blend) = calibration.blend.filter(|_| pictures.has_votes()) else { return Ok(vec![]) };
    let votes = Blend { votes_weight: 1.0, temperature: calibration.votes_temperature.unwrap_or(1.0) };
    let labels = Blend { votes_weight: 0.0, temperature: calibration.temperature };
    let figures = |(head, blend): (&str, Blend)| -> Result<Option<HeadFigures>> {
        let Some(logits) = blended(outputs, blend)? else { return Ok(None) };
        Ok(Some(HeadFigures::of(head, &logits, pictures)?))
    };
    let all = [("labels", labels), ("votes", votes), ("both", blend)].into_iter().map(figures);
    Ok(all.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

impl HeadFigures {
    fn of(head: &str, logits: &Logits, pictures: &Split) -> Result<Self> {
        let (indices, majorities) = majority_labels(pictures);
        let (with_shares, shares) = label_shares(pictures)?;
        let voted = logits.subset(&with_shares);
        Ok(Self {
            head: head.into(),
            label_accuracy: accuracy(logits, &label_indices(pictures)),
            n_majorities: majorities.len(),
            majority_accuracy: accuracy(&logits.subset(&indices), &majorities),
            cross_entropy: nll(&voted, &shares, 1.0),
            ece: ece_of_shares(&voted, &shares),
        })
    }
}

/// Expected calibration error with the raters' share of the label that is given in the place of right or wrong.
fn ece_of_shares(logits: &Logits, shares: &Targets) -> f64 {
    let answers = logits.probabilities(1.0).zip(logits.predicted()).zip(shares.rows());
    ece(&bins(answers.map(|((probabilities, called), shares)| (probabilities[called], f64::from(shares[called])))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{FACE_LEN, Votes};
    use model_core::{Emotion, Vote};

    /// Happy by the label, sad by six of ten raters.
    fn pictures() -> Split {
        let mut split = Split::default();
        split.push(&[0; FACE_LEN], Emotion::Happy);
        split.with_votes(vec![Votes::new([4, 0, 0, 6, 0, 0, 0, 0, 0, 0])])
    }

    fn outputs() -> Outputs {
        let logits = |n: usize, index: usize| Logits::new((0..n).map(|i| f32::from(u8::from(i == index))).collect(), n);
        let labels = logits(Emotion::COUNT, Emotion::Happy as usize).unwrap();
        Outputs { labels, votes: Some(logits(Vote::COUNT, Vote::Sadness as usize).unwrap()) }
    }

    #[test]
    fn each_head_is_right_of_its_own_and_both_together_of_what_weighs_more() {
        let blend = Some(Blend { votes_weight: 0.75, temperature: 1.0 });
        let calibration =
            Calibration { temperature: 1.0, votes_temperature: None, blend, threshold: 0.5, coverage: 0.5, error: 0.1 };
        let figures = heads(&outputs(), &pictures(), &calibration).unwrap();
        let accuracies: Vec<_> =
            figures.iter().map(|it| (it.head.as_str(), it.label_accuracy, it.majority_accuracy)).collect();
        assert_eq!(accuracies, [("labels", 1.0, 0.0), ("votes", 0.0, 1.0), ("both", 0.0, 1.0)]);
        // One logit of 1 and six of 0: e / (e + 6).
        let confidence = 1.0_f64.exp() / (1.0_f64.exp() + 6.0);
        assert!((figures[1].ece - (0.6 - confidence)).abs() < 1e-6, "{figures:?}");
        let none = heads(&outputs(), &pictures(), &Calibration { blend: None, ..calibration }).unwrap();
        assert_eq!(none, []);
    }
}
