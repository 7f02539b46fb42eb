//! The network card: the figures of the card's file and of the study, and a clear word where there are none.

use std::fs;

use anyhow::{Context, Result, ensure};
use e2e::{BrowserOptions, Fault, Page, PageServer, folder, run};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::EMOTIONS;

/// Number of epochs and the chosen one.
pub(crate) const CURVE: &str = "const curve = document.querySelector('[data-testid=\"curve\"]');
    return curve ? [Number(curve.dataset.n), Number(curve.dataset.chosen)] : null;";

const ROWS: &str = "const rows = (id) => [...document.querySelectorAll(`[data-testid=\"${id}\"]`)];
    const splits = rows('card-split').map(({ dataset: d }) => [d.split, Number(d.accuracy), Number(d.macroF1)]);
    const figures = (d) => [d.label, Number(d.precision), Number(d.recall), Number(d.f1)];
    const labels = rows('card-label').map(({ dataset }) => figures(dataset));
    const cells = [...document.querySelectorAll('[data-testid=\"confusion\"] td[data-count]')];
    const text = (id) => rows(id)[0]?.innerText ?? '';
    return splits.length || text('no-study') ? { network: rows('card')[0].dataset.network, splits, labels,
        counts: cells.map((td) => Number(td.dataset.count)),
        parameters: text('card-parameters'), epoch: text('card-epoch'), noStudy: text('no-study') } : null;";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    network: String,
    splits: Vec<(String, f64, f64)>,
    labels: Vec<(String, f64, f64, f64)>,
    counts: Vec<u64>,
    parameters: String,
    epoch: String,
    no_study: String,
}

fn card(network: &str) -> Result<Value> {
    let file = folder("dist/models").join(format!("{network}.json"));
    Ok(serde_json::from_slice(&fs::read(&file).with_context(|| format!("{} is not there", file.display()))?)?)
}

/// Serves a study of `network` with the figures of its card, each accuracy `off` by so much.
pub(crate) fn serve_study(server: &PageServer, network: &str, off: f64) -> Result<()> {
    let card = card(network)?;
    let n_epochs = card["training"]["epochs"].as_u64().context("epochs")?;
    let epoch = |epoch: u64| {
        let x = epoch as f64 / n_epochs as f64;
        let val_loss = 1.7 - x * (1.0 - 0.4 * x);
        json!({ "epoch": epoch, "train_loss": 1.8 - x, "val_loss": val_loss, "val_accuracy": 0.3 + 0.2 * x })
    };
    let label = |(i, label): (usize, &str)| json!({ "label": label, "n": 100 + i, "precision": 0.1 * i as f64, "recall": 0.25, "f1": 0.5 });
    let figures = card["figures"].as_array().context("figures")?;
    let chosen = figures.iter().map(|figures| {
        let accuracy = figures["accuracy"].as_f64().unwrap_or_default() + off;
        let row = |label: usize| {
            EMOTIONS.iter().enumerate().map(|(i, _)| if i == label { 300 } else { 10 + 7 * i }).collect::<Vec<_>>()
        };
        json!({ "split": figures["split"], "n": figures["n"], "accuracy": accuracy,
            "confusion": (0..7).map(row).collect::<Vec<_>>(),
            "per_class": EMOTIONS.into_iter().enumerate().map(label).collect::<Vec<_>>() })
    });
    let study = json!({ "format": 1, "networks": [{ "network": network, "layers": [],
        "chosen_epoch": card["training"]["chosen_epoch"], "epochs": (1..=n_epochs).map(epoch).collect::<Vec<_>>(),
        "chosen": chosen.collect::<Vec<_>>() }] });
    server.serve("/study/study.json", serde_json::to_vec(&study)?);
    Ok(())
}

async fn shown(page: &Page, network: &str, is_whole: impl Fn(&Shown) -> bool) -> Result<Shown> {
    page.until_answer("the card", ROWS, |shown: &Shown| shown.network == network && is_whole(shown)).await
}

#[tokio::test]
async fn figures_are_those_of_the_card_and_of_the_study() -> Result<()> {
    run(BrowserOptions::default(), async |page, server| {
        serve_study(&server, "small", 0.0)?;
        page.open_ready().await?;
        page.click("tool-card").await?;
        page.choose("card-network", "small").await?;
        let shown = shown(&page, "small", |shown| shown.labels.len() >= 7).await?;
        page.screenshot("small").await?;
        let card = card("small")?;
        for (figures, (split, accuracy, f1)) in card["figures"].as_array().context("figures")?.iter().zip(&shown.splits)
        {
            let expected = (figures["split"].as_str(), figures["accuracy"].as_f64(), figures["macro_f1"].as_f64());
            ensure!(expected == (Some(split), Some(*accuracy), Some(*f1)), "{expected:?}, got {shown:#?}");
        }
        let parameters = card["parameters"].as_u64().context("parameters")?;
        ensure!(shown.parameters.replace(',', "") == parameters.to_string(), "{shown:#?}");
        let epochs: [u64; 2] = page.ask(CURVE).await?;
        let training = ["epochs", "chosen_epoch"].map(|key| card["training"][key].as_u64().unwrap_or_default());
        ensure!(epochs == training && shown.epoch == format!("{} of {}", training[1], training[0]), "{shown:#?}");
        ensure!(shown.labels[2] == ("fear".into(), 0.2, 0.25, 0.5), "{shown:#?}");
        ensure!(shown.counts[..8] == [300, 17, 24, 31, 38, 45, 52, 10], "{:?}", shown.counts);
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn without_the_study_or_with_another_one_the_card_says_so() -> Result<()> {
    run(BrowserOptions::default(), async |page, server| {
        server.inject("study.json", Fault::Missing);
        page.open_ready().await?;
        page.click("tool-card").await?;
        let own = shown(&page, crate::DEFAULT, |shown| !shown.no_study.is_empty()).await?;
        ensure!(own.no_study.contains("of the study's networks"), "{own:#?}");
        page.choose("card-network", "residual").await?;
        let missing = shown(&page, "residual", |shown| !shown.no_study.is_empty()).await?;
        ensure!(missing.no_study.contains("was not published") && !missing.splits.is_empty(), "{missing:#?}");
        page.screenshot("no-study").await?;
        page.click("tool-card").await?;
        server.repair();
        serve_study(&server, "residual", 0.01)?;
        page.click("tool-card").await?;
        let other = shown(&page, "residual", |shown| shown.no_study.contains("another version")).await?;
        ensure!(other.labels.is_empty() && other.counts.is_empty(), "{other:#?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_study_or_card_that_cannot_be_read_is_told_and_tried_again() -> Result<()> {
    run(BrowserOptions::default(), async |page, server| {
        server.serve("/study/study.json", b"{ \"format\": 2, \"networks\": [] }".to_vec());
        page.open_ready().await?;
        page.click("tool-card").await?;
        page.choose("card-network", "residual").await?;
        let words = ["The study could not be read", "expected study format 1, got 2"];
        page.until("why there is no study", |shown| shown.has_problem(&words)).await?;
        page.screenshot("unreadable").await?;
        serve_study(&server, "residual", 0.0)?;
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
