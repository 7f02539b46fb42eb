//! The sample video, which needs no file and no ffmpeg: read to its end, with a lane for each person.

use anyhow::{Result, ensure};
use e2e::{BrowserOptions, run};

#[tokio::test]
async fn the_sample_video_shows_two_people() -> Result<()> {
    const ENDED: &str = "const video = document.querySelector('[data-testid=\"video\"]');
        return video?.dataset.step === 'ended' ? Number(video.dataset.frames) : null;";
    const PEOPLE: &str = "const people = document.querySelectorAll('[data-testid=\"person-name\"]').length;
        return people > 0 ? people : null;";
    // Below the last lane is its margin, 20 pixels.
    const TOGETHER: &str = "const side = (id) => document.querySelector(id).getBoundingClientRect();
        return side('.stage').top >= 0 && side('[data-testid=\"lanes\"]').bottom <= window.innerHeight + 20;";
    run(BrowserOptions::default(), async |page, _| {
        page.resize(1280, 800).await?;
        page.open_ready().await?;
        page.screenshot("first-visit").await?;
        page.click("first-sample-video").await?;
        let n_frames: u32 = page.until_answer("the sample read", ENDED, |_: &u32| true).await?;
        ensure!(n_frames == 200, "{n_frames} frames of 200");
        let n_people: usize = page.until_answer("its people", PEOPLE, |_: &usize| true).await?;
        ensure!(n_people == 2, "{n_people} people");
        page.screenshot("read").await?;
        let is_in_view: bool = page.ask(TOGETHER).await?;
        ensure!(is_in_view, "expected the picture and the timeline in a window of 1280 by 800");
        page.expect_quiet_console().await
    })
    .await
}
