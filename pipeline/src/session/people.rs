//! People, and for how long each showed which expression.

use std::collections::BTreeMap;

use super::{Edits, ObservedFace};
use crate::{Shares, TrackId, shares::Showing};

/// A person and what they showed.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// The name that they were given.
    pub name: Option<String>,
    /// The earliest frame with this face, seconds on the source's clock.
    pub first_secs: f64,
    /// The latest one.
    pub last_secs: f64,
    /// How much was shown of each thing; there is no time without a face.
    pub shares: Shares,
}

/// The shares of everybody that was tracked, weighed by time: the same at any number of frames a second.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct People {
    by_track: BTreeMap<TrackId, Person>,
    /// Time without a face.
    nobody: Shares,
    /// The faces of the newest frame, whose time has not passed yet. `None` when nothing is watched.
    showing: Option<Vec<(TrackId, Showing)>>,
}

impl People {
    /// A frame at `time_secs` shows `faces`.
    pub(super) fn push(&mut self, time_secs: f64, faces: &[ObservedFace]) {
        if faces.is_empty() {
            self.nobody.count(None);
        }
        for face in faces {
            let new = || Person { name: None, first_secs: time_secs, last_secs: time_secs, shares: Shares::default() };
            let person = self.by_track.entry(face.person).or_insert_with(new);
            // A file may be watched from another place again.
            person.first_secs = person.first_secs.min(time_secs);
            person.last_secs = person.last_secs.max(time_secs);
            person.shares.count(Some(face.showing()));
        }
        self.showing = Some(faces.iter().map(|face| (face.person, face.showing())).collect());
    }

    /// The newest frame was shown for so long, seconds. Nothing is watched until the next one.
    pub(super) fn pass(&mut self, secs: f64) {
        let Some(showing) = self.showing.take() else { return };
        if showing.is_empty() {
            self.nobody.add_secs(None, secs);
        }
        for (track, showing) in showing {
            if let Some(person) = self.by_track.get_mut(&track) {
                person.shares.add_secs(Some(showing), secs);
            }
        }
    }

    /// Whether anybody was tracked under this number.
    pub(super) fn has(&self, track: TrackId) -> bool {
        self.by_track.contains_key(&track)
    }

    /// The highest number that was ever given; 0 if none was.
    pub(super) fn last_id(&self) -> u64 {
        self.by_track.last_key_value().map_or(0, |(&TrackId(id), _)| id)
    }

    /// Everybody who counts, in the order of their numbers.
    pub(super) fn people(&self, edits: &Edits) -> BTreeMap<TrackId, Person> {
        let mut people = BTreeMap::<_, Person>::new();
        for (&track, one) in &self.by_track {
            let Some(id) = edits.person_of(track) else { continue };
            let Some(person) = people.get_mut(&id) else {
                people.insert(id, Person { name: edits.name(id).map(str::to_owned), ..one.clone() });
                continue;
            };
            person.first_secs = person.first_secs.min(one.first_secs);
            person.last_secs = person.last_secs.max(one.last_secs);
            person.shares.add(&one.shares);
        }
        people
    }

    /// The shares of everybody who counts, and the time without a face.
    pub(super) fn shares(&self, edits: &Edits) -> Shares {
        let mut all = self.nobody.clone();
        let counted = self.by_track.iter().filter(|(track, _)| edits.person_of(**track).is_some());
        counted.for_each(|(_, person)| all.add(&person.shares));
        all
    }
}
