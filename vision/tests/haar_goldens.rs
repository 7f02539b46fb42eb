//! The rectangles of OpenCV 4.14, every one of them, on ten pictures with 27 settings each.
//!
//! The pictures may not be shipped: without `../shared` this is skipped. `haar_shipped.rs` does the same on a picture that
//! is in the tree; `benches/opencv-js/bench.mjs --goldens` does this in wasm.

#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use image::DynamicImage;
use libtest_mimic::{Arguments, Trial};
use serde::Deserialize;
use vision::RgbaView;
use vision::cascade::{Cascade, CascadeConfig, HaarDetector};

const GOLDENS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/goldens/haar");

#[derive(Deserialize)]
struct Goldens {
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    image: String,
    /// Setting, such as `frontalface_default|sf1.1|mn5|min30`, to sorted rectangles.
    results: BTreeMap<String, Vec<[f32; 4]>>,
}

fn main() -> ExitCode {
    let test = Trial::test("every_list_of_opencv_is_met", || {
        every_list_of_opencv_is_met();
        Ok(())
    });
    let test = test.with_kind("needs ../shared").with_ignored_flag(!Path::new(GOLDENS).is_dir());
    libtest_mimic::run(&Arguments::from_args(), vec![test]).exit_code()
}

fn every_list_of_opencv_is_met() {
    let json = std::fs::read_to_string(Path::new(GOLDENS).join("haar_parity.json")).expect("the goldens are there");
    let goldens: Goldens = serde_json::from_str(&json).expect("the goldens are JSON");
    let cascades = ["frontalface_default", "frontalface_alt", "frontalface_alt2"].map(|name| (name, load(name)));
    let cascades = BTreeMap::from(cascades);
    // A picture a thread: this is the longest test of the crate.
    let n_lists: usize = std::thread::scope(|scope| {
        let checks: Vec<_> = goldens.items.iter().map(|item| scope.spawn(|| check(item, &cascades))).collect();
        checks.into_iter().map(|check| check.join().expect("every list equal")).sum()
    });
    assert_eq!(n_lists, 270);
}

/// Compare all lists of a picture; how many there are.
fn check(item: &Item, cascades: &BTreeMap<&str, Cascade>) -> usize {
    let picture = image::open(Path::new(GOLDENS).join(&item.image)).expect("a golden picture").into_luma8();
    // The luma of three equal levels is that level.
    let picture = DynamicImage::from(picture).into_rgba8();
    let view = RgbaView::new(picture.width() as usize, picture.height() as usize, &picture).expect("a grey picture");
    for (setting, expected) in &item.results {
        let (name, config) = parse(setting);
        let detector = HaarDetector::new(cascades[name].clone(), config).expect("valid settings");
        let found = detector.detect(view);
        let mut actual: Vec<_> = found.iter().map(|face| face.rect).map(|r| [r.x, r.y, r.width, r.height]).collect();
        actual.sort_unstable_by(|a, b| a.partial_cmp(b).expect("numbers"));
        assert_eq!(&actual, expected, "{} {setting}", item.image);
    }
    item.results.len()
}

fn load(name: &str) -> Cascade {
    let path = format!("{}/cascades/haarcascade_{name}.xml", env!("CARGO_MANIFEST_DIR"));
    let xml = std::fs::read_to_string(path).expect("the shipped cascade");
    Cascade::from_xml(&xml).expect("a valid cascade")
}

/// `frontalface_default|sf1.1|mn5|min30` → cascade and settings.
fn parse(setting: &str) -> (&str, CascadeConfig) {
    let parts: Vec<&str> = setting.split('|').collect();
    let [name, scale_factor, min_neighbors, min_size] = parts[..] else { panic!("four parts in {setting}") };
    let config = CascadeConfig {
        scale_factor: number(scale_factor),
        min_neighbors: number(min_neighbors),
        min_size: number(min_size),
    };
    (name, config)
}

/// `mn5` → 5.
fn number<T: std::str::FromStr>(part: &str) -> T {
    let digits = part.trim_start_matches(char::is_alphabetic);
    digits.parse().unwrap_or_else(|_| panic!("a number in {part}"))
}
