//! Views of training pictures: the same face as another camera, pose, light or crop might have shown it.
//!
//! ```text
//! 48×48 ─► flip, affine, crop: one warp ─► light ─► gamma ─► webcam ─► erasing ─► crop_side × crop_side
//! ```
//!
//! A view depends on nothing but settings, seed, epoch and the index of the picture, see [`rng_of`].

mod erase;
mod light;
mod mixup;
mod operations;
mod random;
mod settings;
mod sheet;
mod warp;
mod webcam;

use rand::Rng;
use rayon::prelude::*;

pub use erase::Erasing;
pub use light::{Gamma, Light};
pub use mixup::{Mix, Mixup};
pub use operations::{blurred, box_jittered, gamma_corrected, half_resolution, jpeg, rotated};
pub use random::{rng_of, rng_of_batch};
pub use settings::{Augmentation, CropPlace, SettingsError};
pub use sheet::{sheet, time_of_view};
pub use warp::Affine;
pub use webcam::Webcam;

use crate::data::{FACE_LEN, Split};
use random::happens;

/// A view of `face`, [`FACE_LEN`] row-major grey levels: `crop_side²` of them, row-major, in `0..=255`.
///
/// With [`Augmentation::NONE`] the levels are those of `face`.
///
/// # Panics
/// If `face` has another length: readers check that. Settings must have passed [`Augmentation::check`]; a crop side
/// out of range panics, too.
pub fn augment(face: &[u8], settings: &Augmentation, rng: &mut impl Rng) -> Vec<f32> {
    assert_eq!(face.len(), FACE_LEN, "grey levels of a picture");
    let side = settings.crop_side;
    let warp = warp::draw(settings, rng);
    let mut view = warp.apply(face, side);
    if let Some(light) = settings.light.filter(|light| happens(light.probability, rng)) {
        light.apply(&mut view, rng);
    }
    if let Some(gamma) = settings.gamma.filter(|gamma| happens(gamma.probability, rng)) {
        gamma.apply(&mut view, rng);
    }
    if let Some(webcam) = settings.webcam.filter(|webcam| happens(webcam.probability, rng)) {
        webcam.apply(&mut view, side, rng);
    }
    if let Some(erasing) = settings.erasing.filter(|erasing| happens(erasing.probability, rng)) {
        erasing.apply(&mut view, side, rng);
    }
    view
}

/// Views of the pictures `indices` of `split` in `epoch`, one after the other, made on every core.
///
/// # Shapes
/// `[indices.len(), crop_side, crop_side]`, grey levels in `0..=255`.
///
/// # Panics
/// If an index is not below [`Split::len`].
pub fn augment_batch(split: &Split, indices: &[usize], settings: &Augmentation, seed: u64, epoch: usize) -> Vec<f32> {
    let view = |&i: &usize| augment(split.face(i), settings, &mut rng_of(seed, epoch, i));
    indices.par_iter().map(view).collect::<Vec<_>>().concat()
}

/// The settings of `recipes/ferrum.toml`, in which every part is on.
#[cfg(test)]
pub(crate) fn all_parts() -> Augmentation {
    crate::train::RecipeFile::of(model_core::Architecture::Ferrum).recipe.augmentation
}

#[cfg(test)]
mod tests {
    use model_core::Emotion;

    use super::*;
    use crate::data::SIDE;

    /// Every pixel another level than its neighbours.
    fn face() -> Vec<u8> {
        (0..FACE_LEN).map(|pixel| (pixel * 37 % 251) as u8).collect()
    }

    fn views(settings: &Augmentation, n: usize) -> Vec<Vec<f32>> {
        (0..n).map(|i| augment(&face(), settings, &mut rng_of(1, 0, i))).collect()
    }

    #[test]
    fn with_everything_off_the_levels_are_those_of_the_picture() {
        let face: Vec<f32> = face().into_iter().map(f32::from).collect();
        assert!(views(&Augmentation::NONE, 20).iter().all(|view| *view == face));
    }

    #[test]
    fn with_everything_off_a_smaller_crop_is_the_centre() {
        let settings = Augmentation { crop_side: 44, ..Augmentation::NONE };
        let face = face();
        let centre: Vec<f32> =
            (2..46).flat_map(|y| &face[y * SIDE + 2..y * SIDE + 46]).map(|&l| f32::from(l)).collect();
        assert!(views(&settings, 20).iter().all(|view| *view == centre));
    }

    #[test]
    fn each_part_alone_changes_some_views_and_leaves_some_where_its_probability_says_so() {
        let (none, all) = (Augmentation::NONE, all_parts());
        let cases = [
            ("flip", Augmentation { flip: all.flip, ..none }, 0.5),
            ("affine", Augmentation { affine: all.affine, ..none }, 0.8),
            ("light", Augmentation { light: all.light, ..none }, 0.5),
            ("gamma", Augmentation { gamma: all.gamma, ..none }, 0.2),
            ("webcam", Augmentation { webcam: all.webcam, ..none }, 0.2),
            ("erasing", Augmentation { erasing: all.erasing, ..none }, 0.3),
        ];
        let same = &views(&none, 1)[0];
        for (name, settings, probability) in cases {
            let n_changed = views(&settings, 1000).iter().filter(|view| *view != same).count();
            // Four standard deviations of a binomial of 1,000 are at most 63.
            assert!((n_changed as f64 - 1000.0 * probability).abs() < 64.0, "{name}: {n_changed} of 1000");
        }
    }

    #[test]
    fn the_recipe_keeps_to_its_side_and_range() {
        for view in views(&all_parts(), 500) {
            assert_eq!(view.len(), 44 * 44);
            assert!(view.iter().all(|level| (0.0..=255.0).contains(level)));
        }
    }

    #[test]
    fn a_view_depends_on_seed_epoch_and_index_and_on_nothing_else() {
        let mut split = Split::default();
        (0..5).for_each(|_| split.push(&face(), Emotion::Happy));
        let batch = |indices: &[usize], seed, epoch| augment_batch(&split, indices, &all_parts(), seed, epoch);
        let all = batch(&[0, 1, 2, 3, 4], 1, 2);
        assert_eq!(batch(&[3], 1, 2), all[3 * 44 * 44..4 * 44 * 44]);
        for other in [batch(&[2], 1, 2), batch(&[3], 2, 2), batch(&[3], 1, 3)] {
            assert_ne!(other, all[3 * 44 * 44..4 * 44 * 44]);
        }
    }
}
