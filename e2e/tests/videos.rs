//! Videos in the page: each frame once, with its own time, and the faces that the command line finds. Without ffmpeg,
//! which makes the clips, these tests are skipped.

#[path = "videos/broken.rs"]
mod broken;
#[path = "videos/timeline.rs"]
mod timeline;
#[path = "videos/waiting.rs"]
mod waiting;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use e2e::{
    BrowserOptions, NamedTest, Page,
    clip::{clip, has_ffmpeg, probed_times, remade},
    reference, run, run_all,
};
use serde::Deserialize;

/// ffprobe writes six digits behind the point.
const TIME_ATOL: f64 = 1e-6;

/// Pixels and probabilities, as of photos.
const BOX_ATOL: f64 = 0.05;
const PROBABILITY_ATOL: f64 = 1e-4;

/// Keeps what the workers answer about frames.
const WATCH: &str = "
window.decoded = [];
window.read = [];
window.Worker = class extends Worker {
  constructor(...how) {
    super(...how);
    this.addEventListener('message', ({ data: [head] }) => {
      if (head?.Decoded) window.decoded.push(head.Decoded);
      if (head?.VideoFrame) window.read.push(head.VideoFrame);
    });
  }
};";

fn main() -> ExitCode {
    let tests: [NamedTest; 10] = [
        ("without_a_decoder_a_video_is_read_as_it_is_played", || {
            Box::pin(without_a_decoder_it_is_read_as_it_is_played())
        }),
        ("every_frame_is_read_once_at_its_own_time", || Box::pin(every_frame_is_read_once_at_its_own_time())),
        ("page_and_command_line_find_the_same_faces", || Box::pin(page_and_command_line_find_the_same_faces())),
        ("a_range_is_read_paused_and_stopped", || Box::pin(a_range_is_read_paused_and_stopped())),
        ("a_video_has_a_timeline_files_and_a_session", || {
            Box::pin(timeline::a_video_has_a_timeline_files_and_a_session())
        }),
        ("videos_that_wait_are_read_in_turn_and_all_stay", || {
            Box::pin(waiting::videos_that_wait_are_read_in_turn_and_all_stay())
        }),
        ("videos_that_wait_are_read_once_videos_are_looked_at_again", || {
            Box::pin(waiting::videos_that_wait_are_read_once_videos_are_looked_at_again())
        }),
        ("frames_that_are_damaged_cost_no_others", || Box::pin(broken::frames_that_are_damaged_cost_no_others())),
        ("what_cannot_be_read_says_why", || Box::pin(broken::what_cannot_be_read_says_why())),
        ("a_file_that_changes_while_it_is_read_says_so", || {
            Box::pin(broken::a_file_that_changes_while_it_is_read_says_so())
        }),
    ];
    run_all(tests, "needs ffmpeg", !has_ffmpeg())
}

const H264: &str = "-c:v libx264 -preset veryfast -bf 2 -g 24 -pix_fmt yuv420p";
const VP9: &str = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8";

/// Clips of some frames of every kind.
fn clips(folder: &Path) -> Result<Vec<PathBuf>> {
    let variable = "select='not(between(n,10,11))',setpts='PTS+if(mod(N,3),0,0.011/TB)' | -fps_mode passthrough";
    Ok(vec![
        clip(folder, "b_frames.mp4", 50, H264)?,
        clip(folder, "variable.mp4", 30, &format!("{variable} {H264} -video_track_timescale 90000"))?,
        remade(folder, "edited.mp4", "-ss 0.7 -i b_frames.mp4 -c copy")?,
        remade(folder, "late.mp4", "-i b_frames.mp4 -c copy -output_ts_offset 8")?,
        remade(folder, "turned.mov", "-i b_frames.mp4 -c copy -metadata:s:v:0 rotate=90")?,
        clip(folder, "one_frame.mp4", 1, H264)?,
        clip(folder, "ten_bits.mp4", 20, &format!("{H264} -pix_fmt yuv420p10le"))?,
        clip(folder, "odd_size.webm", 20, &format!("scale=327:245 | {VP9}"))?,
        clip(folder, "recorded.webm", 30, &format!("{VP9} -f webm -live 1"))?,
        clip(folder, "vp8.webm", 20, "-c:v libvpx -deadline realtime -b:v 1M")?,
        clip(folder, "b_frames.mkv", 30, H264)?,
        clip(folder, "fragments.mp4", 50, &format!("{H264} -movflags +frag_keyframe+empty_moov+default_base_moof"))?,
    ])
}

#[derive(Debug, Deserialize)]
struct Decoded {
    time_secs: f64,
}

/// Picks a video and waits until it was read; its end as the page says it.
async fn read(page: &Page, file: &Path) -> Result<Vec<Decoded>> {
    page.ask::<bool>("window.decoded = []; window.read = []; return true;").await?;
    page.pick_video(file).await?;
    // The number of frames is shown a moment after the end.
    let ended = "const video = document.querySelector('[data-testid=\"video\"]');
        const isRead = Number(video?.dataset.frames) === window.decoded.length;
        return video?.dataset.step === 'ended' && isRead ? true : null;";
    page.until_answer("every decoded frame read", ended, |_: &bool| true).await?;
    let decoded: Vec<Decoded> = page.ask("return window.decoded;").await?;
    Ok(decoded)
}

async fn every_frame_is_read_once_at_its_own_time() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        page.before_load(WATCH).await?;
        page.open_ready().await?;
        page.show_videos().await?;
        for file in clips(folder.path())? {
            let start = Instant::now();
            let times: Vec<f64> = read(&page, &file).await?.iter().map(|frame| frame.time_secs).collect();
            let name = file.file_name().unwrap_or_default().display();
            println!("{name}: {} frames in {:.1} s", times.len(), start.elapsed().as_secs_f64());
            let expected = probed_times(&file)?;
            ensure!(times.len() == expected.len(), "{name}: {times:?}, expected {expected:?}");
            for (got, expected) in times.iter().zip(&expected) {
                ensure!((got - expected).abs() <= TIME_ATOL, "{name}: {got}, expected {expected}");
            }
            page.screenshot(&name.to_string()).await?;
        }
        page.expect_quiet_console().await
    })
    .await
}

/// Where the browser gives no decoder, frames are read as it plays them, which the page and the file of frames say.
async fn without_a_decoder_it_is_read_as_it_is_played() -> Result<()> {
    const LOADER: &str = "worker_loader.js";
    run(BrowserOptions::default(), async |page, server| {
        let loader = std::fs::read_to_string(e2e::folder("dist").join(LOADER)).context("the page is not built")?;
        server.serve(&format!("/{LOADER}"), format!("delete self.VideoDecoder;\n{loader}").into_bytes());
        let folder = tempfile::tempdir()?;
        page.before_load(WATCH).await?;
        page.open_ready().await?;
        page.show_videos().await?;
        page.pick_video(&clip(folder.path(), "played.mp4", 50, H264)?).await?;
        let ended = "const video = document.querySelector('[data-testid=\"video\"]');
            return video?.dataset.step === 'ended' ? Number(video.dataset.frames) : null;";
        let n_frames: u32 = page.until_answer("the video read", ended, |_: &u32| true).await?;
        ensure!((10..=50).contains(&n_frames), "{n_frames} frames of 50");
        let inexact = "return document.querySelector('[data-testid=\"inexact\"]')?.textContent ?? null;";
        page.until_answer("a word that it is not exact", inexact, |words: &String| words.contains("Not exact")).await?;
        page.screenshot("inexact").await?;
        page.expect_accessible("a video that is not exact").await?;
        page.expect_quiet_console().await
    })
    .await
}

/// A frame as the page read it.
#[derive(Debug, Deserialize)]
struct Read {
    frame: Frame,
    width: u32,
    height: u32,
}

#[derive(Debug, Deserialize)]
struct Frame {
    analysis: Analysis,
}

#[derive(Debug, Deserialize)]
struct Analysis {
    faces: Vec<Face>,
}

#[derive(Debug, Deserialize)]
struct Face {
    detection: Detection,
    prediction: Prediction,
}

#[derive(Debug, Deserialize)]
struct Detection {
    rect: reference::Rect,
}

#[derive(Debug, Deserialize)]
struct Prediction {
    scores: Vec<f64>,
}

async fn page_and_command_line_find_the_same_faces() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        page.before_load(WATCH).await?;
        page.open_ready().await?;
        page.show_videos().await?;
        // Half of the clips do not say how their colours are coded. One is upside down, and turned upright by what the
        // file says.
        clip(folder.path(), "flat.mp4", 12, &format!("vflip,hflip | {H264}"))?;
        let hdr = "-colorspace bt2020nc -color_trc smpte2084 -color_primaries bt2020 -pix_fmt yuv420p10le";
        for (file, size) in [
            (remade(folder.path(), "turned.mp4", "-i flat.mp4 -c copy -metadata:s:v:0 rotate=180")?, [640, 480]),
            (clip(folder.path(), "hd.mp4", 4, &format!("scale=1920:1440 | {H264} -colorspace bt709"))?, [1920, 1440]),
            (clip(folder.path(), "large.mp4", 4, &format!("scale=1280:960 | {H264}"))?, [1280, 960]),
            (clip(folder.path(), "wide.mp4", 8, &format!("scale=480:480,setsar=4/3 | {H264}"))?, [640, 480]),
            (clip(folder.path(), "late.mp4", 8, &format!("{H264} -output_ts_offset 8"))?, [640, 480]),
            (clip(folder.path(), "hdr.mp4", 8, &format!("{H264} {hdr}"))?, [640, 480]),
            (clip(folder.path(), "vp9.webm", 12, VP9)?, [640, 480]),
        ] {
            let decoded = read(&page, &file).await?;
            let on_page: Vec<Read> = page.ask("return window.read;").await?;
            let rows = reference::video_rows(&file)?;
            let name = file.file_name().unwrap_or_default().display();
            ensure!(on_page.len() == decoded.len(), "{name}: {} of {} frames", on_page.len(), decoded.len());
            let n_faces: usize = on_page.iter().map(|read| read.frame.analysis.faces.len()).sum();
            ensure!(n_faces == rows.len(), "{name}: page {n_faces} faces, command line {}", rows.len());
            let faces = on_page.iter().zip(&decoded).flat_map(|(read, decoded)| {
                ensure_size(read, size);
                read.frame.analysis.faces.iter().map(move |face| (decoded.time_secs, face))
            });
            for ((time_secs, face), row) in faces.zip(&rows) {
                ensure!((time_secs - row.seconds).abs() <= TIME_ATOL, "{name}: {time_secs}, command line {row:?}");
                let difference = worst(&face.prediction.scores, &row.probabilities);
                ensure!(difference <= PROBABILITY_ATOL, "{name}: {face:?}, command line {row:?}");
                let difference = worst(&<[f64; 4]>::from(face.detection.rect), &<[f64; 4]>::from(row.rect));
                ensure!(difference <= BOX_ATOL, "{name}: {face:?}, command line {row:?}");
            }
            ensure!(n_faces > 0, "{name}: no face");
        }
        Ok(())
    })
    .await
}

fn worst(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

fn ensure_size(read: &Read, size: [u32; 2]) {
    assert_eq!([read.width, read.height], size);
}

async fn a_range_is_read_paused_and_stopped() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        page.before_load(WATCH).await?;
        page.open_ready().await?;
        page.show_videos().await?;
        let file = clip(folder.path(), "long.mp4", 2000, H264)?;
        page.pick_video(&file).await?;
        let frames = "const video = document.querySelector('[data-testid=\"video\"]');
            return video ? Number(video.dataset.frames) : null;";
        page.until_answer("some frames", frames, |n: &u64| *n > 5).await?;
        page.click("video-pause").await?;
        let step = |step: &str| {
            format!("return document.querySelector('[data-testid=\"video\"]').dataset.step === '{step}' ? true : null;")
        };
        page.until_answer("a pause", &step("paused"), |_: &bool| true).await?;
        page.expect_accessible("a video that waits").await?;
        page.click("video-resume").await?;
        let n: u64 = page.ask(frames).await?;
        page.until_answer("more frames", frames, |more: &u64| *more > n + 5).await?;
        page.click("video-stop").await?;
        page.until_answer("the stop", &step("stopped"), |_: &bool| true).await?;
        page.ask::<bool>("window.decoded = []; return true;").await?;
        page.click("video-range").await?;
        for (field, value) in [("video-from", "1"), ("video-to", "2"), ("video-every", "5")] {
            let field = page.find(field).await?;
            field.clear().await?;
            field.send_keys(value).await?;
        }
        page.click("video-read").await?;
        page.until_answer("the range", &step("ended"), |_: &bool| true).await?;
        let decoded: Vec<Decoded> = page.ask("return window.decoded;").await?;
        let times: Vec<f64> = decoded.iter().map(|frame| frame.time_secs).collect();
        let expected = [1.0, 1.2, 1.4, 1.6, 1.8];
        let is_equal = times.len() == 5 && times.iter().zip(expected).all(|(got, time)| (got - time).abs() < TIME_ATOL);
        ensure!(is_equal, "{times:?}, expected {expected:?}");
        expect_film_of_part(&page, folder.path()).await?;
        // Frames that are far apart still show one person.
        for (field, value) in [("video-from", "0"), ("video-to", "80"), ("video-every", "60")] {
            let field = page.find(field).await?;
            field.clear().await?;
            field.send_keys(value).await?;
        }
        page.click("video-read").await?;
        let frames = "const video = document.querySelector('[data-testid=\"video\"]');
            const people = document.querySelectorAll('[data-testid=\"person\"]').length;
            return video.dataset.step === 'ended' && video.dataset.frames === '34' ? people : null;";
        page.until_answer("one person", frames, |n_people: &usize| *n_people == 1).await?;
        page.expect_quiet_console().await
    })
    .await
}

/// A film of the part that was read ends with it.
async fn expect_film_of_part(page: &Page, folder: &Path) -> Result<()> {
    let allow = serde_json::json!({ "behavior": "allow", "downloadPath": folder });
    page.devtools("Browser.setDownloadBehavior", allow).await?;
    page.click("save-playback").await?;
    let film = folder.join("long-annotated.webm");
    page.until_saved(&film).await?;
    let times = probed_times(&film)?;
    let [first, last] = [times.first(), times.last()].map(|time| time.copied().unwrap_or_default());
    ensure!(first.abs() < 1e-3 && (last - 0.8).abs() < 1e-3, "from {first} to {last} s");
    ensure!(times.len() == 21, "{} frames", times.len());
    Ok(())
}
