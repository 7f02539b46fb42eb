//! A session before a camera, or a video: everything that is known over time.

mod editing;
mod edits;
mod observation;
mod people;
mod provenance;
mod record;
mod saved;
mod selection;
mod settings;
mod timeline;

use std::collections::BTreeMap;

use model_core::Architecture;
use vision::QualityIssue;

pub use edits::{EditError, Edits, TimeRange};
pub use observation::ObservedFace;
pub use people::Person;
pub use provenance::Provenance;
use record::Record;
pub use saved::SessionError;
use selection::Selection;
pub use settings::SessionSettings;
pub use timeline::{ObservedFrame, Timeline};

use crate::{FrameReport, FrameTask, LabelCounts, Shares, TrackId, TrackedFace, tracker::Tracker};

/// Follows the people in the frames of a camera or a video: who is who, what each showed and for how long, who is
/// selected, and what would help to read their face.
///
/// ```text
/// plan(time) ─► FrameTask ─► Engine::analyze_frame ─► FrameReport ─► push ─► faces, people, shares, timeline, advice
/// ```
///
/// ```
/// use model_core::{Architecture, Emotion, Prediction, Scores};
/// use pipeline::{Analysis, Face, FrameReport, PoorFramePolicy, Session, SessionSettings, StageMs};
/// use vision::{Detection, Quality, Rect};
///
/// // A face as an `Engine` would have found it.
/// let rect = Rect { x: 10.0, y: 10.0, width: 80.0, height: 80.0 };
/// let scores = Scores::from_logits([0.0, 0.0, 0.0, 5.0, 0.0, 0.0, 0.0])?;
/// let face = Face {
///     detection: Detection { rect, score: 0.9, key_points: None },
///     prediction: Prediction { scores, label_head: None, is_sure: true, votes: None },
///     quality: Quality { side: 80.0, brightness: 0.5, sharpness: 1.0, yaw: None },
/// };
///
/// let mut session = Session::new(SessionSettings::default());
/// for i in 0..30 {
///     let time_secs = f64::from(i) / 10.0;
///     let task = session.plan(time_secs, 640);
///     let analysis = Analysis { faces: vec![face], ms: StageMs::default() };
///     session.push(&FrameReport { time_secs, task, network: Architecture::default(), analysis });
/// }
/// session.pause(3.0);
///
/// let happy = session.shares().times(PoorFramePolicy::Separate)[Emotion::Happy as usize];
/// assert!((happy.secs - 3.0).abs() < 1e-9);
/// assert_eq!((session.people().count(), session.timeline().len()), (1, 30));
///
/// let again = Session::from_json(session.to_json().as_bytes(), SessionSettings::default())?;
/// assert_eq!(again.timeline(), session.timeline());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Session {
    settings: SessionSettings,
    tracker: Tracker,
    /// Probability from which on a label is sure, of each network that may read faces.
    thresholds: Vec<(Architecture, Option<f32>)>,
    /// The network of the newest frame.
    network: Option<Architecture>,
    record: Record,
    selection: Selection,
    /// The time of the newest frame.
    newest_secs: f64,
}

impl Session {
    /// A session that has seen nothing.
    pub fn new(settings: SessionSettings) -> Self {
        Self::of_record(Record::default(), settings)
    }

    /// A session that goes on after `record`.
    fn of_record(record: Record, settings: SessionSettings) -> Self {
        Self {
            settings,
            tracker: Tracker::new(settings.tracking, record.people.last_id()),
            thresholds: vec![],
            network: None,
            record,
            selection: Selection::default(),
            newest_secs: 0.0,
        }
    }

    /// Labels of `network` less probable than `threshold`, 0 to 1, are *unsure*; without one, only those of faces that are
    /// too small. It is that of the network's [`model_core::Calibration`].
    pub fn set_threshold(&mut self, network: Architecture, threshold: Option<f32>) {
        self.thresholds.retain(|(other, _)| *other != network);
        self.thresholds.push((network, threshold));
        self.network = None;
    }

    /// The task for a frame that is seen at `time_secs`, whose longer side is `longer_side` pixels: to search it, or to
    /// read the faces that the last search found where they must be by now.
    ///
    /// Searches take a share of the time that the tasks before took ([`TrackSettings`](crate::TrackSettings)). Whoever
    /// wants the same faces on every machine searches every frame instead.
    pub fn plan(&self, time_secs: f64, longer_side: usize) -> FrameTask {
        self.tracker.plan(time_secs, longer_side)
    }

    /// The task for a frame that is seen at `time_secs`, whose longer side is `longer_side` pixels, where faces are found in
    /// every frame: those that are known where they must be by now, and others by a search, which is one for small and far
    /// faces where none or such are known, and now and then beside near ones. It depends on the frames before alone, so that
    /// each machine finds the same faces.
    pub fn plan_search(&self, time_secs: f64, longer_side: usize) -> FrameTask {
        self.tracker.plan_search(time_secs, longer_side)
    }

    /// Take in a frame. Its faces, in their order, with what is known of them.
    ///
    /// Times are those of the source, on a clock of its own. A time that stands still, goes a little back or is no number
    /// passes no time; a jump far back, or far forwards, is a new beginning with new identities.
    pub fn push(&mut self, report: &FrameReport) -> Vec<TrackedFace> {
        if self.network.replace(report.network) != Some(report.network) {
            let threshold = self.thresholds.iter().find(|(network, _)| *network == report.network);
            self.tracker.change_network(threshold.and_then(|(_, threshold)| *threshold));
        }
        if report.time_secs.is_finite() {
            self.newest_secs = report.time_secs;
        }
        let faces = self.tracker.update(report);
        self.record.push(self.newest_secs, &faces, &self.settings);
        self.selection.follow(&faces, self.newest_secs, self.settings.tracking.forget_secs);
        faces
    }

    /// At `time_secs` the source ends, is stopped or is exchanged: nothing is watched until the next frame, and nobody in
    /// it is who was there before.
    pub fn pause(&mut self, time_secs: f64) {
        self.record.pause(time_secs, &self.settings);
        self.tracker.restart();
        self.selection.forget_advice();
    }

    /// Forget everything but the thresholds: another source begins, on a clock of its own. Identities are not used again.
    pub fn restart(&mut self) {
        self.tracker.restart();
        self.record = Record::default();
        self.selection = Selection::default();
        self.newest_secs = 0.0;
    }

    /// Count from nothing. Whoever is there stays who they are.
    pub fn clear_record(&mut self) {
        let Record { edits, provenance, .. } = std::mem::take(&mut self.record);
        self.record = Record::new(edits, provenance);
    }

    /// Select a person.
    pub fn select(&mut self, person: TrackId) {
        self.selection.select(person, self.newest_secs);
    }

    /// The selected person.
    pub fn selected(&self) -> Option<TrackId> {
        self.selection.person()
    }

    /// The quality issue that keeps the selected face from being read, once it has lasted for
    /// [`SessionSettings::advice_secs`]: its advice is worth a word.
    pub fn advice(&self) -> Option<QualityIssue> {
        self.selection.advice(self.newest_secs, self.settings.advice_secs)
    }

    /// The shares of all people together, and the time without a face. A face counts until the next frame, and that of the
    /// newest frame not yet.
    pub fn shares(&self) -> Shares {
        self.record.people.shares(&self.record.edits)
    }

    /// Every person with their shares, in the order in which they came, as [`Edits`] say who is who.
    pub fn people(&self) -> impl Iterator<Item = (TrackId, Person)> + use<> {
        self.record.people.people(&self.record.edits).into_iter()
    }

    /// How often each label was the most probable one in single frames.
    pub fn label_counts(&self) -> &LabelCounts {
        &self.record.label_counts
    }

    /// Every frame with its faces, up to [`SessionSettings::max_rows`].
    pub fn timeline(&self) -> &Timeline {
        &self.record.timeline
    }

    /// Frames that were taken in.
    pub fn n_frames(&self) -> u64 {
        self.record.n_frames
    }

    /// Frames without a face.
    pub fn n_frames_without_face(&self) -> u64 {
        self.record.n_frames_without_face
    }

    /// Where the results come from.
    pub fn provenance(&self) -> &Provenance {
        &self.record.provenance
    }

    /// Say where the results come from. [`Session::settings_in_words`] belong to it.
    pub fn set_provenance(&mut self, provenance: Provenance) {
        self.record.provenance = provenance;
    }

    /// The numbers by which labels come about, by name, for [`Provenance::settings`].
    pub fn settings_in_words(&self) -> BTreeMap<String, String> {
        let SessionSettings { tracking, longest_secs, .. } = self.settings;
        let threshold = self.thresholds.iter().find(|(network, _)| Some(*network) == self.network);
        let numbers = [
            ("smoothing_secs", tracking.smoothing_secs.to_string()),
            ("label_margin", tracking.label_margin.to_string()),
            ("sure_margin", tracking.sure_margin.to_string()),
            ("forget_secs", tracking.forget_secs.to_string()),
            ("longest_frame_secs", longest_secs.to_string()),
        ];
        let threshold = threshold.and_then(|(_, threshold)| Some(("threshold", (*threshold)?.to_string())));
        numbers.into_iter().chain(threshold).map(|(name, number)| (name.to_owned(), number)).collect()
    }
}

#[cfg(test)]
mod tests;
