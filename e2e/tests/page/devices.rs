//! CPU and WebGPU: they agree, each says why it is used, nobody waits for WebGPU, and one that fails stops nothing.

use std::fs;

use anyhow::{Context, Result, ensure};
use e2e::{BrowserOptions, Page, Snapshot, folder, media, run};
use serde_json::json;

/// Both compute in f32; a GPU sums in another order and may contract multiplications with additions.
const DEVICE_ATOL: f64 = 1e-3;

/// Boxes are sums of a thousand products as well, some hundred pixels large; pixels.
const BOX_ATOL: f64 = 0.1;

const SIZE: [u32; 2] = [media::ASTRONAUT_SIDE; 2];

fn with_webgpu() -> BrowserOptions {
    BrowserOptions { webgpu: true, ..BrowserOptions::default() }
}

#[tokio::test]
async fn webgpu_takes_over_and_agrees_with_the_cpu() -> Result<()> {
    run(with_webgpu(), async |page, _| {
        page.open_on_webgpu().await?;
        let gpu = read_on_webgpu(&page).await?;
        page.screenshot("webgpu").await?;
        page.choose("device-select", "cpu").await?;
        let is_read_again =
            |shown: &Snapshot| shown.has_read(SIZE) && shown.is_ready_on("cpu") && shown.was_read_on("cpu");
        let cpu = page.until("read again on the CPU", is_read_again).await?;
        expect_agreement(&gpu, &cpu)?;
        page.expect_quiet_console().await
    })
    .await
}

/// Has the page read the photo on WebGPU, which is so slow here that the CPU answers first.
async fn read_on_webgpu(page: &Page) -> Result<Snapshot> {
    page.pick_and_wait(&media::astronaut_file(), SIZE).await?;
    page.until("read on WebGPU", |shown| shown.has_read(SIZE) && shown.was_read_on("webgpu")).await
}

#[tokio::test]
async fn the_cpu_answers_until_a_chosen_webgpu_is_ready() -> Result<()> {
    run(with_webgpu(), async |page, _| {
        page.open_ready().await?;
        page.choose("device-select", "webgpu").await?;
        let says_so = |shown: &Snapshot| text(shown).contains("The CPU answers until WebGPU is ready");
        page.until("a word that the CPU answers", says_so).await?;
        let first = page.pick_and_wait(&media::astronaut_file(), SIZE).await?;
        ensure!(first.was_read_on("cpu") && first.is_ready_on("cpu"), "{:?}", first.read_by);
        page.screenshot("meanwhile").await?;
        let read_again =
            |shown: &Snapshot| shown.has_read(SIZE) && shown.is_ready_on("webgpu") && shown.was_read_on("webgpu");
        let second = page.until("read again on WebGPU", read_again).await?;
        expect_agreement(&first, &second)?;
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn two_pages_use_one_graphics_card() -> Result<()> {
    run(with_webgpu(), async |page, _| {
        page.open_on_webgpu().await?;
        let first = page.window().await?;
        page.open_tab().await?;
        page.open_on_webgpu().await?;
        let other = read_on_webgpu(&page).await?;
        page.switch_to(first).await?;
        expect_agreement(&read_on_webgpu(&page).await?, &other)?;
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn a_webgpu_that_gives_no_numbers_gives_way_to_the_cpu() -> Result<()> {
    /// After a message, every read-back from the GPU gives NaN.
    const SPOIL: &str = "
        let isBroken = false;
        globalThis.fault = new BroadcastChannel('fault');
        fault.onmessage = () => { isBroken = true; };
        const range = GPUBuffer.prototype.getMappedRange;
        GPUBuffer.prototype.getMappedRange = function (...place) {
            const bytes = range.apply(this, place);
            if (isBroken && this.usage & GPUBufferUsage.MAP_READ) new Float32Array(bytes).fill(NaN);
            return bytes;
        };";
    const BREAK: &str = "new BroadcastChannel('fault').postMessage('break'); return true;";
    const LOADER: &str = "worker-webgpu_loader.js";
    run(with_webgpu(), async |page, server| {
        let loader = fs::read_to_string(folder("dist").join(LOADER)).context("the page is not built")?;
        server.serve(&format!("/{LOADER}"), format!("{loader}\n{SPOIL}").into_bytes());
        page.open_on_webgpu().await?;
        read_on_webgpu(&page).await?;
        page.ask::<bool>(BREAK).await?;
        let folder = tempfile::tempdir()?;
        let shown = page.pick_and_wait(&media::mosaic(folder.path(), 2, 1)?, [2 * SIZE[0], SIZE[1]]).await?;
        ensure!(shown.faces.len() == 2, "expected two faces, got {:?}", shown.faces);
        let shown = page.until("the CPU goes on, with a notice", is_back_on_cpu).await?;
        ensure!(shown.notice.as_ref().is_some_and(|notice| notice.contains("WebGPU stopped")), "{:?}", shown.notice);
        page.screenshot("no-numbers").await?;
        Ok(())
    })
    .await
}

fn expect_agreement(a: &Snapshot, b: &Snapshot) -> Result<()> {
    let ([one], [other]) = (&a.faces[..], &b.faces[..]) else {
        anyhow::bail!("expected one face each, got {:?} and {:?}", a.faces, b.faces)
    };
    ensure!(one.is_at(other.rect, BOX_ATOL), "boxes: {:?} and {:?}", one.rect, other.rect);
    ensure!(a.probabilities.len() == 7, "expected seven probabilities, got {:?}", a.probabilities);
    for (a, b) in a.probabilities.iter().zip(&b.probabilities) {
        ensure!((a.value - b.value).abs() <= DEVICE_ATOL, "WebGPU {a:?}, CPU {b:?}");
    }
    Ok(())
}

#[tokio::test]
async fn without_webgpu_the_cpu_works_and_the_page_says_why() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        page.open().await?;
        let says_why = |shown: &Snapshot| shown.is_ready_on("cpu") && text(shown).contains("WebGPU");
        let shown = page.until("a word on why the CPU is used", says_why).await?;
        ensure!(text(&shown).contains("CPU"), "the device is not named: {}", text(&shown));
        page.screenshot("cpu-only").await?;
        page.expect_quiet_console().await
    })
    .await
}

fn text(shown: &Snapshot) -> &str {
    shown.device.as_ref().map_or("", |device| &device.text)
}

#[tokio::test]
async fn a_lost_gpu_stops_nothing() -> Result<()> {
    run(with_webgpu(), async |page, _| {
        page.open_on_webgpu().await?;
        page.pick_and_wait(&media::astronaut_file(), SIZE).await?;
        page.devtools("Browser.crashGpuProcess", json!({})).await.context("the GPU cannot be crashed")?;
        // The loss shows when the GPU is next asked for something: that photo is read on the CPU instead.
        let folder = tempfile::tempdir()?;
        let shown = page.pick_and_wait(&media::mosaic(folder.path(), 2, 1)?, [2 * SIZE[0], SIZE[1]]).await?;
        ensure!(shown.faces.len() == 2, "expected two faces, got {:?}", shown.faces);
        let shown = page.until("the CPU goes on, with a notice", is_back_on_cpu).await?;
        ensure!(shown.problems.is_empty(), "{:?}", shown.problems);
        page.screenshot("gpu-lost").await?;
        Ok(())
    })
    .await
}

fn is_back_on_cpu(shown: &Snapshot) -> bool {
    shown.is_ready_on("cpu") && shown.notice.as_ref().is_some_and(|notice| notice.contains("WebGPU"))
}
