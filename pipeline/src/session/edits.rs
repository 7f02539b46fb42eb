//! Changes that a person makes to who is who, and the parts of a video that are of interest.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{ObservedFrame, Timeline};
use crate::TrackId;

/// Letters of a name at most.
const MAX_NAME: usize = 100;

/// Ranges at most.
const MAX_RANGES: usize = 1000;

/// Changes that a person made to what was recorded. They stand beside the timeline, which stays as it is, so that each
/// can be undone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Edits {
    /// The names that people were given.
    pub(super) names: BTreeMap<TrackId, String>,
    /// Merged tracks, each with the one that it belongs to, which is itself not merged.
    pub(super) merged: BTreeMap<TrackId, TrackId>,
    /// People who do not count.
    #[serde(rename = "left_out")]
    pub(super) excluded: BTreeSet<TrackId>,
    /// The parts of interest.
    pub(super) ranges: Vec<TimeRange>,
}

/// A part of a video.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeRange {
    /// Its name.
    pub name: String,
    /// Where it begins, seconds, itself within.
    pub from_secs: f64,
    /// Where it ends, seconds, itself not within; above `from_secs`.
    pub to_secs: f64,
}

/// Why a change cannot be made.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum EditError {
    /// Nobody was recorded under this number.
    #[error("expected a person of the session, got person {0}, who is not in it")]
    NoSuchPerson(TrackId),
    /// Two people who are seen at the same time cannot be merged.
    #[error(
        "expected two that are never in one frame, got person {person} and person {into}, who both are at {secs} s"
    )]
    BothInFrame {
        /// The one that was to be merged.
        person: TrackId,
        /// The one into whom.
        into: TrackId,
        /// When both are seen, seconds.
        secs: f64,
    },
    /// A name that is too long.
    #[error("expected a name of {MAX_NAME} letters at most, got one of {0}")]
    LongName(usize),
    /// A range without a length.
    #[error("expected a range that ends after it begins, got {from_secs} to {to_secs} s")]
    EmptyRange {
        /// Where it begins, seconds.
        from_secs: f64,
        /// Where it ends, seconds.
        to_secs: f64,
    },
    /// Too many ranges.
    #[error("expected {MAX_RANGES} ranges at most, got {0}")]
    ManyRanges(usize),
}

impl Edits {
    /// Excluded people, each as they are told apart after merging.
    pub fn excluded(&self) -> impl Iterator<Item = TrackId> {
        self.excluded.iter().copied().filter(|&person| self.root(person) == person)
    }

    /// Tracks that were merged into `person`.
    pub fn merged_into(&self, person: TrackId) -> impl Iterator<Item = TrackId> {
        self.merged.iter().filter(move |(_, into)| **into == person).map(|(&merged, _)| merged)
    }

    /// The parts of interest.
    pub fn ranges(&self) -> &[TimeRange] {
        &self.ranges
    }

    /// The name that the person was given.
    pub fn name(&self, person: TrackId) -> Option<&str> {
        self.names.get(&self.root(person)).map(String::as_str)
    }

    /// The person of `track` after merging.
    pub(super) fn root(&self, track: TrackId) -> TrackId {
        self.merged.get(&track).copied().unwrap_or(track)
    }

    /// The person of `track`; `None` if they are excluded.
    pub(super) fn person_of(&self, track: TrackId) -> Option<TrackId> {
        let person = self.root(track);
        (!self.excluded.contains(&person)).then_some(person)
    }

    pub(super) fn rename(&mut self, person: TrackId, name: &str) -> Result<(), EditError> {
        let person = self.root(person);
        match clean(name)? {
            name if name.is_empty() => self.names.remove(&person),
            name => self.names.insert(person, name),
        };
        Ok(())
    }

    pub(super) fn merge(&mut self, person: TrackId, into: TrackId, timeline: &Timeline) -> Result<(), EditError> {
        let (person, into) = (self.root(person), self.root(into));
        if person == into {
            return Ok(());
        }
        let has = |frame: &ObservedFrame<'_>, who| frame.faces.iter().any(|face| self.root(face.person) == who);
        if let Some(frame) = timeline.frames().find(|frame| has(frame, person) && has(frame, into)) {
            return Err(EditError::BothInFrame { person, into, secs: frame.time_secs });
        }
        self.join(person, into);
        Ok(())
    }

    /// `person` is `into`, and so is everybody who was `person`.
    fn join(&mut self, person: TrackId, into: TrackId) {
        let (person, into) = (self.root(person), self.root(into));
        if person != into {
            self.merged.values_mut().filter(|root| **root == person).for_each(|root| *root = into);
            self.merged.insert(person, into);
        }
    }

    pub(super) fn unmerge(&mut self, person: TrackId) {
        self.merged.retain(|merged, into| *merged != person && *into != person);
    }

    pub(super) fn exclude(&mut self, person: TrackId) {
        self.excluded.insert(self.root(person));
    }

    pub(super) fn include(&mut self, person: TrackId) {
        self.excluded.remove(&self.root(person));
    }

    /// These changes as they were saved, but for those to people that there are not: nobody is merged in a circle.
    pub(super) fn checked(self, is_known: impl Fn(TrackId) -> bool) -> Result<Self, EditError> {
        let mut edits = Self::default();
        for (person, name) in self.names.iter().filter(|(person, _)| is_known(**person)) {
            edits.rename(*person, name)?;
        }
        edits.excluded = self.excluded.into_iter().filter(|person| is_known(*person)).collect();
        for (&person, &into) in self.merged.iter().filter(|(person, into)| is_known(**person) && is_known(**into)) {
            edits.join(person, into);
        }
        edits.set_ranges(self.ranges)?;
        Ok(edits)
    }

    pub(super) fn set_ranges(&mut self, ranges: Vec<TimeRange>) -> Result<(), EditError> {
        if ranges.len() > MAX_RANGES {
            return Err(EditError::ManyRanges(ranges.len()));
        }
        self.ranges = ranges.into_iter().map(TimeRange::checked).collect::<Result<_, _>>()?;
        Ok(())
    }
}

impl TimeRange {
    fn checked(self) -> Result<Self, EditError> {
        let Self { name, from_secs, to_secs } = self;
        let is_whole = from_secs.is_finite() && to_secs.is_finite() && from_secs < to_secs;
        if !is_whole {
            return Err(EditError::EmptyRange { from_secs, to_secs });
        }
        Ok(Self { name: clean(&name)?, from_secs, to_secs })
    }
}

/// A name as it can stand in a line of any file.
fn clean(name: &str) -> Result<String, EditError> {
    let name: String = name.trim().chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let n_letters = name.chars().count();
    if n_letters > MAX_NAME { Err(EditError::LongName(n_letters)) } else { Ok(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: TrackId = TrackId(1);
    const B: TrackId = TrackId(2);
    const C: TrackId = TrackId(3);

    fn roots(edits: &Edits) -> [u64; 3] {
        [A, B, C].map(|track| edits.root(track).0)
    }

    #[test]
    fn people_are_merged_into_one_and_told_apart_again() {
        let (mut edits, timeline) = (Edits::default(), Timeline::default());
        let steps: [(TrackId, TrackId, [u64; 3]); 4] =
            [(C, B, [1, 2, 2]), (C, C, [1, 2, 2]), (B, A, [1, 1, 1]), (A, C, [1, 1, 1])];
        for (person, into, expected) in steps {
            edits.merge(person, into, &timeline).unwrap();
            assert_eq!(roots(&edits), expected, "{person} into {into}");
        }
        assert!(edits.merged_into(A).eq([B, C]));
        edits.unmerge(C);
        assert_eq!(roots(&edits), [1, 1, 3]);
        edits.unmerge(A);
        assert_eq!(edits, Edits::default());
    }

    #[test]
    fn who_is_excluded_or_named_is_so_with_everybody_who_is_the_same() {
        let (mut edits, timeline) = (Edits::default(), Timeline::default());
        edits.merge(B, A, &timeline).unwrap();
        edits.rename(B, "  Anna\n").unwrap();
        edits.exclude(B);
        assert_eq!([A, B, C].map(|track| edits.person_of(track)), [None, None, Some(C)]);
        assert_eq!([A, B, C].map(|track| edits.name(track)), [Some("Anna"), Some("Anna"), None]);
        assert!(edits.excluded().eq([A]));
        edits.include(A);
        edits.rename(A, " ").unwrap();
        assert_eq!((edits.person_of(B), edits.name(B)), (Some(A), None));
    }

    #[test]
    fn names_and_ranges_that_fit_nowhere_are_refused() {
        let mut edits = Edits::default();
        assert_eq!(edits.rename(A, &"ä".repeat(101)), Err(EditError::LongName(101)));
        let range = |from_secs, to_secs| TimeRange { name: "a\tb".into(), from_secs, to_secs };
        for (from, to) in [(1.0, 1.0), (2.0, 1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
            assert!(
                matches!(edits.set_ranges(vec![range(from, to)]), Err(EditError::EmptyRange { .. })),
                "{from} {to}"
            );
        }
        assert_eq!(edits.set_ranges(vec![range(0.0, 1.0); 1001]), Err(EditError::ManyRanges(1001)));
        edits.set_ranges(vec![range(0.0, 1.0)]).unwrap();
        assert_eq!(edits.ranges()[0].name, "a b");
    }

    #[test]
    fn saved_changes_may_say_what_they_like() {
        let merged = BTreeMap::from([(A, B), (B, C), (C, A), (TrackId(9), A)]);
        let saved = Edits { merged, excluded: BTreeSet::from([TrackId(9), B]), ..Edits::default() };
        let edits = saved.checked(|person| person <= C).unwrap();
        assert_eq!(roots(&edits), [3, 3, 3], "in no circle");
        assert!(edits.excluded().next().is_none() && edits.person_of(TrackId(9)).is_some());
        let names = BTreeMap::from([(A, "a".repeat(101))]);
        assert!(Edits { names, ..Edits::default() }.checked(|_| true).is_err());
    }
}
