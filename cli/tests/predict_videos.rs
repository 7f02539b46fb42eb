//! Videos and saved sessions through the program.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::{fs, path::Path, process::Command};

use common::{ASTRONAUT, fails, folder, project, read_json, succeeds, video, write_weights};
use model_core::{Architecture, Calibration, ModelCard, Vote};

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
    let error = fails(folder.path(), &[session, "--annotate", "drawn"], 1);
    assert!(error.contains("expected photos or videos for --annotate"), "{error}");
    // Beside the session that is read, files have other names.
    succeeds(folder.path(), &[session, "--export", "first"]);
    assert_eq!(read("first/clip-session-2.json"), read(session));
    // And beside what another flag writes.
    succeeds(folder.path(), &[session, "--export", "second", "--json", "second/clip.vtt"]);
    assert!(read("second/clip.vtt").starts_with(b"[") && read("second/clip-2.vtt") == read("first/clip.vtt"));
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
        [(0, 0, "a.mp4: 5 frames"), (1, 3, "it breaks off: ffmpeg cannot read it: the last word after frame 5")]
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
