//! axe-core finds no fault in any state of the page.

use anyhow::{Result, ensure};
use e2e::{BrowserOptions, media, run, run_with_camera};

const SIZE: [u32; 2] = [media::ASTRONAUT_SIDE; 2];

#[tokio::test]
async fn nothing_is_found_before_and_beside_the_pictures() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        for (width, height) in [(1280, 800), (360, 740)] {
            page.resize(width, height).await?;
            page.open_ready().await?;
            for mode in ["photos", "camera", "video"] {
                page.click(&format!("mode-{mode}")).await?;
                page.expect_accessible(mode).await?;
            }
            page.click("settings").await?;
            page.expect_accessible("settings").await?;
            page.click("verify").await?;
            page.until("an outcome", |shown| shown.verification == "verified").await?;
            page.expect_accessible("settings after a self-test").await?;
            page.click("about").await?;
            page.expect_accessible("about").await?;
            page.pick(&media::text_named_png(folder.path())?).await?;
            page.until("a problem", |shown| !shown.problems.is_empty()).await?;
            page.expect_accessible("a problem").await?;
            page.pick_and_wait(&media::texture(folder.path())?, media::TEXTURE_SIZE).await?;
            page.expect_accessible("no face").await?;
        }
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn nothing_is_found_in_any_view_of_a_face() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        for (width, height) in [(1280, 800), (360, 740)] {
            page.resize(width, height).await?;
            page.open_ready().await?;
            page.pick_and_wait(&media::mosaic(folder.path(), 2, 2)?, SIZE.map(|side| 2 * side)).await?;
            page.expect_accessible("several faces").await?;
            page.click("tool-inspector").await?;
            super::inspector::maps(&page, crate::DEFAULT, 0).await?;
            page.expect_accessible("look inside").await?;
            page.click("tool-compare").await?;
            super::compare::all(&page).await?;
            page.expect_accessible("compare").await?;
            page.click("tool-card").await?;
            page.until_answer("the curve", super::card::CURVE, |_: &[usize; 2]| true).await?;
            page.expect_accessible("network card").await?;
        }
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn nothing_is_found_while_the_camera_runs_and_its_label_is_announced() -> Result<()> {
    const ANNOUNCED: &str = "return document.querySelector('[data-testid=\"announced\"]').innerText || null;";
    run_with_camera(async |page, _| {
        page.open_ready().await?;
        page.click("camera-start").await?;
        page.until("labels", |shown| shown.total_count() > 5).await?;
        let said: String = page.until_answer("a label said", ANNOUNCED, |_| true).await?;
        let label = page.snapshot().await?.faces.first().map(|face| face.label.clone()).unwrap_or_default();
        ensure!(said == "Unsure" || said.to_lowercase() == label, "said {said:?} of {label:?}");
        page.expect_accessible("camera").await?;
        page.click("camera-stop").await?;
        page.until("the camera off", |shown| !shown.has_camera).await?;
        page.expect_accessible("shares of a camera that was stopped").await
    })
    .await
}
