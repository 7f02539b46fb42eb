//! Videos that are damaged, cut, changed, or none: what was read stays, and the page says what is wrong with the rest.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use e2e::{
    BrowserOptions, Snapshot,
    clip::{clip, remade},
    run,
};

use super::H264;

/// What the decoder cannot go on with is named with its place, and what was read before stays.
pub(super) async fn frames_that_are_damaged_cost_no_others() -> Result<()> {
    const STATE: &str = "const video = document.querySelector('[data-testid=\"video\"]');
        const problem = document.querySelector('[data-testid=\"problem\"]')?.textContent ?? '';
        return video?.dataset.step === 'ended' ? [Number(video.dataset.frames), problem + video.textContent] : null;";
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        let file = clip(folder.path(), "damaged.mp4", 100, H264)?;
        let mut bytes = std::fs::read(&file)?;
        let media = bytes.windows(4).position(|kind| kind == b"mdat").context("no frames")?;
        let end = bytes.len();
        // Frames in the middle become what is no frame.
        let (from, to) = (media + (end - media) / 2, media + (end - media) * 6 / 10);
        bytes[from..to].fill(0xff);
        std::fs::write(&file, bytes)?;
        page.open_ready().await?;
        page.show_videos().await?;
        page.pick_video(&file).await?;
        let (n_frames, words): (u64, String) = page.until_answer("the end", STATE, |_: &(u64, String)| true).await?;
        page.screenshot("damaged").await?;
        ensure!((20..100).contains(&n_frames), "{n_frames} frames of 100: {words}");
        ensure!(words.contains("damaged.mp4") && words.contains("could not be"), "{words}");
        Ok(())
    })
    .await
}

pub(super) async fn what_cannot_be_read_says_why() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        let write = |name: &str, content: &[u8]| -> Result<PathBuf> {
            let file = folder.path().join(name);
            std::fs::write(&file, content)?;
            Ok(file)
        };
        let whole = std::fs::read(clip(folder.path(), "whole.mp4", 50, &format!("{H264} -movflags +faststart"))?)?;
        let end = std::fs::read(clip(folder.path(), "end.mp4", 50, H264)?)?;
        let sound = remade(folder.path(), "sound.mp4", "-f lavfi -i sine=duration=1 -c:a aac")?;
        let mpeg4 = clip(folder.path(), "mpeg4.mp4", 10, "-c:v mpeg4")?;
        let cases = [
            (write("empty.mp4", b"")?, "The file is empty"),
            (write("letter.mp4", b"Dear reader, this is no video")?, "begins with “Dear rea”"),
            (sound, "got a file with sound or text alone"),
            (write("unfinished.mp4", &end[..end.len() / 2])?, "The recording was not finished"),
            (mpeg4, "This browser cannot decode MPEG-4 Part 2"),
            (write("cut.mp4", &whole[..whole.len() * 2 / 3])?, "The video breaks off after the frame at"),
        ];
        page.open_ready().await?;
        page.show_videos().await?;
        for (file, expected) in cases {
            page.pick_video(&file).await?;
            let name = file.file_name().context("a name")?.to_string_lossy();
            let has_said = |shown: &Snapshot| shown.has_problem(&[&name, expected]);
            page.until(expected, has_said).await.with_context(|| file.display().to_string())?;
        }
        Ok(())
    })
    .await
}

/// Frames that were read before stay.
pub(super) async fn a_file_that_changes_while_it_is_read_says_so() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        page.open_ready().await?;
        page.show_videos().await?;
        let file = clip(folder.path(), "changed.mp4", 2000, H264)?;
        page.pick_video(&file).await?;
        let frames = "const video = document.querySelector('[data-testid=\"video\"]');
            return video ? Number(video.dataset.frames) : null;";
        page.until_answer("some frames", frames, |n: &u64| *n > 5).await?;
        page.click("video-pause").await?;
        std::fs::write(&file, b"Another file")?;
        page.click("video-resume").await?;
        let words = ["The video breaks off after the frame at", "changed while it was read"];
        page.until("why it ends", |shown| shown.has_problem(&words)).await?;
        page.screenshot("changed").await?;
        ensure!(page.ask::<u64>(frames).await? > 5, "what was read before");
        Ok(())
    })
    .await
}
