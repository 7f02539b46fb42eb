//! `cargo xtask bench timeline`: an hour of 30 frames a second with two people on the timeline: how long it takes to open,
//! how long each picture takes while a person zooms and goes along it, and for how long an export holds up the page.

use std::{fs, path::Path, time::Instant};

use anyhow::{Context, Result, ensure};
use e2e::{BrowserOptions, Page, run};
use serde_json::{Value, json};

/// Frames of an hour.
const N_FRAMES: usize = 108_000;

const LANES: &str = "const lanes = document.querySelector('[data-testid=\"lanes\"]');
    return lanes?.querySelector('[data-emotion]') ? Number(lanes.dataset.to) : null;";

/// Turns the wheel or presses an arrow before each of 240 pictures; the milliseconds from each to the next, sorted.
const MOVE: &str = "const lanes = document.querySelector('[data-testid=\"lanes\"]');
    const { left, top, width, height } = lanes.getBoundingClientRect();
    const at = { clientX: left + width / 3, clientY: top + height / 2, ctrlKey: true, bubbles: true, cancelable: true };
    const times = [];
    return new Promise((done) => {
      const step = (now) => {
        times.push(now);
        const i = times.length;
        if (i > 240) {
          done(times.slice(1).map((time, i) => time - times[i]).sort((a, b) => a - b));
          return;
        }
        if (i % 3) lanes.dispatchEvent(new WheelEvent('wheel', { ...at, deltaY: i % 80 < 40 ? -120 : 120 }));
        else lanes.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, cancelable: true }));
        requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    });";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("opened.json");
        fs::write(&file, serde_json::to_vec(&hour())?)?;
        let allow = json!({ "behavior": "allow", "downloadPath": folder.path() });
        page.devtools("Browser.setDownloadBehavior", allow).await?;
        page.open_ready().await?;
        page.show_videos().await?;
        let start = Instant::now();
        page.find("session-input").await?.send_keys(file.to_string_lossy().as_ref()).await?;
        let end_secs: f64 = page.until_answer("lanes", LANES, |to: &f64| *to > 3599.0).await?;
        ensure!((end_secs - 3600.0).abs() < 0.1, "{end_secs} s");
        println!("opened after {:.1} s ({} MB)", start.elapsed().as_secs_f64(), fs::metadata(&file)?.len() >> 20);
        page.screenshot("hour").await?;
        let ms: Vec<f64> = page.ask(MOVE).await?;
        let at = |share: f64| ms.get((share * (ms.len() - 1) as f64) as usize).copied().context("no picture");
        println!(
            "{} pictures while it is zoomed and gone along: {:.0} ms in the median, {:.0} ms of 95 in 100, {:.0} ms at most",
            ms.len(),
            at(0.5)?,
            at(0.95)?,
            at(1.0)?
        );
        for (word, name) in [
            ("Frames (CSV)", "hour.csv"),
            ("Summary (CSV)", "hour-summary.csv"),
            ("Session (JSON)", "hour-session.json"),
            ("Annotations (ELAN)", "hour.eaf"),
        ] {
            println!("{word}: the page stood still for {:.0} ms", export(&page, word, &folder.path().join(name)).await?);
        }
        Ok(())
    })
    .await
}

/// Exports a file by its words, and says for how long at most the page did nothing else meanwhile, milliseconds.
async fn export(page: &Page, word: &str, file: &Path) -> Result<f64> {
    let press = format!(
        "const buttons = [...document.querySelectorAll('[data-testid=\"export\"]')];
        const button = buttons.find((button) => button.textContent === '{word}');
        if (!button) return false;
        window.longest = 0;
        let before = performance.now();
        window.watching = setInterval(() => {{
          const now = performance.now();
          window.longest = Math.max(window.longest, now - before);
          before = now;
        }}, 4);
        setTimeout(() => button.click(), 50);
        return true;"
    );
    ensure!(page.ask::<bool>(&press).await?, "no button says {word}");
    page.until_saved(file).await?;
    page.ask("clearInterval(window.watching); return window.longest;").await
}

/// A session of an hour: what two people show changes every 40 and every 70 frames.
fn hour() -> Value {
    let labels = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"];
    let face = |person: usize, label: usize| {
        let probabilities: Vec<f64> = (0..labels.len()).map(|i| if i == label { 0.7 } else { 0.05 }).collect();
        json!({
            "person": person, "rect": { "x": 100.0 * person as f64, "y": 80.0, "width": 90.0, "height": 120.0 },
            "score": 0.9, "probabilities": probabilities, "is_sure": true, "smoothed_probabilities": probabilities,
            "label": labels[label], "quality": { "side": 90.0, "brightness": 0.5, "sharpness": 0.8 },
        })
    };
    let frame = |i: usize| {
        let time = (i as f64 / 30.0 * 1e6).round() / 1e6;
        json!({ "time_secs": time, "secs": 0.033_333, "faces": [face(1, i / 40 % 7), face(2, i / 70 % 7)] })
    };
    json!({
        "format": "ferrum-session", "version": 2,
        "provenance": { "program": "ferrum", "version": "0", "network": "ferrum", "weights_sha256": "",
            "detector": "blazeface", "settings": {}, "file_name": "hour.mp4", "file_sha256": "" },
        "labels": labels,
        "votes": ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"],
        "edits": { "names": {}, "merged": {}, "left_out": [], "ranges": [] },
        "frames": (0..N_FRAMES).map(frame).collect::<Vec<_>>(),
    })
}
