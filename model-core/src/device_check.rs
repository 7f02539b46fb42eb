//! Synthetic faces by which devices are compared, and the difference that is allowed between their predictions.

use crate::{INPUT_SIDE, Prediction};

/// How far two devices may lie apart in any probability or share of votes.
///
/// Both compute in 32 bits and differ in the order of their sums: WebGPU and CPU lie within 1e-5 of each other where all is
/// well, 1e-4 for the study's networks. A graphics driver that rounds to 16 bits on the way would show as some 1e-3, a wrong shader as
/// more than 1e-2; a label that changes for less than 1e-3 was no label.
pub const TOLERANCE: f32 = 1e-3;

/// Three patterns: smooth, checked and noisy, so that each layer has something to say. [`INPUT_SIDE`]² grey levels each.
pub fn faces() -> [Vec<u8>; 3] {
    let mut state = 0x2545_F491_u32;
    let noise = |_: usize, _: usize| {
        // Marsaglia 2003, Xorshift RNGs.
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 24) as u8
    };
    [face(|x, y| (2 * x + 3 * y) as u8), face(|x, y| if (x / 6 + y / 4) % 2 == 0 { 210 } else { 40 }), face(noise)]
}

fn face(mut level: impl FnMut(usize, usize) -> u8) -> Vec<u8> {
    (0..INPUT_SIDE * INPUT_SIDE).map(|i| level(i % INPUT_SIDE, i / INPUT_SIDE)).collect()
}

/// The greatest difference of any probability or share of votes; infinite if not as many faces were read, or one side
/// has votes alone.
pub fn difference(left: &[Prediction], right: &[Prediction]) -> f32 {
    if left.len() != right.len() {
        return f32::INFINITY;
    }
    left.iter().zip(right).map(|(left, right)| difference_of(left, right)).fold(0.0, f32::max)
}

fn difference_of(left: &Prediction, right: &Prediction) -> f32 {
    let labels = greatest(&left.scores.probabilities(), &right.scores.probabilities());
    let votes = match (left.votes, right.votes) {
        (Some(left), Some(right)) => greatest(&left.shares(), &right.shares()),
        (None, None) => 0.0,
        _ => f32::INFINITY,
    };
    labels.max(votes)
}

fn greatest(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).map(|(left, right)| (left - right).abs()).fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scores, Votes};

    #[test]
    fn the_patterns_are_the_same_each_time_and_differ_from_each_other() {
        let patterns = faces();
        assert_eq!(patterns, faces());
        assert!(patterns[0] != patterns[1] && patterns[1] != patterns[2] && patterns[0] != patterns[2]);
    }

    #[test]
    fn the_difference_is_the_greatest_of_any_label_or_vote() {
        let prediction = |logit, vote: Option<f32>| Prediction {
            scores: Scores::from_logits([logit, 0., 0., 0., 0., 0., 0.]).unwrap(),
            label_head: None,
            is_sure: true,
            votes: vote.map(|vote| Votes::from_logits([vote, 0., 0., 0., 0., 0., 0., 0.]).unwrap()),
        };
        let equal = prediction(0.0, None);
        let nine = prediction(9.0, None).scores.probabilities()[0] - 1.0 / 7.0;
        let vote = prediction(0.0, Some(9.0)).votes.unwrap().shares()[0] - 1.0 / 8.0;
        let cases = [
            (vec![equal], vec![equal], 0.0),
            (vec![equal; 2], vec![equal, prediction(9.0, None)], nine),
            (vec![prediction(0.0, Some(0.0))], vec![prediction(0.0, Some(9.0))], vote),
        ];
        for (left, right, expected) in cases {
            let actual = difference(&left, &right);
            assert!((actual - expected).abs() < 1e-6, "{actual}, expected {expected}");
        }
        assert!(difference(&[], &[equal]).is_infinite());
        assert!(difference(&[equal], &[prediction(0.0, Some(0.0))]).is_infinite(), "one has votes, the other has none");
    }
}
