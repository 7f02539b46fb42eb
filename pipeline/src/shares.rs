//! How much of the time, and in how many faces of frames, each expression was the apparent one.

mod people;

use std::fmt;

use model_core::Emotion;
use serde::{Deserialize, Serialize};

use crate::Face;
pub use people::{Person, ShareSettings, SharesByPerson, Sighting};

/// What a face shows at a time, or that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// No label is probable enough.
    Unsure,
    /// The face was too poorly seen to be read.
    PoorQuality,
    /// There is no face.
    NoFace,
    /// This one.
    #[serde(untagged)]
    Label(Emotion),
}

impl Shown {
    /// Everything that can be: the labels in [`Emotion::ALL`] order, then the others.
    pub fn all() -> impl Iterator<Item = Self> {
        Emotion::ALL.into_iter().map(Self::Label).chain([Self::Unsure, Self::PoorQuality, Self::NoFace])
    }

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unsure => "unsure",
            Self::PoorQuality => "poor quality",
            Self::NoFace => "no face",
            Self::Label(label) => label.name(),
        }
    }

    fn idx(self) -> usize {
        match self {
            Self::Label(label) => label as usize,
            Self::Unsure => Emotion::COUNT,
            Self::PoorQuality => Emotion::COUNT + 1,
            Self::NoFace => Emotion::COUNT + 2,
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How often and how long something was shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Tally {
    /// Faces of frames; frames without a face.
    count: u64,
    secs: f64,
}

/// What was shown since the start, by faces of frames and by time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shares {
    /// One for each [`Shown`].
    tallies: [Tally; Emotion::COUNT + 3],
}

/// One row of the table by faces of frames: the study's Table 5.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// Which label.
    pub emotion: Emotion,
    /// How often it was the most probable, surely.
    pub count: u64,
    /// `count` over all counts, those of unsure faces included, in `0..=1`; 0 before anything was counted.
    pub relative: f64,
}

/// The row of the faces whose most probable label was not probable enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Unsure {
    /// How many faces.
    pub count: u64,
    /// `count` over all counts, in `0..=1`; 0 before anything was counted.
    pub relative: f64,
}

/// One row of the table by time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeShare {
    /// What was shown.
    pub shown: Shown,
    /// In how many faces of frames; frames without a face.
    pub count: u64,
    /// For how long, seconds; those of several faces at once add up.
    pub secs: f64,
    /// Of a label and of unsure: the share in the time in which a face was read, with which they add up to 1. Of poor
    /// quality and of no face: the share in all time. In `0..=1`; 0 before any time.
    pub relative: f64,
}

impl Shares {
    /// Count the most probable label of each face of a frame, if it is sure. Takes no time.
    pub fn record(&mut self, faces: &[Face]) {
        for face in faces {
            self.count(face.label().map_or(Shown::Unsure, Shown::Label));
        }
    }

    /// Number of faces that were read.
    pub fn total(&self) -> u64 {
        self.read().map(|tally| tally.count).sum()
    }

    /// One row a label, in [`Emotion::ALL`] order. With [`Shares::unsure`] they add up to 1.
    pub fn rows(&self) -> [Share; Emotion::COUNT] {
        Emotion::ALL.map(|emotion| {
            let count = self.of(Shown::Label(emotion)).count;
            Share { emotion, count, relative: ratio(count as f64, self.total() as f64) }
        })
    }

    /// The faces that are under no label.
    pub fn unsure(&self) -> Unsure {
        let count = self.of(Shown::Unsure).count;
        Unsure { count, relative: ratio(count as f64, self.total() as f64) }
    }

    /// One row for everything that can be shown, by time, in the order of [`Shown::all`].
    pub fn times(&self) -> Vec<TimeShare> {
        let read_secs = self.read().map(|tally| tally.secs).sum();
        let all_secs = self.secs();
        let row = |shown| {
            let Tally { count, secs } = self.of(shown);
            let whole_secs = if matches!(shown, Shown::Label(_) | Shown::Unsure) { read_secs } else { all_secs };
            TimeShare { shown, count, secs, relative: ratio(secs, whole_secs) }
        };
        Shown::all().map(row).collect()
    }

    /// All time, seconds: that of every face, and that without one.
    pub fn secs(&self) -> f64 {
        self.tallies.iter().map(|tally| tally.secs).sum()
    }

    /// A face of a frame.
    fn count(&mut self, shown: Shown) {
        self.tallies[shown.idx()].count += 1;
    }

    /// It was shown for some time.
    fn add_secs(&mut self, shown: Shown, secs: f64) {
        self.tallies[shown.idx()].secs += secs;
    }

    fn of(&self, shown: Shown) -> Tally {
        self.tallies[shown.idx()]
    }

    /// What says something of an expression.
    fn read(&self) -> impl Iterator<Item = &Tally> {
        self.tallies.iter().take(Emotion::COUNT + 1)
    }
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::Scores;
    use vision::{Detection, Rect};

    fn face(emotion: Emotion) -> Face {
        let mut logits = [0.0; Emotion::COUNT];
        logits[emotion as usize] = 1.0;
        let detection = Detection { rect: Rect::default(), score: 1.0, key_points: None };
        Face { detection, scores: Scores::from_logits(logits).unwrap(), is_sure: true, votes: None, quality: None }
    }

    #[test]
    fn shares_count_labels_and_unsure_faces_and_add_up_to_one() {
        let mut shares = Shares::default();
        assert!(shares.rows().iter().all(|row| row.relative == 0.0) && shares.unsure() == Unsure::default());
        shares.record(&[face(Emotion::Happy), face(Emotion::Sad)]);
        shares.record(&[]);
        shares.record(&[face(Emotion::Happy), face(Emotion::Happy)]);
        let rows = shares.rows();
        assert_eq!(rows.map(|row| row.count), [0, 0, 0, 3, 1, 0, 0]);
        assert!((rows[Emotion::Happy as usize].relative - 0.75).abs() < 1e-12);
        assert!((rows.iter().map(|row| row.relative).sum::<f64>() - 1.0).abs() < 1e-12);
        shares.record(&[Face { is_sure: false, ..face(Emotion::Happy) }]);
        let rows = shares.rows();
        assert_eq!((rows.map(|row| row.count), shares.total()), ([0, 0, 0, 3, 1, 0, 0], 5));
        assert_eq!(shares.unsure().count, 1);
        let sum = rows.iter().map(|row| row.relative).sum::<f64>() + shares.unsure().relative;
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
    }

    #[test]
    fn by_time_what_was_read_adds_up_to_one_and_the_rest_is_a_share_of_all() {
        let mut shares = Shares::default();
        assert!(shares.times().iter().all(|row| row.relative == 0.0));
        let secs =
            [(Shown::Label(Emotion::Sad), 3.0), (Shown::Unsure, 1.0), (Shown::PoorQuality, 1.0), (Shown::NoFace, 5.0)];
        for (shown, secs) in secs {
            shares.add_secs(shown, secs);
        }
        let rows = shares.times();
        let relative = |shown| rows.iter().find(|row| row.shown == shown).unwrap().relative;
        for ((shown, _), expected) in secs.into_iter().zip([0.75, 0.25, 0.1, 0.5]) {
            assert!((relative(shown) - expected).abs() < 1e-12, "{shown}");
        }
        assert_eq!((shares.secs(), shares.total()), (10.0, 0));
    }

    #[test]
    fn rows_are_in_their_order_and_named_in_json_as_labels_are() {
        let shown: Vec<_> = Shares::default().times().iter().map(|row| row.shown).collect();
        assert!(Shown::all().eq(shown) && Shown::all().enumerate().all(|(i, shown)| shown.idx() == i));
        for (shown, expected) in [
            (Shown::Label(Emotion::Happy), "\"happy\""),
            (Shown::Unsure, "\"unsure\""),
            (Shown::PoorQuality, "\"poor_quality\""),
            (Shown::NoFace, "\"no_face\""),
        ] {
            let json = serde_json::to_string(&shown).unwrap();
            assert_eq!(json, expected);
            assert_eq!(serde_json::from_str::<Shown>(&json).unwrap(), shown);
        }
    }
}
