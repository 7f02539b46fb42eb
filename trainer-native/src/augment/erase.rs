//! Random erasing: hands, hair and microphones in front of faces.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::random::{between, log_between};

/// Covers a rectangle of the view with one grey or with noise, equally likely (Zhong et al. 2020, "Random Erasing Data
/// Augmentation").
///
/// **NOTE** The paper draws anew until the rectangle fits; here a rectangle that is too long is cut to the view's side,
/// which the recipe's never are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasing {
    /// Probability that a view is erased.
    pub probability: f32,
    /// Least and greatest share of the view. The paper has up to 0.4, which leaves too little of a face.
    pub area: [f32; 2],
    /// Least and greatest height divided by width; each doubling is as likely as the next.
    pub aspect: [f32; 2],
}

impl Erasing {
    pub(super) fn apply(&self, view: &mut [f32], side: usize, rng: &mut impl Rng) {
        let area = between(self.area, rng) * (side * side) as f32;
        let aspect = log_between(self.aspect, rng);
        let mut edge = |length: f32| {
            let length = (length.round() as usize).min(side);
            let first = rng.random_range(0..=side - length);
            first..first + length
        };
        let (rows, columns) = (edge((area * aspect).sqrt()), edge((area / aspect).sqrt()));
        let grey = rng.random::<bool>().then(|| f32::from(rng.random::<u8>()));
        for row in rows {
            for level in &mut view[row * side + columns.start..row * side + columns.end] {
                *level = grey.unwrap_or_else(|| f32::from(rng.random::<u8>()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augment::{all_parts, rng_of};

    const SIDE: usize = 44;

    #[test]
    fn one_rectangle_of_the_right_size_and_shape_is_covered() {
        let erasing = all_parts().erasing.unwrap();
        let (mut areas, mut aspects, mut n_grey) = (vec![], vec![], 0);
        for i in 0..1000 {
            let mut view = vec![-1.0; SIDE * SIDE];
            erasing.apply(&mut view, SIDE, &mut rng_of(1, 0, i));
            let covered: Vec<usize> = (0..view.len()).filter(|&pixel| view[pixel] >= 0.0).collect();
            let span = |of: fn(usize) -> usize| {
                let (first, last) = (covered.iter().map(|&p| of(p)).min(), covered.iter().map(|&p| of(p)).max());
                last.unwrap() - first.unwrap() + 1
            };
            let (height, width) = (span(|pixel| pixel / SIDE), span(|pixel| pixel % SIDE));
            assert_eq!(covered.len(), height * width, "a whole rectangle");
            areas.push(covered.len() as f32 / (SIDE * SIDE) as f32);
            aspects.push(height as f32 / width as f32);
            let is_grey = covered.iter().all(|&pixel| view[pixel].to_bits() == view[covered[0]].to_bits());
            n_grey += usize::from(is_grey);
        }
        // Whole pixels: an edge of 3.4 becomes 3.
        assert!(areas.iter().all(|area| (0.017..0.17).contains(area)), "{areas:?}");
        assert!(aspects.iter().all(|aspect| (0.24..4.1).contains(aspect)), "{aspects:?}");
        let mean = areas.iter().sum::<f32>() / 1000.0;
        assert!((mean - 0.085).abs() < 0.005, "{mean}");
        assert!((450..550).contains(&n_grey), "{n_grey} of 1000 in one grey");
    }

    #[test]
    fn a_rectangle_longer_than_the_view_is_cut() {
        let erasing = Erasing { probability: 1.0, area: [0.5; 2], aspect: [50.0; 2] };
        let mut view = vec![-1.0; SIDE * SIDE];
        erasing.apply(&mut view, SIDE, &mut rng_of(1, 0, 0));
        assert_eq!(view.iter().filter(|&&level| level >= 0.0).count(), SIDE * 4);
    }
}
