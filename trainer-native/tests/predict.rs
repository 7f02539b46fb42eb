//! Photos through the program: good ones, and every bad one with its reason.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::{
    fs,
    io::Cursor,
    path::{Path, PathBuf},
    process::Command,
};

use common::{fails, project, run, succeeds, write_weights};
use image::{
    DynamicImage, Frame, GrayImage, ImageBuffer, ImageFormat, Luma, RgbaImage, codecs::gif::GifEncoder,
    imageops::FilterType,
};
use model_core::{Architecture, Calibration, Emotion, ModelCard, Vote};
use serde_json::Value;
use tempfile::TempDir;
use vision::Rect;

/// NASA's picture of an astronaut, from the page's samples.
const ASTRONAUT: &str = "www/samples/astronaut.png";
/// Where her face is in it, as OpenCV finds it (`shared/goldens/haar`, scaled to 512 pixels).
const FACE: Rect = Rect { x: 173.0, y: 60.0, width: 107.0, height: 107.0 };

/// A folder with untrained weights of the small network.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_weights(&folder.path().join("www/models"), Architecture::Small);
    folder
}

fn read_json(path: &Path) -> Vec<Value> {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

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
    let args = ["predict", photo.to_str().unwrap(), "--network", "small", "--json", "f.json", "--annotate", "drawn"];
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
        (&quality["flaws"], quality["side"].as_f64().map(|side| side as f32)),
        (&Value::Array(vec![]), Some(rect_of(face).width))
    );
    let drawn = image::open(folder.path().join("drawn/astronaut-faces.png")).unwrap();
    let original = image::open(&photo).unwrap();
    assert_eq!((drawn.width(), drawn.height()), (original.width(), original.height()));
    assert_ne!(drawn.to_rgb8(), original.to_rgb8(), "something was drawn");
}

/// A video of 160×160 pixels: four frames of the astronaut's face, then one of a single grey.
fn video(folder: &Path) -> PathBuf {
    let portrait = image::open(project(ASTRONAUT)).unwrap().crop_imm(112, 0, 240, 240).resize_exact(
        160,
        160,
        FilterType::Triangle,
    );
    let mut video = b"YUV4MPEG2 W160 H160 F10:1 Cmono\n".to_vec();
    let blank = vec![128; 160 * 160];
    let face = portrait.to_luma8().into_raw();
    for frame in [&face, &face, &face, &face, &blank] {
        video.extend([&b"FRAME\n"[..], frame].concat());
    }
    let path = folder.join("clip.y4m");
    fs::write(&path, video).unwrap();
    path
}

#[test]
fn a_video_gives_shares_and_every_face_of_every_frame() {
    let folder = folder();
    video(folder.path());
    let args = ["predict", "clip.y4m", "--network", "small", "--json", "v.json", "--csv", "v.csv"];
    let text = succeeds(folder.path(), &args);
    assert!(text.contains("clip.y4m: 5 frames, 1 of them without a face"), "{text}");
    let report = &read_json(&folder.path().join("v.json"))[0];
    assert_eq!((&report["frames"], &report["frames_per_sec"]), (&5.into(), &10.0.into()));
    let shares = report["shares"].as_array().unwrap();
    let sum = |key: &str| shares.iter().map(|row| row[key].as_f64().unwrap()).sum::<f64>();
    assert!((sum("relative") - 1.0).abs() < 1e-12 && (sum("count") - 4.0).abs() < 1e-12, "{report}");
    let times = report["times"].as_array().unwrap();
    let secs = |shown: &str| times.iter().find(|row| row["shown"] == shown).unwrap()["secs"].as_f64().unwrap();
    let all: f64 = times.iter().map(|row| row["secs"].as_f64().unwrap()).sum();
    assert!((all - 0.5).abs() < 1e-9 && (secs("no_face") - 0.1).abs() < 1e-9, "{report}");
    let person = &report["people"][0];
    assert!((person["secs"].as_f64().unwrap() - 0.4).abs() < 1e-9 && person["person"] == 1, "{report}");
    let words: Vec<Vec<_>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(words.contains(&vec!["label", "seconds", "share", "person", "1,", "0.4", "s"]), "{text}");
    assert!(words.contains(&vec!["no", "face", "0.1", "0.200", "–"]), "{text}");
    let csv = fs::read_to_string(folder.path().join("v.csv")).unwrap();
    let lines: Vec<_> = csv.lines().collect();
    assert!(lines[0].starts_with("video,frame,seconds,face,x,y,width,height,label,confidence,angry,"), "{csv}");
    assert!(lines[0].contains(",neutral,is_sure,person,smoothed_label,smoothed_angry,smoothed_disgust,"), "{csv}");
    assert_eq!(lines.len(), 5, "{csv}");
    assert!(lines[4].starts_with("clip.y4m,4,0.300,1,"), "{csv}");
}

#[test]
fn a_network_that_is_unsure_says_so_of_photos_and_videos() {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("www/models");
    let calibration =
        Calibration { temperature: 4.0, votes_temperature: None, threshold: 1.0, coverage: 0.0, error: 0.0 };
    let card = ModelCard { calibration: Some(calibration), ..write_weights(&models, Architecture::Ferrum) };
    fs::write(models.join("ferrum.json"), serde_json::to_string(&card).unwrap()).unwrap();
    let clip = video(folder.path());
    let files = [project(ASTRONAUT), clip];
    let args =
        ["predict", files[0].to_str().unwrap(), files[1].to_str().unwrap(), "--json", "f.json", "--csv", "f.csv"];
    let text = succeeds(folder.path(), &args);
    let rows: Vec<Vec<_>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(text.contains("unsure, ") && rows.contains(&vec!["unsure", "4", "1.000"]), "{text}");
    let reports = read_json(&folder.path().join("f.json"));
    let (face, report) = (&reports[0]["faces"][0], &reports[1]);
    assert_eq!((&face["is_sure"], face["votes"].as_object().unwrap().len()), (&false.into(), Vote::COUNT), "{face}");
    assert_eq!((&report["unsure"]["count"], &report["unsure"]["relative"]), (&4.into(), &1.0.into()), "{report}");
    assert!(report["shares"].as_array().unwrap().iter().all(|row| row["count"] == 0), "{report}");
    let csv = fs::read_to_string(folder.path().join("f.csv")).unwrap();
    let lines: Vec<_> = csv.lines().collect();
    assert!(lines[0].ends_with(",smoothed_neutral,flaws") && lines.len() == 5, "{csv}");
    assert!(lines[1..].iter().all(|line| line.contains(",false,1,unsure,")), "{csv}");
    let times = report["people"][0]["times"].as_array().unwrap();
    let unsure = times.iter().find(|row| row["shown"] == "unsure").unwrap();
    assert_eq!((&unsure["count"], &unsure["relative"]), (&4.into(), &1.0.into()), "{report}");
}

#[test]
fn a_video_that_cannot_be_read_says_what_is_needed() {
    let folder = folder();
    fs::write(folder.path().join("a.mp4"), b"no video").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_trainer-native"));
    let output =
        command.args(["predict", "a.mp4", "--network", "small"]).current_dir(folder.path()).env("PATH", "").output();
    let error = String::from_utf8(output.unwrap().stderr).unwrap();
    assert!(error.contains("a.mp4: expected ffmpeg on this machine"), "{error}");
    let photo = project(ASTRONAUT);
    let error = fails(folder.path(), &["predict", photo.to_str().unwrap(), "--network", "small", "--csv", "f.csv"], 1);
    assert!(error.contains("expected a video for --csv"), "{error}");
}

#[test]
fn what_was_read_of_a_video_that_breaks_off_is_kept() {
    let folder = folder();
    let path = video(folder.path());
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let args = ["predict", "clip.y4m", "--network", "small", "--json", "v.json", "--csv", "v.csv"];
    let error = fails(folder.path(), &args, 1);
    assert!(error.contains("not all of it: it breaks off inside a frame after frame 4"), "{error}");
    let report = &read_json(&folder.path().join("v.json"))[0];
    assert_eq!((&report["frames"], &report["broken_off"]), (&4.into(), &"it breaks off inside a frame".into()));
    assert_eq!(fs::read_to_string(folder.path().join("v.csv")).unwrap().lines().count(), 5);
}

/// A program in the place of ffmpeg says more than a pipe holds before its first frame, and fails if `code` is not 0.
#[cfg(unix)]
fn talkative_ffmpeg(folder: &Path, code: i32) -> String {
    use std::os::unix::fs::PermissionsExt;
    let script = format!(
        "#!/bin/sh\ni=0\nwhile [ $i -lt 4000 ]; do echo \"frame $i: a bad reference in it\" >&2; i=$((i+1)); done\n\
         cat clip.y4m\necho 'the last word' >&2\nexit {code}\n"
    );
    let program = folder.join("bin/ffmpeg");
    fs::create_dir_all(folder.join("bin")).unwrap();
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:/usr/bin:/bin", folder.join("bin").display())
}

#[cfg(unix)]
#[test]
fn a_video_is_read_however_much_ffmpeg_says_of_it() {
    let folder = folder();
    video(folder.path());
    fs::write(folder.path().join("a.mp4"), b"what only ffmpeg reads").unwrap();
    for (code, expected) in
        [(0, "a.mp4: 5 frames"), (1, "it breaks off: what ffmpeg cannot read: the last word after frame 5")]
    {
        let path = talkative_ffmpeg(folder.path(), code);
        let mut command = Command::new(env!("CARGO_BIN_EXE_trainer-native"));
        command.args(["predict", "a.mp4", "--network", "small"]).current_dir(folder.path()).env("PATH", path);
        let output = command.output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(text.contains(expected), "{text}");
        assert_eq!(output.status.code(), Some(code), "{text}");
    }
}

#[test]
fn every_detector_finds_the_face() {
    let folder = folder();
    let photo = project(ASTRONAUT);
    for detector in ["haar-default", "haar-alt", "haar-alt2"] {
        let args =
            ["predict", photo.to_str().unwrap(), "--network", "small", "--detector", detector, "--json", "f.json"];
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
        ("weights.png", vec![0x12; 5000], "expected a JPEG, PNG, WebP or GIF picture"),
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
    let options = ["predict", "--network", "small", "--json", "f.json", "--annotate", "drawn", "missing.jpg", "www"];
    let output = run(folder.path(), &[&options[..], &names].concat());
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
    let reports = read_json(&folder.path().join("f.json"));
    assert_eq!(reports.len(), 2 + bad.len() + unusual.len());
    assert!(
        reports[..2].iter().all(|report| report["error"].as_str().unwrap().contains("cannot read it")),
        "{reports:?}"
    );
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
    succeeds(folder.path(), &["predict", "--network", "small", "--annotate", "drawn", "a/photo.png", "b/photo.png"]);
    let levels = ["photo-faces.png", "photo-faces-2.png"]
        .map(|name| image::open(folder.path().join("drawn").join(name)).unwrap().to_luma8().get_pixel(0, 0).0);
    assert_eq!(levels, [[0], [255]]);
}
