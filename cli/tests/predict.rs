//! Photos and videos through the program: good ones, and every bad one with its reason.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::{
    fs,
    io::{Cursor, Write},
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
fn a_video_gives_shares_and_a_row_for_every_frame() {
    let folder = folder();
    let clip = video(folder.path());
    let args = ["clip.y4m", "--network", "small", "--json", "v.json", "--csv", "v.csv"];
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
    assert!(lines[0].starts_with("# {\"program\":\"ferrum\"") && lines[0].contains(&sha256(&clip)), "{csv}");
    assert!(lines[1].starts_with("file,frame,time_secs,secs,person,name,x,y,width,height,score,label,sure,"), "{csv}");
    assert_eq!(lines.len(), 2 + 5, "{csv}");
    assert!(lines[5].starts_with("clip.y4m,4,0.300000,0.100000,1,,"), "{csv}");
    assert!(lines[6].starts_with("clip.y4m,5,0.400000,0.100000,,,"), "{csv}");
}

fn sha256(path: &Path) -> String {
    model_core::sha256_hex(&fs::read(path).unwrap())
}

#[test]
fn a_video_and_what_was_saved_of_it_give_the_same_files() {
    let folder = folder();
    video(folder.path());
    let text = succeeds(folder.path(), &["clip.y4m", "--network", "small", "--export", "first"]);
    let names =
        ["clip-session.json", "clip-shares.svg", "clip-summary.csv", "clip-timeline.svg", "clip.csv", "clip.eaf"];
    let names = [&names[..], &["clip.vtt"]].concat();
    assert!(names.iter().all(|name| text.contains(&format!("first/{name}"))), "{text}");
    fs::rename(folder.path().join("www"), folder.path().join("no-weights")).unwrap();
    fs::remove_file(folder.path().join("clip.y4m")).unwrap();
    let session = "first/clip-session.json";
    let text = succeeds(folder.path(), &[session, "--export", "second", "--csv", "again.csv", "--json", "report.json"]);
    assert!(text.contains("first/clip-session.json: 5 frames, 1 of them without a face"), "{text}");
    let read = |path: &str| fs::read(folder.path().join(path)).unwrap();
    for name in names {
        assert_eq!(read(&format!("first/{name}")), read(&format!("second/{name}")), "{name}");
    }
    assert_eq!(read("again.csv"), read("first/clip.csv"));
    let report = &read_json(&folder.path().join("report.json"))[0];
    assert_eq!((&report["network"], &report["detector"]), (&"small".into(), &"blazeface".into()), "{report}");
    assert_eq!(report["exported"].as_array().unwrap().len(), 8, "{report}");
    // Beside the session that is read, files have other names.
    succeeds(folder.path(), &[session, "--export", "first"]);
    assert_eq!(read("first/clip-session-2.json"), read(session));
}

#[test]
fn what_is_no_session_says_why_and_costs_the_others_nothing() {
    let folder = folder();
    video(folder.path());
    succeeds(folder.path(), &["clip.y4m", "--network", "small", "--session", "good.json"]);
    let good = fs::read_to_string(folder.path().join("good.json")).unwrap();
    let cases = [
        ("other.json", "{}".to_owned(), "got something else: missing field `format`"),
        ("newer.json", good.replace("\"version\":2,", "\"version\":3,"), "version 3, which a newer Ferrum wrote"),
        ("changed.json", good.replace("\"secs\":0.1,", "\"secs\":-1,"), "got one that was changed: frame 0"),
        ("cut.json", good[..good.len() / 2].to_owned(), "EOF while parsing"),
    ];
    for (name, json, _) in &cases {
        fs::write(folder.path().join(name), json).unwrap();
    }
    let names: Vec<&str> = cases.iter().map(|(name, ..)| *name).chain(["good.json"]).collect();
    let error = fails(folder.path(), &[&names[..], &["--export", "all"]].concat(), 3);
    for (name, _, why) in cases {
        assert!(
            error.lines().any(|line| line.starts_with(&format!("error: {name}: ")) && line.contains(why)),
            "{error}"
        );
    }
    assert_eq!(fs::read_dir(folder.path().join("all")).unwrap().count(), 7);
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_full_disk_the_other_files_are_written_and_the_status_says_so() {
    let folder = folder();
    video(folder.path());
    let args = ["clip.y4m", "--network", "small", "--csv", "/dev/full", "--summary", "s.csv"];
    let error = fails(folder.path(), &args, 3);
    assert!(error.contains("not all exported: cannot write /dev/full: No space left on device"), "{error}");
    assert!(error.contains("5 frames") && error.contains("exported: s.csv"), "{error}");
    assert!(fs::read_to_string(folder.path().join("s.csv")).unwrap().starts_with("file,range,"));
}

#[test]
fn a_network_that_is_unsure_says_so_of_photos_and_videos() {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("www/models");
    let calibration = Calibration {
        temperature: 4.0,
        votes_temperature: None,
        blend: None,
        threshold: 1.0,
        coverage: 0.0,
        error: 0.0,
    };
    let card = ModelCard { calibration: Some(calibration), ..write_weights(&models, Architecture::Ferrum) };
    fs::write(models.join("ferrum.json"), serde_json::to_string(&card).unwrap()).unwrap();
    let clip = video(folder.path());
    let files = [project(ASTRONAUT), clip];
    let args = [files[0].to_str().unwrap(), files[1].to_str().unwrap(), "--json", "f.json", "--csv", "f.csv"];
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
    assert!(lines[1].contains(",votes_neutral,") && lines.len() == 7, "{csv}");
    assert!(lines[2..6].iter().all(|line| line.contains(",unsure,false,unsure,false,")), "{csv}");
    let times = report["people"][0]["times"].as_array().unwrap();
    let unsure = times.iter().find(|row| row["shown"] == "unsure").unwrap();
    assert_eq!((&unsure["count"], &unsure["relative"]), (&4.into(), &1.0.into()), "{report}");
}

#[test]
fn a_video_that_cannot_be_read_says_what_is_needed() {
    let folder = folder();
    fs::write(folder.path().join("a.mp4"), b"no video").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ferrum"));
    let output = command.args(["a.mp4", "--network", "small"]).current_dir(folder.path()).env("PATH", "").output();
    let error = String::from_utf8(output.unwrap().stderr).unwrap();
    assert!(error.contains("a.mp4: expected ffmpeg on this machine"), "{error}");
    let photo = project(ASTRONAUT);
    let error = fails(folder.path(), &[photo.to_str().unwrap(), "--network", "small", "--csv", "f.csv"], 1);
    assert!(error.contains("expected a video for --csv"), "{error}");
    let error = fails(folder.path(), &["a.mp4", "b.json", "--network", "small", "--vtt", "f.vtt"], 1);
    assert!(error.contains("expected one video or session for --vtt, got 2; --export DIR writes"), "{error}");
}

#[test]
fn what_was_read_of_a_video_that_breaks_off_is_kept() {
    let folder = folder();
    let path = video(folder.path());
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let args = ["clip.y4m", "--network", "small", "--json", "v.json", "--csv", "v.csv"];
    let error = fails(folder.path(), &args, 3);
    assert!(error.contains("not all of it: it breaks off inside a frame after frame 4"), "{error}");
    let report = &read_json(&folder.path().join("v.json"))[0];
    assert_eq!((&report["frames"], &report["broken_off"]), (&4.into(), &"it breaks off inside a frame".into()));
    let csv = fs::read_to_string(folder.path().join("v.csv")).unwrap();
    assert!(csv.lines().count() == 2 + 4 && csv.contains("\"broken_off\":\"it breaks off inside a frame\""), "{csv}");
}

/// A program in the place of ffmpeg says more than a pipe holds before its first frame, and fails if `code` is not 0.
#[cfg(unix)]
fn talkative_ffmpeg(folder: &Path, code: i32) -> String {
    use std::os::unix::fs::PermissionsExt;
    let script = format!(
        "#!/bin/sh\ni=0\nwhile [ $i -lt 4000 ]; do echo \"[error] frame $i: a bad reference in it\" >&2; i=$((i+1)); done\n\
         said='[Parsed_showinfo_1 @ 0x1] [info]'\n\
         echo \"$said config in time_base: 1/10, frame_rate: 10/1\" >&2\n\
         for i in 0 1 2 3 4; do echo \"$said n: $i pts: $i pts_time:0 fmt:gray sar:1/1 s:160x160 i:P \" >&2\n\
         echo \"$said color_range:pc color_space:unknown color_trc:unknown\" >&2; done\n\
         tail -c 128000 clip.gray\necho '[error] the last word' >&2\nexit {code}\n"
    );
    let video = fs::read(folder.join("clip.y4m")).unwrap();
    let frames = video.windows(6).enumerate().filter(|(_, bytes)| bytes == b"FRAME\n");
    let grey: Vec<_> = frames.flat_map(|(start, _)| video[start + 6..start + 6 + 160 * 160].to_vec()).collect();
    fs::write(folder.join("clip.gray"), grey).unwrap();
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
    for (code, status, expected) in
        [(0, 0, "a.mp4: 5 frames"), (1, 3, "it breaks off: what ffmpeg cannot read: the last word after frame 5")]
    {
        let path = talkative_ffmpeg(folder.path(), code);
        let mut command = Command::new(env!("CARGO_BIN_EXE_ferrum"));
        command.args(["a.mp4", "--network", "small"]).current_dir(folder.path()).env("PATH", path);
        let output = command.output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(text.contains(expected), "{text}");
        assert_eq!(output.status.code(), Some(status), "{text}");
    }
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
