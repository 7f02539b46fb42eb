//! Videos by the real ffmpeg: what is drawn into them, and those that people have reported, with what each is to give.

#![allow(clippy::needless_pass_by_value, reason = "the harness hands each test its files")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use common::{fails, folder, read_json, succeeds, video};
use libtest_mimic::Trial;
use serde_json::Value;
use tempfile::TempDir;

fn main() -> ExitCode {
    let has_ffmpeg = ["ffmpeg", "ffprobe"].iter().all(|name| Command::new(name).arg("-version").output().is_ok());
    let made: [(&str, fn()); 6] = [
        ("an_annotated_video_has_the_frames_times_and_sound_of_its_original", annotated_videos_are_whole),
        ("a_sound_that_cannot_be_read_costs_no_pictures", pictures_outlive_their_sound),
        ("a_part_of_a_video_is_read", parts_are_read),
        ("a_file_that_was_cut_says_so_and_keeps_what_was_read", cut_files_say_so),
        ("two_fields_are_one_frame", two_fields_are_one_frame),
        ("a_playlist_in_the_place_of_a_video_opens_nothing", a_playlist_opens_nothing),
    ];
    let made = made.map(|(name, test)| {
        let trial = Trial::test(name, move || {
            test();
            Ok(())
        });
        trial.with_kind("needs ffmpeg").with_ignored_flag(!has_ffmpeg)
    });
    let reported = [
        common::on_shared("every_frame_is_read_once", FRAMES.map(|(path, ..)| path), every_frame_is_read_once),
        common::on_shared("others_say_why_not", REFUSED.map(|(path, _)| path), others_say_why_not),
        common::on_shared(
            "the_shape_of_pixels_is_applied",
            ["cases/derived_anamorphic_pal_16to9.mp4"],
            shape_is_applied,
        ),
    ];
    let reported = reported.map(|trial| if has_ffmpeg { trial } else { trial.with_ignored_flag(true) });
    common::run_all(made.into_iter().chain(reported).collect())
}

/// Videos of one person, their frames, and those without a face.
const FRAMES: [(&str, u64, u64); 5] = [
    ("cases/derived_mediarecorder_jitter_1k_tbr.webm", 90, 0),
    ("cases/pyfeat_face_noface.mov", 169, 87),
    // No protocol called `10`.
    ("cases/10:30.mp4", 25, 0),
    ("cases/derived_hdr_pq_bt2020.mp4", 25, 0),
    ("cases/camera_shutter_closed.y4m", 5, 5),
];

/// Files that are not read, and words of the reason.
const REFUSED: [(&str, &str); 2] = [
    ("cases/derived_audio_only.mp4", "expected a video with pictures, got a file with sound or text alone"),
    (
        "cases/derived_no_moov_interrupted_recording.mp4",
        "the recording was not finished: its index (`moov`) is missing",
    ),
];

fn ffmpeg(folder: &Path, words: &str) {
    let output = Command::new("ffmpeg").args(["-v", "error", "-y"]).args(words.split(' ')).current_dir(folder).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
}

/// What ffprobe says of the file `name`, as JSON.
fn probed(folder: &Path, name: &str, what: &str) -> Value {
    let words = ["-v", "error", "-of", "json", "-show_entries", what, name];
    let output = Command::new("ffprobe").args(words).current_dir(folder).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The time of each frame of the file `name`, seconds.
fn times(folder: &Path, name: &str) -> Vec<f64> {
    let frames = probed(folder, name, "frame=media_type,pts_time");
    let is_picture = |frame: &&Value| frame["media_type"] == "video";
    let frames = frames["frames"].as_array().unwrap().iter().filter(is_picture);
    frames.map(|frame| frame["pts_time"].as_str().unwrap().parse().unwrap()).collect()
}

fn annotated_videos_are_whole() {
    let folder = folder();
    video(folder.path());
    // Frames at uneven times from 2 s on, and a tone.
    let words = "-i clip.y4m -f lavfi -i sine=duration=3 -vf setpts=PTS+(2+0.01*mod(N\\,2))/TB -fps_mode passthrough \
        -c:v libx264 -c:a aac uneven.mp4";
    ffmpeg(folder.path(), words);
    let args = ["clip.y4m", "uneven.mp4", "--network", "small", "--annotate", "drawn", "--json", "v.json"];
    let text = succeeds(folder.path(), &args);
    assert!(text.contains("annotated: drawn/uneven-faces.mp4"), "{text}");
    let drawn = folder.path().join("drawn");
    for (original, name) in [("clip.y4m", "clip-faces.mp4"), ("uneven.mp4", "uneven-faces.mp4")] {
        let [expected, actual] = [times(folder.path(), original), times(&drawn, name)];
        let are_equal = expected.iter().zip(&actual).all(|(a, b)| (a - b).abs() < 1e-3);
        assert!(expected.len() == 5 && actual.len() == 5 && are_equal, "{name}: {actual:?} for {expected:?}");
    }
    let said = probed(&drawn, "uneven-faces.mp4", "stream=codec_type:format_tags=comment");
    let kinds: Vec<_> = said["streams"].as_array().unwrap().iter().map(|stream| &stream["codec_type"]).collect();
    assert_eq!(kinds, ["video", "audio"]);
    let comment = said["format"]["tags"]["comment"].as_str().unwrap();
    let sha256 = model_core::sha256_hex(&fs::read(folder.path().join("uneven.mp4")).unwrap());
    assert!(comment.contains(&sha256) && comment.contains("\"network\":\"small\""), "{comment}");
    ffmpeg(&drawn, "-i clip-faces.mp4 -frames:v 1 frame.png");
    let frame = image::open(drawn.join("frame.png")).unwrap().to_rgb8();
    let is_coloured = |pixel: &&image::Rgb<u8>| pixel.0.iter().max().unwrap() - pixel.0.iter().min().unwrap() > 60;
    let n_coloured = frame.pixels().filter(is_coloured).count();
    assert!(n_coloured > 200, "a box is drawn into grey frames, with {n_coloured} pixels");
    assert_eq!(fs::read_dir(&drawn).unwrap().count(), 3, "nothing is left beside them");
}

fn pictures_outlive_their_sound() {
    let folder = folder();
    video(folder.path());
    ffmpeg(folder.path(), "-i clip.y4m -f lavfi -i sine=duration=3 -c:v libx264 -c:a aac clip.mkv");
    let file = folder.path().join("clip.mkv");
    let mut bytes = fs::read(&file).unwrap();
    let name = bytes.windows(5).position(|name| name == b"A_AAC").unwrap();
    bytes[name..name + 5].copy_from_slice(b"A_XXX");
    fs::write(&file, bytes).unwrap();
    let text = fails(folder.path(), &["clip.mkv", "--network", "small", "--annotate", "drawn", "--json", "v.json"], 3);
    assert!(text.contains("1 of 1 files could not be read to their end, annotated or exported"), "{text}");
    let report = &read_json(&folder.path().join("v.json"))[0];
    assert_eq!(report["annotated"], "drawn/clip-faces.mp4", "{report}");
    assert!(report["annotation_error"].as_str().unwrap().starts_with("it has no sound: ffmpeg: "), "{report}");
    assert_eq!(times(&folder.path().join("drawn"), "clip-faces.mp4").len(), 5);
    assert_eq!(fs::read_dir(folder.path().join("drawn")).unwrap().count(), 1, "nothing is left beside it");
}

fn parts_are_read() {
    let folder = folder();
    video(folder.path());
    ffmpeg(folder.path(), "-stream_loop 3 -i clip.y4m -f lavfi -i sine=duration=2 -c:v libx264 -c:a aac long.mp4");
    let all = times(folder.path(), "long.mp4");
    assert_eq!(all.len(), 20);
    let options = "--from 0.5 --to 1.5 --every 3 --csv f.csv --annotate drawn --json v.json";
    let words: Vec<&str> = ["long.mp4", "--network", "small"].into_iter().chain(options.split(' ')).collect();
    succeeds(folder.path(), &words);
    let expected: Vec<f64> = all.iter().copied().filter(|time| (0.5..1.5).contains(time)).step_by(3).collect();
    let actual = times(&folder.path().join("drawn"), "long-faces.mp4");
    assert_eq!((expected.len(), actual.len()), (4, 4), "{expected:?} {actual:?}");
    assert!(expected.iter().zip(&actual).all(|(a, b)| (a - b).abs() < 1e-3), "{actual:?} for {expected:?}");
    assert_eq!(read_json(&folder.path().join("v.json"))[0]["frames"], 4);
    let csv = fs::read_to_string(folder.path().join("f.csv")).unwrap();
    for word in ["\"from_secs\":\"0.5\"", "\"to_secs\":\"1.5\"", "\"every\":\"3\""] {
        assert!(csv.contains(word), "{word}: {csv}");
    }
    let sound = probed(&folder.path().join("drawn"), "long-faces.mp4", "stream=codec_type,start_time,duration");
    let sound = sound["streams"].as_array().unwrap().iter().find(|stream| stream["codec_type"] == "audio").unwrap();
    let [start, length] = ["start_time", "duration"].map(|name| sound[name].as_str().unwrap().parse::<f64>().unwrap());
    assert!((start - 0.5).abs() < 0.05 && (length - 1.0).abs() < 0.06, "{sound}");

    let refused = |options: &str| {
        let words: Vec<&str> = ["long.mp4", "--network", "small"].into_iter().chain(options.split(' ')).collect();
        fails(folder.path(), &words, if options.contains('x') || options.contains("-1") { 2 } else { 1 })
    };
    assert!(refused("--from 3 --to 1").contains("expected --to after --from, got 1 and 3"));
    assert!(refused("--from 30").contains("expected frames from 30 s, got none"));
    assert!(refused("--from x").contains("expected seconds, 0 or more"));
    assert!(refused("--from -1").contains("expected seconds, 0 or more"));
}

/// ffmpeg reads such files without an error.
fn cut_files_say_so() {
    let folder = folder();
    video(folder.path());
    for (name, options, cut) in [("cut.mp4", "-movflags +faststart", 0.8), ("cut.mkv", "-f matroska", 0.6)] {
        ffmpeg(folder.path(), &format!("-stream_loop 9 -i clip.y4m -c:v libx264 -bf 0 {options} {name}"));
        let file = folder.path().join(name);
        let bytes = fs::read(&file).unwrap();
        fs::write(&file, &bytes[..(bytes.len() as f64 * cut) as usize]).unwrap();
        let error = fails(folder.path(), &[name, "--network", "small", "--json", "v.json"], 3);
        assert!(error.contains("not all of it: it breaks off") && error.contains("after frame"), "{name}: {error}");
        let report = &read_json(&folder.path().join("v.json"))[0];
        let n_frames = report["frames"].as_u64().unwrap();
        assert!((1..50).contains(&n_frames), "{report}");
        // The newest frame lasts as long as the others, not to the end that the file says it has.
        let secs: f64 = report["times"].as_array().unwrap().iter().map(|time| time["secs"].as_f64().unwrap()).sum();
        assert!((secs - n_frames as f64 / 10.0).abs() < 0.01, "{secs} s of {n_frames} frames: {report}");
    }
}

/// Of every second frame the odd lines belong to the moment after: a face that moves would have combs.
fn two_fields_are_one_frame() {
    let folder = folder();
    video(folder.path());
    let words = "-i clip.y4m -vf tinterlace=interleave_top,fieldorder=tff -flags +ilme+ildct -c:v mpeg2video \
        -q:v 2 -field_order tt fields.mpg";
    ffmpeg(folder.path(), words);
    succeeds(folder.path(), &["fields.mpg", "--network", "small", "--json", "v.json"]);
    let report = &read_json(&folder.path().join("v.json"))[0];
    assert_eq!(report["frames"].as_u64(), Some(times(folder.path(), "fields.mpg").len() as u64), "{report}");
}

fn a_playlist_opens_nothing() {
    let folder = folder();
    video(folder.path());
    ffmpeg(folder.path(), "-i clip.y4m -c:v libx264 secret.ts");
    let playlists = [
        ("list.mp4", "#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"),
        ("concat.mp4", "ffconcat version 1.0\nfile http://127.0.0.1:9/a.mp4\n"),
        ("reference.mov", "#EXTM3U\n#EXTINF:1,\nconcat:secret.ts|secret.ts\n#EXT-X-ENDLIST\n"),
    ];
    for (name, text) in playlists {
        fs::write(folder.path().join(name), text).unwrap();
        let error = fails(folder.path(), &[name, "--network", "small"], 1);
        assert!(error.contains(&format!("error: {name}: ")), "{error}");
    }
}

/// The reports on videos that can all be read.
fn reports(videos: &[PathBuf], more: &[&str]) -> (TempDir, Vec<Value>) {
    let folder = folder();
    let words: Vec<&str> = videos.iter().map(|path| path.to_str().expect("a path in UTF-8")).collect();
    succeeds(folder.path(), &[&["--network", "small", "--json", "v.json"], more, &words[..]].concat());
    let reports = read_json(&folder.path().join("v.json"));
    (folder, reports)
}

fn every_frame_is_read_once(videos: [PathBuf; FRAMES.len()]) {
    let (folder, reports) = reports(&videos, &["--export", "files"]);
    for (report, (path, frames, without_face)) in reports.iter().zip(FRAMES) {
        let counts = (report["frames"].as_u64(), report["frames_without_face"].as_u64());
        assert_eq!(counts, (Some(frames), Some(without_face)), "{path}");
    }
    // A row for every frame, with a face or without.
    let csv = fs::read_to_string(folder.path().join("files/pyfeat_face_noface.csv")).unwrap();
    let numbers: Vec<u64> = csv.lines().skip(2).map(|line| line.split(',').nth(1).unwrap().parse().unwrap()).collect();
    let mut distinct = numbers.clone();
    distinct.dedup();
    assert_eq!(distinct, (1..=169).collect::<Vec<_>>(), "{numbers:?}");
}

fn others_say_why_not(videos: [PathBuf; REFUSED.len()]) {
    let folder = folder();
    let empty = folder.path().join("empty.mp4");
    fs::write(&empty, "").unwrap();
    let words: Vec<&str> = videos.iter().chain([&empty]).map(|path| path.to_str().unwrap()).collect();
    let error = fails(folder.path(), &[&["--network", "small"], &words[..]].concat(), 1);
    for (name, why) in videos.iter().zip(REFUSED.map(|(_, why)| why)).chain([(&empty, "is empty")]) {
        let line = error.lines().find(|line| line.contains(&*name.display().to_string()));
        assert!(line.is_some_and(|line| line.contains(why)), "{}: {error}", name.display());
    }
}

/// Width and height of the faces of a video, pixels, as its table has them.
fn sides(folder: &Path, name: &str) -> Vec<[f64; 2]> {
    let csv = fs::read_to_string(folder.join("files").join(name)).unwrap();
    let header: Vec<_> = csv.lines().nth(1).unwrap().split(',').collect();
    let column = |name: &str| header.iter().position(|column| *column == name).unwrap();
    let columns = ["width", "height"].map(column);
    let rows = csv.lines().skip(2).map(|line| line.split(',').collect::<Vec<_>>());
    rows.filter_map(|row| columns.map(|column| row[column].parse().ok()).into_iter().collect::<Option<Vec<f64>>>())
        .map(|numbers| numbers.try_into().unwrap())
        .collect()
}

/// Stored at 4:3 for a screen of 16:9, a face is a quarter too narrow.
fn shape_is_applied(videos: [PathBuf; 1]) {
    let (folder, _) = reports(&videos, &["--export", "files"]);
    let sides = sides(folder.path(), "derived_anamorphic_pal_16to9.csv");
    let mut ratios: Vec<f64> = sides.iter().map(|[width, height]| height / width).collect();
    ratios.sort_by(f64::total_cmp);
    let ratio = ratios[ratios.len() / 2];
    assert!((0.95..1.5).contains(&ratio), "a face is {ratio} times as high as wide");
}
