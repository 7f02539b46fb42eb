//! Decodes a network's numbers for each anchor into faces.

use model_core::{BlazeRange, RawFaces};
use vision::{Detection, KeyPoints, Point, Rect};

/// From which probability an anchor shows a face: `min_score_thresh` of MediaPipe's graphs
/// `face_detection_{short,full}_range.pbtxt`; there the short range's is 0.5, at which a cat is a face.
pub(super) fn min_score(range: BlazeRange) -> f32 {
    match range {
        BlazeRange::Short => 0.55,
        BlazeRange::Full => 0.6,
    }
}

/// From the network's box, brows to chin, to the whole face, hairline to chin.
struct Outline {
    /// Shift of its centre towards the hairline, as a share of the box's height.
    up: f32,
    /// Ratio of its width to the box's.
    width: f32,
    /// Ratio of its height to the box's.
    height: f32,
}

/// Medians over the boxes that people and other detectors draw: 57 faces of the 53 photos with one or two faces at least
/// 80 pixels high of `cargo xtask bench detector-quality`, whose last lines show what is left of them.
fn outline(range: BlazeRange) -> Outline {
    match range {
        BlazeRange::Short => Outline { up: 0.10, width: 0.91, height: 1.25 },
        BlazeRange::Full => Outline { up: 0.06, width: 0.85, height: 1.19 },
    }
}

/// Every anchor that shows a face with at least `min_score`, in pixels of the network's input; the same face many times.
/// A box without a size, or that is no number, is no face.
pub(super) fn faces(range: BlazeRange, raw: &RawFaces, min_score: f32) -> Vec<Detection> {
    let side = range.side() as f32;
    let face = |((anchor, numbers), &logit): (([f32; 2], &[f32; RawFaces::N_NUMBERS]), &f32)| {
        let score = 1.0 / (1.0 + (-logit).exp());
        let is_box = numbers.iter().all(|number| number.is_finite()) && numbers[2] > 0.0 && numbers[3] > 0.0;
        // A score that is not a number is not above.
        (score >= min_score && is_box).then(|| decode(anchor.map(|at| at * side), numbers, score, &outline(range)))
    };
    range.anchors().zip(&raw.boxes).zip(&raw.scores).filter_map(face).collect()
}

fn decode(
    [anchor_x, anchor_y]: [f32; 2],
    numbers: &[f32; RawFaces::N_NUMBERS],
    score: f32,
    outline: &Outline,
) -> Detection {
    let [x, y, box_width, box_height, ref points @ ..] = *numbers;
    let point = |i: usize| Point { x: anchor_x + points[2 * i], y: anchor_y + points[2 * i + 1] };
    let key_points = KeyPoints::from_array(std::array::from_fn(point));
    let (sin, cos) = key_points.roll().sin_cos();
    let (width, height, up) = (box_width * outline.width, box_height * outline.height, box_height * outline.up);
    let centre = Point { x: anchor_x + x + up * sin, y: anchor_y + y - up * cos };
    let rect = Rect::around(centre, width, height);
    Detection { rect, score, key_points: Some(key_points) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_s_numbers_are_relative_to_its_centre() {
        let range = BlazeRange::Short;
        let n = range.anchors().count();
        let mut raw = RawFaces { boxes: vec![[0.0; 16]; n], scores: vec![-9.0; n] };
        // The last of 16×16 pixels: its centre is at 124.
        raw.boxes[511] = std::array::from_fn(|i| i as f32);
        raw.scores[511] = 2.0;
        raw.scores[0] = f32::NAN;
        raw.scores[1] = -0.01;
        raw.scores[2..5].fill(2.0);
        raw.boxes[2] = [f32::NAN; 16];
        raw.boxes[3] = [-1.0; 16];
        let [face] = faces(range, &raw, min_score(range))[..] else { panic!("one face") };
        // Eyes two apart across and two down: the face is turned by an eighth of a circle, and its top lies at the right.
        let up = 3.0 * 0.1 * std::f32::consts::FRAC_1_SQRT_2;
        let expected = [124.0 + up - 0.91, 125.0 - up - 1.875, 1.82, 3.75];
        let actual = [face.rect.x, face.rect.y, face.rect.width, face.rect.height];
        assert!(actual.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4), "{actual:?} {expected:?}");
        assert!((face.score - 0.880_797).abs() < 1e-5);
        let points = face.key_points.unwrap();
        assert_eq!((points.right_eye, points.left_ear), (Point { x: 128.0, y: 129.0 }, Point { x: 138.0, y: 139.0 }));
    }
}
