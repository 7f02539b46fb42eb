//! The marks painted over a picture, as data: boxes, key points and labels in pixels of the canvas. `web::canvas` only
//! paints them.

mod label;
mod view;

use std::cmp::Reverse;

use model_core::Emotion;
use vision::{Point, Rect};

use crate::{display::DisplayFace, theme};
use label::{Cover, Placement, grown};
pub(crate) use view::{Fit, Size, View};

/// The faces to mark in a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scene<'a> {
    /// The faces.
    pub faces: &'a [DisplayFace],
    /// Index of the selected one.
    pub selected: Option<usize>,
    /// Index of the one that a person points at.
    pub pointed: Option<usize>,
    /// Whether eyes, nose, mouth and ears are marked, where the detector found them.
    pub key_points: bool,
}

/// A mark of the overlay, in canvas pixels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mark {
    /// The edge of a face.
    Box {
        /// Where.
        rect: Rect,
        /// Label that gives the colour; `None` for an unsure face, whose line is dashed.
        label: Option<Emotion>,
        /// Width of the line.
        line: f32,
        /// Length of a dash and of a gap, of a face that is unsure.
        dash: f32,
        /// A second line around it, of the selected face among several.
        ring: Option<Rect>,
        /// Whether it is lit, as a person points at it.
        is_lit: bool,
    },
    /// A part of a face.
    KeyPoint {
        /// Its centre.
        at: Point,
        /// Radius of the dot.
        radius: f32,
    },
    /// A word and a confidence on a badge.
    Label {
        /// The badge.
        badge: Rect,
        /// Left end of the text, at the middle of its height.
        text_at: Point,
        /// Such as "Happy 87 %", of one among several "3 Happy 87 %", in a crowd "3 Hap" or "3".
        text: String,
        /// The most probable label of an unsure face.
        aside: Option<Aside>,
        /// Label that gives the colour; `None` for an unsure face, whose edge is dashed.
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
/// Height of a badge, CSS pixels.
const BADGE_HEIGHT: f32 = 22.0;
/// Distance between two badges, CSS pixels.
const GAP: f32 = 2.0;
/// Line of a box as a share of its width, and at least and at most, CSS pixels: it must not cover a small face.
const LINE: (f32, f32, f32) = (0.07, 1.0, 2.0);
/// The line of the selected box is so many times as wide.
const SELECTED_LINE: f32 = 2.0;
/// Dashes and gaps of a face that is unsure, likewise.
const DASH: (f32, f32, f32) = (0.2, 2.0, 6.0);
/// Distance from the selected box to the ring around it, CSS pixels.
const RING_GAP: f32 = 6.0;
/// With more faces than this, a label may be only so much wider than its box that it is clear which face it belongs to.
const CROWD: usize = 6;
/// So many times as wide as its box: in full, by three letters, and its number alone.
const MAX_WIDTHS_IN_CROWD: [f32; 3] = [2.0, 3.0, 2.5];
/// Radius of a key point, likewise.
const POINT_RADIUS: (f32, f32, f32) = (0.02, 1.5, 4.0);
/// Narrower faces, CSS pixels, would be covered by their key points.
const LEAST_WITH_POINTS: f32 = 28.0;

/// Every mark in painting order: boxes, key points, labels; those of the selected face last of their kind.
///
/// No label lies on another one. The selected face is labelled in full, then the one that a person points at, then the
/// others, those with a label before those that are unsure and large ones before small ones: in full where that hides
/// no other face, else by three letters, in a crowd by the number alone, and not at all where there is no room for
/// that.
///
/// `text_width` measures a text of a height in CSS pixels; its width is in canvas pixels.
pub(crate) fn marks(scene: Scene<'_>, view: &View, text_width: impl Fn(&str, f32) -> f32) -> Vec<Mark> {
    let Scene { faces, selected, pointed, key_points } = scene;
    let boxes: Vec<Rect> = faces.iter().map(|face| view.canvas_from_image(face.face.detection.rect)).collect();
    let mut labels = labels(scene, &boxes, view, text_width);
    labels.reverse();
    let mut order: Vec<usize> = (0..faces.len()).collect();
    order.sort_by_key(|&face_idx| (Some(face_idx) == selected, Some(face_idx) == pointed));
    let edge = |&i: &usize| {
        let (is_selected, is_lit) = (Some(i) == selected, Some(i) == pointed);
        let line = of_width(LINE, boxes[i], view) * if is_selected || is_lit { SELECTED_LINE } else { 1.0 };
        let ring = (is_selected && faces.len() > 1).then(|| grown(boxes[i], RING_GAP * view.pixel_ratio));
        Mark::Box { rect: boxes[i], label: faces[i].label, line, dash: of_width(DASH, boxes[i], view), ring, is_lit }
    };
    let points = order.iter().filter(|_| key_points).flat_map(|&i| points(&faces[i], boxes[i], view));
    order.iter().map(edge).chain(points).chain(labels).collect()
}

fn points(face: &DisplayFace, rect: Rect, view: &View) -> impl Iterator<Item = Mark> {
    let radius = of_width(POINT_RADIUS, rect, view);
    let has_room = rect.width >= LEAST_WITH_POINTS * view.pixel_ratio;
    let points = face.face.detection.key_points.filter(|_| has_room).map(vision::KeyPoints::to_array);
    let view = *view;
    points.into_iter().flatten().map(move |point| Mark::KeyPoint { at: view.canvas_from_point(point), radius })
}

/// A share of the width of `rect`, at least and at most so many CSS pixels; in canvas pixels.
fn of_width((share, least, most): (f32, f32, f32), rect: Rect, view: &View) -> f32 {
    (share * rect.width).clamp(least * view.pixel_ratio, most * view.pixel_ratio)
}

/// The labels, the selected face's first.
fn labels(scene: Scene<'_>, boxes: &[Rect], view: &View, text_width: impl Fn(&str, f32) -> f32) -> Vec<Mark> {
    let Scene { faces, selected, pointed, .. } = scene;
    let mut order: Vec<usize> = (0..faces.len()).collect();
    // Sizes by octaves of their area, so that faces of about one size do not change places from frame to frame.
    let size = |i: usize| Reverse(boxes[i].area().max(1.0).log2() as i32);
    order.sort_by(|&a, &b| {
        let rank = |i: usize| (Some(i) != selected, Some(i) != pointed, faces[i].label.is_none(), size(i));
        rank(a).cmp(&rank(b)).then(boxes[a].x.total_cmp(&boxes[b].x))
    });
    let mut placement = Placement::new(view.canvas, boxes, GAP * view.pixel_ratio);
    let label = |&i: &usize| {
        let number = (faces.len() > 1).then(|| faces[i].number(i));
        let is_marked = Some(i) == selected || Some(i) == pointed;
        let layouts = layouts(&faces[i], number.as_deref(), view, &text_width);
        let tries = tries(&layouts, is_marked, (faces.len() > CROWD).then_some(boxes[i].width));
        tries.into_iter().flatten().find_map(|(layout, cover)| {
            placement.place(i, layout.size, cover).map(|badge| layout.clone().on(badge, faces[i].label))
        })
    };
    order.iter().filter_map(label).collect()
}

/// Layouts of a badge: in full, by three letters, and the number alone.
fn layouts(
    face: &DisplayFace,
    number: Option<&str>,
    view: &View,
    text_width: impl Fn(&str, f32) -> f32,
) -> [LabelLayout; 3] {
    let number_alone = Words { text: number.unwrap_or_default().to_owned(), aside: None };
    let [full, short] = [Words::full(face), Words::short(face)].map(|words| words.numbered(number));
    [full, short, number_alone].map(|words| words.lay_out(view, &text_width))
}

/// Layouts to try in this order. In a crowd the width of the box counts.
fn tries(
    [full, short, number]: &[LabelLayout; 3],
    is_marked: bool,
    width_in_crowd: Option<f32>,
) -> [Option<(&LabelLayout, Cover)>; 3] {
    let Some(width) = width_in_crowd.filter(|_| !is_marked) else {
        let first = if is_marked { (full, Cover::Faces) } else { (short, Cover::Nothing) };
        return [Some((full, Cover::Nothing)), Some(first), Some((short, Cover::Faces))];
    };
    let fits = |layout: &LabelLayout, most: f32| layout.size.width <= most * width;
    let [most_full, most_short, most_number] = MAX_WIDTHS_IN_CROWD;
    [(full, most_full), (short, most_short), (number, most_number)]
        .map(|(layout, most)| fits(layout, most).then_some((layout, Cover::Nothing)))
}

/// The text of a label.
#[derive(Clone, Debug)]
struct Words {
    text: String,
    aside: Option<String>,
}

/// The text of a label, and its size.
#[derive(Clone, Debug)]
struct LabelLayout {
    words: Words,
    size: Size,
    padding: f32,
    /// Where the aside begins.
    text_width: f32,
}

impl Words {
    fn full(face: &DisplayFace) -> Self {
        let (text, aside) = theme::label_words(&face.scores, face.label);
        Self { text, aside }
    }

    fn short(face: &DisplayFace) -> Self {
        Self { text: theme::short_word(face.label).to_owned(), aside: None }
    }

    /// With the number of the face in front.
    fn numbered(self, number: Option<&str>) -> Self {
        let text = number.map_or_else(|| self.text.clone(), |number| format!("{number} {}", self.text));
        Self { text, ..self }
    }

    fn lay_out(self, view: &View, text_width: impl Fn(&str, f32) -> f32) -> LabelLayout {
        let padding = PADDING * view.pixel_ratio;
        let aside_width = self.aside.as_ref().map_or(0.0, |aside| text_width(aside, ASIDE_SIZE));
        let text_width = text_width(&self.text, TEXT_SIZE);
        let width = text_width + aside_width + 2.0 * padding;
        LabelLayout { words: self, size: Size { width, height: BADGE_HEIGHT * view.pixel_ratio }, padding, text_width }
    }
}

impl LabelLayout {
    fn on(self, badge: Rect, label: Option<Emotion>) -> Mark {
        let text_at = Point { x: badge.x + self.padding, y: badge.y + badge.height / 2.0 };
        let aside_at = Point { x: text_at.x + self.text_width, ..text_at };
        let aside = self.words.aside.map(|text| Aside { text_at: aside_at, text });
        Mark::Label { badge, text_at, text: self.words.text, aside, label }
    }
}

/// The face at a point of the canvas; of several the smallest, since it would else be out of reach.
pub(crate) fn face_at(faces: &[DisplayFace], point_in_canvas: Point, view: &View) -> Option<usize> {
    let rect = |face: &DisplayFace| view.canvas_from_image(face.face.detection.rect);
    let hits = faces.iter().map(rect).enumerate().filter(|(_, rect)| rect.contains(point_in_canvas));
    hits.min_by(|a, b| a.1.area().total_cmp(&b.1.area())).map(|(face_idx, _)| face_idx)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::{Prediction, Scores};
    use pipeline::Face;
    use vision::{Detection, KeyPoints, Quality};

    fn face(x: f32, y: f32, side: f32) -> DisplayFace {
        let mut logits = [0.0; Emotion::COUNT];
        logits[Emotion::Happy as usize] = 9.0;
        let rect = Rect { x, y, width: side, height: side };
        let detection = Detection { rect, score: 1.0, key_points: None };
        let scores = Scores::from_logits(logits).unwrap();
        let quality = Quality { side, brightness: 0.5, sharpness: 1.0, yaw: None };
        DisplayFace::from(&Face {
            detection,
            prediction: Prediction { scores, label_head: None, is_sure: true, votes: None },
            quality,
        })
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

    fn marks(
        faces: &[DisplayFace],
        selected: Option<usize>,
        view: &View,
        width: impl Fn(&str, f32) -> f32,
    ) -> Vec<Mark> {
        super::marks(Scene { faces, selected, pointed: None, key_points: false }, view, width)
    }

    fn boxes(marks: &[Mark]) -> Vec<(Rect, f32)> {
        let of = |mark: &Mark| match mark {
            Mark::Box { rect, line, .. } => Some((*rect, *line)),
            _ => None,
        };
        marks.iter().filter_map(of).collect()
    }

    fn badges(marks: &[Mark]) -> Vec<Rect> {
        let of = |mark: &Mark| match mark {
            Mark::Label { badge, .. } => Some(*badge),
            _ => None,
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
    fn a_label_says_word_and_confidence_and_its_text_lies_on_its_badge() {
        let view = view(true, 2.0);
        let marks = marks(&[face(64.0, 96.0, 128.0)], Some(0), &view, width(&view));
        let Mark::Label { badge, text_at, text, aside: None, label } = &marks[1] else { panic!("{marks:?}") };
        assert_eq!((text.as_str(), *label), ("Happy 100\u{a0}%", Some(Emotion::Happy)));
        let end = text_at.x + width(&view)(text, TEXT_SIZE);
        assert!(badge.contains(*text_at) && end < badge.x + badge.width, "{marks:?}");
    }

    #[test]
    fn an_unsure_face_says_so_and_smaller_what_it_would_be() {
        let view = view(false, 2.0);
        let face = DisplayFace { label: None, ..face(64.0, 96.0, 128.0) };
        let marks = marks(&[face], None, &view, width(&view));
        assert!(matches!(marks[0], Mark::Box { label: None, .. }), "{marks:?}");
        let Mark::Label { badge, text_at, text, aside: Some(aside), label: None } = &marks[1] else {
            panic!("{marks:?}")
        };
        assert_eq!((text.as_str(), aside.text.as_str()), ("Unsure", " · happy 100\u{a0}%"));
        let (start, size) = (text_at.x + width(&view)(text, TEXT_SIZE), width(&view)(&aside.text, ASIDE_SIZE));
        assert!(aside.text_at.x >= start && aside.text_at.x + size < badge.x + badge.width, "{marks:?}");
    }

    fn texts(marks: &[Mark]) -> Vec<&str> {
        let mut texts = vec![];
        for mark in marks {
            if let Mark::Label { text, .. } = mark {
                texts.push(text.as_str());
            }
        }
        texts
    }

    /// Asserts that every label is inside the picture and hides no other one.
    fn expect_readable(marks: &[Mark], view: &View) {
        let badges = badges(marks);
        for (i, badge) in badges.iter().enumerate() {
            let (right, bottom) = (badge.x + badge.width, badge.y + badge.height);
            assert!(badge.x >= 0.0 && badge.y >= 0.0, "{badge:?}");
            assert!(right <= view.canvas.width && bottom <= view.canvas.height, "{badge:?}");
            assert!(badges[..i].iter().all(|other| other.iou(*badge) == 0.0), "{badges:?}");
        }
    }

    #[test]
    fn labels_stay_on_the_canvas_and_off_each_other() {
        let scenes: [&[DisplayFace]; 5] = [
            &[face(0.0, 0.0, 100.0)],
            &[face(540.0, 380.0, 100.0)],
            &[face(0.0, 0.0, 640.0)],
            &[face(100.0, 200.0, 60.0), face(164.0, 200.0, 60.0), face(228.0, 200.0, 60.0)],
            &[face(300.0, 100.0, 80.0), face(310.0, 190.0, 80.0), face(305.0, 280.0, 80.0)],
        ];
        for faces in scenes {
            for view in [view(false, 1.0), view(true, 1.0), view(false, 3.0)] {
                let marks = marks(faces, Some(0), &view, width(&view));
                expect_readable(&marks, &view);
                assert_eq!(badges(&marks).len(), faces.len(), "{faces:?}");
            }
        }
    }

    /// `n` faces anywhere, of sides from `least` to `most` pixels; the same for the same seed (an LCG of Knuth's).
    fn crowd(n: usize, least: f32, most: f32, seed: u64) -> Vec<DisplayFace> {
        let mut state = seed;
        let mut unit = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1_u64 << 24) as f32
        };
        let mut any = || {
            let side = least + (most - least) * unit();
            face((640.0 - side) * unit(), (480.0 - side) * unit(), side)
        };
        (0..n).map(|_| any()).collect()
    }

    #[test]
    fn in_any_crowd_no_label_lies_on_another_and_the_selected_face_has_its_own_in_full() {
        for seed in 0..40 {
            for (least, most) in [(8.0, 20.0), (20.0, 60.0), (40.0, 200.0), (300.0, 480.0)] {
                for n in [2, 7, 12, 20, 30] {
                    let (mut faces, selected) = (crowd(n, least, most, seed), seed as usize % n);
                    faces[0].label = None;
                    for view in [view(false, 1.0), view(true, 2.0)] {
                        let marks = marks(&faces, Some(selected), &view, width(&view));
                        expect_readable(&marks, &view);
                        let words = if selected == 0 { "Unsure" } else { "Happy 100\u{a0}%" };
                        let expected = format!("{} {words}", selected + 1);
                        assert_eq!(texts(&marks).last(), Some(&&*expected), "{n} faces, seed {seed}");
                        assert_eq!(boxes(&marks).len(), n, "every face has its box");
                    }
                }
            }
        }
    }

    /// Six by five faces in rows, each of `side` pixels in a cell of 106 by 96.
    fn rows(side: f32) -> Vec<DisplayFace> {
        (0..30_u8).map(|i| face(f32::from(i % 6) * 106.0 + 3.0, f32::from(i / 6) * 96.0 + 24.0, side)).collect()
    }

    #[test]
    fn thirty_small_faces_are_numbered_and_the_selected_one_is_labelled_in_full() {
        let view = view(false, 1.0);
        let (small, tiny) = (rows(48.0), crowd(30, 6.0, 6.0, 1));
        let small = marks(&small, Some(7), &view, width(&view));
        let texts = texts(&small);
        assert_eq!((texts.len(), texts[29]), (30, "8 Happy 100\u{a0}%"));
        let mut numbers: Vec<usize> = texts.iter().filter_map(|text| text.split(' ').next()?.parse().ok()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=30).collect::<Vec<_>>(), "{texts:?}");
        let tiny = marks(&tiny, Some(0), &view, width(&view));
        assert_eq!(badges(&tiny).len(), 1, "one could not see whose the others are");
        assert!(boxes(&tiny).iter().all(|(_, line)| *line <= 2.0), "lines do not cover a small face");
    }

    #[test]
    fn in_a_crowd_a_label_comes_before_an_unsure_face() {
        let view = view(false, 1.0);
        let mut faces: Vec<DisplayFace> = (0..8_u8).map(|i| face(f32::from(i) * 70.0, 300.0, 60.0)).collect();
        // One place for two faces.
        faces[1] = DisplayFace { label: None, ..faces[0] };
        faces.reverse();
        let marks = marks(&faces, None, &view, width(&view));
        let labels: Vec<_> = marks.iter().filter(|mark| matches!(mark, Mark::Label { label: Some(_), .. })).collect();
        assert_eq!(labels.len(), 7);
    }

    #[test]
    fn a_crowd_that_fills_the_picture_is_labelled_inside_its_boxes_and_large_faces_first() {
        let view = view(false, 1.0);
        let large = rows(94.0);
        let shown = marks(&large, None, &view, width(&view));
        assert_eq!(badges(&shown).len(), 30);
        // One large face over five small ones in one place: there is no room for all.
        let mut faces: Vec<DisplayFace> = (0..8_u8).map(|i| face(300.0 + f32::from(i), 200.0, 20.0)).collect();
        faces.push(face(280.0, 180.0, 90.0));
        let shown = marks(&faces, None, &view, width(&view));
        expect_readable(&shown, &view);
        let first = badges(&shown).last().copied().unwrap_or_default();
        assert!((first.x - 140.0).abs() < 1e-3 || (first.x + first.width - 185.0).abs() < 1e-3, "{first:?}");
    }

    #[test]
    fn a_label_that_is_wider_than_the_picture_is_short_or_left_out() {
        for (canvas_width, expected) in [(160.0, vec!["Happy 100\u{a0}%"]), (60.0, vec!["Hap"]), (20.0, vec![])] {
            let canvas = Size { width: canvas_width, height: 60.0 };
            let view = View { image: Size { width: 64.0, height: 24.0 }, canvas, mirrored: false, pixel_ratio: 1.0 };
            let marks = marks(&[face(0.0, 0.0, 24.0)], Some(0), &view, width(&view));
            assert_eq!(texts(&marks), expected, "{canvas_width}");
        }
    }

    #[test]
    fn the_selected_face_among_several_has_a_ring() {
        let view = view(false, 2.0);
        let rings = |faces: &[DisplayFace], selected| {
            let ring = |mark: &Mark| match mark {
                Mark::Box { ring, .. } => *ring,
                _ => None,
            };
            marks(faces, selected, &view, width(&view)).iter().filter_map(ring).collect::<Vec<_>>()
        };
        let faces = [face(0.0, 100.0, 64.0), face(300.0, 100.0, 64.0)];
        assert_eq!(rings(&faces, Some(1)), [Rect { x: 288.0, y: 88.0, width: 88.0, height: 88.0 }]);
        assert_eq!((rings(&faces, None).len(), rings(&faces[..1], Some(0)).len()), (0, 0));
    }

    #[test]
    fn key_points_are_marked_where_they_are_if_they_are_wanted_and_known() {
        let point = |x| Point { x, y: 120.0 };
        let points = KeyPoints::from_array([100.0, 140.0, 120.0, 120.0, 80.0, 160.0].map(point));
        let mut known = face(64.0, 96.0, 128.0);
        known.face.detection.key_points = Some(points);
        let faces = [face(300.0, 96.0, 128.0), known];
        let at = |key_points, view: &View| {
            let marks =
                super::marks(Scene { faces: &faces, selected: Some(0), pointed: None, key_points }, view, width(view));
            let of = |mark: &Mark| match mark {
                Mark::KeyPoint { at, radius } => Some((at.x, at.y, *radius)),
                _ => None,
            };
            marks.iter().filter_map(of).collect::<Vec<_>>()
        };
        assert_eq!(at(false, &view(false, 1.0)), []);
        let small = View { canvas: Size { width: 64.0, height: 48.0 }, ..view(false, 1.0) };
        assert_eq!(at(true, &small), [], "they would cover the face");
        let seen = at(true, &view(false, 1.0));
        assert_eq!((seen.len(), seen[0]), (6, (50.0, 60.0, 1.5)), "small, but to be seen");
        assert!((at(true, &view(true, 1.0))[0].0 - 270.0).abs() < 1e-6, "in the mirror");
        assert!((at(true, &view(false, 3.0))[0].2 - 4.5).abs() < 1e-6);
    }

    #[test]
    fn the_selected_face_is_painted_last_of_its_kind_and_thicker() {
        let view = view(false, 1.0);
        let faces = [face(0.0, 100.0, 64.0), face(300.0, 100.0, 64.0), face(500.0, 100.0, 64.0)];
        let marks = marks(&faces, Some(1), &view, width(&view));
        let order: Vec<_> = boxes(&marks).iter().map(|(rect, line)| (rect.x, *line)).collect();
        assert_eq!(order, [(0.0, 2.0), (250.0, 2.0), (150.0, 4.0)]);
        assert!((badges(&marks)[2].x - 150.0).abs() < 1e-3, "{marks:?}");
    }

    #[test]
    fn a_click_hits_the_smallest_face_under_it() {
        let faces = [face(0.0, 0.0, 400.0), face(100.0, 100.0, 100.0)];
        let cases = [(false, 75.0, Some(1)), (false, 20.0, Some(0)), (false, 250.0, None), (true, 245.0, Some(1))];
        for (mirrored, x, expected) in cases {
            assert_eq!(face_at(&faces, Point { x, y: 75.0 }, &view(mirrored, 1.0)), expected, "{mirrored} {x}");
        }
    }

    #[test]
    fn faces_are_numbered_when_there_are_several() {
        let view = view(false, 1.0);
        let id = |id: &str| serde_json::from_str(id).unwrap();
        let faces =
            [("1", 0.0), ("12", 300.0)].map(|(of, x)| DisplayFace { id: Some(id(of)), ..face(x, 200.0, 100.0) });
        assert_eq!(texts(&marks(&faces, None, &view, width(&view))), ["12 Happy 100\u{a0}%", "1 Happy 100\u{a0}%"]);
        assert_eq!(texts(&marks(&faces[..1], None, &view, width(&view))), ["Happy 100\u{a0}%"]);
        let of_photo = faces.map(|face| DisplayFace { id: None, ..face });
        assert_eq!(texts(&marks(&of_photo, None, &view, width(&view))), ["2 Happy 100\u{a0}%", "1 Happy 100\u{a0}%"]);
    }

    #[test]
    fn the_face_that_is_pointed_at_is_lit_and_labelled_in_full() {
        let view = view(false, 1.0);
        let faces = rows(48.0);
        let scene = Scene { faces: &faces, selected: Some(0), pointed: Some(9), key_points: false };
        let marks = super::marks(scene, &view, width(&view));
        let lit: Vec<_> = marks.iter().filter(|mark| matches!(mark, Mark::Box { is_lit: true, .. })).collect();
        let [Mark::Box { rect, .. }] = lit[..] else { panic!("{lit:?}") };
        assert_eq!(*rect, view.canvas_from_image(faces[9].face.detection.rect));
        assert!(texts(&marks).contains(&"10 Happy 100\u{a0}%"), "{:?}", texts(&marks));
    }
}
