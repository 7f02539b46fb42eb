//! Changes that a person may make to a session.

use super::{EditError, Edits, Session, TimeRange};
use crate::TrackId;

/// Who is who, as a person says. The timeline stays as it was recorded, so each change can be undone.
impl Session {
    /// The changes that were made.
    pub fn edits(&self) -> &Edits {
        &self.record.edits
    }

    /// The person whose face was tracked as `track`; `None` if they are left out.
    pub fn person_of(&self, track: TrackId) -> Option<TrackId> {
        self.record.edits.person_of(track)
    }

    /// The name of a person: the given one, else `Person` and the number.
    pub fn name_of(&self, person: TrackId) -> String {
        self.record.edits.name(person).map_or_else(|| format!("Person {person}"), str::to_owned)
    }

    /// Give a person a name, of 100 letters at most; an empty one takes it away.
    pub fn rename(&mut self, person: TrackId, name: &str) -> Result<(), EditError> {
        self.check_known(person)?;
        self.record.edits.rename(person, name)
    }

    /// `person` is in truth `into`, whose name both have from now on. Who is seen beside the other in a frame is not.
    pub fn merge(&mut self, person: TrackId, into: TrackId) -> Result<(), EditError> {
        self.check_known(person)?;
        self.check_known(into)?;
        self.record.edits.merge(person, into, &self.record.timeline)
    }

    /// Undo every [`Session::merge`] of a person, be they the one who was merged or the one into whom.
    pub fn unmerge(&mut self, person: TrackId) {
        self.record.edits.unmerge(person);
    }

    /// Exclude a person from people, shares and exports.
    pub fn exclude(&mut self, person: TrackId) -> Result<(), EditError> {
        self.check_known(person)?;
        self.record.edits.exclude(person);
        Ok(())
    }

    /// Undo [`Session::exclude`].
    pub fn include(&mut self, person: TrackId) {
        self.record.edits.include(person);
    }

    /// The parts of the video that are of interest, 1,000 at most, each with a summary of its own.
    pub fn set_ranges(&mut self, ranges: Vec<TimeRange>) -> Result<(), EditError> {
        self.record.edits.set_ranges(ranges)
    }

    fn check_known(&self, person: TrackId) -> Result<(), EditError> {
        if self.record.people.has(person) { Ok(()) } else { Err(EditError::NoSuchPerson(person)) }
    }
}
