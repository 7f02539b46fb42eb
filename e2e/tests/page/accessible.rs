//! axe-core finds no fault in any state of the page.

use std::fs;

use anyhow::{Context, Result, ensure};
use e2e::{BrowserOptions, Page, folder, media, run, run_with_camera};
use serde::Deserialize;
use serde_json::json;

/// Installed by `cargo xtask e2e`.
const AXE: &str = "e2e/node_modules/axe-core/axe.min.js";

const RUN: &str = "return axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
    .map(({ id, help, nodes }) => ({ id, help, places: nodes.map(({ html, failureSummary }) =>
        `${html.slice(0, 200)} ${failureSummary}`) })));";

const SIZE: [u32; 2] = [media::ASTRONAUT_SIDE; 2];

/// A rule that is broken.
#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "its fields are read by a person, in the words of the failure")]
struct Violation {
    id: String,
    help: String,
    places: Vec<String>,
}

/// Fails if axe-core finds anything in what the page shows now, `moment`, in light or dark.
async fn expect_accessible(page: &Page, moment: &str) -> Result<()> {
    let axe = folder(AXE);
    let source = fs::read_to_string(&axe)
        .with_context(|| format!("{} is not there: `cargo xtask e2e` installs it", axe.display()))?;
    page.ask::<bool>(&format!("if (!window.axe) {{ {source} }} return true;")).await?;
    for scheme in ["light", "dark"] {
        // Without motion, so that no colour is on its way from one scheme to the other.
        let features = [("prefers-color-scheme", scheme), ("prefers-reduced-motion", "reduce")];
        let features = features.map(|(name, value)| json!({ "name": name, "value": value }));
        page.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await?;
        let violations: Vec<Violation> = page.ask(RUN).await?;
        ensure!(violations.is_empty(), "{moment}, {scheme}: {violations:#?}");
    }
    Ok(())
}

#[tokio::test]
async fn nothing_is_found_before_and_beside_the_pictures() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        for (width, height) in [(1280, 800), (360, 740)] {
            page.resize(width, height).await?;
            page.open_ready().await?;
            for mode in ["photos", "camera", "video"] {
                page.click(&format!("mode-{mode}")).await?;
                expect_accessible(&page, mode).await?;
            }
            page.click("settings").await?;
            expect_accessible(&page, "settings").await?;
            page.click("verify").await?;
            page.until("an outcome", |shown| shown.verification == "verified").await?;
            expect_accessible(&page, "settings after a self-test").await?;
            page.click("about").await?;
            expect_accessible(&page, "about").await?;
            page.pick(&media::text_named_png(folder.path())?).await?;
            page.until("a problem", |shown| !shown.problems.is_empty()).await?;
            expect_accessible(&page, "a problem").await?;
            page.pick_and_wait(&media::texture(folder.path())?, media::TEXTURE_SIZE).await?;
            expect_accessible(&page, "no face").await?;
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
            expect_accessible(&page, "several faces").await?;
            page.click("tool-inspector").await?;
            super::inspector::maps(&page, crate::DEFAULT, 0).await?;
            expect_accessible(&page, "look inside").await?;
            page.click("tool-compare").await?;
            super::compare::all(&page).await?;
            expect_accessible(&page, "compare").await?;
            page.click("tool-card").await?;
            page.until_answer("the curve", super::card::CURVE, |_: &[usize; 2]| true).await?;
            expect_accessible(&page, "network card").await?;
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
        expect_accessible(&page, "camera").await?;
        page.click("camera-stop").await?;
        page.until("the camera off", |shown| !shown.has_camera).await?;
        expect_accessible(&page, "shares of a camera that was stopped").await
    })
    .await
}
