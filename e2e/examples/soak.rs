//! `cargo xtask soak`: the page used for minutes: its memory, recovery times and labels. A camera runs for the first
//! half, photos follow one another in the second, and every ten seconds the worker that reads them is ended. The second
//! half is longer where more photos are asked for.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::{Page, media, run_with_camera};
use tokio::time::sleep;

/// Time between two measurements, after each of which the worker is ended.
const STEP: Duration = Duration::from_secs(10);

/// How much the memory of the last quarter may exceed that of the second, in parts and in megabytes: what is recorded of
/// a camera grows, by 20 MB an hour.
const GROWTH: f64 = 0.1;
const GROWTH_MB: f64 = 20.0;

/// Megabytes that Chromium's layout may take for each photo besides: pages of memory that it has freed and keeps. Live
/// objects on them stay the same (docs/reliability.md).
const PHOTO_MB: f64 = 0.012;

/// How long the page may take to read again after its worker has ended.
const RECOVERY: Duration = Duration::from_secs(20);

const END_WORKER: &str = "return window.endWorker();";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let minutes = std::env::args().nth(1).context("expected minutes, got nothing")?;
    let minutes: u32 = minutes.parse().with_context(|| format!("expected whole minutes, got {minutes}"))?;
    // Below, a quarter would be a single measurement.
    ensure!((4..=1000).contains(&minutes), "expected 4 to 1000 minutes, got {minutes}");
    let n_photos =
        std::env::args().nth(2).map_or(Ok(0), |n| n.parse().with_context(|| format!("expected a number, got {n}")))?;
    let half = Duration::from_secs(30 * u64::from(minutes));
    run_with_camera(async move |page, _| {
        page.before_load(media::WORKERS_TO_END).await?;
        page.open_ready().await?;
        camera(&page, half).await?.expect_flat("a camera", 0.0)?;
        let (measured, n_read) = photos(&page, half, n_photos).await?;
        // Half of them lie between the middles of the two quarters.
        measured.expect_flat("photos", PHOTO_MB * f64::from(n_read) / 2.0)
    })
    .await
}

/// Measurements of one half.
#[derive(Debug, Default)]
struct Measurements {
    memory_mb: Vec<f64>,
    recovery_ms: Vec<f64>,
}

impl Measurements {
    /// Ends the worker, and waits until `read` has read something again.
    async fn end_worker(&mut self, page: &Page, read: impl AsyncFn() -> Result<()>) -> Result<()> {
        page.ask::<bool>(END_WORKER).await?;
        let start = Instant::now();
        read().await?;
        let took = start.elapsed();
        ensure!(took < RECOVERY, "it took {} s until faces were read again", took.as_secs());
        self.recovery_ms.push(took.as_secs_f64() * 1000.0);
        Ok(())
    }

    fn print(&self, secs: u64, what: &str) {
        let (memory, recovery) = (self.memory_mb.last(), self.recovery_ms.last());
        let [memory, recovery] = [memory, recovery].map(|last| last.copied().unwrap_or(f64::NAN));
        println!("{secs:>5} s: {what}; {memory:.0} MB; read again {recovery:.0} ms after the worker was ended");
    }

    /// Fails if the memory grew, by `more_mb` more than it may.
    fn expect_flat(&self, what: &str, more_mb: f64) -> Result<()> {
        let quarter = |from: usize, to: usize| {
            let n = self.memory_mb.len();
            median(&self.memory_mb[n * from / 4..(n * to / 4).max(n * from / 4 + 1)])
        };
        let [early, late] = [quarter(1, 2), quarter(3, 4)];
        println!(
            "{what}: {early:.0} MB in the second quarter, {late:.0} MB in the last; read again after {:.0} ms in the \
             median and {:.0} ms at most, {} times",
            median(&self.recovery_ms),
            self.recovery_ms.iter().copied().fold(0.0, f64::max),
            self.recovery_ms.len(),
        );
        ensure!(late <= early * (1.0 + GROWTH) + GROWTH_MB + more_mb, "memory grew from {early:.0} to {late:.0} MB");
        Ok(())
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

async fn camera(page: &Page, time: Duration) -> Result<Measurements> {
    let (mut measured, start) = (Measurements::default(), Instant::now());
    page.click("camera-start").await?;
    while start.elapsed() < time {
        let before = page.until("labels", |shown| shown.total_count() > 0).await?;
        sleep(STEP.min(time)).await;
        let after = page.snapshot().await?;
        measured.memory_mb.push(page.memory_mb().await?);
        let n_labels = after.total_count() - before.total_count();
        ensure!(n_labels > 0, "a camera that runs gave no label in {} s", STEP.as_secs());
        let read = async || {
            let ended = page.snapshot().await?;
            page.until("more labels", |shown| shown.total_count() > ended.total_count() + 1).await.map(drop)
        };
        measured.end_worker(page, read).await?;
        measured.print(start.elapsed().as_secs(), &format!("{n_labels} labels"));
    }
    page.click("camera-stop").await?;
    Ok(measured)
}

/// Shows the page one photo after the other as if a person picked them, and checks the words that it has for each. All of
/// that is a script of the page: a browser that is driven from outside keeps every script that it was given, 20 kB for
/// each photo.
const PHOTOS: &str = "
window.readPhoto = async ({ bytes, words }) => {
  window.nRead = (window.nRead ?? 0) + 1;
  const name = `${window.nRead}.png`, files = new DataTransfer();
  files.items.add(new File([bytes], name, { type: 'image/png' }));
  const input = document.querySelector('[data-testid=\"photo-input\"]');
  input.files = files.files;
  input.dispatchEvent(new Event('change', { bubbles: true }));
  const begin = performance.now();
  for (;;) {
    const status = document.querySelector('[data-testid=\"status\"]')?.textContent ?? '';
    if (status.includes(`${words} ${name}`)) return performance.now() - begin;
    if (performance.now() - begin > 20000) throw new Error(`expected ${words} ${name}, got ${status}`);
    await new Promise((done) => setTimeout(done, 5));
  }
};
window.readPhotos = async (ms) => {
  const begin = performance.now();
  while (performance.now() - begin < ms) for (const photo of window.photos) await window.readPhoto(photo);
  return window.nRead;
};";

/// For `time`, and until `n_photos` are read; how many were.
async fn photos(page: &Page, time: Duration, n_photos: u32) -> Result<(Measurements, u32)> {
    let folder = tempfile::tempdir()?;
    let photos: [(PathBuf, &str); 3] = [
        (media::astronaut_file(), "1 face in"),
        (media::texture(folder.path())?, "No face found in"),
        (media::mosaic(folder.path(), 2, 1)?, "2 faces in"),
    ];
    page.click("mode-photos").await?;
    page.ask::<()>(PHOTOS).await?;
    for (file, words) in photos {
        let bytes = fs::read(file)?;
        let add = format!("(window.photos ??= []).push({{ bytes: new Uint8Array({bytes:?}), words: '{words}' }});");
        page.ask::<()>(&add).await?;
    }
    let (mut measured, start, mut n_read) = (Measurements::default(), Instant::now(), 0);
    let read = format!("return window.readPhotos({});", STEP.min(time).as_millis());
    while start.elapsed() < time || n_read < n_photos {
        n_read = page.ask(&read).await?;
        measured.memory_mb.push(page.memory_mb().await?);
        page.ask::<bool>(END_WORKER).await?;
        measured.recovery_ms.push(page.ask("return window.readPhoto(window.photos[0]);").await?);
        measured.print(start.elapsed().as_secs(), &format!("{n_read} photos"));
    }
    Ok((measured, n_read))
}
