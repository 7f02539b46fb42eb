//! *Self-test*: stored cases on the person's own device; and the device that is chosen by what was measured there.

use std::fs;

use anyhow::{Context, Result, ensure};
use e2e::{BrowserOptions, Fault, Page, Snapshot, Verified, folder, media, run, run_alone};
use serde_json::Value;

use crate::DEFAULT;

const CASES: &str = "/models/cases.json";

/// The page's own, in `model-core`.
const TOLERANCE: f64 = 1e-3;

fn with_webgpu() -> BrowserOptions {
    BrowserOptions { webgpu: true, ..BrowserOptions::default() }
}

fn dist(path: &str) -> Result<String> {
    let file = folder("dist").join(path.trim_start_matches('/'));
    fs::read_to_string(&file).with_context(|| format!("{} is not there", file.display()))
}

/// Milliseconds that the CPU may take for a face on WebGPU, the median of 20 or more.
const MAX_SUBMIT_MS: f64 = 5.0;

/// Presses the button and waits until it has come to something.
async fn verify(page: &Page) -> Result<Snapshot> {
    page.click("verify").await?;
    page.until("an outcome", |shown| !["none", "running"].contains(&shown.verification.as_str())).await
}

fn is_right(one: &Verified) -> bool {
    one.agrees && one.difference <= TOLERANCE && one.ms > 0.0
}

async fn text(page: &Page, id: &str) -> Result<String> {
    Ok(page.find(id).await?.text().await?)
}

#[tokio::test]
async fn every_network_is_right_on_the_cpu() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        page.open_ready().await?;
        for network in crate::NETWORKS {
            page.choose("network-select", network).await?;
            page.until(network, |shown| shown.is_ready_with(network)).await?;
            let shown = verify(&page).await?;
            ensure!(shown.verification == "verified", "{network}: {shown:#?}");
            ensure!(matches!(&shown.verified[..], [cpu] if cpu.device == "cpu" && is_right(cpu)), "{shown:#?}");
            let words = text(&page, "verification").await?;
            ensure!(words.contains("Verified") && words.contains("WebGPU: "), "{words:?}");
        }
        page.screenshot("cpu").await?;
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn cpu_and_webgpu_are_both_right_and_the_faster_one_goes_on() -> Result<()> {
    run_alone(with_webgpu(), async |page, _| {
        page.open_ready().await?;
        let shown = verify(&page).await?;
        page.screenshot("webgpu").await?;
        let [cpu, gpu] = &shown.verified[..] else { anyhow::bail!("expected two devices: {shown:#?}") };
        ensure!((cpu.device.as_str(), gpu.device.as_str()) == ("cpu", "webgpu"), "{shown:#?}");
        ensure!(shown.verification == "verified" && is_right(cpu) && is_right(gpu), "{shown:#?}");
        // It was 280 when each call from JavaScript ran all constructors of the module.
        ensure!(gpu.submit_ms <= MAX_SUBMIT_MS, "the CPU took {} ms to ask WebGPU for a face", gpu.submit_ms);
        println!("the CPU's part of a face on WebGPU: {} ms", gpu.submit_ms);
        let faster = if gpu.ms < cpu.ms { "webgpu" } else { "cpu" };
        page.until("the faster device", |shown| shown.is_ready_on(faster)).await?;
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn cases_that_were_tampered_with_are_seen() -> Result<()> {
    run(BrowserOptions::default(), async |page, server| {
        let mut cases: Value = serde_json::from_str(&dist(CASES)?)?;
        let networks = cases["networks"].as_array_mut().context("networks")?;
        let network = networks.iter_mut().find(|it| it["network"] == DEFAULT).context("the default network")?;
        let scores = network["predictions"][0]["scores"].as_array_mut().context("scores")?;
        scores.rotate_left(1);
        server.serve(CASES, serde_json::to_vec(&cases)?);
        page.open_ready().await?;
        let shown = verify(&page).await?;
        page.screenshot("differs").await?;
        ensure!(shown.verification == "differs", "{shown:#?}");
        ensure!(matches!(&shown.verified[..], [cpu] if !cpu.agrees && cpu.difference > TOLERANCE), "{shown:#?}");
        let notice = shown.notice.unwrap_or_default();
        ensure!(notice.contains("CPU gives other answers") && notice.contains("do not rely"), "{notice:?}");
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn cases_that_cannot_be_had_are_told_and_tried_again() -> Result<()> {
    run(BrowserOptions::default(), async |page, server| {
        page.open_ready().await?;
        server.inject(CASES, Fault::Missing);
        let shown = verify(&page).await?;
        ensure!(shown.verification == "failed" && shown.has_problem(&["stored cases", "404"]), "{shown:#?}");
        page.screenshot("missing").await?;
        server.repair();
        let whole = dist(CASES)?;
        server.serve(CASES, whole.as_bytes()[..whole.len() / 2].to_vec());
        page.click("retry").await?;
        let words = ["stored cases could not be loaded", "expected the JSON of stored cases"];
        page.until("why they cannot be read", |shown| shown.has_problem(&words)).await?;
        server.serve(CASES, whole.replace("\"sha256\": \"", "\"sha256\": \"0").into_bytes());
        page.click("retry").await?;
        page.until("whose they are", |shown| shown.has_problem(&["another version of this network"])).await?;
        server.serve(CASES, whole.into_bytes());
        page.click("retry").await?;
        let shown = page.until("an outcome", |shown| shown.verification == "verified").await?;
        ensure!(shown.problems.is_empty(), "{:?}", shown.problems);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_webgpu_that_goes_wrong_is_found_out_and_given_up() -> Result<()> {
    /// Spoils the first number that is read back from the GPU, from a word on.
    const SPOIL: &str = "
        let isBroken = false;
        globalThis.fault = new BroadcastChannel('fault');
        fault.onmessage = () => { isBroken = true; };
        const range = GPUBuffer.prototype.getMappedRange;
        GPUBuffer.prototype.getMappedRange = function (...place) {
            const bytes = range.apply(this, place);
            if (isBroken && this.usage & GPUBufferUsage.MAP_READ) new Float32Array(bytes)[0] += 4;
            return bytes;
        };";
    const BREAK: &str = "new BroadcastChannel('fault').postMessage('break'); return true;";
    const LOADER: &str = "/worker-webgpu_loader.js";
    run(with_webgpu(), async |page, server| {
        server.serve(LOADER, format!("{}\n{SPOIL}", dist(LOADER)?).into_bytes());
        page.open_on_webgpu().await?;
        ensure!(verify(&page).await?.verification == "verified", "before it goes wrong");
        page.ask::<bool>(BREAK).await?;
        page.click("verify").await?;
        let shown = page.until("an outcome", |shown| shown.verification == "differs").await?;
        let shown = if shown.is_ready_on("cpu") {
            shown
        } else {
            page.until("the CPU", |shown| shown.is_ready_on("cpu")).await?
        };
        page.screenshot("given-up").await?;
        let [cpu, gpu] = &shown.verified[..] else { anyhow::bail!("expected two devices: {shown:#?}") };
        ensure!(is_right(cpu) && !gpu.agrees && gpu.difference > TOLERANCE, "{shown:#?}");
        let notice = shown.notice.clone().unwrap_or_default();
        ensure!(notice.contains("WebGPU gives other answers") && notice.contains("on the CPU"), "{notice:?}");
        ensure!(device(&shown).contains("WebGPU disagrees with the CPU here"), "{:?}", shown.device);
        Ok(())
    })
    .await
}

fn device(shown: &Snapshot) -> &str {
    shown.device.as_ref().map_or("", |device| &device.text)
}

/// Milliseconds on the CPU and on WebGPU, in "CPU: 4.1 ms a face, WebGPU: 9.8 ms".
fn paces(words: &str) -> Option<[f64; 2]> {
    let number = |name: &str| words.split_once(name)?.1.split_whitespace().next()?.parse().ok();
    Some([number("CPU: ")?, number("WebGPU: ")?])
}

/// Chromium's adapter here is a program on the CPU, slower than the CPU's own worker.
#[tokio::test]
async fn a_slower_webgpu_is_not_used_and_not_started_again_unless_a_person_chooses_it() -> Result<()> {
    const HAS_FETCHED: &str = "return performance.getEntriesByType('resource')
        .some(({ name }) => name.includes('worker-webgpu'));";
    run(with_webgpu(), async |page, _| {
        page.open().await?;
        let measured = |shown: &Snapshot| shown.is_ready_on("cpu") && paces(device(shown)).is_some();
        let first = page.until("both measured", measured).await?;
        let [cpu_ms, gpu_ms] = paces(device(&first)).context("two numbers")?;
        ensure!(cpu_ms <= gpu_ms && page.ask::<bool>(HAS_FETCHED).await?, "{:?}", first.device);
        page.screenshot("measured").await?;
        page.open().await?;
        let second = page.until("both remembered", measured).await?;
        ensure!(paces(device(&second)) == Some([cpu_ms, gpu_ms]), "{:?}", second.device);
        page.pick_and_wait(&media::astronaut_file(), [media::ASTRONAUT_SIDE; 2]).await?;
        ensure!(!page.ask::<bool>(HAS_FETCHED).await?, "WebGPU was started in vain");
        page.choose("device-select", "webgpu").await?;
        page.until("WebGPU, as chosen", |shown| shown.is_ready_on("webgpu")).await?;
        page.choose("device-select", "auto").await?;
        page.until("the CPU again", measured).await?;
        page.expect_quiet_console().await
    })
    .await
}
