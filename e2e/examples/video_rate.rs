//! `cargo xtask bench video`: how many frames a second the page reads of a video, on the CPU, from the first to the last.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use e2e::{
    BrowserOptions,
    clip::{clip, probed_times},
    run,
};

/// Frames of the clip: some seconds of work, so that the first frames, for which code is compiled, count for little.
const N_FRAMES: u32 = 600;

/// Readings of it, of which the middle one counts.
const N_RUNS: usize = 5;

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
        Ok(())
    })
    .await
}
