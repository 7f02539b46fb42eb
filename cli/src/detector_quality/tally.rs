//! Counts of the faces that were found and missed.

use vision::{Detection, Rect};

/// Above which [`Rect::iou`] a face counts as found.
const MIN_IOU: f32 = 0.5;

/// Faces found, faces missed, and what was found that is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tally {
    found: usize,
    missed: usize,
    wrong: usize,
    /// How each face that was found lies to its box: see [`Tally::fit`].
    fits: Vec<[f64; 4]>,
}

impl Tally {
    /// Count a photo with `faces`, each of which can be found once, the surest first; what overlaps with `ignored` does not
    /// count.
    pub(super) fn add(&mut self, found: &[Detection], faces: &[Rect], ignored: &[Rect]) {
        let mut left = faces.to_vec();
        for detection in found {
            let overlaps = left.iter().map(|face| face.iou(detection.rect)).enumerate();
            match overlaps.max_by(|a, b| a.1.total_cmp(&b.1)) {
                Some((idx, iou)) if iou >= MIN_IOU => {
                    self.fits.push(fit(detection.rect, left.swap_remove(idx)));
                    self.found += 1;
                }
                _ if ignored.iter().any(|face| face.iou(detection.rect) >= MIN_IOU) => {}
                _ => self.wrong += 1,
            }
        }
        self.missed += left.len();
    }

    /// How the boxes of faces lie to those that were found, medians: x and y between the centres as a share of the width
    /// and height that were found, then width and height as multiples of them. `None` if nothing was.
    pub(super) fn fit(&self) -> Option<[f64; 4]> {
        let median = |i: usize| {
            let mut values: Vec<f64> = self.fits.iter().map(|fit| fit[i]).collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied()
        };
        Some([median(0)?, median(1)?, median(2)?, median(3)?])
    }

    /// Share of what was found that is a face; `None` if nothing was.
    pub(super) fn precision(&self) -> Option<f64> {
        share(self.found, self.found + self.wrong)
    }

    /// Share of the faces that were found; `None` if there are none.
    pub(super) fn recall(&self) -> Option<f64> {
        share(self.found, self.found + self.missed)
    }
}

fn fit(found: Rect, face: Rect) -> [f64; 4] {
    let away = face.centre() - found.centre();
    [away.x / found.width, away.y / found.height, face.width / found.width, face.height / found.height].map(f64::from)
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(x: f32) -> Rect {
        Rect { x, y: 0.0, width: 10.0, height: 10.0 }
    }

    #[test]
    fn a_face_is_found_once_and_what_is_ignored_does_not_count() {
        let detection = |x| Detection { rect: rect(x), score: 1.0, key_points: None };
        let mut tally = Tally::default();
        // The face at 0 twice, one that may be found, one that is none; the face at 50 is missed.
        let found = [0.0, 1.0, 100.0, 200.0].map(detection);
        tally.add(&found, &[rect(0.0), rect(50.0)], &[rect(101.0)]);
        assert_eq!((tally.found, tally.missed, tally.wrong, tally.fit()), (1, 1, 2, Some([0.0, 0.0, 1.0, 1.0])));
        assert_eq!((tally.precision(), tally.recall()), (Some(1.0 / 3.0), Some(0.5)));
        assert_eq!((Tally::default().precision(), Tally::default().recall()), (None, None));
    }
}
