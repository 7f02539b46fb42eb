//! The batch of one step: views of pictures, and their targets.

use std::ops::Range;

use burn::tensor::{Device, Tensor, TensorData};
use model_core::{Emotion, Normalisation, Vote};
use rand::RngExt;

use super::recipe::Recipe;
use crate::{
    augment::{Augmentation, augment_batch, rng_of_batch},
    data::{Split, Votes},
};

/// Pictures of one step as numbers, not yet on a device.
pub(super) struct Batch {
    /// Pictures.
    pub(super) n: usize,
    /// Side of a view, pixels.
    side: usize,
    /// Normalised views, `[n, side, side]`.
    faces: Vec<f32>,
    /// Share of each label, `[n, 7]`.
    labels: Vec<f32>,
    /// Share of each vote, `[n, 8]`; all zero where there are none. `None` if votes do not count.
    votes: Option<Vec<f32>>,
    /// Factors of the features, `[n, channels]`. `None` without dropout.
    dropout: Option<Vec<f32>>,
    /// Added to the logits.
    priors: Option<[f32; Emotion::COUNT]>,
}

/// Makes the batches of an epoch.
#[derive(Clone, Copy)]
pub(super) struct Batcher<'a> {
    pub(super) recipe: &'a Recipe,
    pub(super) pictures: &'a Split,
    pub(super) seed: u64,
    /// The epoch, from 0.
    pub(super) epoch: usize,
    pub(super) n_epochs: usize,
    /// Channels of the features that dropout chooses among.
    pub(super) n_features: usize,
    /// See [`priors`].
    pub(super) priors: Option<[f32; Emotion::COUNT]>,
}

/// The numbers that [`Recipe::logit_adjustment`] adds to the logits of the labels; a label that no picture has counts as
/// if one had it. `None`: off.
pub(super) fn priors(recipe: &Recipe, pictures: &Split) -> Option<[f32; Emotion::COUNT]> {
    let mut counts = [0_u32; Emotion::COUNT];
    (0..pictures.len()).for_each(|i| counts[pictures.label(i) as usize] += 1);
    let log = |count: u32| recipe.logit_adjustment * (count.max(1) as f32 / pictures.len() as f32).ln();
    (recipe.logit_adjustment > 0.0).then(|| counts.map(log))
}

impl Batcher<'_> {
    /// The batch of the pictures `indices` in step `step` of the epoch; the same for the same numbers, whatever was
    /// made before.
    pub(super) fn batch(&self, step: usize, indices: &[usize]) -> Batch {
        let Self { recipe, pictures, seed, epoch, .. } = *self;
        let side = recipe.crop_side(epoch, self.n_epochs);
        let settings = Augmentation { crop_side: side, ..recipe.augmentation };
        let mut rng = rng_of_batch(seed, epoch, step);
        let Normalisation { scale, offset } = Normalisation::SYMMETRIC;
        let levels = augment_batch(pictures, indices, &settings, seed, epoch);
        let mut faces: Vec<f32> = levels.into_iter().map(|level| scale * level + offset).collect();
        let mut labels: Vec<f32> = indices.iter().flat_map(|&i| target(pictures.label(i), recipe)).collect();
        let counts = recipe.votes_weight > 0.0 && pictures.has_votes();
        let mut votes = counts.then(|| indices.iter().flat_map(|&i| votes(pictures, i)).collect::<Vec<f32>>());
        if let Some(mix) = recipe.mixup.and_then(|mixup| mixup.draw(indices.len(), &mut rng)) {
            (faces, labels, votes) = (mix.apply(&faces), mix.apply(&labels), votes.map(|votes| mix.apply(&votes)));
        }
        let kept = 1.0 - recipe.dropout;
        let mut mask = || if rng.random::<f32>() < kept { 1.0 / kept } else { 0.0 };
        let n = indices.len();
        let dropout = (kept < 1.0).then(|| (0..n * self.n_features).map(|_| mask()).collect());
        Batch { n, side, faces, labels, votes, dropout, priors: self.priors }
    }
}

/// A batch on a device.
pub(super) struct Tensors {
    /// `[n, 1, side, side]`.
    pub(super) faces: Tensor<4>,
    /// `[n, 7]`.
    pub(super) labels: Tensor<2>,
    /// `[n, 8]`.
    pub(super) votes: Option<Tensor<2>>,
    /// `[n, channels, 1, 1]`.
    pub(super) dropout: Option<Tensor<4>>,
    /// `[1, 7]`.
    pub(super) priors: Option<Tensor<2>>,
}

impl Batch {
    /// Up to `n_shards` batches, of as many pictures each as can be.
    pub(super) fn split(self, n_shards: usize) -> Vec<Self> {
        if n_shards < 2 {
            return vec![self];
        }
        let size = self.n.div_ceil(n_shards);
        (0..self.n).step_by(size).map(|first| self.pictures(first..self.n.min(first + size))).collect()
    }

    fn pictures(&self, pictures: Range<usize>) -> Self {
        let cut = |values: &Vec<f32>| {
            let len = values.len() / self.n;
            values[pictures.start * len..pictures.end * len].to_vec()
        };
        Self {
            n: pictures.len(),
            side: self.side,
            faces: cut(&self.faces),
            labels: cut(&self.labels),
            votes: self.votes.as_ref().map(cut),
            dropout: self.dropout.as_ref().map(cut),
            priors: self.priors,
        }
    }

    pub(super) fn on(self, device: &Device) -> Tensors {
        let Self { n, side, faces, labels, votes, dropout, priors } = self;
        let rows = |values: Vec<f32>, len| Tensor::from_data(TensorData::new(values, [n, len]), device);
        let mask = |values: Vec<f32>| {
            let n_features = values.len() / n;
            Tensor::from_data(TensorData::new(values, [n, n_features, 1, 1]), device)
        };
        Tensors {
            faces: Tensor::from_data(TensorData::new(faces, [n, 1, side, side]), device),
            labels: rows(labels, Emotion::COUNT),
            votes: votes.map(|votes| rows(votes, Vote::COUNT)),
            dropout: dropout.map(mask),
            priors: priors.map(|priors| Tensor::from_data([priors], device)),
        }
    }
}

/// All of `label`, but for the share that is spread.
fn target(label: Emotion, recipe: &Recipe) -> [f32; Emotion::COUNT] {
    let mut target = [recipe.label_smoothing / Emotion::COUNT as f32; Emotion::COUNT];
    target[label as usize] += 1.0 - recipe.label_smoothing;
    target
}

fn votes(pictures: &Split, i: usize) -> [f32; Vote::COUNT] {
    pictures.votes(i).and_then(Votes::distribution).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use model_core::Architecture;

    use super::*;
    use crate::{
        data::{FACE_LEN, Votes},
        train::RecipeFile,
    };

    fn pictures() -> Split {
        let mut split = Split::default();
        (0..20).for_each(|i| split.push(&[10 * i; FACE_LEN], Emotion::ALL[usize::from(i) % 7]));
        split.with_votes(vec![Votes::new([8, 2, 0, 0, 0, 0, 0, 0, 0, 0]); 20])
    }

    fn batch(recipe: &Recipe, step: usize) -> Batch {
        let pictures = pictures();
        let batcher =
            Batcher { recipe, pictures: &pictures, seed: 1, epoch: 0, n_epochs: 4, n_features: 5, priors: None };
        batcher.batch(step, &[3, 4, 5, 6])
    }

    #[test]
    fn the_study_s_batch_is_the_pictures_as_they_are() {
        let Batch { n, side, faces, labels, votes, dropout, .. } = batch(&Recipe::study(), 0);
        assert_eq!((n, side, faces.len(), votes, dropout), (4, 48, 4 * FACE_LEN, None, None));
        assert!((faces[0] - (2.0 * 30.0 / 255.0 - 1.0)).abs() < 1e-6);
        assert_eq!(labels[..7], [0., 0., 0., 1., 0., 0., 0.]);
    }

    #[test]
    fn priors_are_logarithms_of_shares_by_their_weight() {
        let recipe = Recipe { logit_adjustment: 0.5, ..Recipe::study() };
        let shares = priors(&recipe, &pictures()).unwrap().map(|prior| (2.0 * prior).exp());
        // Twenty pictures whose labels go round.
        let expected = [3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 2.0].map(|count| count / 20.0);
        assert!(shares.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{shares:?}");
        assert_eq!(priors(&Recipe::study(), &pictures()), None, "off");
    }

    #[test]
    fn shards_have_all_pictures_in_order() {
        let smooth = Recipe { votes_weight: 1.0, dropout: 0.5, ..Recipe::study() };
        for (n_shards, sizes) in [(1, vec![4]), (2, vec![2, 2]), (3, vec![2, 2]), (4, vec![1; 4]), (9, vec![1; 4])] {
            let (whole, shards) = (batch(&smooth, 0), batch(&smooth, 0).split(n_shards));
            assert_eq!(shards.iter().map(|shard| shard.n).collect::<Vec<_>>(), sizes, "{n_shards}");
            let joined = |of: fn(&Batch) -> &Vec<f32>| shards.iter().flat_map(of).copied().collect::<Vec<_>>();
            assert_eq!((joined(|shard| &shard.faces), joined(|shard| &shard.labels)), (whole.faces, whole.labels));
            assert_eq!(joined(|shard| shard.votes.as_ref().unwrap()), whole.votes.unwrap());
            assert_eq!(joined(|shard| shard.dropout.as_ref().unwrap()), whole.dropout.unwrap());
        }
    }

    #[test]
    fn smoothing_votes_and_dropout_are_in_the_batch_if_they_are_on() {
        let smooth = Recipe { label_smoothing: 0.7, votes_weight: 1.0, dropout: 0.5, ..Recipe::study() };
        let Batch { labels, votes, dropout, .. } = batch(&smooth, 0);
        assert!((labels[3] - 0.4).abs() < 1e-6 && (labels[0] - 0.1).abs() < 1e-6, "{labels:?}");
        assert_eq!(votes.unwrap()[..8], [0.8, 0.2, 0., 0., 0., 0., 0., 0.]);
        let mask = dropout.unwrap();
        assert!(mask.len() == 20 && mask.iter().all(|m| [0.0, 2.0].contains(m)) && mask.contains(&0.0), "{mask:?}");
    }

    #[test]
    fn mixed_targets_still_add_up_to_one_and_a_batch_can_be_made_again() {
        let recipe = RecipeFile::of(Architecture::Ferrum).recipe;
        let is_mixed = |batch: &Batch| batch.labels.iter().filter(|&&share| share > 0.2).count() > 4;
        let batches: Vec<_> = (0..20).map(|step| batch(&recipe, step)).collect();
        assert!(batches.iter().any(is_mixed) && !batches.iter().all(is_mixed));
        for (step, made) in batches.iter().enumerate() {
            let rows = made.labels.chunks(7).chain(made.votes.as_ref().unwrap().chunks(8));
            assert!(rows.map(|row| row.iter().sum::<f32>()).all(|sum| (sum - 1.0).abs() < 1e-5));
            let again = batch(&recipe, step);
            assert_eq!((&made.faces, &made.labels, &made.dropout), (&again.faces, &again.labels, &again.dropout));
            assert_eq!(made.side, 36);
        }
    }
}
