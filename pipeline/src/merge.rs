//! One face of many that overlap.

use vision::{Detection, KeyPoints, Point, Rect};

/// Overlap from which on two boxes show the same face: `min_suppression_threshold` of MediaPipe's graphs.
const MIN_IOU: f32 = 0.3;

/// Overlap as a share of the smaller box from which on two are one face, of which the surer stays: tiles of a pyramid
/// see noses and chins by themselves.
const MIN_CONTAINED: f32 = 0.7;

/// Each face once, in descending score: the surest, and the mean of box and key points of those that overlap with it,
/// weighted by score (BlazeFace, section 4, "tie resolution").
pub(crate) fn merge(mut found: Vec<Detection>) -> Vec<Detection> {
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut faces = vec![];
    while !found.is_empty() {
        let best = found.remove(0);
        let (same, others): (Vec<_>, _) = found.into_iter().partition(|face| is_overlapping(&best, face));
        found = others;
        let group: Vec<_> = std::iter::once(best).chain(same).collect();
        if !faces.iter().any(|face| is_part(face, &best)) {
            faces.push(mean(&best, &group));
        }
    }
    faces
}

/// Whether the two show the same face: they overlap, or one is a part of the other.
pub(crate) fn is_same_face(a: &Detection, b: &Detection) -> bool {
    is_overlapping(a, b) || is_part(a, b)
}

/// Whether the two overlap by so much that they are one face.
fn is_overlapping(a: &Detection, b: &Detection) -> bool {
    a.rect.iou(b.rect) > MIN_IOU
}

/// Whether one of the two lies inside the other.
fn is_part(a: &Detection, b: &Detection) -> bool {
    a.rect.shared(b.rect) > MIN_CONTAINED * a.rect.area().min(b.rect.area())
}

fn mean(best: &Detection, group: &[Detection]) -> Detection {
    let total: f32 = group.iter().map(|face| face.score).sum();
    if total == 0.0 {
        return *best;
    }
    let mean = |of: &dyn Fn(&Detection) -> f32| group.iter().map(|face| of(face) * face.score).sum::<f32>() / total;
    let rect = Rect {
        x: mean(&|face| face.rect.x),
        y: mean(&|face| face.rect.y),
        width: mean(&|face| face.rect.width),
        height: mean(&|face| face.rect.height),
    };
    let points: Option<Vec<_>> = group.iter().map(|face| face.key_points.map(KeyPoints::to_array)).collect();
    let key_points = points.map(|points| {
        let mean = |i: usize, of: fn(Point) -> f32| {
            points.iter().zip(group).map(|(points, face)| of(points[i]) * face.score).sum::<f32>() / total
        };
        KeyPoints::from_array(std::array::from_fn(|i| Point { x: mean(i, |it| it.x), y: mean(i, |it| it.y) }))
    });
    Detection { rect, score: best.score, key_points }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(x: f32, side: f32, score: f32) -> Detection {
        let key_points = Some(KeyPoints::from_array([Point { x, y: 1.0 }; 6]));
        Detection { rect: Rect { x, y: 0.0, width: side, height: side }, score, key_points }
    }

    #[test]
    fn faces_that_overlap_become_their_weighted_mean() {
        let faces = merge(vec![face(0.0, 10.0, 0.6), face(2.0, 10.0, 0.9), face(50.0, 10.0, 0.7)]);
        let [first, second] = faces[..] else { panic!("two faces: {faces:?}") };
        assert!((first.rect.x - 1.2).abs() < 1e-5 && (first.score - 0.9).abs() < 1e-6, "{first:?}");
        assert!((first.key_points.unwrap().nose.x - 1.2).abs() < 1e-5);
        assert_eq!(second, face(50.0, 10.0, 0.7));
    }

    #[test]
    fn of_a_face_and_a_part_of_it_the_surer_stays() {
        assert_eq!(merge(vec![face(0.0, 100.0, 0.8), face(20.0, 20.0, 0.9)]), [face(20.0, 20.0, 0.9)]);
        assert_eq!(merge(vec![face(0.0, 100.0, 0.9), face(20.0, 20.0, 0.8)]), [face(0.0, 100.0, 0.9)]);
        assert_eq!(merge(vec![face(0.0, 100.0, 0.9), face(95.0, 20.0, 0.8)]).len(), 2, "beside it");
    }

    #[test]
    fn no_box_and_what_is_no_number_does_not_stop_it() {
        assert_eq!(merge(vec![]), []);
        assert_eq!(merge(vec![face(f32::NAN, 1.0, 0.9), face(0.0, 0.0, f32::NAN)]).len(), 2);
    }
}
