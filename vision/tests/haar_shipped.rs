//! The rectangles of OpenCV 4.14 on the picture that is in the tree, natively and in wasm.
//!
//! The expected ones are made by `make_goldens.py`.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use vision::cascade::{Cascade, CascadeConfig, HaarDetector};
use vision::{DecodeLimits, Picture, Rect, decode, grey};

const PICTURE: &[u8] = include_bytes!("../../www/samples/astronaut.png");
const GOLDENS: &str = include_str!("data/haar_goldens.json");
const DEFAULT: &str = include_str!("../cascades/haarcascade_frontalface_default.xml");
const CASCADES: [(&str, &str); 3] = [
    ("frontalface_default", DEFAULT),
    ("frontalface_alt", include_str!("../cascades/haarcascade_frontalface_alt.xml")),
    ("frontalface_alt2", include_str!("../cascades/haarcascade_frontalface_alt2.xml")),
];

#[derive(Deserialize)]
struct Goldens {
    grey_sha256: String,
    detect: Vec<Golden>,
}

#[derive(Deserialize)]
struct Golden {
    cascade: String,
    scale_factor: f64,
    min_neighbors: u32,
    min_size: usize,
    /// x, y, width, height; sorted.
    rects: Vec<[f32; 4]>,
}

fn goldens() -> Goldens {
    serde_json::from_str(GOLDENS).expect("the goldens are JSON")
}

fn picture() -> Picture {
    decode(PICTURE, DecodeLimits::default()).expect("the shipped picture")
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn grey_pixels_are_those_of_opencv() {
    let digest = Sha256::digest(grey(picture().view().data()));
    let hex: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex.concat(), goldens().grey_sha256);
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn rectangles_are_those_of_opencv() {
    let picture = picture();
    for (name, xml) in CASCADES {
        let cascade = Cascade::from_xml(xml).expect("a shipped cascade");
        for golden in goldens().detect.iter().filter(|golden| golden.cascade == name) {
            let &Golden { scale_factor, min_neighbors, min_size, .. } = golden;
            let config = CascadeConfig { scale_factor, min_neighbors, min_size };
            let detector = HaarDetector::new(cascade.clone(), config).expect("valid settings");
            let rect = |Rect { x, y, width, height }| [x, y, width, height];
            let mut actual: Vec<_> = detector.detect(picture.view()).iter().map(|face| rect(face.rect)).collect();
            actual.sort_unstable_by(|a, b| a.partial_cmp(b).expect("numbers"));
            assert_eq!(actual, golden.rects, "{name} {config:?}");
        }
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_detector_gives_the_same_face_with_its_windows_as_score() {
    let cascade = Cascade::from_xml(DEFAULT).expect("a shipped cascade");
    let detector = HaarDetector::new(cascade, CascadeConfig::default()).expect("the default settings");
    let [face] = detector.detect(picture().view())[..] else { panic!("one face") };
    assert_eq!(face.rect, Rect { x: 177.0, y: 66.0, width: 95.0, height: 95.0 });
    assert!(face.score > 5.0, "{}", face.score);
    assert_eq!(face.key_points, None);
}
