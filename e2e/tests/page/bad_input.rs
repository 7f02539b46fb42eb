//! Files that are no pictures: the page says what is wrong, and goes on with the next one.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use e2e::{BrowserOptions, media, run};

#[tokio::test]
async fn unreadable_files_are_told_and_the_next_photo_works() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        page.open_ready().await?;
        let cases = [
            ("truncated", media::truncated_jpeg(folder.path())?),
            ("text", media::text_named_png(folder.path())?),
            ("large", large(folder.path())?),
        ];
        for (moment, file) in cases {
            page.pick(&file).await?;
            let shown = page.until(moment, |shown| !shown.problems.is_empty()).await?;
            ensure!(shown.faces.is_empty(), "faces in {moment}: {:?}", shown.faces);
            let name = file.file_name().context("a name")?.to_string_lossy();
            ensure!(shown.has_problem(&[&name]), "expected the name of {name}: {:?}", shown.problems);
            page.screenshot(moment).await?;
            let shown = page.pick_and_wait(&media::astronaut_file(), [media::ASTRONAUT_SIDE; 2]).await?;
            ensure!(shown.problems.is_empty() && shown.faces.len() == 1, "after {moment}: {shown:#?}");
        }
        page.expect_quiet_console().await
    })
    .await
}

/// A file as large as a video, most of which is nowhere on the disk.
fn large(folder: &Path) -> Result<PathBuf> {
    let file = folder.join("holiday.png");
    File::create(&file)?.set_len(300 << 20)?;
    Ok(file)
}
