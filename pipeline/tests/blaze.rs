//! BlazeFace with the weights that are shipped, on a photo made small.

use model_core::{BlazeFace, BlazeRange, Device};
use pipeline::{BlazeDetector, Detect, Search};
use vision::{DecodeLimits, Detection, Rect, RgbaView, decode, resize};

const ASTRONAUT: &[u8] = include_bytes!("../../www/samples/astronaut.png");

/// From hairline to chin in the photo of 512×512 pixels.
const FACE: Rect = Rect { x: 180.0, y: 65.0, width: 85.0, height: 120.0 };

fn detector() -> BlazeDetector {
    let load = |range, card: &[u8], weights: &[u8]| BlazeFace::load(range, card, weights, &Device::flex()).unwrap();
    let mut detector = BlazeDetector::new(load(
        BlazeRange::Short,
        include_bytes!("../../www/models/blazeface-short.json"),
        include_bytes!("../../www/models/blazeface-short.safetensors"),
    ));
    detector.add_full(load(
        BlazeRange::Full,
        include_bytes!("../../www/models/blazeface-full.json"),
        include_bytes!("../../www/models/blazeface-full.safetensors"),
    ));
    detector
}

/// The photo with `side` pixels each way at `at` in a grey frame of 640×480, and where its face is there.
fn frame(side: usize, at: usize) -> (Vec<u8>, Rect) {
    let photo = decode(ASTRONAUT, DecodeLimits::default()).unwrap();
    let small = resize(photo.view(), side, side);
    let mut rgba = [90, 90, 90, 255].repeat(640 * 480);
    for (y, row) in small.chunks_exact(4 * side).enumerate() {
        let start = 4 * ((at + y) * 640 + at);
        rgba[start..start + row.len()].copy_from_slice(row);
    }
    let scale = side as f32 / 512.0;
    let [x, y] = [FACE.x, FACE.y].map(|place| place * scale + at as f32);
    (rgba, Rect { x, y, width: FACE.width * scale, height: FACE.height * scale })
}

fn search(rgba: &[u8], search: Search) -> Vec<Detection> {
    let image = RgbaView::new(640, 480, rgba).unwrap();
    pollster::block_on(detector().detect(image, search)).unwrap()
}

#[test]
fn a_near_face_is_found_by_every_search() {
    let (rgba, face) = frame(480, 0);
    for how in [Search::Near, Search::Far, Search::Photo] {
        let found = search(&rgba, how);
        assert!(found.len() == 1 && found[0].rect.iou(face) > 0.7, "{how:?}: {found:?}");
    }
}

#[test]
fn a_second_look_finds_what_the_first_is_not_sure_of() {
    let (rgba, face) = frame(200, 40);
    assert_eq!(search(&rgba, Search::Near), []);
    let found = search(&rgba, Search::Far);
    assert!(found.len() == 1 && found[0].rect.iou(face) > 0.7, "{face:?} in {found:?}");
}
