//! Parts that are measured in Chromium: `bench webgpu`, and the page.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use e2e::{BrowserOptions, Camera, Page, Snapshot, media, run_in};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

/// Time for what is done with a browser. Less than a part has: the browser is closed, and a picture of its page taken,
/// before that is over.
const IN_BROWSER: Duration = Duration::from_secs(100);

/// Timed runs of each batch of `bench webgpu`, on a card and on a program in its place.
const RUNS: [u32; 2] = [21, 1];

/// The camera is watched for so many shown frames.
const CAMERA_FRAMES: u32 = 300;

/// The adapter's name, and whether it is a program.
const ADAPTER: &str = "return (async () => {
    const info = (await navigator.gpu?.requestAdapter())?.info ?? {};
    const name = [info.vendor, info.architecture, info.description].filter(Boolean).join(' ');
    return [name, Boolean(info.isFallbackAdapter) || /swiftshader|llvmpipe/i.test(name)];
})();";

/// Chromium with WebGPU on the card, as far as the machine's drivers give it one.
fn on_card() -> BrowserOptions {
    BrowserOptions { webgpu: true, vulkan: true, ..BrowserOptions::default() }
}

/// The page of `cargo xtask bench webgpu`, and its report.
pub(crate) async fn bench(folder: PathBuf) -> Result<Value> {
    let package: Value = serde_json::from_slice(&fs::read(folder.join("package.json"))?)?;
    let ort = package["dependencies"]["onnxruntime-web"].as_str().unwrap_or_default().to_owned();
    run_in(&folder, on_card(), async move |page, _| {
        timeout(IN_BROWSER, compared(&page, &ort)).await.context("the benchmark takes too long")?
    })
    .await
}

async fn compared(page: &Page, ort: &str) -> Result<Value> {
    // Some page of this server: elsewhere there is no WebGPU.
    page.open_at(&format!("{}/models/ferrum.json", page.origin())).await?;
    let (_, is_program): (String, bool) = page.ask(ADAPTER).await?;
    let runs = RUNS[usize::from(is_program)];
    page.open_at(&format!("{}/?network=ferrum&runs={runs}&ort={ort}", page.origin())).await?;
    let mut report: Value = page.until_answer("the report", "return window.report ?? null;", |_| true).await?;
    if let Some(error) = report["error"].as_str() {
        bail!("{error}");
    }
    ensure!(report["faults"].as_array().is_some_and(Vec::is_empty), "{}: {report}", report["faults"]);
    report["is_program"] = json!(is_program);
    Ok(report)
}

/// The page itself, on WebGPU: how soon that is ready, the self-test, a photo and a camera.
pub(crate) async fn page(dist: PathBuf) -> Result<Value> {
    let files = tempfile::tempdir()?;
    let options = BrowserOptions { camera: Camera::Video(media::camera_video(files.path())?), ..on_card() };
    run_in(&dist, options, async |page, _| timeout(IN_BROWSER, used(&page)).await.context("the page takes too long")?)
        .await
}

async fn used(page: &Page) -> Result<Value> {
    let start = Instant::now();
    page.open_ready().await?;
    page.choose("device-select", "webgpu").await?;
    page.until("ready on WebGPU", |shown| shown.is_ready_on("webgpu")).await?;
    let ready_ms = start.elapsed().as_millis();
    let (adapter, is_program): (String, bool) = page.ask(ADAPTER).await?;
    let self_test = self_test(page).await?;
    let photo = photo(page).await?;
    page.click("camera-start").await?;
    page.until("labels of the camera", |shown| shown.total_count() >= 5).await?;
    page.frames(CAMERA_FRAMES).await?;
    let shown = page.snapshot().await?;
    page.screenshot("webgpu").await?;
    let fps = shown.fps.context("the page says no frames a second")?;
    let camera = json!({ "fps": fps, "device": device_of(&shown)? });
    let by_cpu = [&photo, &camera].into_iter().any(|it| it["device"] != "webgpu");
    // A program in the place of a card is late, and then the CPU stands in.
    ensure!(is_program || !by_cpu, "expected faces that WebGPU has read, got {photo} and {camera}");
    Ok(json!({
        "adapter": adapter,
        "is_program": is_program,
        "ready_ms": ready_ms,
        "self_test": self_test,
        "photo": photo,
        "camera": camera,
    }))
}

/// What *Self-test* says of each device.
async fn self_test(page: &Page) -> Result<Vec<Value>> {
    page.click("verify").await?;
    let is_done = |shown: &Snapshot| !["none", "running"].contains(&shown.verification.as_str());
    let shown = page.until("an outcome of the self-test", is_done).await?;
    ensure!(shown.verification == "verified", "the self-test: {:?}, {:?}", shown.verified, shown.problems);
    ensure!(shown.verified.iter().any(|one| one.device == "webgpu"), "WebGPU was not tested: {:?}", shown.verified);
    let figures = shown.verified.iter();
    Ok(figures
        .map(|one| json!({ "device": one.device, "ms": one.ms, "cpu_ms": one.submit_ms, "difference": one.difference }))
        .collect())
}

/// From the choice of the portrait to its label, and what read it.
async fn photo(page: &Page) -> Result<Value> {
    let start = Instant::now();
    let shown = page.pick_and_wait(&media::astronaut_file(), [media::ASTRONAUT_SIDE; 2]).await?;
    let ms = start.elapsed().as_millis();
    let is_happy = matches!(&shown.faces[..], [face] if face.label == "happy");
    ensure!(is_happy, "expected one happy face, got {:?}", shown.faces);
    Ok(json!({ "ms": ms, "device": device_of(&shown)? }))
}

fn device_of(shown: &Snapshot) -> Result<String> {
    Ok(shown.read_by.as_ref().context("the page does not say what read the faces")?.device.clone())
}
