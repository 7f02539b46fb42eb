//! The part of a session that is counted and kept.

use serde::{Deserialize, Serialize};

use super::{Observation, ObservedFace, SessionSettings, people::People};
use crate::{Face, LabelCounts, TrackId, TrackedFace};

/// The part of a session that is counted and kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) n_frames: u64,
    pub(super) n_frames_without_face: u64,
    pub(super) label_counts: LabelCounts,
    pub(super) shares: People,
    pub(super) timeline: Vec<Observation>,
}

impl Record {
    /// A frame at `time_secs`, a finite number, shows `faces`.
    pub(super) fn push(&mut self, time_secs: f64, faces: &[TrackedFace], settings: &SessionSettings) {
        self.n_frames = self.n_frames.saturating_add(1);
        if faces.is_empty() {
            self.n_frames_without_face = self.n_frames_without_face.saturating_add(1);
        }
        self.label_counts.record(&faces.iter().map(|face| face.face).collect::<Vec<Face>>());
        self.shares.record(time_secs, faces, settings.longest_secs);
        let room = settings.max_observations.saturating_sub(self.timeline.len());
        let observed = faces.iter().map(|face| Some(ObservedFace::from(face)));
        let rows = observed.chain(faces.is_empty().then_some(None));
        self.timeline.extend(rows.take(room).map(|face| Observation { time_secs, face }));
    }

    /// At `time_secs` the source ends or is stopped.
    pub(super) fn pause(&mut self, time_secs: f64, settings: &SessionSettings) {
        self.shares.pause(time_secs, settings.longest_secs);
    }

    /// The highest identity that was ever given; 0 if none was.
    pub(super) fn last_id(&self) -> u64 {
        let of_people = self.shares.by_id.keys().copied();
        let of_timeline = self.timeline.iter().filter_map(|row| Some(row.face?.person));
        of_people.chain(of_timeline).max().map_or(0, |TrackId(id)| id)
    }
}
