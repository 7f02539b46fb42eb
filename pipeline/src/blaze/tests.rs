//! BlazeFace with the weights that are shipped, on a photo made small.

use model_core::Device;
use vision::{DecodeLimits, Rect, decode, resize};

use super::*;

const ASTRONAUT: &[u8] = include_bytes!("../../../www/samples/astronaut.png");

/// From hairline to chin in the photo of 512×512 pixels.
const FACE: Rect = Rect { x: 180.0, y: 65.0, width: 85.0, height: 120.0 };

fn detector() -> BlazeDetector {
    let load = |range, card: &[u8], weights: &[u8]| {
        BlazeFace::load(range, card, weights, Device::flex()).expect("the shipped weights")
    };
    let mut detector = BlazeDetector::new(load(
        BlazeRange::Short,
        include_bytes!("../../../www/models/blazeface-short.json"),
        include_bytes!("../../../www/models/blazeface-short.safetensors"),
    ));
    detector.add_full(load(
        BlazeRange::Full,
        include_bytes!("../../../www/models/blazeface-full.json"),
        include_bytes!("../../../www/models/blazeface-full.safetensors"),
    ));
    detector
}

/// The photo with `side` pixels each way at `at` in a grey frame of 640×480, as far as it is within, and where its face is
/// there.
fn frame(side: usize, at: usize) -> (Vec<u8>, Rect) {
    let photo = decode(ASTRONAUT, DecodeLimits::default()).expect("the shipped photo");
    let resized = resize(photo.view(), side, side);
    let mut rgba = [90, 90, 90, 255].repeat(640 * 480);
    for (row, frame) in resized.chunks_exact(4 * side).zip(rgba.chunks_exact_mut(4 * 640).skip(at)) {
        frame[4 * at..].iter_mut().zip(row).for_each(|(to, from)| *to = *from);
    }
    let scale = side as f32 / 512.0;
    let [x, y] = [FACE.x, FACE.y].map(|place| place * scale + at as f32);
    (rgba, Rect { x, y, width: FACE.width * scale, height: FACE.height * scale })
}

fn view(rgba: &[u8]) -> RgbaView<'_> {
    RgbaView::new(640, 480, rgba).expect("four bytes a pixel")
}

#[test]
fn a_near_face_is_found_by_every_search() {
    let (rgba, face) = frame(760, 0);
    assert!(face.height >= NEAR_SIZE * 640.0, "{face:?}");
    for search in [Search::Near, Search::Far, Search::Photo] {
        let found = pollster::block_on(detector().detect(view(&rgba), search)).unwrap();
        assert!(found.len() == 1 && found[0].rect.iou(face) > 0.7, "{search:?}: {found:?}");
    }
}

#[test]
fn re_detection_finds_what_the_first_search_is_not_sure_of() {
    let ((rgba, face), detector) = (frame(200, 40), detector());
    let full = detector.full.as_ref().unwrap();
    let whole = [Tile::whole([640, 480], full.range().side())];
    assert_eq!(pollster::block_on(find(full, view(&rgba), &whole, min_score(full))).unwrap(), []);
    let found = pollster::block_on(detector.detect(view(&rgba), Search::Far)).unwrap();
    assert!(found.len() == 1 && found[0].rect.iou(face) > 0.7, "{face:?} in {found:?}");
}

#[test]
fn a_face_that_others_are_sure_of_is_not_detected_again() {
    let ((rgba, _), detector) = (frame(200, 40), detector());
    let full = detector.full.as_ref().unwrap();
    let whole = [Tile::whole([640, 480], full.range().side())];
    let everywhere =
        Detection { rect: Rect { x: 0.0, y: 0.0, width: 640.0, height: 480.0 }, score: 1.0, key_points: None };
    let by_full = pollster::block_on(find(full, view(&rgba), &whole, MIN_DOUBTFUL_SCORE)).unwrap();
    let found =
        |others: &[Detection]| pollster::block_on(redetect(full, view(&rgba), by_full.clone(), others)).unwrap().len();
    assert!(found(&[]) > 0 && found(&[everywhere]) == 0);
}

#[test]
fn a_face_that_fills_the_picture_is_found_by_every_search() {
    let photo = decode(ASTRONAUT, DecodeLimits::default()).expect("the shipped photo");
    // From brows to chin and from ear to ear.
    let part = [FACE.x as usize + 4, FACE.y as usize + 25, FACE.width as usize - 8, FACE.height as usize - 25];
    let rgba = vision::resize_part(photo.view(), part, 350, 350 * part[3] / part[2]);
    let image = RgbaView::new(350, 350 * part[3] / part[2], &rgba).unwrap();
    let detector = detector();
    let whole = [Tile::whole([image.width(), image.height()], detector.short.range().side())];
    assert_eq!(pollster::block_on(find(&detector.short, image, &whole, MIN_FILLING_SCORE)).unwrap(), []);
    for search in [Search::Near, Search::Far, Search::Photo] {
        let found = pollster::block_on(detector.detect(image, search)).unwrap();
        assert!(found.len() == 1 && found[0].rect.height > 250.0, "{search:?}: {found:?}");
    }
}

#[test]
fn a_face_is_found_again_where_it_is_expected_and_nowhere_else() {
    let ((rgba, face), detector) = (frame(200, 40), detector());
    let again = |x: f32, y: f32| {
        let rect = Rect { x: face.x + x, y: face.y + y, ..face };
        let expected = [Detection { rect, score: 1.0, key_points: None }];
        pollster::block_on(detector.detect_around(view(&rgba), &expected)).unwrap()
    };
    let moved = 0.15 * face.height;
    for (x, y) in [(0.0, 0.0), (moved, 0.0), (-moved, moved)] {
        let found = again(x, y);
        assert!(found.len() == 1 && found[0].rect.iou(face) > 0.6, "{x}, {y}: {face:?} in {found:?}");
    }
    assert_eq!(again(300.0, 200.0), [], "nobody is there");
}
