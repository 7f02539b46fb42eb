//! The detector: chosen, remembered, on its way, replaced by the cascade; and its key points.

use anyhow::{Result, ensure};
use e2e::{BrowserOptions, Fault, Page, Snapshot, media, run};

const SIZE: [u32; 2] = [media::ASTRONAUT_SIDE; 2];

/// Files of detectors that the page has fetched so far.
const FETCHED: &str = "return performance.getEntriesByType('resource').map((entry) => entry.name.split('/').at(-1))
    .filter((name) => /^(blazeface|haarcascade)/.test(name) && !name.endsWith('.json'));";

fn is_full(shown: &Snapshot) -> bool {
    shown.read_by.as_ref().is_some_and(|by| by.full_range)
}

#[tokio::test]
async fn blazeface_is_used_first_and_its_second_net_comes_with_a_photo() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        let shown = page.open_ready().await?;
        ensure!(shown.detects_by("blazeface") && shown.has_range("near"), "{:?}", shown.detector);
        let fetched: Vec<String> = page.ask(FETCHED).await?;
        ensure!(fetched == ["blazeface-short.safetensors"], "fetched {fetched:?}");
        let shown = page.pick_and_wait(&media::astronaut_file(), SIZE).await?;
        ensure!(shown.has_range("full") && is_full(&shown) && shown.faces.len() == 1, "{shown:#?}");
        page.screenshot("full").await?;
        let fetched: Vec<String> = page.ask(FETCHED).await?;
        ensure!(fetched == ["blazeface-short.safetensors", "blazeface-full.safetensors"], "fetched {fetched:?}");
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn a_photo_waits_for_the_second_net_and_says_so() -> Result<()> {
    run(BrowserOptions::default(), async |page, server| {
        server.inject("blazeface-full.safetensors", Fault::Slow);
        page.open_ready().await?;
        page.pick(&media::astronaut_file()).await?;
        let waits = |shown: &Snapshot| {
            shown.status.contains("waits for the detector of small and far faces") && shown.is_loading
        };
        let shown = page.until("a word on what the photo waits for", waits).await?;
        ensure!(shown.faces.is_empty() && shown.has_range("coming"), "{shown:#?}");
        page.screenshot("waiting").await?;
        let shown = page.until("the photo", |shown| shown.has_read(SIZE)).await?;
        ensure!(is_full(&shown) && shown.faces.len() == 1 && !shown.is_loading, "{shown:#?}");
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn without_the_second_net_near_faces_are_found_and_trying_again_helps() -> Result<()> {
    run(BrowserOptions::default(), async |page, server| {
        server.inject("blazeface-full.safetensors", Fault::Missing);
        page.open_ready().await?;
        let shown = page.pick_and_wait(&media::astronaut_file(), SIZE).await?;
        ensure!(shown.has_range("failed") && !is_full(&shown) && shown.faces.len() == 1, "{shown:#?}");
        ensure!(shown.problems.is_empty(), "nothing is stopped: {:?}", shown.problems);
        expect_advice(&page, &["small and far faces could not be loaded", "404", "then try again"]).await?;
        page.screenshot("near-only").await?;
        server.repair();
        page.click("detector-retry").await?;
        page.until("read again by both nets", |shown| shown.has_range("full") && is_full(shown)).await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_classic_detector_stands_in_for_blazeface() -> Result<()> {
    run(BrowserOptions::default(), async |page, server| {
        for (fault, word) in [(Fault::Missing, "404"), (Fault::FlippedBit, "SHA-256")] {
            server.inject("blazeface-short.safetensors", fault);
            let shown = page.open_ready().await?;
            ensure!(shown.detects_by("haar"), "{:?}", shown.detector);
            ensure!(shown.detector.as_ref().is_some_and(|detector| detector.state == "stand-in"), "{shown:#?}");
            ensure!(shown.notice.as_ref().is_some_and(|notice| notice.contains("classic detector")), "{shown:#?}");
            expect_advice(&page, &["BlazeFace detector could not be loaded", word]).await?;
            let shown = page.pick_and_wait(&media::astronaut_file(), SIZE).await?;
            ensure!(shown.was_found_by("haar") && shown.faces.len() == 1, "{shown:#?}");
            page.screenshot(&format!("stand-in-{fault:?}")).await?;
            server.repair();
            page.click("detector-retry").await?;
            page.until("read again by BlazeFace", |shown| shown.was_found_by("blazeface") && is_full(shown)).await?;
        }
        Ok(())
    })
    .await
}

async fn expect_advice(page: &Page, words: &[&str]) -> Result<()> {
    let text = page.find("detector-problem").await?.text().await?;
    ensure!(words.iter().all(|word| text.contains(word)), "expected {words:?} in {text:?}");
    Ok(())
}

#[tokio::test]
async fn without_any_detector_the_page_says_what_to_do() -> Result<()> {
    run(BrowserOptions::default(), async |page, server| {
        server.inject("blazeface-short.safetensors", Fault::Missing);
        server.inject("haarcascade_frontalface_default.xml", Fault::Missing);
        page.open().await?;
        page.until("a problem", |shown| shown.has_problem(&["classic detector could not be loaded", "404"])).await?;
        page.screenshot("no-detector").await?;
        server.repair();
        page.click("retry").await?;
        let shown = page.until("ready", Snapshot::is_ready).await?;
        ensure!(shown.detects_by("blazeface") && shown.problems.is_empty(), "{shown:#?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_classic_detector_is_chosen_and_remembered() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        page.open_ready().await?;
        page.pick_and_wait(&media::astronaut_file(), SIZE).await?;
        page.choose("detector-select", "haar").await?;
        let shown = page.until("read again", |shown| shown.was_found_by("haar") && shown.has_read(SIZE)).await?;
        ensure!(shown.detects_by("haar") && shown.key_points.disabled, "{shown:#?}");
        let face = &shown.faces[0];
        ensure!(face.iou(media::ASTRONAUT_FACE) >= 0.9, "expected {:?}, got {face:?}", media::ASTRONAUT_FACE);
        let why = page.find("key-points-why").await?.text().await?;
        ensure!(why.contains("does not find them"), "{why:?}");
        page.screenshot("classic").await?;
        let shown = page.open_ready().await?;
        ensure!(shown.detects_by("haar"), "{:?}", shown.detector);
        let fetched: Vec<String> = page.ask(FETCHED).await?;
        ensure!(fetched == ["haarcascade_frontalface_default.xml"], "fetched {fetched:?}");
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn key_points_are_shown_by_the_keyboard_and_remembered() -> Result<()> {
    const FOCUS: &str = "document.querySelector('[data-testid=\"key-points\"]').focus(); return true;";
    /// A hash of what is painted.
    const PAINTED: &str = "const canvas = document.querySelector('[data-testid=\"overlay\"]');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.reduce((hash, level) => (hash * 31 + level) % 1000003, 7);";
    run(BrowserOptions::default(), async |page, _| {
        let shown = page.open_ready().await?;
        ensure!(!shown.key_points.checked && !shown.key_points.disabled, "{:?}", shown.key_points);
        page.pick_and_wait(&media::astronaut_file(), SIZE).await?;
        let before: u32 = page.ask(PAINTED).await?;
        page.find("key-points").await?;
        page.ask::<bool>(FOCUS).await?;
        page.press(" ").await?;
        page.until("the box checked", |shown| shown.key_points.checked).await?;
        let painted: u32 =
            page.until_answer("points on the picture", PAINTED, |&painted: &u32| painted != before).await?;
        ensure!(painted != before, "nothing was painted");
        page.screenshot("key-points").await?;
        let shown = page.open_ready().await?;
        ensure!(shown.key_points.checked, "it is not remembered");
        page.expect_quiet_console().await
    })
    .await
}
