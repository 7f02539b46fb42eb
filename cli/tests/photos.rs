//! Photos that may be read but not shipped: those that people have reported, and what each is to give.

#![allow(clippy::needless_pass_by_value, reason = "the harness hands each test its files")]

mod common;

use std::{fs, path::PathBuf, process::ExitCode};

use common::{fails, succeeds};
use model_core::Architecture;
use serde_json::Value;
use tempfile::TempDir;

fn main() -> ExitCode {
    common::run_all(vec![
        common::on_shared(
            "photos_without_a_face_and_with_several",
            ["media/face_recognition/examples/two_people.jpg", "media/negatives/skimage_coffee.png"],
            photos_without_a_face_and_with_several,
        ),
        common::on_shared("portraits_have_one_face", PORTRAITS.map(|(path, _)| path), portraits_have_one_face),
        common::on_shared("unusual_files_are_read", READ, unusual_files_are_read),
        common::on_shared("others_say_why_not", REFUSED.map(|(path, _)| path), others_say_why_not),
        common::on_shared("orientation_is_applied", ORIENTED, orientation_is_applied),
        common::on_shared("the_good_ones_are_kept", ["cases/hopper.jpg", "cases/hopper.heif"], the_good_ones_are_kept),
    ])
}

/// Photos of one face, and by how many degrees they are turned before it is found.
const PORTRAITS: [(&str, u64); 15] = [
    ("cases/hopper.jpg", 0),
    ("cases/hopper_gray.jpg", 0),
    ("cases/hopper_16bit_qtables.jpg", 0),
    ("cases/hopper_idat_after_image_end.png", 0),
    ("cases/hopper_256x256.ico", 0),
    ("cases/derived_no_eoi.jpg", 0),
    ("cases/derived_cmyk_adobe.jpg", 0),
    ("cases/derived_exif0.jpg", 0),
    ("cases/derived_exif6.jpg", 0),
    ("cases/derived_motion_photo.jpg", 0),
    ("cases/derived_grey_alpha.png", 0),
    ("cases/derived_tiny_face_at_border_12mp.jpg", 0),
    ("cases/derived_face_fills_picture.jpg", 0),
    ("cases/derived_upside_down_no_exif.jpg", 180),
    ("cases/derived_sideways_no_exif.jpg", 90),
];

/// Files that are read, whatever is in them.
const READ: [&str; 9] = [
    "cases/hopper_bad_exif.jpg",
    "cases/jpeg_ff00_header.jpg",
    "cases/junk_jpeg_header.jpg",
    "cases/sharp_gain-map.jpg",
    "cases/sugarshack.mpo",
    "cases/torchcodec_cmyk.jpg",
    "cases/zune_Kiara_limited_progressive_four_components.jpg",
    "cases/zune_four_components.jpg",
    "cases/zune_mjpeg_huffman.jpg",
];

/// Files that are not read, and words of the reason.
const REFUSED: [(&str, &str); 6] = [
    ("cases/hopper.heif", "got a picture in HEIC format; save it as JPEG or PNG first, for instance by `heif-convert"),
    ("cases/torchcodec_gradient_rotated.heic", "got a picture in HEIC format"),
    ("cases/torchcodec_gradient_10bit.avif", "got a picture in AVIF format; save it as JPEG or PNG first"),
    ("cases/sharp_65536-uint32-limit.png", "expected a picture of at most 200 megapixels"),
    ("cases/sharp_giant-image.jpg", "expected a picture of at most 200 megapixels, got 20000×14000"),
    ("cases/ultrahdr.jpg", "got one that is cut short or damaged"),
];

/// The same portrait, stored in another orientation each time.
const ORIENTED: [&str; 9] = [
    "cases/hopper.jpg",
    "cases/hopper_orientation_2.jpg",
    "cases/hopper_orientation_2.webp",
    "cases/hopper_orientation_3.jpg",
    "cases/hopper_orientation_3.webp",
    "cases/hopper_orientation_5.jpg",
    "cases/hopper_orientation_5.webp",
    "cases/hopper_orientation_7.jpg",
    "cases/hopper_orientation_7.webp",
];

/// A folder with untrained weights.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    common::write_weights(&folder.path().join("www/models"), Architecture::Small);
    folder
}

fn words(photos: &[PathBuf]) -> Vec<&str> {
    photos.iter().map(|photo| photo.to_str().expect("a path in UTF-8")).collect()
}

/// The reports on photos that can all be read.
fn reports(photos: &[PathBuf]) -> Vec<Value> {
    let folder = folder();
    succeeds(folder.path(), &[&["--network", "small", "--json", "f.json"], &words(photos)[..]].concat());
    let json = fs::read(folder.path().join("f.json")).expect("the report was written");
    serde_json::from_slice(&json).expect("the report is JSON")
}

fn faces(report: &Value) -> &[Value] {
    report["faces"].as_array().expect("a list of faces")
}

fn rect(face: &Value) -> [f64; 4] {
    ["x", "y", "width", "height"].map(|side| face["rect"][side].as_f64().expect("a number"))
}

fn photos_without_a_face_and_with_several(photos: [PathBuf; 2]) {
    let n_faces: Vec<_> = reports(&photos).iter().map(|report| faces(report).len()).collect();
    assert!(n_faces[0] >= 2 && n_faces[1] == 0, "{n_faces:?}");
}

fn portraits_have_one_face(photos: [PathBuf; PORTRAITS.len()]) {
    for (report, (path, turned)) in reports(&photos).iter().zip(PORTRAITS) {
        let [face] = faces(report) else { panic!("{path}: {report}") };
        let [x, y, width, height] = rect(face);
        let [right, bottom] = ["width", "height"].map(|side| report[side].as_f64().expect("a number"));
        let is_inside = x >= 0.0 && y >= 0.0 && x + width <= right && y + height <= bottom;
        assert!(is_inside, "{path}: {face} of {right}×{bottom}");
        assert_eq!(report["turned"].as_u64().unwrap_or_default(), turned, "{path}");
    }
}

fn unusual_files_are_read(photos: [PathBuf; READ.len()]) {
    assert_eq!(reports(&photos).len(), READ.len());
}

fn others_say_why_not(photos: [PathBuf; REFUSED.len()]) {
    let folder = folder();
    let said = fails(folder.path(), &[&["--network", "small"], &words(&photos)[..]].concat(), 1);
    for (photo, (_, why)) in photos.iter().zip(REFUSED) {
        let line = said.lines().find(|line| line.contains(&*photo.display().to_string()));
        assert!(line.is_some_and(|line| line.contains(why)), "{why}: {said}");
    }
}

fn orientation_is_applied(photos: [PathBuf; ORIENTED.len()]) {
    let reports = reports(&photos);
    let found: Vec<_> = reports.iter().map(|report| faces(report).iter().map(rect).collect::<Vec<_>>()).collect();
    for (path, found_here) in ORIENTED.iter().zip(&found) {
        let [[expected], [actual]] = [&found[0], found_here].map(|found| &found[..]) else {
            panic!("{path}: {found:?}")
        };
        // Each was compressed anew.
        assert!(expected.iter().zip(actual).all(|(a, b)| (a - b).abs() < 4.0), "{path}: {actual:?} for {expected:?}");
    }
}

fn the_good_ones_are_kept(photos: [PathBuf; 2]) {
    let folder = folder();
    let args = ["--network", "small", "--activations", "a.json", "--json", "f.json"];
    fails(folder.path(), &[&args, &words(&photos)[..]].concat(), 3);
    let read = |name: &str| -> Vec<Value> {
        serde_json::from_slice(&fs::read(folder.path().join(name)).expect("it was written")).expect("it is JSON")
    };
    assert_eq!((read("a.json").len(), read("f.json").len()), (1, 2), "one photo was read, both are reported");
}
