//! The selected person, and advice that would help to read their face.

use vision::QualityIssue;

use crate::{TrackId, TrackedFace};

/// The selected person, and the quality issue of their face.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Selection {
    /// Who, and when they were seen last, seconds.
    person: Option<(TrackId, f64)>,
    issue: Option<Issue>,
}

/// A quality issue of a person's face.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Issue {
    person: TrackId,
    kind: QualityIssue,
    since_secs: f64,
}

impl Selection {
    /// Select a person.
    pub(super) fn select(&mut self, person: TrackId, time_secs: f64) {
        self.person = Some((person, time_secs));
    }

    /// The selected person.
    pub(super) fn person(&self) -> Option<TrackId> {
        self.person.map(|(id, _)| id)
    }

    /// Which of `faces` is selected: that of the selected person, the first while they are not there.
    pub(super) fn face_idx(&self, faces: &[TrackedFace]) -> usize {
        let is_selected = |face: &TrackedFace| self.person.is_some_and(|(id, _)| id == face.id);
        faces.iter().position(is_selected).unwrap_or(0)
    }

    /// Stay with the selected person as long as they may come back, `forget_secs`, then turn to the first of `faces`.
    pub(super) fn follow(&mut self, faces: &[TrackedFace], time_secs: f64, forget_secs: f64) {
        let is_there = |id| faces.iter().any(|face| face.id == id);
        self.person = match self.person {
            Some((id, _)) if is_there(id) => Some((id, time_secs)),
            Some((id, seen_secs)) if time_secs - seen_secs <= forget_secs => Some((id, seen_secs)),
            _ => faces.first().map(|face| (face.id, time_secs)),
        };
        let face = faces.get(self.face_idx(faces));
        let new = face
            .and_then(|face| Some(Issue { person: face.id, kind: face.face.worst_issue()?, since_secs: time_secs }));
        let is_same = |old: &Issue| new.is_some_and(|new| (old.person, old.kind) == (new.person, new.kind));
        self.issue = self.issue.filter(is_same).or(new);
    }

    /// There is no picture: nothing to advise on.
    pub(super) fn forget_advice(&mut self) {
        self.issue = None;
    }

    /// The quality issue of the selected face, if it has lasted for `advice_secs` by `time_secs`.
    pub(super) fn advice(&self, time_secs: f64, advice_secs: f64) -> Option<QualityIssue> {
        let issue = self.issue.filter(|issue| time_secs - issue.since_secs >= advice_secs)?;
        Some(issue.kind)
    }
}
