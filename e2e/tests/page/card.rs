//! The network card: the figures of the card's file and of the network's report, and a clear word where there are none.

use std::fs;

use anyhow::{Context, Result, ensure};
use e2e::{BrowserOptions, Fault, Page, folder, run};
use serde::Deserialize;
use serde_json::Value;

/// Number of epochs and the chosen one.
pub(crate) const CURVE: &str = "const curve = document.querySelector('[data-testid=\"curve\"]');
    return curve ? [Number(curve.dataset.n), Number(curve.dataset.chosen)] : null;";

const ROWS: &str = "const rows = (id) => [...document.querySelectorAll(`[data-testid=\"${id}\"]`)];
    const splits = rows('card-split').map(({ dataset: d }) => [d.split, Number(d.accuracy), Number(d.macroF1)]);
    const figures = (d) => [d.label, Number(d.precision), Number(d.recall), Number(d.f1)];
    const labels = rows('card-label').map(({ dataset }) => figures(dataset));
    const cells = [...document.querySelectorAll('[data-testid=\"confusion\"] td')];
    const lines = (id) => [...document.querySelectorAll(`[data-testid=\"${id}\"] polyline`)];
    const drawn = ['curve', 'reliability'].map((id) => lines(id).filter((line) => line.getBBox().width > 300).length);
    const text = (id) => rows(id)[0]?.innerText ?? '';
    return splits.length || text('no-report') ? { network: rows('card')[0].dataset.network, splits, labels, drawn,
        counts: cells.map((td) => Number(td.firstChild.textContent)),
        parameters: text('card-parameters'), epoch: text('card-epoch'), noReport: text('no-report') } : null;";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShownCard {
    network: String,
    splits: Vec<(String, f64, f64)>,
    labels: Vec<(String, f64, f64, f64)>,
    counts: Vec<u64>,
    /// Lines that can be seen in the curve and in the reliability diagram.
    drawn: [usize; 2],
    parameters: String,
    epoch: String,
    no_report: String,
}

/// The file `models/{network}.{kind}` of the built page.
fn file(network: &str, kind: &str) -> Result<Value> {
    let file = folder("dist/models").join(format!("{network}.{kind}"));
    Ok(serde_json::from_slice(&fs::read(&file).with_context(|| format!("{} is not there", file.display()))?)?)
}

async fn shown(page: &Page, network: &str, is_whole: impl Fn(&ShownCard) -> bool) -> Result<ShownCard> {
    page.until_answer("the card", ROWS, |shown: &ShownCard| shown.network == network && is_whole(shown)).await
}

/// The card, beside the sample photo.
async fn open(page: &Page) -> Result<()> {
    page.open_ready().await?;
    page.click("sample").await?;
    page.click("tool-card").await
}

#[tokio::test]
async fn figures_are_those_of_the_card_and_of_the_report() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        open(&page).await?;
        for network in ["ferrum", "small", "residual", "unet"] {
            page.choose("card-network", network).await?;
            let shown = shown(&page, network, |shown| shown.labels.len() >= 7).await?;
            page.screenshot(network).await?;
            of_the_card(&shown, &file(network, "json")?, page.ask(CURVE).await?)?;
            of_the_report(&shown, &file(network, "report.json")?)?;
        }
        page.expect_quiet_console().await
    })
    .await
}

fn of_the_card(shown: &ShownCard, card: &Value, epochs: [u64; 2]) -> Result<()> {
    for (figures, (split, accuracy, f1)) in card["figures"].as_array().context("figures")?.iter().zip(&shown.splits) {
        let expected = (figures["split"].as_str(), figures["accuracy"].as_f64(), figures["macro_f1"].as_f64());
        ensure!(expected == (Some(split), Some(*accuracy), Some(*f1)), "{expected:?}, got {shown:#?}");
    }
    let parameters = card["parameters"].as_u64().context("parameters")?;
    ensure!(shown.parameters.replace(',', "") == parameters.to_string(), "{shown:#?}");
    let training = ["epochs", "chosen_epoch"].map(|key| card["training"][key].as_u64().unwrap_or_default());
    ensure!(epochs == training && shown.epoch == format!("{} of {}", training[1], training[0]), "{shown:#?}");
    Ok(())
}

fn of_the_report(shown: &ShownCard, report: &Value) -> Result<()> {
    let confusion: Vec<Vec<u64>> = serde_json::from_value(report["splits"][0]["confusion"].clone())?;
    ensure!(shown.counts == confusion.concat(), "{:?}", shown.counts);
    for (i, (label, _, recall, _)) in shown.labels.iter().enumerate() {
        let expected = confusion[i][i] as f64 / confusion[i].iter().sum::<u64>() as f64;
        ensure!((recall - expected).abs() < 1e-9, "{label}: expected {expected}, got {recall}");
    }
    // Losses in training and held out, and accuracy; one line of confidence.
    ensure!(shown.drawn == [3, 1], "{shown:#?}");
    Ok(())
}

#[tokio::test]
async fn without_a_report_or_with_that_of_other_weights_the_card_says_so() -> Result<()> {
    run(BrowserOptions::default(), async |page, server| {
        server.inject("residual.report.json", Fault::Missing);
        open(&page).await?;
        page.choose("card-network", "residual").await?;
        let missing = shown(&page, "residual", |shown| !shown.no_report.is_empty()).await?;
        ensure!(missing.no_report.contains("not published") && !missing.splits.is_empty(), "{missing:#?}");
        page.screenshot("no-report").await?;
        page.click("tool-expression").await?;
        server.repair();
        let mut report = file("residual", "report.json")?;
        report["sha256"] = "00".into();
        server.serve("/models/residual.report.json", serde_json::to_vec(&report)?);
        page.click("tool-card").await?;
        let other = shown(&page, "residual", |shown| shown.no_report.contains("of other weights")).await?;
        ensure!(other.labels.is_empty() && other.counts.is_empty(), "{other:#?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_report_or_card_that_cannot_be_read_is_told_and_tried_again() -> Result<()> {
    run(BrowserOptions::default(), async |page, server| {
        server.serve("/models/residual.report.json", b"{ \"format\": 2 }".to_vec());
        open(&page).await?;
        page.choose("card-network", "residual").await?;
        let words = ["The figures could not be read", "in format 1, got 2"];
        page.until("why there are no figures", |shown| shown.has_problem(&words)).await?;
        page.screenshot("unreadable").await?;
        server.serve("/models/residual.report.json", serde_json::to_vec(&file("residual", "report.json")?)?);
        page.click("retry").await?;
        let whole = shown(&page, "residual", |shown| shown.labels.len() >= 7).await?;
        ensure!(page.snapshot().await?.problems.is_empty(), "{whole:#?}");
        server.inject("unet.json", Fault::Missing);
        page.choose("card-network", "unet").await?;
        let words = ["The U-net network could not be loaded", "got HTTP status 404"];
        page.until("why there is no card", |shown| shown.has_problem(&words)).await?;
        server.repair();
        page.click("retry").await?;
        shown(&page, "unet", |_| true).await.map(drop)
    })
    .await
}
