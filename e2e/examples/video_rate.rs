//! `cargo xtask bench video`: how many frames a second the page reads of a video, on the CPU, from the first to the last;
//! and how much memory the page takes while it reads ten minutes.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use e2e::{
    BrowserOptions, Page,
    clip::{clip, probed_times},
    run,
};

/// Frames of the clip: some seconds of work, so that the first frames, for which code is compiled, count for little.
const N_FRAMES: u32 = 600;

/// Readings of it, of which the middle one counts.
const N_RUNS: usize = 5;

/// Frames of ten minutes.
const N_LONG: u32 = 18_000;

/// Ten minutes are read in less, however busy the machine is.
const DEADLINE: Duration = Duration::from_mins(30);

/// The tab may take that much while ten minutes are read.
const MAX_MEMORY_MB: f64 = 300.0;

/// Time between two looks at the memory.
const MEMORY_PAUSE: Duration = Duration::from_secs(5);

const H264: &str = "-c:v libx264 -preset veryfast -bf 2 -g 48 -pix_fmt yuv420p";

/// The time of each frame that was read, and the milliseconds between the first and the last.
const WATCH: &str = "
window.times = [];
window.Worker = class extends Worker {
  constructor(...how) {
    super(...how);
    this.addEventListener('message', ({ data: [head] }) => {
      if (head?.VideoFrame) window.times.push(performance.now());
    });
  }
};";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        let file = clip(folder.path(), "portrait.mp4", N_FRAMES, H264)?;
        ensure!(probed_times(&file)?.len() == N_FRAMES as usize, "ffmpeg wrote another number of frames");
        page.before_load(WATCH).await?;
        page.open_ready().await?;
        page.show_videos().await?;
        let mut rates = vec![];
        for i in 1..=N_RUNS {
            page.ask::<bool>("window.times = []; return true;").await?;
            let start = Instant::now();
            page.pick_video(&file).await?;
            let all =
                format!("return window.times.length === {N_FRAMES} ? window.times.at(-1) - window.times[0] : null;");
            let ms: f64 = page.until_answer("the video read", &all, |_: &f64| true).await?;
            let rate = f64::from(N_FRAMES - 1) / ms * 1000.0;
            let whole_secs = start.elapsed().as_secs_f64();
            println!(
                "{i}: {rate:.1} frames/s from the first to the last; {whole_secs:.1} s from the choice to the end"
            );
            rates.push(rate);
        }
        rates.sort_by(f64::total_cmp);
        let median = rates.get(N_RUNS / 2).context("no run")?;
        println!("Median: {median:.1} frames/s of {N_FRAMES} frames of 640×480 in H.264 with one face, each read once");
        read_long(&page, folder.path()).await
    })
    .await
}

/// Reads ten minutes, and says how much memory the page took before, and while it read.
async fn read_long(page: &Page, folder: &Path) -> Result<()> {
    let file = clip(folder, "long.mp4", N_LONG, H264)?;
    // In a page of its own, from nothing.
    page.open_ready().await?;
    page.show_videos().await?;
    let (before, start) = (page.memory_mb().await?, Instant::now());
    page.pick_video(&file).await?;
    let mut memory = vec![];
    loop {
        tokio::time::sleep(MEMORY_PAUSE).await;
        memory.push(page.memory_mb().await?);
        let n_read: u32 = page.ask("return window.times.length;").await?;
        if n_read >= N_LONG {
            break;
        }
        ensure!(start.elapsed() < DEADLINE, "{n_read} of {N_LONG} frames were read in half an hour");
    }
    let most = memory.iter().copied().fold(0.0, f64::max);
    let quarter = |i: usize| memory.get(i * (memory.len() - 1) / 4).copied().unwrap_or_default();
    println!(
        "{N_LONG} frames in {:.0} s: {before:.0} MB before, then {:.0}, {:.0}, {:.0}, and {:.0} at the end, {:.0} at most",
        start.elapsed().as_secs_f64(),
        quarter(1),
        quarter(2),
        quarter(3),
        quarter(4),
        most
    );
    ensure!(most <= MAX_MEMORY_MB, "the tab took {most:.0} MB, expected {MAX_MEMORY_MB} at most");
    Ok(())
}
