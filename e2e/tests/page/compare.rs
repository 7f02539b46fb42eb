//! Several networks on the same face.

use anyhow::{Result, ensure};
use e2e::{BrowserOptions, Fault, Page, media, reference, run, run_with_camera};
use serde::Deserialize;

const SIZE: [u32; 2] = [media::ASTRONAUT_SIDE; 2];

/// As in `agreement`: the same sums in another order.
const PROBABILITY_ATOL: f64 = 1e-4;

/// The networks that have answered.
const COMPARED: &str = "return [...document.querySelectorAll('[data-testid=\"compared\"]')].map((one) => ({
    network: one.dataset.network, label: one.dataset.label, ms: Number(one.dataset.ms),
    agreement: one.dataset.agreement, text: one.innerText,
    probabilities: [...one.querySelectorAll('meter')].map((bar) => Number(bar.dataset.value)) }));";

#[derive(Debug, Deserialize)]
pub(crate) struct Compared {
    network: String,
    label: String,
    ms: f64,
    agreement: String,
    text: String,
    probabilities: Vec<f64>,
}

/// The answers of all networks, once they are there.
pub(crate) async fn all(page: &Page) -> Result<Vec<Compared>> {
    page.until_answer("all answers", COMPARED, |compared: &Vec<Compared>| compared.len() == crate::NETWORKS.len()).await
}

#[tokio::test]
async fn all_networks_answer_side_by_side_as_on_the_command_line() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        page.open_ready().await?;
        page.pick_and_wait(&media::astronaut_file(), SIZE).await?;
        page.click("tool-compare").await?;
        let compared = all(&page).await?;
        page.screenshot("all").await?;
        for one in &compared {
            let predicted = reference::predict(&media::astronaut_file(), &one.network)?;
            for (label, p) in crate::EMOTIONS.into_iter().zip(&one.probabilities) {
                let expected = predicted[0].probability(label)?;
                ensure!((p - expected).abs() <= PROBABILITY_ATOL, "{}: {label} {p}, not {expected}", one.network);
            }
            ensure!(one.ms > 0.0 && one.text.contains("ms"), "{one:?}");
        }
        expect_words(&page, &compared).await?;
        page.expect_quiet_console().await
    })
    .await
}

/// Where they disagree, each says so in words.
async fn expect_words(page: &Page, compared: &[Compared]) -> Result<()> {
    let verdict = page.find("verdict").await?.text().await?;
    let agree = compared.iter().all(|one| one.label == compared[0].label);
    ensure!(verdict.contains(if agree { "agree" } else { "disagree" }), "{verdict:?} of {compared:#?}");
    for one in compared {
        ensure!(one.agreement.is_empty() == agree && one.text.contains(&one.agreement), "{one:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_not_here_yet_is_fetched_with_progress_until_it_is_closed() -> Result<()> {
    const WAITING: &str = "const one = document.querySelector('[data-testid=\"not-compared\"] progress');
        return one ? true : null;";
    run(BrowserOptions::default(), async |page, server| {
        page.open_ready().await?;
        page.pick_and_wait(&media::astronaut_file(), SIZE).await?;
        server.inject("unet.bpk", Fault::Slow);
        server.inject("small.bpk", Fault::Missing);
        page.click("tool-compare").await?;
        page.until_answer("progress", WAITING, |&waiting| waiting).await?;
        let words = ["The small network could not be loaded", "got HTTP status 404"];
        page.until("why one is missing", |shown| shown.has_problem(&words)).await?;
        page.screenshot("loading").await?;
        page.click("tool-expression").await?;
        // The rest of it comes, and nothing happens.
        page.until_fetched("unet.bpk").await?;
        let shown = page.snapshot().await?;
        ensure!(shown.is_ready_with(crate::DEFAULT) && shown.problems.is_empty(), "{shown:#?}");
        page.click("tool-compare").await?;
        page.until("why one is missing", |shown| shown.has_problem(&words)).await?;
        server.repair();
        page.click("retry").await?;
        all(&page).await?;
        ensure!(page.snapshot().await?.problems.is_empty(), "what has come is no problem");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_camera_can_be_compared_as_well() -> Result<()> {
    run_with_camera(async |page, _| {
        page.open_ready().await?;
        page.click("camera-start").await?;
        page.until("labels", |shown| shown.total_count() > 0).await?;
        page.click("tool-compare").await?;
        all(&page).await?;
        let before = page.snapshot().await?.total_count();
        page.until("more frames", |shown| shown.total_count() > before + 5).await?;
        page.screenshot("camera").await?;
        page.expect_quiet_console().await
    })
    .await
}
