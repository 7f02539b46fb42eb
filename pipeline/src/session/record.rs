//! The part of a session that is counted and kept.

use super::{Edits, ObservedFace, Provenance, SessionSettings, Timeline, people::People, timeline::whole_micros};
use crate::{
    LabelCounts, TrackedFace,
    clock::{Clock, Step},
};

/// The part of a session that is counted and kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Record {
    pub(super) n_frames: u64,
    pub(super) n_frames_without_face: u64,
    pub(super) label_counts: LabelCounts,
    pub(super) people: People,
    pub(super) timeline: Timeline,
    pub(super) edits: Edits,
    pub(super) provenance: Provenance,
    clock: Clock,
    /// Whether the newest frame is the last one of the timeline.
    is_newest_kept: bool,
}

impl Record {
    /// A record without frames.
    pub(super) fn new(edits: Edits, provenance: Provenance) -> Self {
        Self { edits, provenance, ..Self::default() }
    }

    /// A frame at `time_secs`, a finite number, shows `faces`. The one before it counts until now,
    /// [`SessionSettings::longest_secs`] at most.
    pub(super) fn push(&mut self, time_secs: f64, faces: &[TrackedFace], settings: &SessionSettings) {
        let faces: Vec<_> = faces.iter().map(ObservedFace::from).collect();
        self.pause(time_secs, settings);
        self.unmerge_who_meet(&faces);
        self.is_newest_kept = self.timeline.n_rows() + 1 + faces.len() <= settings.max_rows;
        let kept_secs = if self.is_newest_kept { self.timeline.push(time_secs, &faces) } else { time_secs };
        self.count(kept_secs, &faces);
    }

    /// Two who are seen at once are two people, whatever was said of them before.
    fn unmerge_who_meet(&mut self, faces: &[ObservedFace]) {
        for (idx, face) in faces.iter().enumerate() {
            let person = self.edits.root(face.person);
            if faces[..idx].iter().any(|other| self.edits.root(other.person) == person) {
                self.edits.unmerge(person);
            }
        }
    }

    /// At `time_secs` the source ends or is stopped: nothing is watched until the next frame. Times that stand still or go
    /// back pass no time.
    pub(super) fn pause(&mut self, time_secs: f64, settings: &SessionSettings) {
        // From rounded times: rounded lengths would add up to another time than that of the frame.
        let secs = match self.clock.advance(whole_micros(time_secs)) {
            Step::Passed(secs) => whole_micros(secs.min(settings.longest_secs)),
            Step::Anew => 0.0,
        };
        self.pass(secs);
    }

    /// A frame that was kept before: it was at `time_secs` and counted for `secs`.
    pub(super) fn restore(&mut self, time_secs: f64, secs: f64, faces: &[ObservedFace]) {
        let time_secs = self.timeline.push(time_secs, faces);
        self.count(time_secs, faces);
        self.is_newest_kept = true;
        self.pass(secs);
    }

    fn pass(&mut self, secs: f64) {
        self.people.pass(secs);
        if std::mem::take(&mut self.is_newest_kept) {
            self.timeline.set_last_secs(secs);
        }
    }

    fn count(&mut self, time_secs: f64, faces: &[ObservedFace]) {
        self.n_frames = self.n_frames.saturating_add(1);
        if faces.is_empty() {
            self.n_frames_without_face = self.n_frames_without_face.saturating_add(1);
        }
        for face in faces {
            self.label_counts.count(face.frame_label());
        }
        self.people.push(time_secs, faces);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Face,
        PoorFramePolicy::{Counted, Separate},
        Shares, Shown, TrackId,
    };
    use Emotion::{Happy, Sad};
    use model_core::{Emotion, Prediction, Scores};
    use vision::{Detection, Quality, Rect};

    const A: TrackId = TrackId(1);
    const B: TrackId = TrackId(2);

    fn face(id: TrackId, label: Option<Emotion>) -> TrackedFace {
        let scores = Scores::from_logits([0.0; Emotion::COUNT]).unwrap();
        let face = Face {
            detection: Detection { rect: Rect::default(), score: 1.0, key_points: None },
            prediction: Prediction { scores, label_head: None, is_sure: true, votes: None },
            quality: Quality { side: 48.0, brightness: 0.5, sharpness: 1.0, yaw: None },
        };
        TrackedFace { id, face, smoothed: scores, label }
    }

    fn dark(mut face: TrackedFace) -> TrackedFace {
        face.face.quality.brightness = 0.0;
        face
    }

    fn secs(shares: &Shares, shown: Shown) -> f64 {
        shares.times(Separate).iter().find(|row| row.shown == shown).map_or(f64::NAN, |row| row.secs)
    }

    /// A is happy for 2 s, then nobody is there for 1 s, then A is sad and B unsure for 1 s.
    fn scene(fps: u32) -> Record {
        let mut record = Record::default();
        for i in 0..4 * fps {
            let faces: &[TrackedFace] = match i / fps {
                0 | 1 => &[face(A, Some(Happy))],
                2 => &[],
                _ => &[face(A, Some(Sad)), face(B, None)],
            };
            record.push(f64::from(i) / f64::from(fps), faces, &SessionSettings::default());
        }
        record.pause(4.0, &SessionSettings::default());
        record
    }

    fn of(record: &Record, id: TrackId) -> super::super::Person {
        record.people.people(&record.edits).remove(&id).unwrap()
    }

    fn all(record: &Record) -> Shares {
        record.people.shares(&record.edits)
    }

    #[test]
    fn two_who_are_seen_at_once_are_merged_no_more() {
        let mut record = Record::default();
        let settings = SessionSettings::default();
        record.push(0.0, &[face(A, Some(Happy))], &settings);
        record.push(0.1, &[face(B, Some(Sad))], &settings);
        record.edits.merge(B, A, &record.timeline).unwrap();
        record.push(0.2, &[face(B, Some(Sad))], &settings);
        assert_eq!(record.edits.root(B), A, "one after the other they may be one");
        record.push(0.3, &[face(A, Some(Happy)), face(B, Some(Sad))], &settings);
        assert_eq!((record.edits.root(A), record.edits.root(B)), (A, B));
        assert_eq!(record.people.people(&record.edits).len(), 2);
    }

    #[test]
    fn a_face_weighs_the_same_at_any_number_of_frames_a_second() {
        for fps in [1, 5, 50] {
            let record = scene(fps);
            let near = |actual: f64, expected: f64| assert!((actual - expected).abs() < 1e-9, "{fps} fps: {actual}");
            let [happy, sad] = [Happy, Sad].map(Shown::Label);
            let [a, b] = [A, B].map(|id| of(&record, id).shares);
            near(secs(&a, happy), 2.0);
            near(secs(&a, sad), 1.0);
            near(secs(&b, Shown::Unsure), 1.0);
            near(b.secs(), 1.0);
            let expected = [(happy, 2.0), (sad, 1.0), (Shown::Unsure, 1.0), (Shown::NoFace, 1.0)];
            for (shown, expected) in expected {
                near(secs(&all(&record), shown), expected);
            }
            near(all(&record).secs(), 5.0);
            let rows = all(&record).times(Separate);
            near(rows[Happy as usize].relative, 0.5);
            let is_read = |shown| matches!(shown, Shown::Label(_) | Shown::Unsure);
            let n_read: u64 = rows.iter().filter(|row| is_read(row.shown)).map(|row| row.count).sum();
            assert_eq!(n_read, u64::from(4 * fps));
        }
    }

    #[test]
    fn a_person_has_the_times_of_the_first_and_the_last_frame() {
        let record = scene(5);
        let times = |id| (of(&record, id).first_secs, of(&record, id).last_secs);
        assert_eq!((times(A), times(B)), ((0.0, 3.8), (3.0, 3.8)));
    }

    #[test]
    fn a_pause_does_not_count_and_a_gap_counts_for_a_second_at_most() {
        let (mut record, settings) = (Record::default(), SessionSettings::default());
        let happy = [face(A, Some(Happy))];
        let cases = [(0.0, 0.0), (0.5, 0.5), (60.0, 1.5), (59.75, 1.5), (60.0, 1.75), (10.0, 1.75), (10.5, 2.25)];
        for (time_secs, expected) in cases {
            record.push(time_secs, &happy, &settings);
            assert!((all(&record).secs() - expected).abs() < 1e-9, "{time_secs}: {:?}", all(&record));
        }
        record.pause(10.75, &settings);
        record.push(11.5, &happy, &settings);
        record.push(f64::NAN, &happy, &settings);
        record.push(11.75, &happy, &settings);
        assert!((all(&record).secs() - 2.75).abs() < 1e-9, "{:?}", all(&record));
        let of_frames: f64 = record.timeline.frames().map(|frame| frame.secs).sum();
        assert!((of_frames - 2.75).abs() < 1e-9, "the timeline says the same: {:?}", record.timeline);
    }

    #[test]
    fn a_frame_of_a_long_video_keeps_its_own_time() {
        for (frames, secs) in [(60, 1), (30_000, 1001), (24, 1), (50, 1)] {
            let (mut record, settings) = (Record::default(), SessionSettings::default());
            let time_secs = |i: u32| f64::from(i) * f64::from(secs) / f64::from(frames);
            for i in 0..100_000 {
                record.push(time_secs(i), &[], &settings);
            }
            for (i, frame) in (0..).zip(record.timeline.frames()) {
                let differs = frame.time_secs - time_secs(i);
                assert!(differs.abs() < 1e-6, "{frames}/{secs} frames a second: frame {i} is {differs} s late");
            }
        }
    }

    #[test]
    fn faces_of_poor_quality_are_counted_apart_if_that_is_wanted() {
        let (mut record, settings) = (Record::default(), SessionSettings::default());
        let happy = face(A, Some(Happy));
        record.push(0.0, &[happy], &settings);
        record.push(1.0, &[dark(happy)], &settings);
        record.pause(1.5, &settings);
        for (policy, expected) in [(Separate, [1.0, 0.5, 1.0]), (Counted, [1.5, 0.0, 1.0])] {
            let rows = of(&record, A).shares.times(policy);
            let poor = rows.iter().find(|row| row.shown == Shown::PoorQuality).unwrap();
            let happy = rows[Happy as usize];
            let actual = [happy.secs, poor.secs, happy.relative];
            let is_near = actual.iter().zip(expected).all(|(actual, expected)| (actual - expected).abs() < 1e-12);
            assert!(is_near, "{policy:?}: {actual:?}");
        }
    }
}
