//! Faces that nobody has, to compare two devices by.

use model_core::{INPUT_SIDE, Scores};
use vision::FaceCrop;

/// How far two devices may lie apart in any probability.
///
/// Both compute in 32 bits and differ in the order of their sums: Burn's WebGPU and CPU lie within 1e-6 of each other
/// where all is well. A graphics driver that rounds to 16 bits on the way would show as some 1e-3, a wrong shader as
/// more than 1e-2; a label that changes for less than 1e-3 was no label.
pub const TOLERANCE: f32 = 1e-3;

/// Three patterns: smooth, checked and noisy, so that each layer has something to say.
pub fn faces() -> Vec<FaceCrop> {
    let mut state = 0x2545_F491_u32;
    let patterns: [&mut dyn FnMut(usize, usize) -> u8; 3] = [
        &mut |x, y| (2 * x + 3 * y) as u8,
        &mut |x, y| if (x / 6 + y / 4) % 2 == 0 { 210 } else { 40 },
        &mut |_, _| {
            // Marsaglia 2003, Xorshift RNGs.
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 24) as u8
        },
    ];
    patterns.into_iter().map(face).collect()
}

fn face(level: &mut dyn FnMut(usize, usize) -> u8) -> FaceCrop {
    let levels = (0..INPUT_SIDE * INPUT_SIDE).map(|i| level(i % INPUT_SIDE, i / INPUT_SIDE)).collect();
    FaceCrop::new(INPUT_SIDE, levels).expect("INPUT_SIDE² levels")
}

/// The greatest difference of any probability; infinite if there are not as many faces.
pub fn difference(left: &[Scores], right: &[Scores]) -> f32 {
    if left.len() != right.len() {
        return f32::INFINITY;
    }
    let pairs = left.iter().zip(right).flat_map(|(l, r)| l.probabilities().into_iter().zip(r.probabilities()));
    pairs.map(|(l, r)| (l - r).abs()).fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probe_faces_are_the_same_each_time_and_differ_from_each_other() {
        let probe = faces();
        assert_eq!(probe, faces());
        assert!(probe[0] != probe[1] && probe[1] != probe[2] && probe[0] != probe[2]);
    }

    #[test]
    fn the_difference_is_the_greatest_of_any_label() {
        let scores = |logit| Scores::from_logits([logit, 0., 0., 0., 0., 0., 0.]).unwrap();
        let same = difference(&[scores(0.0)], &[scores(0.0)]);
        let other = difference(&[scores(0.0), scores(0.0)], &[scores(0.0), scores(9.0)]);
        let expected = (scores(9.0).probabilities()[0] - 1.0 / 7.0).abs();
        assert!(same <= 0.0 && (other - expected).abs() < 1e-6, "{same} {other}");
        assert!(difference(&[], &[scores(0.0)]).is_infinite());
    }
}
