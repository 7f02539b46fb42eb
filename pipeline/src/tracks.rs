//! Identities of faces over time, with scores that are smoothed and labels that do not flicker.

mod cadence;
mod matching;
mod motion;
mod settings;
mod smoothing;

use std::fmt;

use model_core::{Emotion, Scores};
use serde::{Deserialize, Serialize};
use vision::Detection;

use crate::{
    Analysis, Face, Search, Task,
    clock::{Clock, Step},
};
use cadence::{Cadence, Sight};
use matching::Expected;
use motion::Motion;
pub use settings::TrackSettings;
use smoothing::Smoothed;

/// Identity of a face, from 1. Never that of another one in the life of a [`Tracker`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TrackId(u64);

#[cfg(test)]
impl TrackId {
    pub(crate) const fn of_test(id: u64) -> Self {
        Self(id)
    }
}

impl fmt::Display for TrackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A face of one frame, and what is known of it from those before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// Whose it is.
    pub id: TrackId,
    /// As it was read in this frame alone.
    pub face: Face,
    /// Its scores, smoothed in time.
    pub scores: Scores,
    /// Their label, steadied; `None` while it is *unsure*.
    pub label: Option<Emotion>,
}

/// Follows faces from frame to frame, and plans what is to be done with the next one.
#[derive(Clone, Debug)]
pub struct Tracker {
    settings: TrackSettings,
    threshold: Option<f32>,
    clock: Clock,
    cadence: Cadence,
    known: Vec<Known>,
    /// How many there were, ever.
    n_tracks: u64,
}

/// A face that may be seen again.
#[derive(Clone, Copy, Debug)]
struct Known {
    id: TrackId,
    motion: Motion,
    /// Seconds since it was read last, found or followed.
    unread_secs: f64,
    /// `None` before the network read it.
    smoothed: Option<Smoothed>,
    /// Whether the last search found it.
    is_found: bool,
}

impl Known {
    /// Seconds that it must be remembered for: since it was gone, or, as long as nobody looked, since it was found.
    fn lost_secs(&self) -> f64 {
        if self.is_found { self.motion.age_secs() } else { self.unread_secs }
    }
}

impl Tracker {
    /// A tracker that has seen nothing. `threshold` is that of the network's [`model_core::Calibration`], 0 to 1: labels
    /// less probable are *unsure*. Without one, none is.
    pub fn new(settings: TrackSettings, threshold: Option<f32>) -> Self {
        Self { settings, threshold, clock: Clock::default(), cadence: Cadence::default(), known: vec![], n_tracks: 0 }
    }

    /// Another network reads the faces from now on, with another threshold. They stay who they are; scores begin anew.
    pub fn change_network(&mut self, threshold: Option<f32>) {
        self.threshold = threshold;
        for known in &mut self.known {
            known.smoothed = None;
        }
    }

    /// Another scene begins, on another clock: nobody of the one before is in it, and no identity comes again.
    pub fn restart(&mut self) {
        self.clock = Clock::default();
        self.known.clear();
        self.cadence.restart();
    }

    /// What to do with the frame at `at_secs`, whose longer side is `longer_side` pixels: search it, or read the faces
    /// that the last search found where they must be by now.
    ///
    /// A search is one for far faces when a face is smaller than [`TrackSettings::near_size`], and now and then.
    pub fn plan(&self, at_secs: f64, longer_side: usize) -> Task {
        let Step::Passed(ahead_secs) = self.clock.step(at_secs) else { return Task::Search(Search::Near) };
        let found = self.known.iter().filter(|known| known.is_found);
        let boxes: Vec<_> = found.map(|known| known.motion.predict(ahead_secs, &self.settings)).collect();
        let search = self.cadence.search(self.sight(&boxes, longer_side), ahead_secs, &self.settings);
        if boxes.is_empty() || self.cadence.is_due(search, ahead_secs, &self.settings) {
            Task::Search(search)
        } else {
            Task::Follow(boxes)
        }
    }

    /// Take in the frame at `at_secs`, in which `task` gave `analysis`. The tracks of its faces, in their order.
    ///
    /// Times are those of the source, on a clock of its own. One that stands still or goes a little back passes no time;
    /// a jump far back, or forwards by more than [`TrackSettings::pause_secs`], is a new beginning with new identities.
    pub fn update(&mut self, at_secs: f64, task: &Task, analysis: &Analysis) -> Vec<Track> {
        let secs = self.pass(at_secs);
        self.cadence.record(secs, task, &analysis.ms, analysis.faces.len());
        let assigned = self.assign(&analysis.faces);
        if matches!(task, Task::Search(_)) {
            self.detect(&analysis.faces, &assigned);
        }
        let tracks = analysis.faces.iter().zip(assigned).map(|(face, known_idx)| self.read(face, known_idx)).collect();
        // After the search, so that a frame that comes late still finds what was there in the one before.
        self.known.retain(|known| known.lost_secs() <= self.settings.forget_secs);
        tracks
    }

    /// Let time pass up to `at_secs`: how much.
    fn pass(&mut self, at_secs: f64) -> f64 {
        let secs = match self.clock.advance(at_secs) {
            Step::Passed(secs) if secs <= self.settings.pause_secs => secs,
            _ => {
                self.known.clear();
                self.cadence.restart();
                return 0.0;
            }
        };
        for known in &mut self.known {
            known.motion.pass(secs);
            known.unread_secs += secs;
        }
        secs
    }

    /// For each face the index of the one known.
    fn assign(&self, faces: &[Face]) -> Vec<Option<usize>> {
        let expected = |known: &Known| Expected {
            detection: known.motion.predict(0.0, &self.settings),
            age_secs: known.motion.age_secs(),
        };
        let expected: Vec<_> = self.known.iter().map(expected).collect();
        let detections: Vec<_> = faces.iter().map(|face| face.detection).collect();
        matching::assign(&expected, &detections, &self.settings)
    }

    /// A search found `faces` and no others.
    fn detect(&mut self, faces: &[Face], assigned: &[Option<usize>]) {
        for known in &mut self.known {
            known.is_found = false;
        }
        for (face, known_idx) in faces.iter().zip(assigned) {
            if let Some(known) = known_idx.and_then(|idx| self.known.get_mut(idx)) {
                known.motion.detect(face.detection, &self.settings);
                known.is_found = true;
            }
        }
    }

    /// The network read `face`, which is the one known at `known_idx`, or a new one.
    fn read(&mut self, face: &Face, known_idx: Option<usize>) -> Track {
        let known_idx = known_idx.unwrap_or_else(|| self.begin(face.detection));
        let known = &mut self.known[known_idx];
        let smoothed = known.smoothed.get_or_insert_with(|| Smoothed::new(face.scores, self.threshold));
        smoothed.read(known.unread_secs, face.scores, self.threshold, &self.settings);
        known.unread_secs = 0.0;
        Track { id: known.id, face: *face, scores: smoothed.scores, label: smoothed.label }
    }

    /// A face that was never seen; its index.
    fn begin(&mut self, detection: Detection) -> usize {
        self.n_tracks += 1;
        let id = TrackId(self.n_tracks);
        self.known.push(Known { id, motion: Motion::new(detection), unread_secs: 0.0, smoothed: None, is_found: true });
        self.known.len() - 1
    }

    fn sight(&self, boxes: &[Detection], longer_side: usize) -> Sight {
        let near_height = self.settings.near_size * longer_side as f32;
        let is_far = |detection: &Detection| detection.rect.height < near_height;
        match boxes {
            [] => Sight::Nothing,
            boxes if boxes.iter().any(is_far) => Sight::Far,
            _ => Sight::Near,
        }
    }
}
