//! The calibration on a network's card, fitted on pictures that it was not trained on.

use anyhow::{Result, bail};
use model_core::{Blend, Calibration, Vote};

use super::{
    Answer, Logits, Ranking, Sure, Targets, answers,
    blend::{blended, fit_blend, majority_labels},
    fit_temperature,
};
use crate::{data::Split, outputs::Outputs};

/// Greatest share of wrong answers among the sure ones.
pub const MOST_ERROR: f64 = 0.1;

/// Temperatures of both heads, how they make one answer, and the least confidence from which at most [`MOST_ERROR`] of
/// the answers are wrong, by the `outputs` of a network for the pictures `held_out` of Training.
///
/// An answer of both heads is wrong if the majority of FER+'s raters says otherwise; of pictures that have one. The answer
/// of a network with one head is wrong if FER2013's label is another. If no confidence is enough, the threshold is 1 and
/// the coverage 0: everything is unsure. There is no temperature of the votes and no blend if the network has no votes or
/// `held_out` none that count.
pub fn calibrate(outputs: &Outputs, held_out: &Split) -> Result<Calibration> {
    if held_out.is_empty() {
        bail!("expected pictures held out of Training to calibrate on, got none");
    }
    let labels = label_indices(held_out);
    let targets = Targets::of_labels(&labels, outputs.labels.n_classes())?;
    let temperature = fit_temperature(&outputs.labels, &targets) as f32;
    let votes = outputs.votes.as_ref().map(|votes| with_votes(votes, held_out)).transpose()?;
    let votes = votes.filter(|(logits, _)| !logits.is_empty());
    let blend = fit_blend(outputs, held_out)?;
    let ranking = Ranking::of(&shown_answers(outputs, held_out, temperature, blend)?);
    let threshold = ranking.threshold(MOST_ERROR).map(|threshold| threshold as f32);
    let Sure { coverage, error } = threshold.map_or_else(Sure::default, |it| ranking.sure(it.into()));
    Ok(Calibration {
        temperature,
        votes_temperature: votes.map(|(logits, targets)| fit_temperature(&logits, &targets) as f32),
        blend,
        threshold: threshold.unwrap_or(1.0),
        coverage,
        error,
    })
}

/// The answers that people are shown, and whether they are right.
///
/// With `blend`, an answer is that of both heads, right if the majority of the raters says the same; pictures without a
/// majority are left out. If none has one, or with one head, whose logits are divided by `temperature`, it is right if
/// the label says the same.
pub(crate) fn shown_answers(
    outputs: &Outputs,
    pictures: &Split,
    temperature: f32,
    blend: Option<Blend>,
) -> Result<Vec<Answer>> {
    let labels = label_indices(pictures);
    let Some(both) = blend.map(|blend| blended(outputs, blend)).transpose()?.flatten() else {
        return Ok(answers(&outputs.labels, &labels, temperature.into()));
    };
    let (indices, majorities) = majority_labels(pictures);
    let has_majorities = !indices.is_empty();
    Ok(if has_majorities { answers(&both.subset(&indices), &majorities, 1.0) } else { answers(&both, &labels, 1.0) })
}

/// Index of the label of every picture, in order.
pub(crate) fn label_indices(split: &Split) -> Vec<usize> {
    split.labels().iter().map(|&label| label as usize).collect()
}

/// Logits and raters' shares of the pictures of `split` that have such shares.
pub(crate) fn with_votes(logits: &Logits, split: &Split) -> Result<(Logits, Targets)> {
    let shares = |i: usize| split.votes(i).and_then(|votes| Some((i, votes.distribution()?)));
    let (indices, shares): (Vec<_>, Vec<_>) = (0..split.len()).filter_map(shares).unzip();
    Ok((logits.subset(&indices), Targets::of_shares(shares.concat(), Vote::COUNT)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{FACE_LEN, Votes};
    use model_core::Emotion;

    /// Pictures labelled `labels`.
    fn split(labels: &[Emotion]) -> Split {
        let mut split = Split::default();
        for &label in labels {
            split.push(&[0; FACE_LEN], label);
        }
        split
    }

    /// Logits of `n` for one label each and 0 for the others.
    fn outputs(called: &[(Emotion, f32)], votes: Option<Logits>) -> Outputs {
        let row = |&(label, logit): &(Emotion, f32)| Emotion::ALL.map(|other| if other == label { logit } else { 0.0 });
        Outputs { labels: Logits::new(called.iter().flat_map(row).collect(), Emotion::COUNT).unwrap(), votes }
    }

    #[test]
    fn the_surest_with_few_errors_are_sure() {
        use Emotion::{Happy, Sad};
        let called: Vec<_> = [(Happy, 6.0); 10].into_iter().chain([(Sad, 3.0); 10]).collect();
        let is = [&[Happy; 9][..], &[Sad; 1], &[Sad; 5], &[Happy; 5]].concat();
        let calibration = calibrate(&outputs(&called, None), &split(&is)).unwrap();
        assert_eq!((calibration.coverage, calibration.error, calibration.votes_temperature), (0.5, 0.1, None));
        assert!(calibration.temperature > 1.0, "14 of 20 are right, and it was surer: {calibration:?}");
        assert!(calibration.threshold > 0.5 && calibration.threshold < 1.0, "{calibration:?}");
    }

    #[test]
    fn where_nothing_is_good_enough_everything_is_unsure() {
        use Emotion::{Fear, Happy};
        let calibration = calibrate(&outputs(&[(Happy, 5.0), (Happy, 1.0)], None), &split(&[Fear, Happy])).unwrap();
        assert_eq!((calibration.threshold, calibration.coverage, calibration.error), (1.0, 0.0, 0.0));
        let error = calibrate(&outputs(&[], None), &split(&[])).unwrap_err().to_string();
        assert!(error.starts_with("expected pictures held out of Training"), "{error}");
    }

    #[test]
    fn votes_have_a_temperature_of_their_own_by_the_pictures_that_have_votes() {
        let logits = |first: f32| Logits::new([[first, 0., 0., 0., 0., 0., 0., 0.]; 2].concat(), Vote::COUNT).unwrap();
        // Half neutral, half divided among nobody in particular: of the first picture alone.
        let votes = [[4, 4, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 10]].map(Votes::new).to_vec();
        let labels = [(Emotion::Happy, 1.0), (Emotion::Happy, 1.0)];
        let held_out = split(&[Emotion::Happy; 2]);
        let fitted = |split: &Split, first| calibrate(&outputs(&labels, Some(logits(first))), split).unwrap();
        assert_eq!(fitted(&held_out, 3.0).votes_temperature, None, "nobody voted");
        let held_out = held_out.with_votes(votes);
        // The first of eight has half of all: its logit should be ln 7.
        for first in [1.0, 3.0] {
            let temperature = fitted(&held_out, first).votes_temperature.unwrap();
            assert!((temperature - first / 7.0_f32.ln()).abs() < 1e-5, "{temperature}");
        }
    }
}
