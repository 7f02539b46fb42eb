//! Faces whose likeliest label is not probable enough, and how raters are expected to vote.

use std::fs;

use anyhow::{Context, Result, ensure};
use e2e::{BrowserOptions, Page, PageServer, Snapshot, folder, media, run, run_with_camera};
use serde_json::{Value, json};

use crate::DEFAULT;

const SIZE: [u32; 2] = [media::ASTRONAUT_SIDE; 2];

/// Eight words, in FER+'s order.
const VOTES: [&str; 8] = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"];

/// Serves the default network with a card by which a label counts from this probability on.
fn serve_threshold(server: &PageServer, threshold: f64) -> Result<()> {
    let file = folder("dist/models").join(format!("{DEFAULT}.json"));
    let text = fs::read(&file).with_context(|| format!("{} is not there", file.display()))?;
    let mut card: Value = serde_json::from_slice(&text)?;
    // So soft that no probability is rounded to 1.
    card["calibration"] = json!({ "temperature": 100.0, "votes_temperature": 100.0, "threshold": threshold,
        "coverage": 0.5, "error": 0.1 });
    server.serve(&format!("/models/{DEFAULT}.json"), serde_json::to_vec(&card)?);
    Ok(())
}

async fn text(page: &Page, id: &str) -> Result<String> {
    Ok(page.find(id).await?.text().await?)
}

#[tokio::test]
async fn a_face_below_the_threshold_is_shown_as_unsure() -> Result<()> {
    const IS_SAID: &str = "return document.querySelector('[data-testid=\"unsure\"]') !== null";
    run(BrowserOptions::default(), async |page, server| {
        for (threshold, sure) in [(1.0, false), (0.0, true)] {
            serve_threshold(&server, threshold)?;
            page.open_ready().await?;
            let shown = page.pick_and_wait(&media::astronaut_file(), SIZE).await?;
            let [face] = &shown.faces[..] else { anyhow::bail!("expected one face, got {:?}", shown.faces) };
            ensure!(face.sure == sure && page.ask::<bool>(IS_SAID).await? != sure, "at {threshold}: {shown:#?}");
            ensure!(shown.status.contains("unsure, perhaps ") != sure, "{:?}", shown.status);
            ensure!(shown.probabilities.len() == 7, "{:?}", shown.probabilities);
            let row = text(&page, "face-row").await?;
            ensure!(row.contains("Unsure · ") != sure && row.to_lowercase().contains(&face.label), "{row:?}");
            page.screenshot(&format!("threshold-{threshold}")).await?;
        }
        page.click("tool-card").await?;
        page.until_answer(
            "the card",
            "return document.querySelector('[data-testid=\"card-threshold\"]') ? true : null;",
            |_: &bool| true,
        )
        .await?;
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn unsure_faces_of_the_camera_have_a_row_of_their_own() -> Result<()> {
    run_with_camera(async |page, server| {
        serve_threshold(&server, 1.0)?;
        page.open_ready().await?;
        page.click("camera-start").await?;
        let shown = page.until("five faces", |shown| shown.total_count() >= 5).await?;
        page.screenshot("shares").await?;
        let counts: Vec<_> = shown.shares.iter().map(|share| (share.emotion.as_str(), share.count > 0)).collect();
        ensure!(counts.len() == 10 && counts[7] == ("unsure", true), "{:?}", shown.shares);
        ensure!(counts[..7].iter().all(|(_, is_counted)| !is_counted), "{:?}", shown.shares);
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn ten_raters_are_shared_out_where_the_network_was_taught_votes() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        page.open_ready().await?;
        let shown = page.pick_and_wait(&media::astronaut_file(), SIZE).await?;
        expect_votes(&shown)?;
        let table = text(&page, "votes").await?;
        for (word, vote) in ["Neutral", "Happiness", "Surprise"].iter().zip(&shown.votes) {
            ensure!(table.contains(word) && table.contains(&format!("{:.1}", vote.value)), "{table:?}");
        }
        page.choose("network-select", "small").await?;
        let small = page.until("read by another network", |shown| shown.was_read_with("small")).await?;
        ensure!(small.votes.is_empty(), "the small network was taught none: {:?}", small.votes);
        page.expect_quiet_console().await
    })
    .await
}

fn expect_votes(shown: &Snapshot) -> Result<()> {
    let names: Vec<_> = shown.votes.iter().map(|vote| vote.vote.as_str()).collect();
    let sum: f64 = shown.votes.iter().map(|vote| vote.value).sum();
    ensure!(names == VOTES, "expected {VOTES:?}, got {names:?}");
    ensure!((sum - 10.0).abs() < 1e-4, "expected ten raters, got {sum}");
    Ok(())
}
