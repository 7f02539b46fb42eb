//! Where labels go: near their box, on the canvas, off each other and off other faces.

use vision::Rect;

use super::Size;

/// Places labels one after the other.
#[derive(Debug)]
pub(super) struct Placement<'a> {
    canvas: Size,
    boxes: &'a [Rect],
    taken: Vec<Rect>,
}

impl<'a> Placement<'a> {
    /// Hiding another label is so many times worse than hiding a part of another face.
    const LABEL_COST: f32 = 8.0;

    /// Nothing placed yet.
    pub(super) fn new(canvas: Size, boxes: &'a [Rect]) -> Self {
        Self { canvas, boxes, taken: Vec::new() }
    }

    /// A place for a plate of `size` beside box `face_idx`: the first that hides nothing, else the one that hides
    /// least.
    pub(super) fn place(&mut self, face_idx: usize, size: Size) -> Rect {
        let places = candidates(self.boxes[face_idx], size).map(|place| self.inside(place));
        let costs = places.map(|place| self.cost(face_idx, place));
        let best = (0..places.len()).min_by(|&a, &b| costs[a].total_cmp(&costs[b])).unwrap_or_default();
        self.taken.push(places[best]);
        places[best]
    }

    fn inside(&self, place: Rect) -> Rect {
        let clamp = |at: f32, length: f32, room: f32| at.min(room - length).max(0.0);
        Rect {
            x: clamp(place.x, place.width, self.canvas.width),
            y: clamp(place.y, place.height, self.canvas.height),
            ..place
        }
    }

    /// Area of what is hidden at `place`.
    fn cost(&self, face_idx: usize, place: Rect) -> f32 {
        let labels: f32 = self.taken.iter().map(|taken| overlap(*taken, place)).sum();
        let others = self.boxes.iter().enumerate().filter(|(i, _)| *i != face_idx);
        let faces: f32 = others.map(|(_, rect)| overlap(*rect, place)).sum();
        Self::LABEL_COST * labels + faces
    }
}

/// Above, below, and inside the box, left-aligned before right-aligned; then a line further above or below.
fn candidates(rect: Rect, size: Size) -> [Rect; 8] {
    let (left, right) = (rect.x, rect.x + rect.width - size.width);
    let (above, below) = (rect.y - size.height, rect.y + rect.height);
    let places = [
        (left, above),
        (right, above),
        (left, below),
        (right, below),
        (left, rect.y),
        (left, below - size.height),
        (left, above - size.height),
        (left, below + size.height),
    ];
    places.map(|(x, y)| Rect { x, y, width: size.width, height: size.height })
}

fn overlap(a: Rect, b: Rect) -> f32 {
    let width = (a.x + a.width).min(b.x + b.width) - a.x.max(b.x);
    let height = (a.y + a.height).min(b.y + b.height) - a.y.max(b.y);
    width.max(0.0) * height.max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANVAS: Size = Size { width: 100.0, height: 100.0 };
    const PLATE: Size = Size { width: 40.0, height: 10.0 };

    fn rect(x: f32, y: f32, width: f32, height: f32) -> Rect {
        Rect { x, y, width, height }
    }

    #[test]
    fn a_lone_label_is_above_its_box_or_where_there_is_room() {
        let cases = [
            (rect(30.0, 30.0, 40.0, 40.0), (30.0, 20.0)),
            (rect(80.0, 30.0, 20.0, 20.0), (60.0, 20.0)),
            (rect(30.0, -5.0, 40.0, 40.0), (30.0, 0.0)),
            (rect(0.0, 0.0, 100.0, 100.0), (0.0, 0.0)),
        ];
        for (face, expected) in cases {
            let plate = Placement::new(CANVAS, &[face]).place(0, PLATE);
            assert_eq!((plate.x, plate.y), expected, "{face:?}");
        }
    }

    #[test]
    fn a_label_gives_way_to_a_neighbour_s_label_and_face() {
        let row = [rect(20.0, 40.0, 20.0, 20.0), rect(42.0, 40.0, 20.0, 20.0)];
        let mut placement = Placement::new(CANVAS, &row);
        let (first, second) = (placement.place(0, PLATE), placement.place(1, PLATE));
        assert_eq!((first.y, second.y), (30.0, 60.0), "above, then below");
        let stack = [rect(20.0, 20.0, 30.0, 30.0), rect(20.0, 52.0, 30.0, 30.0)];
        let lower = Placement::new(CANVAS, &stack).place(1, PLATE);
        assert!((lower.y - 82.0).abs() < 1e-3, "not over the chin of the face above");
    }

    #[test]
    fn with_no_free_place_a_label_hides_least_and_stays_on_the_canvas() {
        let crowd = [rect(0.0, 0.0, 100.0, 100.0); 4];
        let mut placement = Placement::new(CANVAS, &crowd);
        for i in 0..crowd.len() {
            let plate = placement.place(i, Size { width: 120.0, height: 60.0 });
            assert_eq!((plate.x, plate.y >= 0.0, plate.y <= 40.0), (0.0, true, true));
        }
    }
}
