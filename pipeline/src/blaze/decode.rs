//! From what the network says of each anchor to faces.

use model_core::{BlazeRange, RawFaces};
use vision::{Detection, KeyPoints, Point, Rect};

/// From which probability an anchor shows a face: `min_score_thresh` of MediaPipe's graphs
/// `face_detection_{short,full}_range.pbtxt`.
fn min_score(range: BlazeRange) -> f32 {
    match range {
        BlazeRange::Short => 0.5,
        BlazeRange::Full => 0.6,
    }
}

/// Every anchor that shows a face, in pixels of the network's input; the same face many times.
pub(super) fn faces(range: BlazeRange, raw: &RawFaces) -> Vec<Detection> {
    let side = range.side() as f32;
    let face = |((anchor, numbers), &logit): (([f32; 2], &[f32; RawFaces::N_NUMBERS]), &f32)| {
        let score = 1.0 / (1.0 + (-logit).exp());
        // What is not a number is not above.
        (score >= min_score(range)).then(|| decode(anchor.map(|at| at * side), numbers, score))
    };
    range.anchors().zip(&raw.boxes).zip(&raw.scores).filter_map(face).collect()
}

fn decode([anchor_x, anchor_y]: [f32; 2], numbers: &[f32; RawFaces::N_NUMBERS], score: f32) -> Detection {
    let [x, y, width, height, ref points @ ..] = *numbers;
    let rect = Rect { x: anchor_x + x - width / 2.0, y: anchor_y + y - height / 2.0, width, height };
    let point = |i: usize| Point { x: anchor_x + points[2 * i], y: anchor_y + points[2 * i + 1] };
    let key_points = Some(KeyPoints::from_array(std::array::from_fn(point)));
    Detection { rect, score, key_points }
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
        let [face] = faces(range, &raw)[..] else { panic!("one face") };
        assert_eq!(face.rect, Rect { x: 123.0, y: 123.5, width: 2.0, height: 3.0 });
        assert!((face.score - 0.880_797).abs() < 1e-5);
        let points = face.key_points.unwrap();
        assert_eq!((points.right_eye, points.left_ear), (Point { x: 128.0, y: 129.0 }, Point { x: 138.0, y: 139.0 }));
    }
}
