//! What is painted over a picture, as data: boxes and labels in pixels of the canvas. `web::canvas` only paints them.

mod label;
mod view;

use model_core::Emotion;
use pipeline::Face;
use vision::{Point, Rect};

use crate::theme;
use label::Placement;
pub(crate) use view::{Fit, Size, View};

/// A mark of the overlay, in canvas pixels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mark {
    /// The edge of a face.
    Box {
        /// Where.
        rect: Rect,
        /// Whose colour; of a face that is unsure none, and a dashed line.
        label: Option<Emotion>,
        /// Width of the line.
        line: f32,
    },
    /// A word and a confidence on a plate.
    Label {
        /// The plate.
        plate: Rect,
        /// Left end of the text, at the middle of its height.
        text_at: Point,
        /// Such as "Happy 87 %".
        text: String,
        /// What a face that is unsure would be.
        aside: Option<Aside>,
        /// Whose colour; of a face that is unsure none, and a dashed edge.
        label: Option<Emotion>,
    },
}

/// Smaller text behind that of a label.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Aside {
    /// Left end, at the middle of its height.
    pub text_at: Point,
    /// Such as " · sad 41 %".
    pub text: String,
}

/// Height of the text of a label, CSS pixels.
pub(crate) const TEXT_SIZE: f32 = 14.0;
/// Height of the text of an aside, CSS pixels.
pub(crate) const ASIDE_SIZE: f32 = 12.0;
/// Space left and right of the text, CSS pixels.
const PADDING: f32 = 6.0;
/// Height of a plate, CSS pixels.
const PLATE_HEIGHT: f32 = 22.0;
/// Line of a box, CSS pixels.
const LINE: f32 = 2.0;
/// Line of the selected box, CSS pixels.
const SELECTED_LINE: f32 = 4.0;

/// Every mark in painting order: boxes, then labels, those of the selected face last of their kind.
///
/// `text_width` measures a text of a height in CSS pixels; its width is in canvas pixels.
pub(crate) fn marks(
    faces: &[Face],
    selected: Option<usize>,
    view: &View,
    text_width: impl Fn(&str, f32) -> f32,
) -> Vec<Mark> {
    let boxes: Vec<Rect> = faces.iter().map(|face| view.canvas_from_image(face.detection.rect)).collect();
    let mut placement = Placement::new(view.canvas, &boxes);
    let mut order: Vec<usize> = (0..faces.len()).collect();
    order.sort_by_key(|&face_idx| Some(face_idx) == selected);
    let labels: Vec<Mark> = order.iter().map(|&i| label(&faces[i], i, view, &text_width, &mut placement)).collect();
    let edge = |&i: &usize| {
        let line = if Some(i) == selected { SELECTED_LINE } else { LINE };
        Mark::Box { rect: boxes[i], label: faces[i].label(), line: line * view.pixel_ratio }
    };
    order.iter().map(edge).chain(labels).collect()
}

fn label(
    face: &Face,
    face_idx: usize,
    view: &View,
    text_width: impl Fn(&str, f32) -> f32,
    placement: &mut Placement<'_>,
) -> Mark {
    let (text, aside) = theme::label_words(&face.scores, face.is_sure);
    let padding = PADDING * view.pixel_ratio;
    let width = text_width(&text, TEXT_SIZE);
    let aside_width = aside.as_ref().map_or(0.0, |aside| text_width(aside, ASIDE_SIZE));
    let size = Size { width: width + aside_width + 2.0 * padding, height: PLATE_HEIGHT * view.pixel_ratio };
    let plate = placement.place(face_idx, size);
    let text_at = Point { x: plate.x + padding, y: plate.y + plate.height / 2.0 };
    let aside = aside.map(|text| Aside { text_at: Point { x: text_at.x + width, ..text_at }, text });
    Mark::Label { plate, text_at, text, aside, label: face.label() }
}

/// The face at a point of the canvas; of several the smallest, since it would else be out of reach.
pub(crate) fn face_at(faces: &[Face], point_in_canvas: Point, view: &View) -> Option<usize> {
    let rect = |face: &Face| view.canvas_from_image(face.detection.rect);
    let hits = faces.iter().map(rect).enumerate().filter(|(_, rect)| rect.contains(point_in_canvas));
    hits.min_by(|a, b| a.1.area().total_cmp(&b.1.area())).map(|(face_idx, _)| face_idx)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::Scores;
    use vision::Detection;

    fn face(x: f32, y: f32, side: f32) -> Face {
        let mut logits = [0.0; Emotion::COUNT];
        logits[Emotion::Happy as usize] = 9.0;
        let rect = Rect { x, y, width: side, height: side };
        let detection = Detection { rect, score: 1.0, key_points: None };
        Face { detection, scores: Scores::from_logits(logits).unwrap(), is_sure: true, votes: None, quality: None }
    }

    /// Eight canvas pixels a letter of a label at ratio 1.
    fn width(view: &View) -> impl Fn(&str, f32) -> f32 {
        let ratio = view.pixel_ratio;
        move |text, size| 8.0 * size / TEXT_SIZE * ratio * text.chars().count() as f32
    }

    fn view(mirrored: bool, pixel_ratio: f32) -> View {
        let canvas = Size { width: 320.0 * pixel_ratio, height: 240.0 * pixel_ratio };
        View { image: Size { width: 640.0, height: 480.0 }, canvas, mirrored, pixel_ratio }
    }

    fn boxes(marks: &[Mark]) -> Vec<(Rect, f32)> {
        let of = |mark: &Mark| match mark {
            Mark::Box { rect, line, .. } => Some((*rect, *line)),
            Mark::Label { .. } => None,
        };
        marks.iter().filter_map(of).collect()
    }

    fn plates(marks: &[Mark]) -> Vec<Rect> {
        let of = |mark: &Mark| match mark {
            Mark::Label { plate, .. } => Some(*plate),
            Mark::Box { .. } => None,
        };
        marks.iter().filter_map(of).collect()
    }

    #[test]
    fn a_box_is_scaled_mirrored_and_drawn_in_device_pixels() {
        let face = face(64.0, 96.0, 128.0);
        let rect = |x, y, side| Rect { x, y, width: side, height: side };
        let cases = [
            (view(false, 1.0), rect(32.0, 48.0, 64.0), 2.0),
            (view(true, 1.0), rect(224.0, 48.0, 64.0), 2.0),
            (view(false, 2.0), rect(64.0, 96.0, 128.0), 4.0),
            (view(true, 2.0), rect(448.0, 96.0, 128.0), 4.0),
        ];
        for (view, rect, line) in cases {
            assert_eq!(boxes(&marks(&[face], None, &view, width(&view))), [(rect, line)], "{view:?}");
        }
    }

    #[test]
    fn a_label_says_word_and_confidence_and_its_text_lies_on_its_plate() {
        let view = view(true, 2.0);
        let marks = marks(&[face(64.0, 96.0, 128.0)], Some(0), &view, width(&view));
        let Mark::Label { plate, text_at, text, aside: None, label } = &marks[1] else { panic!("{marks:?}") };
        assert_eq!((text.as_str(), *label), ("Happy 100\u{a0}%", Some(Emotion::Happy)));
        let end = text_at.x + width(&view)(text, TEXT_SIZE);
        assert!(plate.contains(*text_at) && end < plate.x + plate.width, "{marks:?}");
    }

    #[test]
    fn an_unsure_face_says_so_and_smaller_what_it_would_be() {
        let view = view(false, 2.0);
        let face = Face { is_sure: false, ..face(64.0, 96.0, 128.0) };
        let marks = marks(&[face], None, &view, width(&view));
        assert!(matches!(marks[0], Mark::Box { label: None, .. }), "{marks:?}");
        let Mark::Label { plate, text_at, text, aside: Some(aside), label: None } = &marks[1] else {
            panic!("{marks:?}")
        };
        assert_eq!((text.as_str(), aside.text.as_str()), ("Unsure", " · happy 100\u{a0}%"));
        let (start, size) = (text_at.x + width(&view)(text, TEXT_SIZE), width(&view)(&aside.text, ASIDE_SIZE));
        assert!(aside.text_at.x >= start && aside.text_at.x + size < plate.x + plate.width, "{marks:?}");
    }

    #[test]
    fn labels_stay_on_the_canvas_and_off_each_other() {
        let scenes: [&[Face]; 5] = [
            &[face(0.0, 0.0, 100.0)],
            &[face(540.0, 380.0, 100.0)],
            &[face(0.0, 0.0, 640.0)],
            &[face(100.0, 200.0, 60.0), face(164.0, 200.0, 60.0), face(228.0, 200.0, 60.0)],
            &[face(300.0, 100.0, 80.0), face(310.0, 190.0, 80.0), face(305.0, 280.0, 80.0)],
        ];
        for faces in scenes {
            for view in [view(false, 1.0), view(true, 1.0), view(false, 3.0)] {
                let plates = plates(&marks(faces, Some(0), &view, width(&view)));
                for (i, plate) in plates.iter().enumerate() {
                    let (right, bottom) = (plate.x + plate.width, plate.y + plate.height);
                    assert!(plate.x >= 0.0 && plate.y >= 0.0, "{plate:?}");
                    assert!(right <= view.canvas.width && bottom <= view.canvas.height, "{plate:?}");
                    assert!(plates[..i].iter().all(|other| other.iou(*plate) == 0.0), "{faces:?} {plates:?}");
                }
            }
        }
    }

    #[test]
    fn the_selected_face_is_painted_last_of_its_kind_and_thicker() {
        let view = view(false, 1.0);
        let faces = [face(0.0, 100.0, 64.0), face(300.0, 100.0, 64.0), face(500.0, 100.0, 64.0)];
        let marks = marks(&faces, Some(1), &view, width(&view));
        let order: Vec<_> = boxes(&marks).iter().map(|(rect, line)| (rect.x, *line)).collect();
        assert_eq!(order, [(0.0, 2.0), (250.0, 2.0), (150.0, 4.0)]);
        assert!((plates(&marks)[2].x - 150.0).abs() < 1e-3, "{marks:?}");
    }

    #[test]
    fn a_click_hits_the_smallest_face_under_it() {
        let faces = [face(0.0, 0.0, 400.0), face(100.0, 100.0, 100.0)];
        let cases = [(false, 75.0, Some(1)), (false, 20.0, Some(0)), (false, 250.0, None), (true, 245.0, Some(1))];
        for (mirrored, x, expected) in cases {
            assert_eq!(face_at(&faces, Point { x, y: 75.0 }, &view(mirrored, 1.0)), expected, "{mirrored} {x}");
        }
    }
}
