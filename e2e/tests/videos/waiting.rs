//! Videos that wait until another one is read.

use anyhow::{Result, ensure};
use e2e::{BrowserOptions, clip::clip, run};

use super::H264;

/// Where the video is, its words, and those of the ones that were read before.
const STATE: &str = "const video = document.querySelector('[data-testid=\"video\"]');
    const kept = [...document.querySelectorAll('[data-testid=\"kept-video\"]')].map((row) => row.textContent);
    return video ? [video.dataset.step, video.textContent, ...kept].join('\\n') : null;";

/// A photo between takes no video away, whatever the video's file is called.
pub(super) async fn videos_that_wait_are_read_once_videos_are_looked_at_again() -> Result<()> {
    const DROP: &str = "const answer = await fetch('samples/astronaut.png');
        const blob = await answer.blob();
        const carried = new DataTransfer();
        for (const name of ['a.png', 'b.png']) carried.items.add(new File([blob], name, { type: 'image/png' }));
        const zone = document.querySelector('[data-testid=\"drop-zone\"]');
        for (const type of ['dragenter', 'dragover', 'drop'])
            zone.dispatchEvent(new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true }));";
    const STRIP: &str = "const tiles = [...document.querySelectorAll('[data-testid=\"photo-tile\"]')];
        const video = document.querySelector('[data-testid=\"video\"]');
        return tiles.length === 2 && tiles.every((tile) => tile.dataset.state === 'read') ? !video : null;";
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        let long = clip(folder.path(), "long.mp4", 2000, H264)?;
        // No name of a video, and no type.
        let other = folder.path().join("interview.dat");
        std::fs::rename(clip(folder.path(), "b.mp4", 40, H264)?, &other)?;
        page.open_ready().await?;
        page.show_videos().await?;
        page.pick_video(&long).await?;
        let frames = "const video = document.querySelector('[data-testid=\"video\"]');
            return video ? Number(video.dataset.frames) : null;";
        page.until_answer("some frames", frames, |n: &u64| *n > 5).await?;
        page.pick_video(&other).await?;
        page.until_answer("a file that waits", STATE, |state: &String| state.contains("interview.dat")).await?;
        // Two photos, dropped where videos are looked at.
        page.ask::<bool>(&format!("return (async () => {{ {DROP} return true; }})();")).await?;
        let no_video: bool = page.until_answer("two photos", STRIP, |_: &bool| true).await?;
        ensure!(no_video, "a video is on the stage of the photos");
        page.show_videos().await?;
        let words = ["ended\n", "frame 40 of 40", "long.mp4, ", "not all of it: left before its end"];
        let has_all = |state: &String| words.iter().all(|word| state.contains(word));
        page.until_answer("the one that waited", STATE, has_all).await?;
        page.expect_quiet_console().await
    })
    .await
}

pub(super) async fn videos_that_wait_are_read_in_turn_and_all_stay() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        let bad = folder.path().join("bad.mp4");
        std::fs::write(&bad, b"Dear reader, this is no video")?;
        page.open_ready().await?;
        page.show_videos().await?;
        for file in [clip(folder.path(), "a.mp4", 60, H264)?, bad, clip(folder.path(), "b.mp4", 40, H264)?] {
            page.pick_video(&file).await?;
        }
        let has = |words: &'static [&'static str]| move |state: &String| words.iter().all(|word| state.contains(word));
        let words = &["ended\n", "frame 40 of 40", "a.mp4, 60 frames", "bad.mp4: The video could not be opened"];
        page.until_answer("all read", STATE, has(words)).await?;
        page.click("kept-videos").await?;
        page.screenshot("kept").await?;
        page.expect_accessible("videos read before").await?;
        page.click("show-kept").await?;
        let words = &["attached\n", "Frames of a.mp4", "b.mp4, 40 frames"];
        page.until_answer("the first one", STATE, has(words)).await?;
        page.until("its face", |shown| shown.faces.len() == 1).await?;
        page.expect_quiet_console().await
    })
    .await
}
