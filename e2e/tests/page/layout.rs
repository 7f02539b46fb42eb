//! Narrow, wide, light and dark: nothing sticks out. The pictures are for people to look at.

use anyhow::{Result, ensure};
use e2e::{BrowserOptions, Fault, media, run, run_with_camera};

/// A phone, a tablet, a laptop and a screen on a desk.
const WINDOWS: [(u32, u32); 4] = [(360, 740), (768, 1024), (1280, 800), (1920, 1080)];

#[tokio::test]
async fn nothing_sticks_out_at_any_width() -> Result<()> {
    run_with_camera(async |page, _| {
        let folder = tempfile::tempdir()?;
        let mosaic = media::mosaic(folder.path(), 2, 2)?;
        for (width, height) in WINDOWS {
            for scheme in ["light", "dark"] {
                page.resize(width, height).await?;
                page.prefer(scheme).await?;
                page.open_ready().await?;
                page.expect_to_fit(&format!("{width}-{scheme}-start")).await?;
                page.pick_and_wait(&mosaic, [2 * media::ASTRONAUT_SIDE; 2]).await?;
                page.expect_to_fit(&format!("{width}-{scheme}-photo")).await?;
                page.pick(&media::text_named_png(folder.path())?).await?;
                page.until("a problem", |shown| !shown.problems.is_empty()).await?;
                page.expect_to_fit(&format!("{width}-{scheme}-problem")).await?;
                page.click("settings").await?;
                page.expect_to_fit(&format!("{width}-{scheme}-settings")).await?;
                page.click("about").await?;
                page.expect_to_fit(&format!("{width}-{scheme}-about")).await?;
                if width == 360 || scheme == "dark" {
                    page.click("camera-start").await?;
                    page.until("labels", |shown| shown.total_count() > 0).await?;
                    page.expect_to_fit(&format!("{width}-{scheme}-camera")).await?;
                }
            }
        }
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn closer_looks_fit_any_width() -> Result<()> {
    const NO_REPORT: &str = "return document.querySelector('[data-testid=\"no-report\"]') ? true : null;";
    const UNFOLD: &str = "document.querySelector('[data-testid=\"weights\"]').open = true; return true;";
    run_with_camera(async |page, server| {
        server.inject("small.report.json", Fault::Missing);
        for (width, height) in WINDOWS {
            for scheme in ["light", "dark"] {
                page.resize(width, height).await?;
                page.prefer(scheme).await?;
                page.open_ready().await?;
                page.pick_and_wait(&media::astronaut_file(), [media::ASTRONAUT_SIDE; 2]).await?;
                page.click("tool-inspector").await?;
                super::inspector::maps(&page, crate::DEFAULT, 0).await?;
                page.find("weights").await?;
                page.ask::<bool>(UNFOLD).await?;
                page.expect_to_fit(&format!("{width}-{scheme}-inspector")).await?;
                page.click("tool-compare").await?;
                super::compare::all(&page).await?;
                page.expect_to_fit(&format!("{width}-{scheme}-compare")).await?;
                page.click("tool-card").await?;
                page.until_answer("the curve", super::card::CURVE, |_: &[usize; 2]| true).await?;
                page.expect_to_fit(&format!("{width}-{scheme}-card")).await?;
                page.choose("card-network", "small").await?;
                page.until_answer("why no report", NO_REPORT, |&said| said).await?;
                page.expect_to_fit(&format!("{width}-{scheme}-card-without-report")).await?;
                page.click("camera-start").await?;
                page.until("labels", |shown| shown.total_count() > 0).await?;
                page.click("tool-inspector").await?;
                super::inspector::maps(&page, crate::DEFAULT, 0).await?;
                page.expect_to_fit(&format!("{width}-{scheme}-inspector-live")).await?;
            }
        }
        page.expect_console_errors_only(|error| error.contains("small.report.json")).await
    })
    .await
}

#[tokio::test]
async fn a_picture_fits_the_window_after_the_page_was_zoomed() -> Result<()> {
    // Once the window's own answer to the new size has been given.
    const HEIGHT: &str = "const canvas = document.querySelector('[data-testid=\"overlay\"]');
        const frame = () => new Promise(requestAnimationFrame);
        return frame().then(frame).then(() => [canvas.height, canvas.clientHeight]);";
    run(BrowserOptions::default(), async |page, _| {
        page.resize(1280, 800).await?;
        page.open_ready().await?;
        page.pick_and_wait(&media::astronaut_file(), [media::ASTRONAUT_SIDE; 2]).await?;
        // Seven tenths of the window's height: as many pixels of the screen, half as many CSS pixels.
        for (width, height, ratio, expected) in [(1280, 800, 1, [560, 560]), (640, 400, 2, [560, 280])] {
            page.zoom(width, height, ratio).await?;
            let shown: [u32; 2] = page.ask(HEIGHT).await?;
            ensure!(shown == expected, "zoomed {ratio} times: expected {expected:?}, got {shown:?}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_licences_of_others_are_a_link_away() -> Result<()> {
    const FETCH: &str = "return fetch(document.querySelector('[data-testid=\"third-party\"]').href)
        .then((answer) => answer.text());";
    run(BrowserOptions::default(), async |page, _| {
        page.open_ready().await?;
        page.click("about").await?;
        page.find("third-party").await?;
        let text: String = page.ask(FETCH).await?;
        ensure!(text.contains("OpenCV"), "got {text}");
        Ok(())
    })
    .await
}
