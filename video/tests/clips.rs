//! Clips of every kind that phones, browsers and programs write, made here by ffmpeg: the frames and their times are those
//! of ffprobe. Skipped without the two programs.

#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]

use std::{
    fs::{self, File},
    io::{self, Cursor, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use libtest_mimic::{Arguments, Trial};
use tempfile::TempDir;
use video::{Orientation, Video, VideoError};

/// ffprobe writes six digits behind the point.
const TIME_ATOL: f64 = 1e-6;

/// A moving picture of 2 s, 25 frames a second.
const SOURCE: &str = "-f lavfi -i testsrc2=size=128x96:rate=25:duration=2";

/// H.264 with two B-frames between others and a key frame every 12.
const H264: &str = "-c:v libx264 -preset ultrafast -bf 2 -g 12 -pix_fmt yuv420p";

/// A clip: file name, the words between ffmpeg's name and the file's, and what WebCodecs calls its codec.
struct Clip(&'static str, String, &'static str);

fn clips() -> Vec<Clip> {
    let vp9 = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8";
    // Every third frame late by 11 ms, two left out.
    let variable = "-vf select='not(between(n,20,21))',setpts='PTS+if(mod(N,3),0,0.011/TB)' -fps_mode passthrough";
    vec![
        Clip(
            "plain.mp4",
            format!("{SOURCE} -c:v libx264 -preset ultrafast -tune fastdecode -bf 0 -pix_fmt yuv420p"),
            "avc1.",
        ),
        Clip("b_frames.mp4", format!("{SOURCE} {H264}"), "avc1."),
        Clip("variable.mp4", format!("{SOURCE} {variable} {H264} -video_track_timescale 90000"), "avc1."),
        Clip("one_frame.mp4", format!("{SOURCE} {H264} -frames:v 1"), "avc1."),
        Clip("begins_late.mp4", format!("{SOURCE} {H264} -output_ts_offset 8"), "avc1."),
        Clip("index_first.mp4", format!("{SOURCE} {H264} -movflags +faststart"), "avc1."),
        Clip("negative_offsets.mp4", format!("{SOURCE} {H264} -movflags +negative_cts_offsets"), "avc1."),
        Clip(
            "fragments.mp4",
            format!("{SOURCE} {H264} -movflags +frag_keyframe+empty_moov+default_base_moof"),
            "avc1.",
        ),
        Clip("old_fragments.mp4", format!("{SOURCE} {H264} -movflags +frag_keyframe+delay_moov"), "avc1."),
        Clip("quicktime.mov", format!("{SOURCE} {H264} -metadata title=x"), "avc1."),
        Clip("ten_bits.mp4", format!("{SOURCE} {H264} -pix_fmt yuv420p10le"), "avc1.6E"),
        Clip(
            "hevc.mp4",
            format!("{SOURCE} -c:v libx265 -preset ultrafast -x265-params log-level=none -tag:v hvc1"),
            "hvc1.1.",
        ),
        Clip("with_sound.mov", format!("{SOURCE} -f lavfi -i sine=duration=2 {H264} -c:a aac"), "avc1."),
        Clip("vp9.mp4", format!("{SOURCE} {vp9}"), "vp09.00"),
        Clip("mpeg4.mp4", format!("{SOURCE} -c:v mpeg4 -bf 2"), "mp4v"),
        Clip("vp8.webm", format!("{SOURCE} -c:v libvpx -deadline realtime"), "vp8"),
        Clip("odd_size.webm", format!("{SOURCE} -vf scale=127:95 {vp9}"), "vp09.00"),
        Clip("variable.webm", format!("{SOURCE} {variable} {vp9}"), "vp09.00"),
        Clip("as_recorded.webm", format!("{SOURCE} {vp9} -f webm -live 1"), "vp09.00"),
        Clip("b_frames.mkv", format!("{SOURCE} {H264}"), "avc1."),
        Clip("with_sound.mkv", format!("{SOURCE} -f lavfi -i sine=duration=2 {H264} -c:a aac"), "avc1."),
    ]
}

fn main() -> ExitCode {
    let is_missing = !["ffmpeg", "ffprobe"].iter().all(|name| Command::new(name).arg("-version").output().is_ok());
    let trial = |name: String, test: Box<dyn FnOnce() + Send>| {
        let test = Trial::test(name, move || {
            test();
            Ok(())
        });
        test.with_kind("needs ffmpeg").with_ignored_flag(is_missing)
    };
    let mut trials: Vec<_> = clips()
        .into_iter()
        .map(|clip| trial(format!("times_of_{}", clip.0), Box::new(move || times_are_those_of_ffprobe(&clip))))
        .collect();
    let others: [(&str, fn()); 7] = [
        ("times_of_a_cut_by_an_edit_list", times_of_a_cut_by_an_edit_list),
        ("the_picture_is_described", the_picture_is_described),
        ("a_turned_phone", a_turned_phone),
        ("a_place_is_found", a_place_is_found),
        ("what_cannot_be_read_says_why", what_cannot_be_read_says_why),
        ("a_cut_file_is_read_up_to_the_cut", a_cut_file_is_read_up_to_the_cut),
        ("a_file_that_fails_while_it_is_read", a_file_that_fails_while_it_is_read),
    ];
    trials.extend(others.map(|(name, test)| trial(name.into(), Box::new(test))));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Runs ffmpeg; `words` are its arguments.
fn make(folder: &Path, name: &str, words: &str) -> PathBuf {
    let path = folder.join(name);
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-nostdin", "-y"]).args(words.split_whitespace()).arg(&path).current_dir(folder);
    let output = ffmpeg.output().expect("it is there");
    assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
    path
}

/// The times of all frames, as a player shows them.
fn probed(path: &Path) -> Vec<f64> {
    let mut ffprobe = Command::new("ffprobe");
    ffprobe.args(["-v", "error", "-select_streams", "v:0", "-show_entries", "frame=pts_time", "-of", "csv=p=0"]);
    let output = ffprobe.arg(path).output().expect("it is there");
    let text = String::from_utf8(output.stdout).expect("numbers");
    // A comma stands before what it says of the frame beside.
    let time = |line: &str| line.split(',').next().and_then(|time| time.trim().parse().ok());
    text.lines().filter_map(time).collect()
}

fn open(path: &Path) -> Video<File> {
    Video::open(File::open(path).expect("it was made")).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The times of the frames that are shown, in the order in which they are; the first must be a key frame.
fn shown<R: Read + Seek>(video: &mut Video<R>) -> Vec<f64> {
    let mut times = vec![];
    let mut is_first = true;
    while let Some(sample) = video.next_sample().expect("a good file") {
        assert!(sample.is_key || !is_first, "the first frame needs no other one");
        assert!(!sample.data.is_empty());
        is_first = false;
        times.extend(sample.is_shown.then_some(sample.time_secs));
    }
    times.sort_by(f64::total_cmp);
    times
}

fn expect_equal(name: &str, got: &[f64], expected: &[f64]) {
    assert!(!expected.is_empty(), "{name}: ffprobe sees frames");
    assert_eq!(got.len(), expected.len(), "{name}: {got:?}, expected {expected:?}");
    for (got, expected) in got.iter().zip(expected) {
        assert!((got - expected).abs() <= TIME_ATOL, "{name}: {got}, expected {expected}");
    }
}

fn times_are_those_of_ffprobe(Clip(name, words, codec): &Clip) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = make(folder.path(), name, words);
    let mut video = open(&path);
    assert!(video.track().codec.string.starts_with(codec), "{:?}", video.track());
    let times = shown(&mut video);
    expect_equal(name, &times, &probed(&path));
    if let Some(n_frames) = video.track().n_frames {
        assert_eq!(n_frames as usize, times.len());
    }
    let is_recorded = *name == "as_recorded.webm";
    let end = video.track().end_secs;
    assert!(end.is_some_and(|end| end > times[times.len() - 1]) != is_recorded, "{end:?} after {times:?}");
}

fn times_of_a_cut_by_an_edit_list() {
    let folder = tempfile::tempdir().expect("a folder");
    make(folder.path(), "whole.mp4", &format!("{SOURCE} {H264}"));
    for (name, words) in [
        ("between_key_frames.mp4", "-ss 0.7 -i whole.mp4 -c copy"),
        ("cut_on_both_sides.mov", "-ss 0.33 -i whole.mp4 -t 0.61 -c copy"),
        ("cut_and_late.mp4", "-itsoffset 1.25 -ss 0.7 -i whole.mp4 -c copy"),
    ] {
        let path = make(folder.path(), name, words);
        expect_equal(name, &shown(&mut open(&path)), &probed(&path));
    }
}

fn the_picture_is_described() {
    let folder = tempfile::tempdir().expect("a folder");
    let hdr = "-colorspace bt2020nc -color_trc smpte2084 -color_primaries bt2020 -color_range tv";
    for (name, words, aspect) in [
        ("wide.mp4", format!("{SOURCE} -vf setsar=16/11 {H264} {hdr}"), Some([16, 11])),
        ("wide.mkv", format!("{SOURCE} -vf setsar=16/11 {H264} {hdr}"), Some([16, 11])),
        ("square.mkv", format!("{SOURCE} {H264} {hdr}"), Some([1, 1])),
    ] {
        let video = open(&make(folder.path(), name, &words));
        let track = video.track();
        assert_eq!((track.coded_size, track.orientation), ([128, 96], Orientation::default()), "{name}");
        match (track.pixel_aspect, aspect) {
            // Matroska has whole pixels: 128·16/11 = 186.2.
            (Some([x, y]), Some([expected_x, expected_y])) => {
                let error = f64::from(x) / f64::from(y) - f64::from(expected_x) / f64::from(expected_y);
                assert!(error.abs() < 0.01, "{name}: {x}:{y}");
            }
            // Square pixels need not be named.
            (None, Some([1, 1])) => {}
            other => panic!("{name}: {other:?}"),
        }
        let colour = track.colour.unwrap_or_else(|| panic!("{name}: no colours"));
        assert_eq!(colour, video::Colour::from_names("smpte2084", "bt2020nc", false), "{name}");
    }
}

fn a_turned_phone() {
    let folder = tempfile::tempdir().expect("a folder");
    make(folder.path(), "flat.mp4", &format!("{SOURCE} {H264}"));
    // Counted anticlockwise.
    for (degrees, quarter_turns) in [(90, 3), (180, 2), (270, 1)] {
        // ffmpeg 5 has the one, 6 and later the other.
        let words = if is_ffmpeg_older_than_6() {
            format!("-i flat.mp4 -c copy -metadata:s:v:0 rotate={degrees}")
        } else {
            format!("-display_rotation {degrees} -i flat.mp4 -c copy")
        };
        let video = open(&make(folder.path(), "turned.mp4", &words));
        assert_eq!(video.track().orientation, Orientation { is_mirrored: false, quarter_turns }, "{degrees}");
    }
}

fn is_ffmpeg_older_than_6() -> bool {
    let output = Command::new("ffmpeg").arg("-version").output().expect("it is there");
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.split_whitespace().nth(2).and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    version.is_some_and(|version| version < 6)
}

fn a_place_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["b_frames.mp4", "b_frames.mkv"] {
        let path = make(folder.path(), name, &format!("{SOURCE} {H264}"));
        let all = probed(&path);
        let mut video = open(&path);
        for from in [0.0, 0.001, 0.5, 1.0, 1.96, 5.0] {
            video.seek(from).expect("a good file");
            let from_there: Vec<_> = shown(&mut video).into_iter().filter(|time| *time >= from).collect();
            let expected: Vec<_> = all.iter().copied().filter(|time| *time >= from).collect();
            assert_eq!(from_there.len(), expected.len(), "{name} from {from}: {from_there:?}");
        }
        video.seek(1.5).expect("a good file");
        let first = video.next_sample().expect("a good file").expect("a frame");
        assert!(first.is_key && (0.9..=1.5).contains(&first.time_secs), "not from the beginning: {}", first.time_secs);
    }
}

/// Files made of a good one.
fn damaged(folder: &TempDir, name: &str, change: impl Fn(&mut Vec<u8>)) -> PathBuf {
    let mut bytes = fs::read(folder.path().join("good.mp4")).expect("it was made");
    change(&mut bytes);
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("a place to write to");
    path
}

fn what_cannot_be_read_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    make(folder.path(), "good.mp4", &format!("{SOURCE} {H264}"));
    let cases = [
        (damaged(&folder, "empty.mp4", Vec::clear), "the file is empty"),
        // ffmpeg writes the index last.
        (damaged(&folder, "half.mp4", |bytes| bytes.truncate(bytes.len() / 2)), "the recording was not finished"),
        (damaged(&folder, "index_cut.mp4", |bytes| bytes.truncate(bytes.len() - 9)), "the recording was not finished"),
        (damaged(&folder, "text.mp4", |bytes| *bytes = b"Dear reader".to_vec()), "begins with “Dear rea”"),
        (make(folder.path(), "sound.mp4", "-f lavfi -i sine=duration=1 -c:a aac"), "expected a video with pictures"),
        (make(folder.path(), "sound.mka", "-f lavfi -i sine=duration=1 -c:a aac"), "expected a video with pictures"),
        (make(folder.path(), "clip.avi", &format!("{SOURCE} {H264}")), "got an AVI video"),
    ];
    for (path, expected) in cases {
        let error = Video::open(File::open(&path).expect("it was made")).err().map(|error| error.to_string());
        assert!(error.as_ref().is_some_and(|error| error.contains(expected)), "{}: {error:?}", path.display());
    }
    // The name counts for nothing.
    let path = folder.path().join("wrong.webm");
    fs::copy(folder.path().join("good.mp4"), &path).expect("a place to write to");
    assert!(open(&path).track().codec.string.starts_with("avc1."));
}

fn a_cut_file_is_read_up_to_the_cut() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, words) in [("cut.mp4", "-movflags +faststart"), ("cut.mkv", "")] {
        let path = make(folder.path(), name, &format!("{SOURCE} {H264} {words}"));
        let bytes = fs::read(&path).expect("it was made");
        let mut video = Video::open(Cursor::new(&bytes[..bytes.len() * 2 / 3])).expect("its beginning is there");
        let mut n = 0;
        let error = loop {
            match video.next_sample() {
                Ok(Some(_)) => n += 1,
                Ok(None) => panic!("{name}: the end of a cut file is no end"),
                Err(error) => break error,
            }
        };
        assert!((10..50).contains(&n), "{name}: {n} frames");
        assert!(matches!(error, VideoError::Cut { .. } | VideoError::Damaged(_)), "{name}: {error}");
    }
}

/// A file that is taken away after so many bytes.
struct TakenAway {
    bytes: Cursor<Vec<u8>>,
    left: usize,
}

impl Read for TakenAway {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.read(buffer)?;
        self.left = self.left.checked_sub(n).ok_or_else(|| io::Error::other("it was taken away"))?;
        Ok(n)
    }
}

impl Seek for TakenAway {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(to)
    }
}

fn a_file_that_fails_while_it_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["a.mp4", "a.mkv"] {
        let bytes = fs::read(make(folder.path(), name, &format!("{SOURCE} {H264}"))).expect("it was made");
        let left = bytes.len() / 2;
        let mut video = Video::open(TakenAway { bytes: Cursor::new(bytes), left }).expect("the index is small");
        let error = loop {
            match video.next_sample() {
                Ok(sample) => assert!(sample.is_some(), "{name}: no end"),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, VideoError::Io(_)) && error.to_string().contains("taken away"), "{name}: {error}");
    }
}
