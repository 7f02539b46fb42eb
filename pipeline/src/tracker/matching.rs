//! Assignment of found faces to known ones.

use vision::{Detection, Point, Rect};

use super::TrackSettings;

/// A face that is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Expected {
    /// It, moved to where it is expected now.
    pub detection: Detection,
    /// Seconds since a search last found it.
    pub age_secs: f64,
}

/// For each of `detections` the index of the one of `expected` that it is, none twice; `None` of a new face.
///
/// The pair that fits best is taken first (greedy matching): simple, and wrong only where faces side by side move by about
/// half of a face between two searches.
pub(super) fn assign(expected: &[Expected], detections: &[Detection], settings: &TrackSettings) -> Vec<Option<usize>> {
    let mut pairs: Vec<(f32, usize, usize)> = vec![];
    for (expected_idx, expected) in expected.iter().enumerate() {
        let costs = detections.iter().map(|detection| cost(expected, detection, settings)).enumerate();
        pairs.extend(costs.filter_map(|(idx, cost)| Some((cost?, expected_idx, idx))));
    }
    // Stable: of pairs that fit equally well, that of the earlier face and the earlier find comes first.
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut assigned = vec![None; detections.len()];
    let mut is_taken = vec![false; expected.len()];
    for (_, expected_idx, idx) in pairs {
        if !is_taken[expected_idx] && assigned[idx].is_none() {
            is_taken[expected_idx] = true;
            assigned[idx] = Some(expected_idx);
        }
    }
    assigned
}

/// How badly they fit: 0 for the very same; `None` if they cannot be the same face. Overlap tells near ones apart, the
/// distance those that do not overlap, key points two faces in one place (without them, the distance
/// counts twice).
fn cost(expected: &Expected, found: &Detection, settings: &TrackSettings) -> Option<f32> {
    let (old, new) = (expected.detection.rect, found.rect);
    let size = f32::midpoint(side(old), side(new));
    let growth = side(new) / side(old);
    let distance = mean_distance([old.centre()], [new.centre()]) / size;
    let reach = settings.reach + settings.reach_per_sec * expected.age_secs as f32;
    let is_near = distance <= reach.min(settings.reach_most);
    let is_like = growth <= settings.growth_most && growth * settings.growth_most >= 1.0;
    let of_points = match (expected.detection.key_points, found.key_points) {
        (Some(old), Some(new)) => mean_distance(old.to_array(), new.to_array()) / size,
        _ => distance,
    };
    (is_near && is_like).then_some(1.0 - old.iou(new) + distance + of_points)
}

/// Mean of width and height.
fn side(rect: Rect) -> f32 {
    f32::midpoint(rect.width, rect.height)
}

/// Pixels from each point of `old` to its own of `new`, in the mean.
fn mean_distance<const N: usize>(old: [Point; N], new: [Point; N]) -> f32 {
    let distances = old.iter().zip(&new).map(|(old, new)| (*old - *new).length());
    distances.sum::<f32>() / N as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use vision::KeyPoints;

    fn at(x: f32, side: f32) -> Detection {
        Detection { rect: Rect { x, y: 0.0, width: side, height: side }, score: 1.0, key_points: None }
    }

    fn with_points(x: f32, nose: f32) -> Detection {
        let points = KeyPoints::from_array([Point { x: nose, y: 5.0 }; 6]);
        Detection { key_points: Some(points), ..at(x, 10.0) }
    }

    fn assigned(expected: &[Detection], age_secs: f64, found: &[Detection]) -> Vec<Option<usize>> {
        let expected: Vec<_> = expected.iter().map(|&detection| Expected { detection, age_secs }).collect();
        assign(&expected, found, &TrackSettings::default())
    }

    #[test]
    fn the_best_pairs_are_taken_whatever_the_order() {
        let expected = [at(0.0, 10.0), at(12.0, 10.0), at(40.0, 10.0)];
        let found = [at(14.0, 10.0), at(90.0, 10.0), at(2.0, 10.0)];
        assert_eq!(assigned(&expected, 0.03, &found), [Some(1), None, Some(0)]);
        assert_eq!(assigned(&[], 0.03, &found), [None; 3]);
        assert_eq!(assigned(&expected, 0.03, &[]), []);
    }

    #[test]
    fn a_face_reaches_farther_the_longer_it_was_not_seen_and_never_beyond_the_most() {
        for (dx, age_secs, expected) in [
            (5.0, 0.03, Some(0)),
            (6.0, 0.03, None),
            (6.0, 0.1, Some(0)),
            (14.0, 0.5, None),
            (14.0, 1.0, Some(0)),
            (16.0, 9.0, None),
        ] {
            assert_eq!(assigned(&[at(0.0, 10.0)], age_secs, &[at(dx, 10.0)]), [expected], "{dx} after {age_secs} s");
        }
    }

    #[test]
    fn a_face_is_none_of_another_size() {
        for (side, expected) in [(19.0, Some(0)), (21.0, None), (5.5, Some(0)), (4.5, None), (0.0, None)] {
            let found = at(5.0 - side / 2.0, side);
            let found = Detection { rect: Rect { y: found.rect.x, ..found.rect }, ..found };
            assert_eq!(assigned(&[at(0.0, 10.0)], 0.03, &[found]), [expected], "{side}");
        }
    }

    #[test]
    fn key_points_tell_faces_in_the_same_place_apart() {
        let expected = [with_points(0.0, 3.0), with_points(0.0, 7.0)];
        assert_eq!(assigned(&expected, 0.03, &[with_points(0.0, 6.9), with_points(0.0, 3.1)]), [Some(1), Some(0)]);
        // Without them, the first is the first one's.
        let expected = [at(0.0, 10.0), at(0.0, 10.0)];
        assert_eq!(assigned(&expected, 0.03, &expected), [Some(0), Some(1)]);
    }

    #[test]
    fn what_is_no_number_is_a_new_face() {
        assert_eq!(assigned(&[at(0.0, 10.0)], 0.03, &[at(f32::NAN, 10.0), at(0.0, f32::NAN)]), [None; 2]);
        assert_eq!(assigned(&[at(0.0, 0.0)], 0.03, &[at(0.0, 0.0)]), [None]);
    }
}
