//! Identities of faces over time, with scores that are smoothed and labels that do not flicker.

mod matching;
mod motion;
mod scheduler;
mod settings;
mod smoothing;

use vision::Detection;

use crate::{
    Face, FrameReport, FrameTask, Search, TrackId, TrackedFace,
    clock::{Clock, Step},
};
use matching::Expected;
use motion::Motion;
use scheduler::{KnownFaces, SearchScheduler};
pub use settings::TrackSettings;
use smoothing::Smoothed;

/// Follows faces from frame to frame, and plans what is to be done with the next one.
#[derive(Clone, Debug)]
pub(crate) struct Tracker {
    settings: TrackSettings,
    threshold: Option<f32>,
    clock: Clock,
    scheduler: SearchScheduler,
    tracks: Vec<TrackState>,
    /// How many there were, ever.
    n_tracks: u64,
}

/// A face that may be seen again.
#[derive(Clone, Copy, Debug)]
struct TrackState {
    id: TrackId,
    motion: Motion,
    /// Seconds since it was read last, found or followed.
    unread_secs: f64,
    /// `None` before the network read it.
    smoothed: Option<Smoothed>,
    /// Whether the last search found it.
    is_found: bool,
}

impl TrackState {
    /// Seconds that it must be remembered for: since it was gone, or, as long as nobody looked, since it was found.
    fn lost_secs(&self) -> f64 {
        if self.is_found { self.motion.age_secs() } else { self.unread_secs }
    }
}

impl Tracker {
    /// A tracker that has seen nothing. The identities that it gives begin after `n_tracks`.
    pub(crate) fn new(settings: TrackSettings, n_tracks: u64) -> Self {
        let (clock, scheduler) = (Clock::default(), SearchScheduler::default());
        Self { settings, threshold: None, clock, scheduler, tracks: vec![], n_tracks }
    }

    /// Another network reads the faces from now on. They stay who they are; scores begin anew.
    ///
    /// `threshold` is that of its [`model_core::Calibration`], 0 to 1: labels less probable are *unsure*. Without one, only
    /// those of faces that are too small.
    pub(crate) fn change_network(&mut self, threshold: Option<f32>) {
        self.threshold = threshold;
        for track in &mut self.tracks {
            track.smoothed = None;
        }
    }

    /// Another scene begins, on another clock: nobody of the one before is in it, and no identity comes again.
    pub(crate) fn restart(&mut self) {
        self.clock = Clock::default();
        self.tracks.clear();
        self.scheduler.restart();
    }

    /// The task for the frame at `at_secs`, whose longer side is `longer_side` pixels: to search it, or to read the faces
    /// that the last search found where they must be by now.
    ///
    /// A search is one for far faces when a face is smaller than [`TrackSettings::near_size`], and now and then.
    pub(crate) fn plan(&self, at_secs: f64, longer_side: usize) -> FrameTask {
        let Step::Passed(ahead_secs) = self.clock.step(at_secs) else { return FrameTask::Search(Search::Near) };
        let found = self.tracks.iter().filter(|track| track.is_found);
        let boxes: Vec<_> = found.map(|track| track.motion.predict(ahead_secs, &self.settings)).collect();
        let search = self.scheduler.next_search(self.known_faces(&boxes, longer_side), ahead_secs, &self.settings);
        if boxes.is_empty() || self.scheduler.is_due(search, ahead_secs, &self.settings) {
            FrameTask::Search(search)
        } else {
            FrameTask::Follow(boxes)
        }
    }

    /// The task for the frame at `at_secs`, whose longer side is `longer_side` pixels, where faces are found in every frame:
    /// no measured time counts.
    pub(crate) fn plan_search(&self, at_secs: f64, longer_side: usize) -> FrameTask {
        let Step::Passed(ahead_secs) = self.clock.step(at_secs) else { return FrameTask::Search(Search::Far) };
        let found = self.tracks.iter().filter(|track| track.is_found);
        let boxes: Vec<_> = found.map(|track| track.motion.predict(ahead_secs, &self.settings)).collect();
        let known = self.known_faces(&boxes, longer_side);
        let search = self.scheduler.next_search(known, ahead_secs, &self.settings);
        if known != KnownFaces::SomeFar || boxes.len() > self.settings.max_searched_around {
            return FrameTask::Search(search);
        }
        let may_skip = self.scheduler.may_skip_search(ahead_secs, &self.settings);
        FrameTask::SearchAround { expected: boxes, search: (!may_skip).then_some(search) }
    }

    /// Take in a frame. Its faces, in their order, with what is known of them.
    ///
    /// Times are those of the source, on a clock of its own. If it stands still or goes a little back, no time passes;
    /// a jump far back, or forwards by more than [`TrackSettings::pause_secs`], is a new beginning with new identities.
    pub(crate) fn update(&mut self, report: &FrameReport) -> Vec<TrackedFace> {
        let FrameReport { time_secs, task, analysis, .. } = report;
        let secs = self.pass(*time_secs);
        self.scheduler.record(secs, task, &analysis.ms, analysis.faces.len());
        let assigned = self.assign(&analysis.faces);
        if !matches!(task, FrameTask::Follow(_)) {
            self.detect(&analysis.faces, &assigned);
        }
        let faces = analysis.faces.iter().zip(assigned).map(|(face, track_idx)| self.read(face, track_idx)).collect();
        // After the search, so that a frame that comes late still finds what was there in the one before.
        self.tracks.retain(|track| track.lost_secs() <= self.settings.forget_secs);
        faces
    }

    /// Let time pass up to `at_secs`: how much.
    fn pass(&mut self, at_secs: f64) -> f64 {
        let secs = match self.clock.advance(at_secs) {
            Step::Passed(secs) if secs <= self.settings.pause_secs => secs,
            _ => {
                self.tracks.clear();
                self.scheduler.restart();
                return 0.0;
            }
        };
        for track in &mut self.tracks {
            track.motion.pass(secs);
            track.unread_secs += secs;
        }
        secs
    }

    /// For each face the index of its track.
    fn assign(&self, faces: &[Face]) -> Vec<Option<usize>> {
        let expected = |track: &TrackState| Expected {
            detection: track.motion.predict(0.0, &self.settings),
            age_secs: track.motion.age_secs(),
        };
        let expected: Vec<_> = self.tracks.iter().map(expected).collect();
        let detections: Vec<_> = faces.iter().map(|face| face.detection).collect();
        matching::assign(&expected, &detections, &self.settings)
    }

    /// A search found `faces` and no others.
    fn detect(&mut self, faces: &[Face], assigned: &[Option<usize>]) {
        for track in &mut self.tracks {
            track.is_found = false;
        }
        for (face, track_idx) in faces.iter().zip(assigned) {
            if let Some(track) = track_idx.and_then(|idx| self.tracks.get_mut(idx)) {
                track.motion.detect(face.detection, &self.settings);
                track.is_found = true;
            }
        }
    }

    /// The network read `face`, which belongs to the track at `track_idx` or begins a new one.
    fn read(&mut self, face: &Face, track_idx: Option<usize>) -> TrackedFace {
        let track_idx = track_idx.unwrap_or_else(|| self.begin(face.detection));
        let track = &mut self.tracks[track_idx];
        let scores = face.prediction.scores;
        let smoothed = track.smoothed.get_or_insert_with(|| Smoothed::new(scores, self.threshold));
        smoothed.read(track.unread_secs, scores, self.threshold, &self.settings);
        track.unread_secs = 0.0;
        let label = smoothed.label.filter(|_| face.quality.allows_sure_label());
        TrackedFace { id: track.id, face: *face, smoothed: smoothed.scores, label }
    }

    /// Begin the track of a face that was never seen; its index.
    fn begin(&mut self, detection: Detection) -> usize {
        self.n_tracks = self.n_tracks.saturating_add(1);
        let id = TrackId(self.n_tracks);
        let motion = Motion::new(detection);
        self.tracks.push(TrackState { id, motion, unread_secs: 0.0, smoothed: None, is_found: true });
        self.tracks.len() - 1
    }

    /// The size class of the faces at `boxes`.
    fn known_faces(&self, boxes: &[Detection], longer_side: usize) -> KnownFaces {
        let near_height = self.settings.near_size * longer_side as f32;
        let is_far = |detection: &Detection| detection.rect.height < near_height;
        match boxes {
            [] => KnownFaces::None,
            boxes if boxes.iter().any(is_far) => KnownFaces::SomeFar,
            _ => KnownFaces::AllNear,
        }
    }
}
