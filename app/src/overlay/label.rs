//! Where labels go: near their box, on the canvas, never on another label, and off other faces where there is room.

use vision::Rect;

use super::Size;

/// The most that a label may cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cover {
    /// No part of another face.
    Nothing,
    /// Parts of other faces, the least that is possible.
    Faces,
}

/// Places labels one after the other. None lies on one that was placed before.
#[derive(Debug)]
pub(super) struct Placement<'a> {
    canvas: Size,
    boxes: &'a [Rect],
    /// Distance between two labels, so that two of one colour do not seem one.
    gap: f32,
    taken: Vec<Rect>,
}

impl<'a> Placement<'a> {
    /// Nothing placed yet; labels keep `gap` canvas pixels between them.
    pub(super) fn new(canvas: Size, boxes: &'a [Rect], gap: f32) -> Self {
        Self { canvas, boxes, gap, taken: Vec::new() }
    }

    /// A place on the canvas for a badge of `size` near box `face_idx`: the first that hides nothing, else the one that
    /// hides least of other faces if it may `cover` them; nothing if there is none. Whatever is placed stays there.
    pub(super) fn place(&mut self, face_idx: usize, size: Size, cover: Cover) -> Option<Rect> {
        if size.width > self.canvas.width || size.height > self.canvas.height {
            return None;
        }
        let places = candidates(self.boxes[face_idx], size, self.gap).map(|place| self.inside(place));
        let free = places.into_iter().filter(|place| self.is_free(*place));
        let costs = free.map(|place| (place, self.hidden(face_idx, place)));
        // The first of equal ones.
        let best = costs.min_by(|a, b| a.1.total_cmp(&b.1))?;
        let place = Some(best).filter(|(_, hidden)| cover == Cover::Faces || *hidden <= 0.0)?.0;
        self.taken.push(place);
        Some(place)
    }

    fn inside(&self, place: Rect) -> Rect {
        let clamp = |at: f32, length: f32, room: f32| at.min(room - length).max(0.0);
        Rect {
            x: clamp(place.x, place.width, self.canvas.width),
            y: clamp(place.y, place.height, self.canvas.height),
            ..place
        }
    }

    fn is_free(&self, place: Rect) -> bool {
        self.taken.iter().all(|taken| grown(*taken, self.gap).shared(place) <= 0.0)
    }

    /// Area of other faces that is hidden at `place`.
    fn hidden(&self, face_idx: usize, place: Rect) -> f32 {
        let others = self.boxes.iter().enumerate().filter(|(i, _)| *i != face_idx);
        others.map(|(_, rect)| rect.shared(place)).sum()
    }
}

/// Above, below and inside the box, left-aligned, then right-aligned, then in the middle; then a line further above or
/// below; at last at its sides.
fn candidates(rect: Rect, size: Size, gap: f32) -> [Rect; 17] {
    let (left, right) = (rect.x, rect.x + rect.width - size.width);
    let middle = rect.x + (rect.width - size.width) / 2.0;
    let (above, below) = (rect.y - size.height, rect.y + rect.height);
    let (top, bottom) = (rect.y, below - size.height);
    let (higher, lower) = (above - size.height - gap, below + size.height + gap);
    let places = [
        (left, above),
        (right, above),
        (middle, above),
        (left, below),
        (right, below),
        (middle, below),
        (left, top),
        (right, top),
        (left, bottom),
        (right, bottom),
        (left, higher),
        (left, lower),
        (right, higher),
        (right, lower),
        (rect.x + rect.width, top),
        (rect.x - size.width, top),
        (rect.x + rect.width, bottom),
    ];
    places.map(|(x, y)| Rect { x, y, width: size.width, height: size.height })
}

/// The rectangle that is larger by `by` on every side.
pub(super) fn grown(rect: Rect, by: f32) -> Rect {
    Rect { x: rect.x - by, y: rect.y - by, width: rect.width + 2.0 * by, height: rect.height + 2.0 * by }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANVAS: Size = Size { width: 100.0, height: 100.0 };
    const BADGE: Size = Size { width: 40.0, height: 10.0 };

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
            let badge = Placement::new(CANVAS, &[face], 2.0).place(0, BADGE, Cover::Nothing);
            assert_eq!(badge.map(|badge| (badge.x, badge.y)), Some(expected), "{face:?}");
        }
    }

    #[test]
    fn a_label_gives_way_to_a_neighbour_s_label_and_face() {
        let row = [rect(20.0, 40.0, 20.0, 20.0), rect(42.0, 40.0, 20.0, 20.0)];
        let mut placement = Placement::new(CANVAS, &row, 0.0);
        let mut y = |face_idx| placement.place(face_idx, BADGE, Cover::Nothing).map(|badge| badge.y);
        assert_eq!((y(0), y(1)), (Some(30.0), Some(60.0)), "above, then below");
        let stack = [rect(20.0, 20.0, 30.0, 30.0), rect(20.0, 52.0, 30.0, 30.0)];
        let lower = Placement::new(CANVAS, &stack, 0.0).place(1, BADGE, Cover::Nothing);
        assert_eq!(lower.map(|badge| badge.y), Some(82.0), "not over the chin of the face above");
    }

    #[test]
    fn two_labels_keep_a_gap() {
        let row = [rect(0.0, 40.0, 40.0, 20.0), rect(41.0, 40.0, 40.0, 20.0)];
        for (gap, expected) in [(0.0, 30.0), (2.0, 60.0)] {
            let mut placement = Placement::new(CANVAS, &row, gap);
            placement.place(0, BADGE, Cover::Nothing);
            let second = placement.place(1, BADGE, Cover::Nothing);
            assert_eq!(second.map(|badge| badge.y), Some(expected), "{gap}");
        }
    }

    #[test]
    fn a_label_hides_a_face_only_if_it_may_and_a_label_never() {
        let crowd = [rect(0.0, 0.0, 100.0, 100.0); 4];
        let large = Size { width: 90.0, height: 60.0 };
        let mut placement = Placement::new(CANVAS, &crowd, 0.0);
        assert_eq!(placement.place(0, large, Cover::Nothing), None, "there are three more faces in the same place");
        let first = placement.place(0, large, Cover::Faces);
        assert_eq!(first.map(|badge| (badge.x, badge.y)), Some((0.0, 0.0)));
        assert_eq!(placement.place(1, large, Cover::Faces), None, "only over the label that is there");
        let third = placement.place(2, Size { height: 40.0, ..large }, Cover::Faces);
        assert_eq!(third.map(|badge| badge.y), Some(60.0), "what was not placed takes no room");
        let too_wide = Size { width: 101.0, height: 1.0 };
        assert_eq!(placement.place(3, too_wide, Cover::Faces), None, "nothing sticks out of the picture");
    }
}
