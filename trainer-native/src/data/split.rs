//! Pictures with their labels.

use model_core::{Emotion, sha256_hex};

use super::{FACE_LEN, Votes};

/// Pictures and labels of one split. Invariant: as many pictures as labels, and as votes if there are any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    pixels: Vec<u8>,
    labels: Vec<Emotion>,
    votes: Vec<Votes>,
}

impl Split {
    /// Number of pictures.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no picture.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Picture `i`: [`FACE_LEN`] row-major grey levels.
    ///
    /// # Panics
    /// If `i` is not below [`Split::len`].
    pub fn face(&self, i: usize) -> &[u8] {
        &self.pixels[i * FACE_LEN..(i + 1) * FACE_LEN]
    }

    /// Label of picture `i`.
    ///
    /// # Panics
    /// If `i` is not below [`Split::len`].
    pub fn label(&self, i: usize) -> Emotion {
        self.labels[i]
    }

    /// The same pictures with what FER+'s raters called them.
    ///
    /// # Panics
    /// If there are not as many votes as pictures: readers check that.
    #[must_use]
    pub fn with_votes(self, votes: Vec<Votes>) -> Self {
        assert_eq!(votes.len(), self.len(), "votes of each picture");
        Self { votes, ..self }
    }

    /// Votes of FER+'s raters on each picture, in order; empty if they are not known.
    pub fn all_votes(&self) -> &[Votes] {
        &self.votes
    }

    /// Whether it is known what FER+'s raters called the pictures.
    pub fn has_votes(&self) -> bool {
        !self.votes.is_empty()
    }

    /// Votes of FER+'s raters on picture `i`; `None` if they are not known.
    pub fn votes(&self, i: usize) -> Option<Votes> {
        self.votes.get(i).copied()
    }

    /// Every picture, in order.
    pub fn faces(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.pixels.chunks_exact(FACE_LEN)
    }

    /// Every label, in order.
    pub fn labels(&self) -> &[Emotion] {
        &self.labels
    }

    /// SHA-256 of every picture and label in order, lower-case hexadecimal: the same for the same split.
    pub fn sha256(&self) -> String {
        let labels: Vec<u8> = self.labels.iter().map(|&label| label as u8).collect();
        sha256_hex(&[&self.pixels[..], &labels].concat())
    }

    /// Pictures of each label, in [`Emotion::ALL`] order.
    pub fn counts(&self) -> [usize; Emotion::COUNT] {
        let mut counts = [0; Emotion::COUNT];
        for &label in &self.labels {
            counts[label as usize] += 1;
        }
        counts
    }

    /// The pictures with the given indices, in the given order.
    ///
    /// # Panics
    /// If an index is not below [`Split::len`].
    #[must_use]
    pub fn subset(&self, indices: &[usize]) -> Self {
        let mut subset = Self::default();
        for &i in indices {
            subset.push(self.face(i), self.label(i));
        }
        subset.votes = indices.iter().filter_map(|&i| self.votes(i)).collect();
        subset
    }

    /// Append a picture. The votes on the others are dropped.
    ///
    /// # Panics
    /// If it has not [`FACE_LEN`] grey levels: readers check that.
    pub fn push(&mut self, face: &[u8], label: Emotion) {
        assert_eq!(face.len(), FACE_LEN, "grey levels of a picture");
        self.pixels.extend_from_slice(face);
        self.labels.push(label);
        self.votes.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subset_keeps_pictures_and_labels_together() {
        let mut split = Split::default();
        for level in 0..7 {
            split.push(&[level; FACE_LEN], Emotion::ALL[usize::from(level)]);
        }
        assert!(!split.has_votes() && split.votes(3).is_none());
        let split = split.with_votes((0..7).map(|i| Votes::new([i; 10])).collect());
        let subset = split.subset(&[3, 0, 3]);
        assert_eq!([0, 1, 2].map(|i| subset.votes(i).unwrap().counts()[0]), [3, 0, 3]);
        assert_eq!(subset.labels(), [Emotion::Happy, Emotion::Angry, Emotion::Happy]);
        assert_eq!((subset.len(), subset.face(0)[0], subset.face(1)[0], subset.faces().len()), (3, 3, 0, 3));
        assert_eq!(subset.counts(), [1, 0, 0, 2, 0, 0, 0]);
        assert!(split.subset(&[]).is_empty());
    }
}
