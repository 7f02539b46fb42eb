//! The page in Firefox: a photo, a camera, a video. Without geckodriver, which drives it, these tests are skipped.

use std::process::ExitCode;

use anyhow::{Result, ensure};
use e2e::{BrowserOptions, NamedTest, Program, Snapshot, media, run, run_all};

fn main() -> ExitCode {
    let tests: [NamedTest; 4] = [
        ("firefox_reads_a_photo", || Box::pin(firefox_reads_a_photo())),
        ("firefox_reads_a_camera", || Box::pin(firefox_reads_a_camera())),
        ("firefox_reads_a_video", || Box::pin(firefox_reads_a_video())),
        ("firefox_says_why_there_is_no_camera", || Box::pin(firefox_says_why_there_is_no_camera())),
    ];
    run_all(tests, "needs geckodriver", !Program::Firefox.is_here())
}

const NO_CAMERA: &str = "navigator.mediaDevices.getUserMedia = () =>
    Promise.reject(new DOMException('The object can not be found here.', 'NotFoundError'));";

fn firefox() -> BrowserOptions {
    BrowserOptions { program: Program::Firefox, ..BrowserOptions::default() }
}

async fn firefox_reads_a_photo() -> Result<()> {
    run(firefox(), async |page, _| {
        page.open_ready().await?;
        let shown = page.pick_and_wait(&media::astronaut_file(), [media::ASTRONAUT_SIDE; 2]).await?;
        page.screenshot("photo").await?;
        ensure!(shown.faces.len() == 1 && shown.faces[0].label == "happy", "{:?}", shown.faces);
        ensure!(shown.problems.is_empty() && shown.notice.is_none(), "{shown:#?}");
        Ok(())
    })
    .await
}

async fn firefox_reads_a_camera() -> Result<()> {
    run(firefox(), async |page, _| {
        page.open_ready().await?;
        page.ask::<bool>(&format!("{} return true;", media::VIRTUAL_CAMERA)).await?;
        page.click("camera-start").await?;
        let shown = page.until("labels", |shown| shown.total_count() > 10).await?;
        page.screenshot("camera").await?;
        ensure!(shown.faces.len() == 1 && shown.problems.is_empty(), "{shown:#?}");
        page.click("camera-stop").await?;
        page.until("the camera off", |shown| !shown.has_camera).await?;
        Ok(())
    })
    .await
}

/// Faces, or a message about H.264: Debian's Firefox needs a library for it that may be missing.
async fn firefox_reads_a_video() -> Result<()> {
    run(firefox(), async |page, _| {
        page.open_ready().await?;
        page.show_videos().await?;
        page.click("sample-video").await?;
        let is_done = |shown: &Snapshot| !shown.faces.is_empty() || !shown.problems.is_empty();
        let shown = page.until("faces, or a word", is_done).await?;
        page.screenshot("video").await?;
        ensure!(shown.problems.is_empty() || shown.has_problem(&["H.264"]), "{:?}", shown.problems);
        Ok(())
    })
    .await
}

async fn firefox_says_why_there_is_no_camera() -> Result<()> {
    run(firefox(), async |page, _| {
        page.open_ready().await?;
        // Whether or not the machine has a camera.
        page.ask::<bool>(&format!("{NO_CAMERA} return true;")).await?;
        page.click("camera-start").await?;
        let is_told = |shown: &Snapshot| shown.has_problem(&["No camera was found", "Connect a camera"]);
        page.until("a word on the camera", is_told).await?;
        Ok(())
    })
    .await
}
