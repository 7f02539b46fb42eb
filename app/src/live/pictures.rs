//! A small picture of each person.

use std::collections::BTreeMap;

use pipeline::{TrackId, TrackedFace};

use crate::protocol::GreyBytes;

/// A face takes the place of one that is seen as well if it is larger by this factor: a picture that changes with every
/// frame tells nobody who it is.
const MIN_GROWTH: f32 = 1.25;

/// The face of each person as the network saw it, where it was seen best.
#[derive(Clone, Debug, Default)]
pub(super) struct Pictures(BTreeMap<TrackId, Picture>);

#[derive(Clone, Debug)]
struct Picture {
    is_poor: bool,
    /// Side of the face, pixels of the frame.
    side: f32,
    crop: GreyBytes,
}

impl Picture {
    fn is_better(&self, other: &Self) -> bool {
        match (self.is_poor, other.is_poor) {
            (false, true) => true,
            (true, false) => false,
            _ => self.side > MIN_GROWTH * other.side,
        }
    }
}

impl Pictures {
    /// Take in the faces of a frame, and the crop of each.
    pub(super) fn take(&mut self, faces: &[TrackedFace], crops: &[GreyBytes]) {
        for (TrackedFace { id, face, .. }, crop) in faces.iter().zip(crops) {
            let is_poor = face.worst_issue().is_some();
            let new = Picture { is_poor, side: face.quality.side, crop: crop.clone() };
            if self.0.get(id).is_none_or(|old| new.is_better(old)) {
                self.0.insert(*id, new);
            }
        }
    }

    /// The picture of `person`: grey levels, row by row.
    pub(super) fn of(&self, person: TrackId) -> Option<&GreyBytes> {
        self.0.get(&person).map(|picture| &picture.crop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_that_is_seen_better_takes_the_place_of_another() {
        let picture = |is_poor, side| Picture { is_poor, side, crop: GreyBytes::default() };
        let cases = [
            (picture(false, 40.0), picture(true, 90.0), true),
            (picture(true, 90.0), picture(false, 40.0), false),
            (picture(false, 60.0), picture(false, 40.0), true),
            (picture(false, 45.0), picture(false, 40.0), false),
            (picture(true, 30.0), picture(true, 20.0), true),
        ];
        for (new, old, expected) in cases {
            assert_eq!(new.is_better(&old), expected, "{new:?}, {old:?}");
        }
    }
}
