//! What each person showed, and for how long.

use std::collections::BTreeMap;

use model_core::Emotion;

use super::{Shares, Shown};
use crate::{
    Track, TrackId,
    clock::{Clock, Step},
};

/// What counts as time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShareSettings {
    /// What a frame shows counts until the next one, but no longer than this, seconds: a pause is not watched. One
    /// second, so that a source of one frame a second counts whole.
    pub longest_secs: f64,
    /// Whether faces of poor quality are counted apart rather than under their labels. They are, for what is read in them
    /// is guessed.
    pub leaves_out_poor: bool,
}

impl Default for ShareSettings {
    fn default() -> Self {
        Self { longest_secs: 1.0, leaves_out_poor: true }
    }
}

/// A face of a frame, as it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Whose it is.
    pub id: TrackId,
    /// Its label; `None` when unsure.
    pub label: Option<Emotion>,
    /// Whether it is too dark, too small, too blurred or too much turned away to be read.
    pub is_poor: bool,
}

impl From<&Track> for Sighting {
    /// By the steadied label; of poor quality if the face has a flaw in this frame.
    fn from(track: &Track) -> Self {
        Self { id: track.id, label: track.label, is_poor: track.face.flaws().next().is_some() }
    }
}

/// What one person showed.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// The earliest frame with this face, seconds on the source's clock.
    pub first_secs: f64,
    /// The latest one.
    pub last_secs: f64,
    /// What was shown; never [`Shown::NoFace`].
    pub shares: Shares,
}

/// What each person showed, and all of them together, weighed by time: the same at any number of frames a second.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SharesByPerson {
    settings: ShareSettings,
    clock: Clock,
    all: Shares,
    people: BTreeMap<TrackId, Person>,
    /// What the newest frame shows; whose time has not passed yet. `None` when nothing is watched.
    showing: Option<Vec<(TrackId, Shown)>>,
}

impl SharesByPerson {
    /// Nothing yet.
    pub fn new(settings: ShareSettings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// A frame at `at_secs` shows these faces. What the one before it showed counts until now.
    ///
    /// Times that stand still or go back pass no time.
    pub fn record(&mut self, at_secs: f64, sightings: &[Sighting]) {
        self.pause(at_secs);
        let showing: Vec<_> = sightings.iter().map(|sighting| (sighting.id, self.shown(sighting))).collect();
        if showing.is_empty() {
            self.all.count(Shown::NoFace);
        }
        for &(id, shown) in &showing {
            self.all.count(shown);
            let new = || Person { first_secs: at_secs, last_secs: at_secs, shares: Shares::default() };
            let person = self.people.entry(id).or_insert_with(new);
            // A file may be watched from another place again.
            person.first_secs = person.first_secs.min(at_secs);
            person.last_secs = person.last_secs.max(at_secs);
            person.shares.count(shown);
        }
        self.showing = Some(showing);
    }

    /// At `at_secs` the source ends or is stopped: nothing is watched until the next frame.
    pub fn pause(&mut self, at_secs: f64) {
        let secs = match self.clock.advance(at_secs) {
            Step::Passed(secs) => secs.min(self.settings.longest_secs),
            Step::Anew => 0.0,
        };
        let Some(showing) = self.showing.take() else { return };
        if showing.is_empty() {
            self.all.add_secs(Shown::NoFace, secs);
        }
        for (id, shown) in showing {
            self.all.add_secs(shown, secs);
            if let Some(person) = self.people.get_mut(&id) {
                person.shares.add_secs(shown, secs);
            }
        }
    }

    /// What all showed together, and the time without a face.
    pub fn all(&self) -> &Shares {
        &self.all
    }

    /// What each showed, in the order in which they came.
    pub fn people(&self) -> impl Iterator<Item = (TrackId, &Person)> {
        self.people.iter().map(|(&id, person)| (id, person))
    }

    fn shown(&self, sighting: &Sighting) -> Shown {
        if sighting.is_poor && self.settings.leaves_out_poor {
            return Shown::PoorQuality;
        }
        sighting.label.map_or(Shown::Unsure, Shown::Label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Emotion::{Happy, Sad};

    const A: TrackId = TrackId::of_test(1);
    const B: TrackId = TrackId::of_test(2);

    fn sighting(id: TrackId, label: Option<Emotion>) -> Sighting {
        Sighting { id, label, is_poor: false }
    }

    fn secs(shares: &Shares, shown: Shown) -> f64 {
        shares.times().iter().find(|row| row.shown == shown).map_or(f64::NAN, |row| row.secs)
    }

    fn person(shares: &SharesByPerson, id: TrackId) -> &Person {
        shares.people().find(|(of, _)| *of == id).unwrap().1
    }

    /// A is happy for 2 s, then nobody is there for 1 s, then A is sad and B unsure for 1 s.
    fn scene(fps: u32) -> SharesByPerson {
        let mut shares = SharesByPerson::new(ShareSettings::default());
        for i in 0..4 * fps {
            let sightings: &[Sighting] = match i / fps {
                0 | 1 => &[sighting(A, Some(Happy))],
                2 => &[],
                _ => &[sighting(A, Some(Sad)), sighting(B, None)],
            };
            shares.record(f64::from(i) / f64::from(fps), sightings);
        }
        shares.pause(4.0);
        shares
    }

    #[test]
    fn a_face_weighs_the_same_at_any_number_of_frames_a_second() {
        for fps in [1, 5, 50] {
            let shares = scene(fps);
            let near = |actual: f64, expected: f64| assert!((actual - expected).abs() < 1e-9, "{fps} fps: {actual}");
            let [happy, sad] = [Happy, Sad].map(Shown::Label);
            let (a, b) = (&person(&shares, A).shares, &person(&shares, B).shares);
            near(secs(a, happy), 2.0);
            near(secs(a, sad), 1.0);
            near(secs(b, Shown::Unsure), 1.0);
            near(b.secs(), 1.0);
            let expected = [(happy, 2.0), (sad, 1.0), (Shown::Unsure, 1.0), (Shown::NoFace, 1.0)];
            for (shown, expected) in expected {
                near(secs(shares.all(), shown), expected);
            }
            near(shares.all().secs(), 5.0);
            near(shares.all().times()[Happy as usize].relative, 0.5);
            assert_eq!(shares.all().total(), u64::from(4 * fps));
        }
    }

    #[test]
    fn a_person_has_the_times_of_the_first_and_the_last_frame() {
        let shares = scene(5);
        let times = |id| (person(&shares, id).first_secs, person(&shares, id).last_secs);
        assert_eq!((times(A), times(B)), ((0.0, 3.8), (3.0, 3.8)));
    }

    #[test]
    fn a_pause_does_not_count_and_a_gap_counts_for_a_second_at_most() {
        let mut shares = SharesByPerson::new(ShareSettings::default());
        let happy = [sighting(A, Some(Happy))];
        let cases = [(0.0, 0.0), (0.5, 0.5), (60.0, 1.5), (59.75, 1.5), (60.0, 1.75), (10.0, 1.75), (10.5, 2.25)];
        for (at_secs, expected) in cases {
            shares.record(at_secs, &happy);
            assert!((shares.all().secs() - expected).abs() < 1e-9, "{at_secs}: {:?}", shares.all());
        }
        shares.pause(10.75);
        shares.record(11.5, &happy);
        shares.record(f64::NAN, &happy);
        shares.record(11.75, &happy);
        assert!((shares.all().secs() - 2.75).abs() < 1e-9, "{:?}", shares.all());
    }

    #[test]
    fn faces_of_poor_quality_are_counted_apart_if_that_is_wanted() {
        for (leaves_out_poor, expected) in [(true, [1.0, 0.5, 1.0]), (false, [1.5, 0.0, 1.0])] {
            let mut shares = SharesByPerson::new(ShareSettings { leaves_out_poor, ..ShareSettings::default() });
            let happy = sighting(A, Some(Happy));
            shares.record(0.0, &[happy]);
            shares.record(1.0, &[Sighting { is_poor: true, ..happy }]);
            shares.pause(1.5);
            let shares = &person(&shares, A).shares;
            let happy = shares.times()[Happy as usize];
            let actual = [happy.secs, secs(shares, Shown::PoorQuality), happy.relative];
            let is_near = actual.iter().zip(expected).all(|(actual, expected)| (actual - expected).abs() < 1e-12);
            assert!(is_near, "{leaves_out_poor}: {actual:?}");
        }
    }
}
