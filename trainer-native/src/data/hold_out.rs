//! A part of Training kept aside to choose epochs on.

use std::collections::BTreeMap;

use model_core::Emotion;
use sha2::{Digest, Sha256};

use super::Split;

/// One in so many pictures of each label is held out.
const ONE_IN: usize = 10;

/// Pictures that are the same to the last pixel, in order of appearance.
struct Group {
    members: Vec<usize>,
    label: Emotion,
}

/// `training` in two: what to train on, and a tenth of each label to choose on.
///
/// Exact copies of a picture land on the same side, so the held-out part says how well a network does on pictures that
/// it has not seen. Copies with different labels are counted with the first one's label. But for that, which pictures
/// are held out depends on their pixels and on `seed` alone, not on their order, the platform or a random number
/// generator.
pub fn hold_out(training: &Split, seed: u64) -> (Split, Split) {
    let mut is_held_out = vec![false; training.len()];
    for groups in groups_by_rank(training, seed) {
        let n_pictures: usize = groups.values().map(|group| group.members.len()).sum();
        let mut n_wanted = (n_pictures + ONE_IN / 2) / ONE_IN;
        for group in groups.values() {
            if group.members.len() <= n_wanted {
                n_wanted -= group.members.len();
                group.members.iter().for_each(|&i| is_held_out[i] = true);
            }
        }
    }
    let (held_out, train): (Vec<_>, Vec<_>) = (0..training.len()).partition(|&i| is_held_out[i]);
    (training.subset(&train), training.subset(&held_out))
}

/// The groups of each label, ranked by SHA-256 of seed and pixels: as good as shuffled.
fn groups_by_rank(training: &Split, seed: u64) -> [BTreeMap<[u8; 32], Group>; Emotion::COUNT] {
    let mut groups: BTreeMap<[u8; 32], Group> = BTreeMap::new();
    for (i, face) in training.faces().enumerate() {
        let rank = Sha256::new().chain_update(seed.to_le_bytes()).chain_update(face).finalize().into();
        let group = groups.entry(rank).or_insert(Group { members: vec![], label: training.label(i) });
        group.members.push(i);
    }
    let mut by_label = [const { BTreeMap::new() }; Emotion::COUNT];
    for (rank, group) in groups {
        by_label[group.label as usize].insert(rank, group);
    }
    by_label
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{FACE_LEN, is_no_copy};

    /// `n` pictures, every third a copy of the one before; labels in turn, but copies share theirs.
    fn pictures(n: usize) -> Split {
        let mut split = Split::default();
        for i in 0..n {
            let original = if i % 3 == 2 { i - 1 } else { i };
            let mut face = vec![0; FACE_LEN];
            face[..8].copy_from_slice(&original.to_le_bytes());
            split.push(&face, Emotion::ALL[original % Emotion::COUNT]);
        }
        split
    }

    #[test]
    fn a_tenth_of_each_label_is_held_out_and_nothing_is_lost() {
        let all = pictures(2_100);
        let (train, held_out) = hold_out(&all, 1);
        assert_eq!(train.len() + held_out.len(), all.len());
        for (n_all, n_held_out) in all.counts().into_iter().zip(held_out.counts()) {
            assert!(n_held_out.abs_diff((n_all + 5) / 10) <= 1, "{n_held_out} of {n_all}");
        }
    }

    #[test]
    fn copies_stay_together() {
        let (train, held_out) = hold_out(&pictures(2_100), 1);
        assert!(is_no_copy(&held_out, &train).into_iter().all(|is_new| is_new));
    }

    #[test]
    fn the_seed_alone_decides_and_not_the_order() {
        let all = pictures(600);
        let (train, held_out) = hold_out(&all, 1);
        assert_eq!((&train, &held_out), (&hold_out(&all, 1).0, &hold_out(&all, 1).1));
        assert_ne!(held_out, hold_out(&all, 2).1);
        let reversed = hold_out(&all.subset(&(0..all.len()).rev().collect::<Vec<_>>()), 1).1;
        let sorted = |split: &Split| {
            let mut faces: Vec<_> = split.faces().map(<[u8]>::to_vec).collect();
            faces.sort();
            faces
        };
        assert_eq!(sorted(&reversed), sorted(&held_out));
    }

    #[test]
    fn too_few_pictures_leave_none_held_out() {
        assert!(hold_out(&Split::default(), 1).1.is_empty());
        assert!(hold_out(&pictures(4), 1).1.is_empty());
        let mut copies = Split::default();
        (0..50).for_each(|_| copies.push(&[0; FACE_LEN], Emotion::Sad));
        assert!(hold_out(&copies, 1).1.is_empty(), "one group of fifty cannot be split");
    }
}
