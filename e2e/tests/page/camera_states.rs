//! Events of cameras: other sizes and frame rates, a call, a shutter, a hidden tab, hasty changes, refusals.

use anyhow::{Result, ensure};
use e2e::{BrowserOptions, Camera, Page, Snapshot, media, run};

/// How far the middle of a box may lie from that of the face, parts of the portrait's side.
const PLACE_ATOL: f64 = 0.1;

async fn start(page: &Page) -> Result<Snapshot> {
    page.before_load(media::VIRTUAL_CAMERA).await?;
    page.open_ready().await?;
    page.click("camera-start").await?;
    page.until("labels", |shown| shown.total_count() > 2).await
}

/// Runs `script` in the page.
async fn act(page: &Page, script: &str) -> Result<()> {
    page.ask::<bool>(&format!("{script}; return true;")).await.map(drop)
}

async fn advice(page: &Page, words: &str) -> Result<String> {
    const ADVICE: &str = "return document.querySelector('[data-testid=\"advice\"]')?.innerText ?? null;";
    page.until_answer(words, ADVICE, |advice: &String| advice.contains(words)).await
}

async fn until_no_advice(page: &Page) -> Result<()> {
    const NONE: &str = "return document.querySelector('[data-testid=\"advice\"]') ? null : true;";
    page.until_answer("no advice", NONE, |_: &bool| true).await.map(drop)
}

/// Whether there is one face, upright and unsquashed, where the portrait in a picture of that size has its own.
fn is_at_its_place(shown: &Snapshot, [width, height]: [f64; 2]) -> bool {
    let [face] = &shown.faces[..] else { return false };
    // Frames are read at 640 pixels of the longer side at most.
    let scale = (640.0 / width.max(height)).min(1.0);
    let side = width.min(height) * scale;
    let [x, y, face_width, face_height] = face.rect;
    let [own_x, own_y, own_width, own_height] =
        media::ASTRONAUT_FACE.map(|pixels| pixels / f64::from(media::ASTRONAUT_SIDE));
    let place = |at: f64, picture: f64| (at - (picture * scale - side) / 2.0) / side;
    let is_near = |at: f64, own: f64| (at - own).abs() < PLACE_ATOL;
    is_near(place(x + face_width / 2.0, width), own_x + own_width / 2.0)
        && is_near(place(y + face_height / 2.0, height), own_y + own_height / 2.0)
        && (0.7..1.4).contains(&(face_width / face_height))
}

#[tokio::test]
async fn a_picture_of_any_size_and_pace_is_read_and_may_change_while_it_runs() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        start(&page).await?;
        for (width, height, fps) in [(640, 480, 30), (480, 640, 30), (3840, 2160, 10), (320, 240, 5), (641, 479, 5)] {
            act(
                &page,
                &format!("Object.assign(window.virtualCamera, {{ width: {width}, height: {height}, fps: {fps} }})"),
            )
            .await?;
            let size = [f64::from(width), f64::from(height)];
            page.until(&format!("the face in {width}×{height}"), |shown| is_at_its_place(shown, size)).await?;
            page.screenshot(&format!("{width}x{height}")).await?;
        }
        page.expect_quiet_console().await
    })
    .await
}

/// The screen shows sixty frames a second; each of the camera counts once.
#[tokio::test]
async fn a_slow_camera_has_no_more_labels_than_frames() -> Result<()> {
    const BEGIN: &str = "window.virtualCamera.fps = 5; window.begun = performance.now()";
    const SECS: &str = "const secs = (performance.now() - window.begun) / 1000; return secs > 5 ? secs : null;";
    // Not every browser tells of new frames.
    for browser in ["", "delete HTMLVideoElement.prototype.requestVideoFrameCallback"] {
        run(BrowserOptions::default(), async |page, _| {
            page.before_load(browser).await?;
            start(&page).await?;
            act(&page, BEGIN).await?;
            let before = page.snapshot().await?;
            let secs: f64 = page.until_answer("some seconds", SECS, |_: &f64| true).await?;
            let n_labels = page.snapshot().await?.total_count() - before.total_count();
            // Some are of frames before the change, or come between the two questions.
            ensure!(
                n_labels > 5 && (n_labels as f64) < 5.0 * secs + 5.0,
                "{n_labels} labels in {secs} s at 5 frames/s"
            );
            Ok(())
        })
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_camera_that_a_call_takes_away_says_so_and_goes_on() -> Result<()> {
    const TRACK: &str = "window.virtualCamera.streams.at(-1).getVideoTracks()[0]";
    run(BrowserOptions::default(), async |page, _| {
        start(&page).await?;
        act(&page, &format!("{TRACK}.dispatchEvent(new Event('mute'))")).await?;
        advice(&page, "interrupted").await?;
        page.screenshot("interrupted").await?;
        // The last frame may still be on its way.
        page.frames(60).await?;
        let shown = page.snapshot().await?;
        page.frames(60).await?;
        let later = page.snapshot().await?;
        ensure!(later.total_count() == shown.total_count() && later.has_camera, "it reads on: {later:#?}");
        act(&page, &format!("{TRACK}.dispatchEvent(new Event('unmute'))")).await?;
        page.until("labels again", |again| again.total_count() > later.total_count()).await?;
        until_no_advice(&page).await?;
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn a_black_picture_asks_for_the_shutter() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        start(&page).await?;
        act(&page, "window.virtualCamera.isBlack = true").await?;
        advice(&page, "shutter").await?;
        page.screenshot("black").await?;
        act(&page, "window.virtualCamera.isBlack = false").await?;
        until_no_advice(&page).await?;
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn a_hidden_page_waits_and_one_that_was_left_gives_the_camera_back() -> Result<()> {
    const HIDE: &str = "window.isHidden = true;
        window.hiddenAt = performance.now();
        Object.defineProperty(document, 'hidden', { get: () => window.isHidden });
        document.dispatchEvent(new Event('visibilitychange'))";
    const FOR_A_WHILE: &str = "return performance.now() - window.hiddenAt > 1500 ? true : null;";
    const SHOW: &str = "window.isHidden = false; document.dispatchEvent(new Event('visibilitychange'))";
    const LEAVE: &str = "window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))";
    const ENDED: &str = "return window.virtualCamera.streams.flatMap((stream) => stream.getTracks())
        .every((track) => track.readyState === 'ended') ? true : null;";
    let secs = |shown: &Snapshot| shown.shares.iter().map(|share| share.secs).sum::<f64>();
    run(BrowserOptions::default(), async move |page, _| {
        start(&page).await?;
        act(&page, HIDE).await?;
        // The last frame may still be on its way.
        page.frames(60).await?;
        let hidden = page.snapshot().await?;
        page.until_answer("a while", FOR_A_WHILE, |_: &bool| true).await?;
        let later = page.snapshot().await?;
        ensure!((secs(&later) - secs(&hidden)).abs() < 1e-9, "{} s became {}", secs(&hidden), secs(&later));
        act(&page, SHOW).await?;
        let words =
            |shown: &Snapshot| shown.notice.as_ref().is_some_and(|notice| notice.contains("while the page was hidden"));
        page.until("a word on it, and labels", |shown| words(shown) && shown.total_count() > later.total_count())
            .await?;
        page.screenshot("shown-again").await?;
        act(&page, LEAVE).await?;
        page.until("the camera off", |shown| !shown.has_camera).await?;
        page.until_answer("tracks that ended", ENDED, |_: &bool| true).await?;
        page.click("camera-start").await?;
        page.until("labels after coming back", |shown| shown.total_count() > 2).await?;
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn five_changes_of_camera_in_a_second_end_with_the_last() -> Result<()> {
    const CHANGE: &str = "const menu = document.querySelector('[data-testid=\"camera-select\"]');
        for (const id of ['two', 'three', 'one', 'two', 'three']) {
            menu.value = id;
            menu.dispatchEvent(new Event('change', { bubbles: true }));
        }";
    const LIVE: &str = "return window.virtualCamera.streams.flatMap((stream) => stream.getTracks())
        .filter((track) => track.readyState === 'live').map((track) => track.getSettings().deviceId);";
    run(BrowserOptions::default(), async |page, _| {
        let shown = start(&page).await?;
        act(&page, CHANGE).await?;
        page.until_answer("the last one alone", LIVE, |live: &Vec<String>| live[..] == ["three"]).await?;
        let later = page.until("labels", |later| later.total_count() > shown.total_count() + 2).await?;
        ensure!(later.problems.is_empty(), "{:?}", later.problems);
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn a_camera_that_the_system_or_the_page_around_refuses_says_who_does() -> Result<()> {
    const BY_SYSTEM: &str = "navigator.mediaDevices.getUserMedia = () =>
        Promise.reject(new DOMException('Permission denied by system', 'NotAllowedError'));";
    // There is a camera, so that a refusal is not for want of one.
    let options = BrowserOptions { camera: Camera::Denied, ..BrowserOptions::default() };
    run(options, async |page, server| {
        // A page of another origin, as `localhost` is not `127.0.0.1`.
        let around =
            format!("<!doctype html><iframe src=\"{}/\" width=\"1000\" height=\"800\"></iframe>", page.origin());
        server.serve("/around.html", around.into_bytes());
        page.open_at(&format!("{}/around.html", page.origin().replace("localhost", "127.0.0.1"))).await?;
        page.enter_frame().await?;
        page.until("ready", Snapshot::is_ready).await?;
        page.click("camera-start").await?;
        let words = ["around this one does not pass the camera on", "http://127.0.0.1:", "allow=\"camera\""];
        page.until("the page around", |shown| shown.has_problem(&words)).await?;
        page.leave_frame().await?;
        page.screenshot("in-a-frame").await?;
        page.before_load(BY_SYSTEM).await?;
        page.open_ready().await?;
        page.click("camera-start").await?;
        page.until("the system", |shown| shown.has_problem(&["The system does not let this browser", "settings"]))
            .await?;
        Ok(())
    })
    .await
}

/// Firefox with resistFingerprinting, and the Tor Browser.
#[tokio::test]
async fn noise_in_the_place_of_pixels_is_noticed() -> Result<()> {
    const NOISE: &str = "const read = CanvasRenderingContext2D.prototype.getImageData;
        CanvasRenderingContext2D.prototype.getImageData = function (...area) {
            const image = read.apply(this, area);
            image.data.forEach((_, i) => { image.data[i] = (i * 97) % 256; });
            return image;
        };";
    run(BrowserOptions::default(), async |page, _| {
        page.before_load(media::VIRTUAL_CAMERA).await?;
        page.before_load(NOISE).await?;
        page.open_ready().await?;
        page.click("camera-start").await?;
        page.until("noise", |shown| shown.has_problem(&["hides the pixels", "resistFingerprinting", "photo"])).await?;
        page.screenshot("noise").await?;
        Ok(())
    })
    .await
}
