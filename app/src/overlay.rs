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
mod tests;
