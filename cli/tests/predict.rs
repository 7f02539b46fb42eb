//! Photos and folders through the program: good ones, and every bad one with its reason.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::{
    fs,
    io::{Cursor, Write},
    path::PathBuf,
};

use common::{ASTRONAUT, fails, folder, project, read_json, run, succeeds, video};
use image::{DynamicImage, Frame, GrayImage, ImageBuffer, ImageFormat, Luma, RgbaImage, codecs::gif::GifEncoder};
use model_core::Emotion;
use serde_json::Value;
use vision::Rect;

/// The face in [`ASTRONAUT`] as OpenCV finds it (`shared/goldens/haar`, scaled to 512 pixels).
const FACE: Rect = Rect { x: 173.0, y: 60.0, width: 107.0, height: 107.0 };

fn encode(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(vec![]);
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn rect_of(face: &Value) -> Rect {
    serde_json::from_value(face["rect"].clone()).unwrap()
}

#[test]
fn a_face_is_found_labelled_and_drawn() {
    let folder = folder();
    let photo = project(ASTRONAUT);
    let args = [photo.to_str().unwrap(), "--network", "small", "--json", "f.json", "--annotate", "drawn"];
    let text = succeeds(folder.path(), &args);
    assert!(text.contains("astronaut.png: ") && text.contains("astronaut-faces.png"), "{text}");
    let reports = read_json(&folder.path().join("f.json"));
    let [report] = &reports[..] else { panic!("one photo, one report: {reports:?}") };
    assert_eq!((&report["network"], &report["detector"]), (&"small".into(), &"blazeface".into()));
    let faces = report["faces"].as_array().unwrap();
    let face = faces.iter().find(|face| rect_of(face).iou(FACE) >= 0.6).unwrap_or_else(|| panic!("{faces:?}"));
    let probabilities = face["probabilities"].as_object().unwrap();
    let sum: f64 = probabilities.values().filter_map(Value::as_f64).sum();
    assert!((sum - 1.0).abs() < 1e-5 && probabilities.len() == Emotion::COUNT, "{face}");
    assert_eq!(face["confidence"], probabilities[face["label"].as_str().unwrap()]);
    let quality = &face["quality"];
    assert_eq!(
        (&quality["issues"], quality["side"].as_f64().map(|side| side as f32)),
        (&Value::Array(vec![]), Some(rect_of(face).width))
    );
    let drawn = image::open(folder.path().join("drawn/astronaut-faces.png")).unwrap();
    let original = image::open(&photo).unwrap();
    assert_eq!((drawn.width(), drawn.height()), (original.width(), original.height()));
    assert_ne!(drawn.to_rgb8(), original.to_rgb8(), "something was drawn");
}

#[test]
fn every_detector_finds_the_face() {
    let folder = folder();
    let photo = project(ASTRONAUT);
    for detector in ["haar-default", "haar-alt", "haar-alt2"] {
        let args = [photo.to_str().unwrap(), "--network", "small", "--detector", detector, "--json", "f.json"];
        succeeds(folder.path(), &args);
        let report = &read_json(&folder.path().join("f.json"))[0];
        let faces = report["faces"].as_array().unwrap();
        assert!(faces.iter().any(|face| rect_of(face).iou(FACE) >= 0.6), "{detector}: {faces:?}");
        assert_eq!(report["detector"], detector);
    }
}

/// Bad files, with a word of what is said of each.
fn bad_files() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let jpeg = encode(&GrayImage::from_pixel(64, 64, Luma([90])).into(), ImageFormat::Jpeg);
    vec![
        ("cut.jpg", jpeg[..jpeg.len() / 2].to_vec(), "cut short or damaged"),
        ("empty.jpg", vec![], "got an empty file (0 bytes)"),
        ("text.png", b"This is no picture at all\n".to_vec(), "got a text"),
        ("huge.png", fs::read(project("vision/tests/data/20000x20000.png")).unwrap(), "megapixels"),
        ("weights.png", vec![0x12; 5000], "expected a JPEG, PNG, WebP, GIF, BMP, TIFF or ICO picture"),
    ]
}

/// Unusual files that are read all the same, and whether each is an animation.
fn unusual_files() -> Vec<(&'static str, Vec<u8>, bool)> {
    let sixteen_bit = ImageBuffer::from_fn(40, 30, |x, y| Luma([(x * 1000 + y) as u16]));
    let mut gif = vec![];
    let frames = [10, 200].map(|level| Frame::new(RgbaImage::from_pixel(40, 30, image::Rgba([level; 4]))));
    GifEncoder::new(&mut gif).encode_frames(frames).unwrap();
    vec![
        ("one-pixel.png", encode(&GrayImage::new(1, 1).into(), ImageFormat::Png), false),
        ("cmyk.jpg", fs::read(project("vision/tests/data/cmyk.jpg")).unwrap(), false),
        ("16-bit.png", encode(&sixteen_bit.into(), ImageFormat::Png), false),
        ("animated.gif", gif, true),
        ("animated.webp", fs::read(project("vision/tests/data/animated.webp")).unwrap(), true),
    ]
}

#[test]
fn bad_photos_are_reported_and_the_others_still_done() {
    let folder = folder();
    let (bad, unusual) = (bad_files(), unusual_files());
    let files =
        bad.iter().map(|(name, bytes, _)| (name, bytes)).chain(unusual.iter().map(|(name, bytes, _)| (name, bytes)));
    let names: Vec<&str> = files
        .map(|(name, bytes)| {
            fs::write(folder.path().join(name), bytes).unwrap();
            *name
        })
        .collect();
    let options = ["--network", "small", "--json", "f.json", "--annotate", "drawn", "missing.jpg", "www"];
    let output = run(folder.path(), &[&options[..], &names].concat());
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
    let reports = read_json(&folder.path().join("f.json"));
    assert_eq!(reports.len(), 2 + bad.len() + unusual.len());
    for (report, why) in reports.iter().zip(["cannot read it", "expected photos or videos in the folder, found none"]) {
        assert!(report["error"].as_str().unwrap().contains(why), "{reports:?}");
    }
    for ((name, _, word), report) in bad.iter().zip(&reports[2..]) {
        let error = report["error"].as_str().unwrap_or_else(|| panic!("{name}: {report}"));
        assert!(error.contains(word) && report["photo"] == *name, "{name}: {error}");
        assert!(errors.contains(&format!("error: {name}: {error}")), "{errors}");
    }
    for ((name, _, animated), report) in unusual.iter().zip(&reports[2 + bad.len()..]) {
        assert_eq!(
            (&report["faces"], &report["animated"]),
            (&Value::Array(vec![]), &(*animated).into()),
            "{name}: {report}"
        );
    }
}

#[test]
fn photos_of_the_same_name_are_drawn_side_by_side() {
    let folder = folder();
    let photos: Vec<PathBuf> = ["a", "b"].map(|name| folder.path().join(name).join("photo.png")).into();
    for (photo, level) in photos.iter().zip([0, 255]) {
        fs::create_dir(photo.parent().unwrap()).unwrap();
        GrayImage::from_pixel(40, 40, Luma([level])).save(photo).unwrap();
    }
    succeeds(folder.path(), &["--network", "small", "--annotate", "drawn", "a/photo.png", "b/photo.png"]);
    let levels = ["photo-faces.png", "photo-faces-2.png"]
        .map(|name| image::open(folder.path().join("drawn").join(name)).unwrap().to_luma8().get_pixel(0, 0).0);
    assert_eq!(levels, [[0], [255]]);
}

#[test]
fn a_folder_is_read_file_by_file_and_one_that_is_damaged_costs_the_others_nothing() {
    let folder = folder();
    fs::create_dir(folder.path().join("photos")).unwrap();
    let photo = |name: &str| folder.path().join("photos").join(name);
    fs::copy(project(ASTRONAUT), photo("c.png")).unwrap();
    GrayImage::from_pixel(40, 40, Luma([90])).save(photo("a.png")).unwrap();
    fs::write(photo("b.jpg"), "no picture").unwrap();
    fs::write(photo("notes.txt"), "no photo at all").unwrap();
    let args = ["photos", "--network", "small", "--json", "f.json", "--activations", "inside.json"];
    let error = fails(folder.path(), &args, 3);
    assert!(error.contains("photos/b.jpg: ") && error.contains("1 of 3 files could not be read"), "{error}");
    let reports = read_json(&folder.path().join("f.json"));
    let names: Vec<_> = reports.iter().map(|report| report["photo"].as_str().unwrap()).collect();
    assert_eq!(names, ["photos/a.png", "photos/b.jpg", "photos/c.png"]);
    let inside = read_json(&folder.path().join("inside.json"));
    let n_faces: Vec<_> = inside.iter().map(|photo| photo["faces"].as_array().unwrap().len()).collect();
    assert_eq!(n_faces, [0, 1], "of those that were read");
    assert_eq!(inside[1]["faces"][0]["crop"].as_array().unwrap().len(), 48 * 48);
}

#[test]
fn photos_in_archives_and_folders_within_are_read_if_they_match() {
    let folder = folder();
    let grey = encode(&GrayImage::from_pixel(40, 40, Luma([90])).into(), ImageFormat::Png);
    fs::create_dir_all(folder.path().join("all/within")).unwrap();
    fs::write(folder.path().join("all/within/a.png"), &grey).unwrap();
    fs::write(folder.path().join("all/b.png"), &grey).unwrap();
    let mut archive = zip::ZipWriter::new(fs::File::create(folder.path().join("c.zip")).unwrap());
    for (name, bytes) in [("d/e.png", &grey[..]), ("bad.jpg", b"no picture"), ("notes.txt", b"no photo")] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap();
    let args = ["all", "c.zip", "--network", "small", "--json", "f.json"];
    let names = || -> Vec<String> {
        let reports = read_json(&folder.path().join("f.json"));
        reports.iter().map(|report| report["photo"].as_str().unwrap().to_owned()).collect()
    };
    let error = fails(folder.path(), &args, 3);
    assert!(error.contains("c.zip/bad.jpg: expected a JPEG") && error.contains("1 of 4 files"), "{error}");
    assert_eq!(names(), ["all/b.png", "all/within/a.png", "c.zip/bad.jpg", "c.zip/d/e.png"]);
    succeeds(folder.path(), &[&args[..], &["--glob", "*.png"]].concat());
    assert_eq!(names(), ["all/b.png", "all/within/a.png", "c.zip/d/e.png"]);
    succeeds(folder.path(), &[&args[..], &["--glob", "*/*"]].concat());
    assert_eq!(names(), ["all/within/a.png", "c.zip/d/e.png"]);
    let error = fails(folder.path(), &["c.zip", "--network", "small", "--json", "c.zip"], 1);
    assert!(error.contains("neither read nor written otherwise"), "{error}");
}

#[test]
fn the_exit_status_says_how_much_was_read() {
    let folder = folder();
    GrayImage::from_pixel(40, 40, Luma([90])).save(folder.path().join("good.png")).unwrap();
    let cases: [(&[&str], i32); 5] = [
        (&["good.png", "--network", "small"], 0),
        (&["good.png", "missing.png", "--network", "small"], 3),
        (&["missing.png", "--network", "small"], 1),
        (&["good.png", "--weights", "missing.bpk"], 1),
        (&["good.png", "--detector", "yolo"], 2),
    ];
    for (args, code) in cases {
        let output = run(folder.path(), args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(fails(folder.path(), &["good.png", "--detector", "yolo"], 2).contains("haar-default, haar-alt, haar-alt2"));
    let help = succeeds(folder.path(), &["--help"]);
    for line in
        ["  0  all files were read", "  1  no file", "  2  the command line", "  3  some files", "detector-quality"]
    {
        assert!(help.contains(line), "{line}: {help}");
    }
}

#[test]
fn a_place_that_cannot_be_written_to_is_named_before_the_work_begins() {
    let folder = folder();
    let clip = video(folder.path());
    fs::write(folder.path().join("file"), "").unwrap();
    let cases: [(&[&str], &str); 8] = [
        (&["--eaf", "nowhere/f.eaf"], "--eaf: expected a file in a folder that is there, got nowhere/f.eaf"),
        (&["--export", "file"], "--export: cannot make the folder file"),
        (&["--json", "nowhere/f.json"], "--json: expected a file in a folder that is there, got nowhere/f.json"),
        (&["--json", "www"], "--json: expected a file, got the folder www"),
        (&["--csv", "nowhere/f.csv"], "--csv: expected a file in a folder that is there, got nowhere/f.csv"),
        (&["--csv", "clip.y4m"], "--csv: expected a file that is neither read nor written otherwise, got clip.y4m"),
        (&["--annotate", "file"], "--annotate: cannot make the folder file"),
        (&["--activations", "nowhere/f.json"], "--activations: expected a file in a folder that is there"),
    ];
    let before = fs::read(&clip).unwrap();
    for (options, why) in cases {
        let output = run(folder.path(), &[&["clip.y4m", "--network", "small"], options].concat());
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(1), true), "{options:?}: {error}");
        assert!(error.contains(why), "{options:?}: {error}");
    }
    assert_eq!(fs::read(&clip).unwrap(), before, "it was to be read");
}

#[test]
fn damaged_weights_are_refused() {
    let folder = folder();
    let file = folder.path().join("www/models/small.bpk");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let error = fails(folder.path(), &["a.png", "--network", "small"], 1);
    assert!(error.contains("expected SHA-256"), "{error}");
}

#[test]
fn detectors_are_compared_on_annotated_photos() {
    let folder = folder();
    fs::create_dir(folder.path().join("negatives")).unwrap();
    fs::copy(project(ASTRONAUT), folder.path().join("astronaut.png")).unwrap();
    GrayImage::from_pixel(64, 48, Luma([90])).save(folder.path().join("negatives/grey.png")).unwrap();
    // The whole face, around the smaller box of OpenCV's.
    fs::write(folder.path().join("a.json"), r#"{"astronaut.png": {"size": [512, 512], "gt": [[173, 55, 100, 130]]}}"#)
        .unwrap();
    let text = succeeds(folder.path(), &["detector-quality", "a.json"]);
    let row = |name: &str| text.lines().find(|line| line.trim_start().starts_with(name)).unwrap().to_owned();
    assert!(text.contains("1 photos at 640×480 with 1 faces"), "{text}");
    let cells: Vec<String> = row("blazeface photo").split_whitespace().map(str::to_owned).collect();
    assert_eq!(cells[2..4], ["1.000", "1.000"], "{text}");
    assert!(row("haar-default").contains("0 of 1"), "{text}");
    assert!(fails(folder.path(), &["detector-quality", "missing.json"], 1).contains("cannot read missing.json"));
}
