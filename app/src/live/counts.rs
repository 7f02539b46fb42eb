//! Shares by time, counted twice: with frames in which a face is too poorly seen apart, and with all alike. So a person
//! may change their mind without counting anew.

use pipeline::{Person, ShareSettings, Shares, SharesByPerson, Sighting, TrackId};

use crate::seen::Seen;

/// What becomes of frames in which a face is too small, too dark, too blurred or turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Poor {
    /// They have a row of their own.
    Apart,
    /// They count under the label that was read all the same.
    Counted,
}

/// Shares in both ways.
#[derive(Debug)]
pub(super) struct Counts {
    apart: SharesByPerson,
    counted: SharesByPerson,
}

impl Default for Counts {
    fn default() -> Self {
        let of = |leaves_out_poor| SharesByPerson::new(ShareSettings { leaves_out_poor, ..ShareSettings::default() });
        Self { apart: of(true), counted: of(false) }
    }
}

impl Counts {
    pub(super) fn record(&mut self, at_secs: f64, faces: &[Seen]) {
        let sighting = |face: &Seen| face.id.map(|id| Sighting { id, label: face.label, is_poor: face.flaw.is_some() });
        let sightings: Vec<_> = faces.iter().filter_map(sighting).collect();
        self.apart.record(at_secs, &sightings);
        self.counted.record(at_secs, &sightings);
    }

    pub(super) fn pause(&mut self, at_secs: f64) {
        self.apart.pause(at_secs);
        self.counted.pause(at_secs);
    }

    pub(super) fn all(&self, poor: Poor) -> &Shares {
        self.of(poor).all()
    }

    pub(super) fn people(&self, poor: Poor) -> impl Iterator<Item = (TrackId, &Person)> {
        self.of(poor).people()
    }

    fn of(&self, poor: Poor) -> &SharesByPerson {
        match poor {
            Poor::Apart => &self.apart,
            Poor::Counted => &self.counted,
        }
    }
}
