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

fn marks(faces: &[DisplayFace], selected: Option<usize>, view: &View, width: impl Fn(&str, f32) -> f32) -> Vec<Mark> {
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
    let Mark::Label { badge, text_at, text, aside: Some(aside), label: None } = &marks[1] else { panic!("{marks:?}") };
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
    let faces = [("1", 0.0), ("12", 300.0)].map(|(of, x)| DisplayFace { id: Some(id(of)), ..face(x, 200.0, 100.0) });
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
