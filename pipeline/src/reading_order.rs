//! The order in which the faces of a photo are numbered: as text is read.

use vision::{Point, Rect};

/// A face is in a row if its middle is not further from the row's than this share of their mean height.
const SAME_ROW: f32 = 0.5;

/// Indices of the boxes `rects`, in pixels, row by row, each from left to right: page and command line number faces so.
pub fn reading_order(rects: &[Rect]) -> Vec<usize> {
    let mut from_top: Vec<usize> = (0..rects.len()).collect();
    from_top.sort_by(|&a, &b| rects[a].centre().y.total_cmp(&rects[b].centre().y));
    let mut rows: Vec<Row> = Vec::new();
    for face_idx in from_top {
        let rect = rects[face_idx];
        match rows.last_mut().filter(|row| row.takes(rect)) {
            Some(row) => row.push(face_idx, rect),
            None => rows.push(Row::of(face_idx, rect)),
        }
    }
    for row in &mut rows {
        row.faces.sort_by(|a, b| a.1.x.total_cmp(&b.1.x));
    }
    rows.iter().flat_map(|row| row.faces.iter().map(|(face_idx, _)| *face_idx)).collect()
}

/// Faces side by side, with their middles.
struct Row {
    faces: Vec<(usize, Point)>,
    mean_y: f32,
    mean_height: f32,
}

impl Row {
    fn of(face_idx: usize, rect: Rect) -> Self {
        Self { faces: vec![(face_idx, rect.centre())], mean_y: rect.centre().y, mean_height: rect.height }
    }

    fn takes(&self, rect: Rect) -> bool {
        let height = f32::midpoint(self.mean_height, rect.height);
        (rect.centre().y - self.mean_y).abs() <= SAME_ROW * height
    }

    fn push(&mut self, face_idx: usize, rect: Rect) {
        self.faces.push((face_idx, rect.centre()));
        let weight = 1.0 / self.faces.len() as f32;
        self.mean_y += weight * (rect.centre().y - self.mean_y);
        self.mean_height += weight * (rect.height - self.mean_height);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f32, y: f32, side: f32) -> Rect {
        Rect { x, y, width: side, height: side }
    }

    #[test]
    fn faces_are_numbered_row_by_row_from_the_left() {
        let cases: [(&[Rect], &[usize]); 5] = [
            (&[], &[]),
            (&[square(50.0, 0.0, 10.0), square(0.0, 2.0, 10.0)], &[1, 0]),
            // Two rows of heads, none quite level.
            (
                &[square(60.0, 43.0, 20.0), square(0.0, 4.0, 20.0), square(0.0, 38.0, 20.0), square(60.0, 0.0, 20.0)],
                &[1, 3, 2, 0],
            ),
            // A child beside an adult, whose head is higher up.
            (&[square(60.0, 40.0, 10.0), square(0.0, 0.0, 20.0)], &[1, 0]),
            // Each is level with its neighbour, but the last one is not with the first.
            (&[square(40.0, 0.0, 20.0), square(20.0, 8.0, 20.0), square(0.0, 30.0, 20.0)], &[1, 0, 2]),
        ];
        for (rects, expected) in cases {
            assert_eq!(reading_order(rects), expected, "{rects:?}");
        }
    }
}
