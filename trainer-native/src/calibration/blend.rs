//! How much the head of the raters' votes counts in the one answer of both heads.

use anyhow::Result;
use model_core::{Blend, Emotion, Vote};

use super::{Logits, Targets, fit_temperature, label_indices};
use crate::{data::Split, outputs::Outputs};

/// Weights that are tried lie this far apart: 0, 0.05, …, 1.
const N_STEPS: u16 = 20;

/// The blend for a network with the given `outputs` on the pictures `held_out` of Training; `None` if the network has no
/// votes or no picture has a majority of them.
///
/// The weight is the one with the greatest mean of two accuracies: by FER2013's label, and by the majority of FER+'s raters.
/// The temperature then makes the probabilities the raters' shares (least cross-entropy).
pub(super) fn fit_blend(outputs: &Outputs, held_out: &Split) -> Result<Option<Blend>> {
    let (indices, majorities) = majority_labels(held_out);
    if majorities.is_empty() {
        return Ok(None);
    }
    let labels = label_indices(held_out);
    let mut best: Option<(f64, f32)> = None;
    for step in 0..=N_STEPS {
        let votes_weight = f32::from(step) / f32::from(N_STEPS);
        let Some(logits) = blended(outputs, Blend { votes_weight, temperature: 1.0 })? else { return Ok(None) };
        let accuracy = f64::midpoint(accuracy(&logits, &labels), accuracy(&logits.subset(&indices), &majorities));
        if best.is_none_or(|(most, _)| accuracy > most) {
            best = Some((accuracy, votes_weight));
        }
    }
    let Some((_, votes_weight)) = best else { return Ok(None) };
    let Some(logits) = blended(outputs, Blend { votes_weight, temperature: 1.0 })? else { return Ok(None) };
    let (indices, shares) = label_shares(held_out)?;
    let temperature = fit_temperature(&logits.subset(&indices), &shares) as f32;
    Ok(Some(Blend { votes_weight, temperature }))
}

/// Logits of the seven labels by both heads; `None` if there is one head.
pub(crate) fn blended(outputs: &Outputs, blend: Blend) -> Result<Option<Logits>> {
    let Some(votes) = &outputs.votes else { return Ok(None) };
    let of_one = |(labels, votes): (&[f32], &[f32])| {
        let labels = labels.first_chunk().expect("a number for each label");
        blend.logits(labels, votes.first_chunk().expect("a number for each vote"))
    };
    let values = outputs.labels.rows().zip(votes.rows()).flat_map(of_one).collect();
    Ok(Some(Logits::new(values, Emotion::COUNT)?))
}

/// The pictures of `split` of which most raters said one of the seven labels, and the index of that label.
pub(crate) fn majority_labels(split: &Split) -> (Vec<usize>, Vec<usize>) {
    let majority = |i: usize| Some((i, Vote::ALL[split.votes(i)?.majority()?].label()? as usize));
    (0..split.len()).filter_map(majority).unzip()
}

/// The pictures of `split` on which raters saw one of the seven labels, and their shares of these.
pub(crate) fn label_shares(split: &Split) -> Result<(Vec<usize>, Targets)> {
    let shares = |i: usize| -> Option<(usize, [f32; Emotion::COUNT])> {
        let mut shares = [0.0; Emotion::COUNT];
        for (vote, share) in Vote::ALL.into_iter().zip(split.votes(i)?.distribution()?) {
            if let Some(label) = vote.label() {
                shares[label as usize] = share;
            }
        }
        let sum: f32 = shares.iter().sum();
        (sum > 0.0).then(|| (i, shares.map(|share| share / sum)))
    };
    let (indices, shares): (Vec<_>, Vec<_>) = (0..split.len()).filter_map(shares).unzip();
    Ok((indices, Targets::of_shares(shares.concat(), Emotion::COUNT)?))
}

/// Share of the pictures that are called as `labels` say; 0 of none.
pub(crate) fn accuracy(logits: &Logits, labels: &[usize]) -> f64 {
    let n_right = logits.predicted().iter().zip(labels).filter(|(called, label)| called == label).count();
    n_right as f64 / labels.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{FACE_LEN, Votes};

    /// Pictures with a label and votes.
    fn split(rows: &[(Emotion, [u8; 10])]) -> Split {
        let mut split = Split::default();
        for &(label, _) in rows {
            split.push(&[0; FACE_LEN], label);
        }
        split.with_votes(rows.iter().map(|&(_, votes)| Votes::new(votes)).collect())
    }

    fn one_hot<const N: usize>(index: usize, logit: f32) -> [f32; N] {
        std::array::from_fn(|i| if i == index { logit } else { 0.0 })
    }

    const SAD: [u8; 10] = [0, 0, 0, 10, 0, 0, 0, 0, 0, 0];
    const HALF_SAD: [u8; 10] = [4, 0, 0, 6, 0, 0, 0, 0, 0, 0];
    const CONTEMPT: [u8; 10] = [0, 0, 0, 0, 0, 0, 0, 10, 0, 0];

    #[test]
    fn majorities_and_shares_leave_contempt_out() {
        let split = split(&[(Emotion::Sad, CONTEMPT), (Emotion::Happy, HALF_SAD)]);
        assert_eq!(majority_labels(&split), (vec![1], vec![Emotion::Sad as usize]));
        let (indices, shares) = label_shares(&split).unwrap();
        assert_eq!(indices, [1]);
        let row = shares.rows().next().unwrap();
        assert!((row[Emotion::Sad as usize] - 0.6).abs() < 1e-6 && (row[Emotion::Neutral as usize] - 0.4).abs() < 1e-6);
    }

    #[test]
    fn the_weight_is_as_great_as_the_votes_are_better() {
        // The label head is right of the labels, the vote head of the votes, with a logit of 2 against 3.
        let rows = [(Emotion::Happy, SAD), (Emotion::Happy, SAD), (Emotion::Sad, SAD)];
        let labels = [one_hot::<7>(Emotion::Happy as usize, 2.0); 3].concat();
        let votes = [one_hot::<8>(Vote::Sadness as usize, 3.0); 3].concat();
        let outputs = Outputs {
            labels: Logits::new(labels, Emotion::COUNT).unwrap(),
            votes: Some(Logits::new(votes, Vote::COUNT).unwrap()),
        };
        // Sad throughout is right of 1 label and 3 votes, happy of 2 and 0; sad it is from a weight above 2 / 5 on.
        let blend = fit_blend(&outputs, &split(&rows)).unwrap().unwrap();
        assert!((blend.votes_weight - 0.45).abs() < 1e-6, "{blend:?}");
        assert!(blend.temperature < 0.1, "all raters say sad: {blend:?}");
    }

    #[test]
    fn without_votes_there_is_no_blend() {
        let labels = Logits::new(vec![0.0; 7], Emotion::COUNT).unwrap();
        let outputs = Outputs { labels: labels.clone(), votes: None };
        assert_eq!(fit_blend(&outputs, &split(&[(Emotion::Sad, SAD)])).unwrap(), None);
        let outputs = Outputs { labels, votes: Some(Logits::new(vec![0.0; 8], Vote::COUNT).unwrap()) };
        assert_eq!(fit_blend(&outputs, &split(&[(Emotion::Sad, CONTEMPT)])).unwrap(), None);
    }
}
