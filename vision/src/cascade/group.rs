//! From overlapping windows to faces: OpenCV's `groupRectangles` (`modules/objdetect/src/cascadedetect.cpp`).

use crate::IntRect;

/// How far apart the sides of similar windows may be, relative to their size (OpenCV's `GROUP_EPS`).
const TOLERANCE: f64 = 0.2;

/// A face: the mean of windows that agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// Where, in pixels of the searched image.
    pub(super) rect: IntRect,
    /// How many windows agreed.
    pub(super) n_windows: u32,
}

/// The groups of more than `min_neighbors` windows; each window by itself if that is 0.
pub(super) fn group(windows: &[IntRect], min_neighbors: u32) -> Vec<Group> {
    if min_neighbors == 0 {
        return windows.iter().map(|&rect| Group { rect, n_windows: 1 }).collect();
    }
    let mut groups = means(windows, &partition(windows));
    groups.retain(|group| group.n_windows > min_neighbors);
    let is_part = |idx: usize| (0..groups.len()).any(|other| other != idx && is_part_of(&groups[idx], &groups[other]));
    (0..groups.len()).filter(|&idx| !is_part(idx)).map(|idx| groups[idx]).collect()
}

/// For each window the number of its class: windows that are similar, directly or through others. Classes are numbered
/// in the order of their first window.
fn partition(windows: &[IntRect]) -> Vec<usize> {
    const UNSEEN: usize = usize::MAX;
    let mut classes = vec![UNSEEN; windows.len()];
    let mut n_classes = 0;
    for start in 0..windows.len() {
        if classes[start] != UNSEEN {
            continue;
        }
        classes[start] = n_classes;
        let mut open = vec![start];
        while let Some(idx) = open.pop() {
            for other in start + 1..windows.len() {
                if classes[other] == UNSEEN && are_similar(windows[idx], windows[other]) {
                    classes[other] = n_classes;
                    open.push(other);
                }
            }
        }
        n_classes += 1;
    }
    classes
}

fn are_similar(a: IntRect, b: IntRect) -> bool {
    let delta = TOLERANCE * f64::from(a.width.min(b.width) + a.height.min(b.height)) * 0.5;
    let is_near = |a: i32, b: i32| f64::from((a - b).abs()) <= delta;
    is_near(a.x, b.x)
        && is_near(a.y, b.y)
        && is_near(a.x + a.width, b.x + b.width)
        && is_near(a.y + a.height, b.y + b.height)
}

/// Mean window and size of each class.
fn means(windows: &[IntRect], classes: &[usize]) -> Vec<Group> {
    let n_classes = classes.iter().max().map_or(0, |&last| last + 1);
    let mut sums = vec![([0i64; 4], 0); n_classes];
    for (&IntRect { x, y, width, height }, &class) in windows.iter().zip(classes) {
        let (sum, n_windows) = &mut sums[class];
        for (total, side) in sum.iter_mut().zip([x, y, width, height]) {
            *total += i64::from(side);
        }
        *n_windows += 1;
    }
    let mean = |(sum, n_windows): ([i64; 4], u32)| {
        // In f32, by the reciprocal: another order would round some sides elsewhere.
        let factor = 1.0 / n_windows as f32;
        let [x, y, width, height] = sum.map(|total| (total as f32 * factor).round_ties_even() as i32);
        Group { rect: IntRect { x, y, width, height }, n_windows }
    };
    sums.into_iter().map(mean).collect()
}

/// Whether `small` is dropped for lying in `large`, which has more windows behind it.
fn is_part_of(small: &Group, large: &Group) -> bool {
    let margin = |side: i32| (f64::from(side) * TOLERANCE).round_ties_even() as i32;
    let (a, b) = (small.rect, large.rect);
    let (dx, dy) = (margin(b.width), margin(b.height));
    a.x >= b.x - dx
        && a.y >= b.y - dy
        && a.x + a.width <= b.x + b.width + dx
        && a.y + a.height <= b.y + b.height + dy
        && (large.n_windows > small.n_windows.max(3) || small.n_windows < 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: IntRect = IntRect { x: 100, y: 100, width: 100, height: 100 };

    /// `n` windows at `SQUARE` moved right by `dx`.
    fn windows(n: usize, dx: i32) -> Vec<IntRect> {
        vec![IntRect { x: SQUARE.x + dx, ..SQUARE }; n]
    }

    #[test]
    fn windows_agree_through_others_and_up_to_a_fifth_of_their_size() {
        // Windows and how far each lies right of the first; sizes of the classes, in the order of their first window.
        let cases: [(&[i32], &[usize]); 5] =
            [(&[0, 20], &[2]), (&[0, 21], &[1, 1]), (&[0, 40, 20], &[3]), (&[0, 200, 10, 210, 0], &[3, 2]), (&[], &[])];
        for (offsets, expected) in cases {
            let windows: Vec<IntRect> = offsets.iter().flat_map(|&dx| windows(1, dx)).collect();
            let classes = partition(&windows);
            let sizes: Vec<usize> =
                (0..expected.len()).map(|class| classes.iter().filter(|&&other| other == class).count()).collect();
            assert_eq!(sizes, expected, "{offsets:?}");
        }
    }

    #[test]
    fn a_group_is_the_rounded_mean_of_more_than_so_many_windows() {
        let all = [windows(2, 0), windows(1, 1)].concat();
        let mean = Group { rect: SQUARE, n_windows: 3 };
        assert_eq!(group(&all, 2), [mean]);
        assert_eq!(group(&all, 3), []);
        // 100.5 goes to the even side, as `cvRound` does.
        assert_eq!(group(&[windows(1, 0), windows(1, 1)].concat(), 1)[0].rect.x, 100);
        assert_eq!(group(&all, 0).len(), 3, "no grouping");
    }

    #[test]
    fn a_group_inside_a_better_one_is_dropped() {
        let small = |n| vec![IntRect { x: 130, y: 130, width: 40, height: 40 }; n];
        // Windows of the small and of the large group; how many groups remain.
        for (n_small, n_large, expected) in [(4, 5, 1), (5, 5, 2), (6, 5, 2), (2, 2, 1), (3, 3, 2)] {
            let groups = group(&[small(n_small), windows(n_large, 0)].concat(), 1);
            assert_eq!(groups.len(), expected, "{n_small} in {n_large}");
        }
    }
}
