//! The camera: labels and shares while it runs, given back when it stops, and every way it can be missing.

use anyhow::{Result, ensure};
use e2e::{BrowserOptions, Camera, Page, Snapshot, media, run, run_with_camera};
use serde_json::json;

/// Keeps every stream that the page is given, to see later whether it gave them back.
const WATCH_STREAMS: &str = "
    window.streams = [];
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wish) => {
        const stream = await ask(wish);
        window.streams.push(stream);
        return stream;
    };";

const TRACK_STATES: &str =
    "return window.streams.flatMap((stream) => stream.getTracks()).map((track) => track.readyState);";

/// Frames of the screen in which a frame of the camera that is on its way would be seen: two seconds or more.
const FEW_FRAMES: u32 = 120;

fn has_shares(shown: &Snapshot) -> bool {
    shown.total_count() >= 5
}

#[tokio::test]
async fn a_running_camera_gives_labels_and_shares_and_stops() -> Result<()> {
    run_with_camera(async |page, _| {
        page.before_load(WATCH_STREAMS).await?;
        page.open_ready().await?;
        page.click("camera-start").await?;
        let shown = page.until("five labels", has_shares).await?;
        page.screenshot("running").await?;
        expect_shares(&shown)?;
        page.until("frames per second", |later| later.fps.is_some_and(|fps| fps > 0.0)).await?;
        ensure!(page.find("camera-select").await?.text().await?.contains("mjpeg"), "the camera is not listed by name");
        page.click("shares-reset").await?;
        page.until("fewer labels after the reset", |later| later.total_count() < shown.total_count()).await?;
        page.until("labels again after the reset", has_shares).await?;
        expect_stop(&page).await?;
        page.screenshot("stopped").await?;
        page.expect_quiet_console().await
    })
    .await
}

/// What was recorded of the camera stays until a person clears it.
#[tokio::test]
async fn a_session_of_the_camera_goes_on_after_a_stop_and_stays_behind_a_video() -> Result<()> {
    const KEPT: &str = "return document.querySelector('[data-testid=\"kept-video\"]')?.textContent ?? null;";
    const LANES: &str = "const lanes = document.querySelector('[data-testid=\"lanes\"]');
        return lanes?.querySelector('[data-emotion]') ? Number(lanes.dataset.to) : null;";
    run_with_camera(async |page, _| {
        page.open_ready().await?;
        page.click("camera-start").await?;
        page.until("labels", has_shares).await?;
        page.until_answer("the timeline of the camera", LANES, |_: &f64| true).await?;
        page.click("camera-stop").await?;
        let stopped = page.until("the camera off", |shown| !shown.has_camera).await?;
        page.click("camera-start").await?;
        page.until("more labels", |later| later.total_count() > stopped.total_count() + 5).await?;
        page.show_videos().await?;
        page.click("sample-video").await?;
        page.until_answer("the camera's session", KEPT, |words: &String| words.starts_with("Camera, ")).await?;
        page.click("video-stop").await?;
        page.click("kept-videos").await?;
        page.click("show-kept").await?;
        let no_video = "return document.querySelector('[data-testid=\"video\"]') === null ? true : null;";
        page.until_answer("no video on the stage", no_video, |_: &bool| true).await?;
        page.until_answer("its timeline", LANES, |_: &f64| true).await?;
        page.screenshot("kept-camera").await?;
        page.expect_quiet_console().await
    })
    .await
}

/// Expressions are recorded in any case, the picture only where a person asks for it, with a sign.
#[tokio::test]
async fn the_picture_is_kept_only_if_a_person_asks() -> Result<()> {
    const SIGN: &str = "return document.querySelector('[data-testid=\"camera-recording\"]') !== null;";
    run_with_camera(async |page, _| {
        let folder = tempfile::tempdir()?;
        let allow = json!({ "behavior": "allow", "downloadPath": folder.path() });
        page.devtools("Browser.setDownloadBehavior", allow).await?;
        page.open_ready().await?;
        page.click("camera-start").await?;
        let shown = page.until("labels", |shown| shown.total_count() > 0).await?;
        ensure!(!page.ask::<bool>(SIGN).await?, "it is recorded although nobody asked");
        page.click("camera-record").await?;
        page.until("more labels", |later| later.total_count() > shown.total_count() + 10).await?;
        ensure!(page.ask::<bool>(SIGN).await?, "there is no sign of the recording");
        page.screenshot("recording").await?;
        page.expect_accessible("a camera that is recorded").await?;
        page.click("camera-record").await?;
        let file = folder.path().join("camera.webm");
        page.until_saved(&file).await?;
        ensure!(std::fs::read(&file)?.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]), "the file is no WebM");
        ensure!(!page.ask::<bool>(SIGN).await?, "the sign stays");
        page.expect_quiet_console().await
    })
    .await
}

fn expect_shares(shown: &Snapshot) -> Result<()> {
    let read = || shown.shares.iter().filter(|share| share.is_read());
    let [relative, read_secs]: [f64; 2] =
        [read().map(|share| share.relative).sum(), read().map(|share| share.secs).sum()];
    let all_secs: f64 = shown.shares.iter().map(|share| share.secs).sum();
    ensure!(shown.shares.len() == 10, "expected seven labels, unsure, poor and no face, got {:?}", shown.shares);
    ensure!((relative - 1.0).abs() < 1e-9, "shares sum to {relative}");
    for share in &shown.shares {
        let expected = share.secs / if share.is_read() { read_secs } else { all_secs };
        ensure!((share.relative - expected).abs() < 1e-9, "{share:?} of {read_secs} and {all_secs} seconds");
    }
    Ok(())
}

#[tokio::test]
async fn a_person_is_followed_and_has_shares_of_their_own() -> Result<()> {
    const OFFERED: &str = "const options = [...document.querySelectorAll('[data-testid=\"shares-person\"] option')];
        return options.length > 1 ? options.map((option) => option.value) : null;";
    run_with_camera(async |page, _| {
        page.open_ready().await?;
        page.click("camera-start").await?;
        let shown = page.until("five labels", has_shares).await?;
        let person = shown.faces.first().and_then(|face| face.id);
        ensure!(person.is_some(), "the camera's faces have no persons: {:?}", shown.faces);
        let offered: Vec<String> = page.until_answer("a person to choose", OFFERED, |_| true).await?;
        ensure!(offered[0] == "all", "{offered:?}");
        page.choose("shares-person", &offered[1]).await?;
        let shown = page.until("shares of one", |shown| shown.total_count() > 0).await?;
        ensure!(shown.shares.iter().all(|share| share.emotion != "no-face" || share.count == 0), "{:?}", shown.shares);
        page.screenshot("person").await?;
        page.click("shares-reset").await?;
        page.until("labels again after the reset", has_shares).await?;
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn a_face_in_the_dark_is_left_out_of_the_shares_with_a_word_of_advice() -> Result<()> {
    const ADVICE: &str = "return document.querySelector('[data-testid=\"advice\"]')?.innerText ?? null;";
    fn poor(shown: &Snapshot) -> u64 {
        shown.shares.iter().filter(|share| share.emotion == "poor-quality").map(|share| share.count).sum()
    }
    let folder = tempfile::tempdir()?;
    let camera = Camera::Video(media::dark_video(folder.path())?);
    run(BrowserOptions { camera, ..BrowserOptions::default() }, async |page, _| {
        page.open_ready().await?;
        page.click("camera-start").await?;
        let advice: String = page.until_answer("advice", ADVICE, |_| true).await?;
        ensure!(advice == "More light", "{advice:?}");
        let shown = page.until("poor frames", |shown| poor(shown) >= 5).await?;
        ensure!(shown.total_count() == 0, "{:?}", shown.shares);
        ensure!(page.find("issue").await?.text().await?.contains("more light"), "no word on the selected face");
        page.screenshot("dark").await?;
        page.click("leave-out-poor").await?;
        page.until("counted all the same", |shown| shown.total_count() >= 5 && poor(shown) == 0).await?;
        page.expect_quiet_console().await
    })
    .await
}

/// Another camera is chosen in the menu: while the browser is asked for it, the menu must not go.
#[tokio::test]
async fn the_keyboard_stays_on_the_menu_when_the_camera_is_changed() -> Result<()> {
    // The pretended machine has one camera; chosen again, it is asked for again.
    const CHOOSE: &str = "const menu = document.querySelector('[data-testid=\"camera-select\"]');
        menu.focus();
        return menu.dispatchEvent(new Event('change', { bubbles: true }));";
    const ASKED: &str = "return window.streams.length";
    const FOCUSED: &str = "return document.activeElement?.dataset.testid ?? ''";
    run_with_camera(async |page, _| {
        page.before_load(WATCH_STREAMS).await?;
        page.open_ready().await?;
        page.click("camera-start").await?;
        page.until("five labels", has_shares).await?;
        page.ask::<bool>(CHOOSE).await?;
        page.until_answer("the camera asked for again", ASKED, |&n_asked: &usize| n_asked >= 2).await?;
        let before = page.snapshot().await?;
        page.until("more labels", |shown| shown.total_count() > before.total_count()).await?;
        let focused: String = page.ask(FOCUSED).await?;
        ensure!(focused == "camera-select", "the keyboard is on {focused:?}");
        page.expect_quiet_console().await
    })
    .await
}

/// Stops the camera: its light is off once every track has ended, and nothing is counted any more.
async fn expect_stop(page: &Page) -> Result<()> {
    page.click("camera-stop").await?;
    let stopped = page.until("the camera off", |shown| !shown.has_camera).await?;
    let tracks: Vec<String> = page.ask(TRACK_STATES).await?;
    ensure!(!tracks.is_empty() && tracks.iter().all(|state| state == "ended"), "tracks are {tracks:?}");
    page.frames(FEW_FRAMES).await?;
    let later = page.snapshot().await?;
    ensure!(
        later.total_count() == stopped.total_count(),
        "{} labels became {}",
        stopped.total_count(),
        later.total_count()
    );
    Ok(())
}

/// Frames that are still on their way must not take the photo off the stage.
#[tokio::test]
async fn from_a_running_camera_to_a_photo() -> Result<()> {
    const WIPE: &str = "const canvas = document.querySelector('[data-testid=\"overlay\"]');
        canvas.getContext('2d').clearRect(0, 0, canvas.width, canvas.height);
        return true;";
    // Once the window's new size has been answered by painting.
    const OPACITY: &str = "const canvas = document.querySelector('[data-testid=\"overlay\"]');
        const { width, height } = canvas;
        const frame = () => new Promise(requestAnimationFrame);
        const opacity = () => canvas.getContext('2d').getImageData(width / 2, height / 2, 1, 1).data[3];
        return frame().then(frame).then(opacity);";
    run_with_camera(async |page, _| {
        page.open_ready().await?;
        page.click("camera-start").await?;
        page.until("labels", has_shares).await?;
        page.pick_and_wait(&media::astronaut_file(), [media::ASTRONAUT_SIDE; 2]).await?;
        page.frames(FEW_FRAMES).await?;
        page.ask::<bool>(WIPE).await?;
        page.resize(1000, 800).await?;
        let opacity: u8 = page.ask(OPACITY).await?;
        ensure!(opacity == 255, "the photo is gone from the stage");
        let shown = page.snapshot().await?;
        ensure!(!shown.has_camera && shown.faces.len() == 1, "after the photo: {shown:#?}");
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn a_refused_camera_says_how_to_allow_it() -> Result<()> {
    let options = BrowserOptions { camera: Camera::Denied, ..BrowserOptions::default() };
    run(options, async |page, _| {
        expect_problem(&page, "denied", &["not allowed", "Allow the camera", "photo"]).await?;
        // The way out that the page names works.
        let shown = page.pick_and_wait(&media::astronaut_file(), [media::ASTRONAUT_SIDE; 2]).await?;
        ensure!(shown.problems.is_empty() && shown.faces.len() == 1, "after a good photo: {shown:#?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_machine_without_a_camera_says_so() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        expect_problem(&page, "none", &["No camera was found", "Connect a camera"]).await
    })
    .await
}

#[tokio::test]
async fn a_camera_in_use_or_unplugged_says_so() -> Result<()> {
    const IN_USE: &str = "navigator.mediaDevices.getUserMedia = () =>
        Promise.reject(new DOMException('Could not start video source', 'NotReadableError'));";
    const UNPLUG: &str = "const [track] = window.streams.at(-1).getVideoTracks();
        track.stop();
        return track.dispatchEvent(new Event('ended'));";
    run_with_camera(async |page, _| {
        page.before_load(WATCH_STREAMS).await?;
        page.open_ready().await?;
        page.click("camera-start").await?;
        page.until("labels", has_shares).await?;
        page.ask::<bool>(UNPLUG).await?;
        let shown =
            page.until("a word on the unplugged camera", |shown| shown.has_problem(&["camera is gone"])).await?;
        ensure!(!shown.has_camera, "the page still offers to stop it");
        page.screenshot("unplugged").await?;
        page.before_load(IN_USE).await?;
        expect_problem(&page, "in-use", &["used elsewhere", "Close other programs"]).await
    })
    .await
}

/// Opens the page, asks for the camera, and expects a problem that says all of `words`.
async fn expect_problem(page: &Page, moment: &str, words: &[&str]) -> Result<()> {
    page.open_ready().await?;
    page.click("camera-start").await?;
    let shown = page.until("a problem with the camera", |shown| shown.has_problem(words)).await?;
    page.screenshot(moment).await?;
    ensure!(!shown.has_camera, "the page offers to stop a camera that never ran");
    Ok(())
}
