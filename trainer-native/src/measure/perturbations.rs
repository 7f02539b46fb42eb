//! Perturbations of a face as by a webcam, a detector and a network connection, at known strength.

use crate::augment::{blurred, box_jittered, gamma_corrected, half_resolution, jpeg, rotated};

/// A change of a face.
pub struct Perturbation {
    /// The kind, such as `blur`.
    pub group: &'static str,
    /// Its strength or direction.
    pub name: String,
    /// Takes and gives [`crate::data::FACE_LEN`] row-major grey levels.
    pub(super) apply: Apply,
}

/// Takes and gives [`crate::data::FACE_LEN`] row-major grey levels.
pub(super) type Apply = Box<dyn Fn(&[u8]) -> Vec<u8>>;

/// Sizes of the box that a detector may have drawn, as multiples of the right one.
const SCALES: [f32; 3] = [0.9, 1.0, 1.1];
/// Places where it may lie, as shares of the picture's side to the right and down.
const SHIFTS: [(f32, f32, &str); 5] =
    [(0.0, 0.0, ""), (-0.05, 0.0, "left"), (0.05, 0.0, "right"), (0.0, -0.05, "up"), (0.0, 0.05, "down")];
/// Rotations, degrees clockwise.
const ROTATIONS: [f32; 2] = [-15.0, 15.0];
/// Standard deviation of the blur, pixels of 48.
const BLUR: f32 = 1.0;
/// Brighter, darker.
const GAMMAS: [f32; 2] = [0.6, 1.6];
/// Quality of the JPEG, of 100.
const JPEG_QUALITY: u8 = 30;

/// Every perturbation, those of a group together: 14 boxes (three sizes in five places, but for the right one), two
/// rotations, a blur, two gammas, JPEG, and half the pixels a side.
pub fn perturbations() -> Vec<Perturbation> {
    let boxes = SCALES.into_iter().flat_map(|scale| SHIFTS.map(|shift| (scale, shift)));
    let boxes = boxes.filter(|&(scale, (x, y, _))| (scale, x, y) != (1.0, 0.0, 0.0));
    let boxes = boxes.map(|(scale, (x, y, place))| {
        let size = (scale * 100.0).round();
        let name = if place.is_empty() { format!("{size} %") } else { format!("{size} %, 5 % {place}") };
        perturbation("box", name, move |face| box_jittered(face, scale, x, y))
    });
    let rotations = ROTATIONS.into_iter().map(|degrees| {
        perturbation("rotation", format!("{degrees:+}°"), move |face| rotated(face, degrees.to_radians()))
    });
    let gammas = GAMMAS
        .into_iter()
        .map(|gamma| perturbation("gamma", gamma.to_string(), move |face| gamma_corrected(face, gamma)));
    let blur = perturbation("blur", format!("{BLUR:.1} pixels"), |face| blurred(face, BLUR));
    let jpeg = perturbation("JPEG", format!("quality {JPEG_QUALITY}"), |face| jpeg(face, JPEG_QUALITY));
    let half = perturbation("half size", "24 pixels a side".into(), half_resolution);
    boxes.chain(rotations).chain([blur]).chain(gammas).chain([jpeg, half]).collect()
}

fn perturbation(group: &'static str, name: String, apply: impl Fn(&[u8]) -> Vec<u8> + 'static) -> Perturbation {
    Perturbation { group, name, apply: Box::new(apply) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{FACE_LEN, SIDE};
    use std::collections::HashSet;

    #[test]
    fn every_perturbation_has_a_name_of_its_own_and_changes_the_face_in_its_own_way() {
        // A bright spot off the middle, darker towards the edge.
        let level = |i: usize| 250 - 5 * (i % SIDE).abs_diff(20) - 3 * (i / SIDE).abs_diff(26);
        let face: Vec<u8> = (0..FACE_LEN).map(|i| level(i) as u8).collect();
        let perturbations = perturbations();
        assert_eq!(perturbations.len(), 14 + 2 + 1 + 2 + 1 + 1);
        let names: HashSet<_> = perturbations.iter().map(|it| (it.group, &it.name)).collect();
        let faces: HashSet<_> = perturbations.iter().map(|it| (it.apply)(&face)).collect();
        assert_eq!((names.len(), faces.len()), (perturbations.len(), perturbations.len()));
        assert!(faces.iter().all(|changed| changed.len() == FACE_LEN) && !faces.contains(&face));
        assert!(names.contains(&("box", &"90 %, 5 % up".to_owned())), "{names:?}");
        assert!(names.contains(&("rotation", &"+15°".to_owned())), "{names:?}");
    }
}
