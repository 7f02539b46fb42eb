//! For how long, and in how many frames, each expression was the apparent one.

mod counts;

use std::fmt;

use model_core::Emotion;
use serde::{Deserialize, Serialize};

pub use counts::{LabelCounts, Share, Unsure};

/// A thing that is shown at a time: a label, or why there is none.
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
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How frames count in which a face has a quality issue: it is too small, too dark, too bright, blurred or turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoorFramePolicy {
    /// In a row of their own, since what is read in them is guessed.
    Separate,
    /// Under the label that was read all the same.
    Counted,
}

/// A face of a frame, as it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Showing {
    /// `None` while it is unsure.
    pub label: Option<Emotion>,
    /// Whether it has a quality issue.
    pub is_poor: bool,
}

/// How often and how long something was shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Tally {
    /// Faces of frames; frames without a face.
    count: u64,
    secs: f64,
}

impl Tally {
    fn plus(self, other: Self) -> Self {
        Self { count: self.count.saturating_add(other.count), secs: self.secs + other.secs }
    }
}

/// For each label, then for unsure.
type Tallies = [Tally; Emotion::COUNT + 1];

/// How much was shown of each thing since the start, by faces of frames and by time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shares {
    /// Tallies of frames in which the face is seen well.
    clear: Tallies,
    /// Tallies of frames in which it has a quality issue.
    poor: Tallies,
    no_face: Tally,
}

/// One row of the table by time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeShare {
    /// The thing that was shown.
    pub shown: Shown,
    /// Number of faces in frames that showed it; of frames, for [`Shown::NoFace`].
    pub count: u64,
    /// For how long, seconds; those of several faces at once add up.
    pub secs: f64,
    /// The share of a label or of unsure in the time in which a face was read, where they add up to 1; the share of poor
    /// quality or of no face in all time. In `0..=1`; 0 before any time.
    pub relative: f64,
}

impl Shares {
    /// One row for everything that can be shown, by time, in the order of [`Shown::all`].
    pub fn times(&self, policy: PoorFramePolicy) -> Vec<TimeShare> {
        let rows: Vec<_> = Shown::all().map(|shown| (shown, self.tally(shown, policy))).collect();
        let is_read = |shown: Shown| matches!(shown, Shown::Label(_) | Shown::Unsure);
        let read_secs = rows.iter().filter(|(shown, _)| is_read(*shown)).map(|(_, tally)| tally.secs).sum();
        let all_secs = self.secs();
        let row = |(shown, Tally { count, secs })| {
            let whole_secs = if is_read(shown) { read_secs } else { all_secs };
            TimeShare { shown, count, secs, relative: ratio(secs, whole_secs) }
        };
        rows.into_iter().map(row).collect()
    }

    /// All time, seconds: that of every face, and that without one.
    pub fn secs(&self) -> f64 {
        self.clear.iter().chain(&self.poor).chain([&self.no_face]).map(|tally| tally.secs).sum()
    }

    /// Count a face of a frame, or that there is none.
    pub(crate) fn count(&mut self, showing: Option<Showing>) {
        let tally = self.tally_mut(showing);
        tally.count = tally.count.saturating_add(1);
    }

    /// It was shown for some time.
    pub(crate) fn add_secs(&mut self, showing: Option<Showing>, secs: f64) {
        self.tally_mut(showing).secs += secs;
    }

    /// Add those of someone else.
    pub(crate) fn add(&mut self, other: &Self) {
        let mine = self.clear.iter_mut().chain(&mut self.poor).chain([&mut self.no_face]);
        let others = other.clear.iter().chain(&other.poor).chain([&other.no_face]);
        mine.zip(others).for_each(|(tally, other)| *tally = tally.plus(*other));
    }

    fn tally(&self, shown: Shown, policy: PoorFramePolicy) -> Tally {
        let read = |idx: usize| match policy {
            PoorFramePolicy::Separate => self.clear[idx],
            PoorFramePolicy::Counted => self.clear[idx].plus(self.poor[idx]),
        };
        match (shown, policy) {
            (Shown::Label(label), _) => read(label as usize),
            (Shown::Unsure, _) => read(Emotion::COUNT),
            (Shown::PoorQuality, PoorFramePolicy::Separate) => {
                self.poor.into_iter().fold(Tally::default(), Tally::plus)
            }
            (Shown::PoorQuality, PoorFramePolicy::Counted) => Tally::default(),
            (Shown::NoFace, _) => self.no_face,
        }
    }

    fn tally_mut(&mut self, showing: Option<Showing>) -> &mut Tally {
        let Some(Showing { label, is_poor }) = showing else { return &mut self.no_face };
        let tallies = if is_poor { &mut self.poor } else { &mut self.clear };
        &mut tallies[label.map_or(Emotion::COUNT, |label| label as usize)]
    }
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PoorFramePolicy::{Counted, Separate};

    const SAD: Showing = Showing { label: Some(Emotion::Sad), is_poor: false };

    #[test]
    fn by_time_what_was_read_adds_up_to_one_and_the_rest_is_a_share_of_all() {
        let mut shares = Shares::default();
        assert!(shares.times(Separate).iter().all(|row| row.relative == 0.0));
        let unsure = Showing { label: None, ..SAD };
        let dark = Showing { is_poor: true, ..SAD };
        for (showing, secs) in [(Some(SAD), 3.0), (Some(unsure), 1.0), (Some(dark), 1.0), (None, 5.0)] {
            shares.count(showing);
            shares.add_secs(showing, secs);
        }
        let cases = [
            (Separate, Shown::Label(Emotion::Sad), 1, 3.0, 0.75),
            (Separate, Shown::Unsure, 1, 1.0, 0.25),
            (Separate, Shown::PoorQuality, 1, 1.0, 0.1),
            (Separate, Shown::NoFace, 1, 5.0, 0.5),
            (Counted, Shown::Label(Emotion::Sad), 2, 4.0, 0.8),
            (Counted, Shown::Unsure, 1, 1.0, 0.2),
            (Counted, Shown::PoorQuality, 0, 0.0, 0.0),
            (Counted, Shown::NoFace, 1, 5.0, 0.5),
        ];
        for (policy, shown, count, secs, relative) in cases {
            let row = shares.times(policy).into_iter().find(|row| row.shown == shown).unwrap();
            assert_eq!(row, TimeShare { shown, count, secs, relative }, "{policy:?}");
        }
        assert!((shares.secs() - 10.0).abs() < 1e-12);
    }

    #[test]
    fn rows_are_in_their_order_and_named_in_json_as_labels_are() {
        let rows = Shares::default().times(Separate);
        assert!(Shown::all().eq(rows.iter().map(|row| row.shown)));
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

    #[test]
    fn those_of_two_add_up() {
        let [mut shares, mut other] = [0; 2].map(|_| Shares::default());
        for (shares, secs) in [(&mut shares, 1.5), (&mut other, 0.25)] {
            shares.count(Some(SAD));
            shares.add_secs(Some(SAD), secs);
            shares.add_secs(None, secs);
        }
        shares.add(&other);
        let sad = shares.times(Separate)[Emotion::Sad as usize];
        assert_eq!((sad.count, sad.secs, shares.secs()), (2, 1.75, 3.5));
    }
}
