//! Who showed which expression, and for how long.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Shares, TrackId, TrackedFace,
    clock::{Clock, Step},
    shares::Showing,
};

/// A person and what they showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// The earliest frame with this face, seconds on the source's clock.
    pub first_secs: f64,
    /// The latest one.
    pub last_secs: f64,
    /// How much was shown of each thing; there is no time without a face.
    pub shares: Shares,
}

/// The shares of each person and of all together, weighed by time: the same at any number of frames a second.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct People {
    pub(super) all: Shares,
    pub(super) by_id: BTreeMap<TrackId, Person>,
    #[serde(skip)]
    clock: Clock,
    /// The faces of the newest frame, whose time has not passed yet. `None` when nothing is watched.
    #[serde(skip)]
    showing: Option<Vec<(TrackId, Showing)>>,
}

impl People {
    /// A frame at `time_secs` shows `faces`. The frame before it counts until now, for `longest_secs` at most.
    ///
    /// Times that stand still or go back pass no time.
    pub(super) fn record(&mut self, time_secs: f64, faces: &[TrackedFace], longest_secs: f64) {
        self.pause(time_secs, longest_secs);
        let showing: Vec<_> = faces.iter().map(|face| (face.id, showing(face))).collect();
        if showing.is_empty() {
            self.all.count(None);
        }
        for &(id, showing) in &showing {
            self.all.count(Some(showing));
            let new = || Person { first_secs: time_secs, last_secs: time_secs, shares: Shares::default() };
            let person = self.by_id.entry(id).or_insert_with(new);
            // A file may be watched from another place again.
            person.first_secs = person.first_secs.min(time_secs);
            person.last_secs = person.last_secs.max(time_secs);
            person.shares.count(Some(showing));
        }
        self.showing = Some(showing);
    }

    /// At `time_secs` the source ends or is stopped: nothing is watched until the next frame.
    pub(super) fn pause(&mut self, time_secs: f64, longest_secs: f64) {
        let secs = match self.clock.advance(time_secs) {
            Step::Passed(secs) => secs.min(longest_secs),
            Step::Anew => 0.0,
        };
        let Some(showing) = self.showing.take() else { return };
        if showing.is_empty() {
            self.all.add_secs(None, secs);
        }
        for (id, showing) in showing {
            self.all.add_secs(Some(showing), secs);
            if let Some(person) = self.by_id.get_mut(&id) {
                person.shares.add_secs(Some(showing), secs);
            }
        }
    }
}

/// By the label that does not flicker; poor if the face has a quality issue in this frame.
fn showing(face: &TrackedFace) -> Showing {
    Showing { label: face.label, is_poor: face.face.worst_flaw().is_some() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Face, PoorFramePolicy::Separate, Shown};
    use Emotion::{Happy, Sad};
    use model_core::{Emotion, Reading, Scores};
    use vision::{Detection, Quality, Rect};

    const A: TrackId = TrackId(1);
    const B: TrackId = TrackId(2);

    fn face(id: TrackId, label: Option<Emotion>) -> TrackedFace {
        let scores = Scores::from_logits([0.0; Emotion::COUNT]).unwrap();
        let face = Face {
            detection: Detection { rect: Rect::default(), score: 1.0, key_points: None },
            reading: Reading { scores, label_head: None, is_sure: true, votes: None },
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
    fn scene(fps: u32) -> People {
        let mut people = People::default();
        for i in 0..4 * fps {
            let faces: &[TrackedFace] = match i / fps {
                0 | 1 => &[face(A, Some(Happy))],
                2 => &[],
                _ => &[face(A, Some(Sad)), face(B, None)],
            };
            people.record(f64::from(i) / f64::from(fps), faces, 1.0);
        }
        people.pause(4.0, 1.0);
        people
    }

    #[test]
    fn a_face_weighs_the_same_at_any_number_of_frames_a_second() {
        for fps in [1, 5, 50] {
            let people = scene(fps);
            let near = |actual: f64, expected: f64| assert!((actual - expected).abs() < 1e-9, "{fps} fps: {actual}");
            let [happy, sad] = [Happy, Sad].map(Shown::Label);
            let (a, b) = (&people.by_id[&A].shares, &people.by_id[&B].shares);
            near(secs(a, happy), 2.0);
            near(secs(a, sad), 1.0);
            near(secs(b, Shown::Unsure), 1.0);
            near(b.secs(), 1.0);
            let expected = [(happy, 2.0), (sad, 1.0), (Shown::Unsure, 1.0), (Shown::NoFace, 1.0)];
            for (shown, expected) in expected {
                near(secs(&people.all, shown), expected);
            }
            near(people.all.secs(), 5.0);
            let rows = people.all.times(Separate);
            near(rows[Happy as usize].relative, 0.5);
            let is_read = |shown| matches!(shown, Shown::Label(_) | Shown::Unsure);
            let n_read: u64 = rows.iter().filter(|row| is_read(row.shown)).map(|row| row.count).sum();
            assert_eq!(n_read, u64::from(4 * fps));
        }
    }

    #[test]
    fn a_person_has_the_times_of_the_first_and_the_last_frame() {
        let people = scene(5);
        let times = |id| (people.by_id[&id].first_secs, people.by_id[&id].last_secs);
        assert_eq!((times(A), times(B)), ((0.0, 3.8), (3.0, 3.8)));
    }

    #[test]
    fn a_pause_does_not_count_and_a_gap_counts_for_a_second_at_most() {
        let mut people = People::default();
        let happy = [face(A, Some(Happy))];
        let cases = [(0.0, 0.0), (0.5, 0.5), (60.0, 1.5), (59.75, 1.5), (60.0, 1.75), (10.0, 1.75), (10.5, 2.25)];
        for (time_secs, expected) in cases {
            people.record(time_secs, &happy, 1.0);
            assert!((people.all.secs() - expected).abs() < 1e-9, "{time_secs}: {:?}", people.all);
        }
        people.pause(10.75, 1.0);
        people.record(11.5, &happy, 1.0);
        people.record(f64::NAN, &happy, 1.0);
        people.record(11.75, &happy, 1.0);
        assert!((people.all.secs() - 2.75).abs() < 1e-9, "{:?}", people.all);
    }

    #[test]
    fn faces_of_poor_quality_are_counted_apart_if_that_is_wanted() {
        let mut people = People::default();
        let happy = face(A, Some(Happy));
        people.record(0.0, &[happy], 1.0);
        people.record(1.0, &[dark(happy)], 1.0);
        people.pause(1.5, 1.0);
        for (policy, expected) in [(Separate, [1.0, 0.5, 1.0]), (crate::PoorFramePolicy::Counted, [1.5, 0.0, 1.0])] {
            let rows = people.by_id[&A].shares.times(policy);
            let poor = rows.iter().find(|row| row.shown == Shown::PoorQuality).unwrap();
            let happy = rows[Happy as usize];
            let actual = [happy.secs, poor.secs, happy.relative];
            let is_near = actual.iter().zip(expected).all(|(actual, expected)| (actual - expected).abs() < 1e-12);
            assert!(is_near, "{policy:?}: {actual:?}");
        }
    }
}
