//! Pictures that are the same to the last pixel.

use std::collections::{HashMap, HashSet};

use super::Split;

/// Exact copies found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copies {
    /// Pictures that are a copy of an earlier one, or of one in the other split.
    pub pictures: usize,
    /// Copies with a label that none of the originals has.
    pub relabelled: usize,
}

/// Pictures of `split` that are copies of an earlier one of it.
pub fn copies_inside(split: &Split) -> Copies {
    let mut seen: HashMap<&[u8], Vec<_>> = HashMap::with_capacity(split.len());
    let mut copies = Copies::default();
    for (face, &label) in split.faces().zip(split.labels()) {
        let labels = seen.entry(face).or_default();
        if !labels.is_empty() {
            copies.pictures += 1;
            copies.relabelled += usize::from(!labels.contains(&label));
        }
        labels.push(label);
    }
    copies
}

/// Pictures of `split` that are copies of one of `other`.
pub fn copies_across(split: &Split, other: &Split) -> Copies {
    let mut originals: HashMap<&[u8], Vec<_>> = HashMap::with_capacity(other.len());
    for (face, &label) in other.faces().zip(other.labels()) {
        originals.entry(face).or_default().push(label);
    }
    let mut copies = Copies::default();
    for (face, label) in split.faces().zip(split.labels()) {
        if let Some(labels) = originals.get(face) {
            copies.pictures += 1;
            copies.relabelled += usize::from(!labels.contains(label));
        }
    }
    copies
}

/// For each picture of `split`, whether it is no copy of one of `other`.
pub fn is_no_copy(split: &Split, other: &Split) -> Vec<bool> {
    let originals: HashSet<&[u8]> = other.faces().collect();
    split.faces().map(|face| !originals.contains(face)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::FACE_LEN;
    use model_core::Emotion::{self, Angry, Happy, Sad};

    fn split(pictures: &[(u8, Emotion)]) -> Split {
        let mut split = Split::default();
        for &(level, label) in pictures {
            split.push(&[level; FACE_LEN], label);
        }
        split
    }

    #[test]
    fn copies_and_relabelled_copies_are_counted() {
        let training = split(&[(1, Angry), (2, Happy), (1, Angry), (1, Sad), (3, Sad), (1, Sad)]);
        assert_eq!(copies_inside(&training), Copies { pictures: 3, relabelled: 1 });
        let test = split(&[(1, Sad), (2, Sad), (4, Sad), (2, Happy)]);
        assert_eq!(copies_across(&test, &training), Copies { pictures: 3, relabelled: 1 });
        assert_eq!(is_no_copy(&test, &training), [false, false, true, false]);
        assert_eq!(copies_inside(&Split::default()), Copies::default());
    }
}
