//! The yaw of a head, by where its parts are seen.

use crate::{KeyPoints, Point};

/// Positions of parts of a head, or of the middle of pairs of them, in its plane of symmetry: up and forward, cm.
///
/// From MediaPipe's canonical face model (`mediapipe/modules/face_geometry/data/canonical_face_model.obj`): the means of
/// vertices 145, 159, 374 and 386; 1; 13 and 14; 234 and 454.
const EYES: [f32; 2] = [2.63, 3.83];
const NOSE: [f32; 2] = [-1.13, 7.48];
const MOUTH: [f32; 2] = [-4.27, 5.31];
const EARS: [f32; 2] = [0.67, -2.44];
/// From eye to eye (6.35 cm) and from ear to ear (15.33 cm) in that model, added.
const WIDTHS: f32 = 21.68;

/// The yaw of a head with these parts, radians in `-π/2..=π/2`: 0 faces the camera, above 0 the nose is to the right in
/// the picture. `None` if the parts are no face: all in one place or on one line, or not finite.
///
/// From afar a picture of a head is a linear map of it: `a`, `u` and `f` are the images of a cm across, up and forward,
/// by least squares over all parts. The direction of the camera, seen from the head, then has the coordinates u × f,
/// f × a and a × u, whatever the roll and the pitch; the yaw is the angle between the first and the last.
pub(super) fn yaw(points: KeyPoints) -> Option<f32> {
    let KeyPoints { right_eye, left_eye, nose, mouth, right_ear, left_ear } = points;
    let [eyes, ears] = [right_eye.midpoint(left_eye), right_ear.midpoint(left_ear)];
    let across = (left_eye + left_ear - (right_eye + right_ear)) * (1.0 / WIDTHS);
    let [up, forward] = fit([(EYES, eyes), (NOSE, nose), (MOUTH, mouth), (EARS, ears)]);
    let (sideways, ahead) = (forward.cross(up), across.cross(up));
    let yaw = (sideways / ahead).atan();
    yaw.is_finite().then_some(yaw)
}

/// Images of the unit vectors under the linear map that takes `places` to points, by least squares.
fn fit<const N: usize>(places: [([f32; 2], Point); N]) -> [Point; 2] {
    let mean = [0, 1].map(|axis| places.iter().map(|(place, _)| place[axis]).sum::<f32>() / N as f32);
    let centred = places.map(|([up, forward], point)| ([up - mean[0], forward - mean[1]], point));
    let moment = |a: usize, b: usize| centred.iter().map(|(place, _)| place[a] * place[b]).sum::<f32>();
    let [along_up, along_forward] =
        [0, 1].map(|axis| centred.iter().fold(Point::default(), |sum, (place, point)| sum + *point * place[axis]));
    let (uu, uf, ff) = (moment(0, 0), moment(0, 1), moment(1, 1));
    let determinant = uu * ff - uf * uf;
    let solved = |a: f32, b: f32| along_up * (a / determinant) + along_forward * (b / determinant);
    [solved(ff, -uf), solved(-uf, uu)]
}

#[cfg(test)]
mod tests {
    use std::f32::consts::FRAC_PI_2;

    use super::*;

    /// Right eye, left eye, nose, mouth, right ear, left ear of the canonical face, cm: to the right in the picture,
    /// down, towards the camera.
    const HEAD: [[f32; 3]; 6] = [
        [-3.18, -2.63, 3.83],
        [3.18, -2.63, 3.83],
        [0.0, 1.13, 7.48],
        [0.0, 4.27, 5.31],
        [-7.66, -0.67, -2.44],
        [7.66, -0.67, -2.44],
    ];

    /// The head turned by `yaw`, nodded, tilted (radians), from afar, at 10 pixels a cm.
    fn seen(yaw: f32, nod: f32, tilt: f32) -> KeyPoints {
        KeyPoints::from_array(HEAD.map(|[x, y, z]| {
            let (x, z) = (x * yaw.cos() + z * yaw.sin(), z * yaw.cos() - x * yaw.sin());
            let y = y * nod.cos() + z * nod.sin();
            let (x, y) = (x * tilt.cos() - y * tilt.sin(), x * tilt.sin() + y * tilt.cos());
            Point { x: 320.0 + 10.0 * x, y: 240.0 + 10.0 * y }
        }))
    }

    #[test]
    fn the_turn_of_a_head_is_found_whatever_its_tilt_and_nod() {
        for degrees in [-85.0f32, -40.0, -10.0, 0.0, 5.0, 30.0, 60.0, 85.0] {
            for (nod, tilt) in [(0.0, 0.0), (0.0, 0.5), (0.3, -1.6), (-0.4, -3.0), (0.5, 0.2)] {
                let turn = yaw(seen(degrees.to_radians(), nod, tilt)).expect("a face").to_degrees();
                assert!((turn - degrees).abs() < 0.1, "{degrees} at {nod} and {tilt}: {turn}");
            }
        }
    }

    #[test]
    fn the_turn_is_near_if_every_part_is_found_a_little_beside_its_place() {
        // 6 of the 63 pixels between the eyes, each part another way.
        let ways = [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.7, -0.7), (-0.7, 0.7), (0.0, -1.0)];
        for degrees in [-40.0f32, 0.0, 20.0, 40.0] {
            for shift in 0..6 {
                let mut points = seen(degrees.to_radians(), 0.2, 0.1).to_array();
                for (idx, point) in points.iter_mut().enumerate() {
                    let (x, y) = ways[(idx + shift) % 6];
                    *point = Point { x: point.x + 6.0 * x, y: point.y + 6.0 * y };
                }
                let turn = yaw(KeyPoints::from_array(points)).expect("a face").to_degrees();
                assert!((turn - degrees).abs() < 12.0, "{degrees} shifted by {shift}: {turn}");
            }
        }
    }

    #[test]
    fn what_is_no_face_has_no_turn() {
        let line = std::array::from_fn(|idx| Point { x: idx as f32, y: 0.0 });
        for bad in [Point::default(), Point { x: f32::NAN, y: 0.0 }, Point { x: f32::INFINITY, y: 1.0 }] {
            assert_eq!(yaw(KeyPoints::from_array([bad; 6])), None, "{bad:?}");
        }
        assert_eq!(yaw(KeyPoints::from_array(line)), None);
        let mut points = seen(0.0, 0.0, 0.0).to_array();
        points[2].x = 1e30;
        let turn = yaw(KeyPoints::from_array(points)).expect("finite points");
        assert!((turn.abs() - FRAC_PI_2).abs() < 1e-3, "{turn}");
    }
}
