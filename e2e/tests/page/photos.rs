//! Several photos at once, archives, photos that lie on their side, and formats that the browser reads.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use e2e::{BrowserOptions, media, run};
use image::ImageFormat;
use serde::Deserialize;
use thirtyfour::Key;

const ASTRONAUT: [u32; 2] = [media::ASTRONAUT_SIDE, media::ASTRONAUT_SIDE];

/// Contents of the strip of photos.
#[derive(Debug, Deserialize)]
struct Strip {
    states: Vec<String>,
    selected: i64,
    summary: String,
    problems: Vec<String>,
}

const STRIP: &str = "const all = (id) => [...document.querySelectorAll(`[data-testid=\"${id}\"]`)];
    const tiles = all('photo-tile');
    if (!tiles.length) return null;
    return {
        states: tiles.map((tile) => tile.dataset.state),
        selected: tiles.findIndex((tile) => tile.getAttribute('aria-selected') === 'true'),
        summary: all('photos-summary')[0]?.innerText ?? '',
        problems: all('photo-problem').map((problem) => problem.innerText),
    };";

/// A ZIP archive with a bad file, a portrait, a picture without a face, and a text.
fn archive(folder: &Path) -> Result<PathBuf> {
    let path = folder.join("photos.zip");
    let mut archive = zip::ZipWriter::new(fs::File::create(&path)?);
    let portrait = fs::read(media::astronaut_file())?;
    let texture = fs::read(media::texture(folder)?)?;
    for (name, bytes) in [
        ("a-bad.jpg", &b"no picture"[..]),
        ("b/portrait.png", &portrait),
        ("c.png", &texture),
        ("notes.txt", b"no photo"),
    ] {
        archive.start_file(name, zip::write::SimpleFileOptions::default())?;
        archive.write_all(bytes)?;
    }
    archive.finish()?;
    Ok(path)
}

#[tokio::test]
async fn an_archive_is_a_strip_in_which_a_bad_file_costs_no_other() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        page.open_ready().await?;
        page.pick(&archive(folder.path())?).await?;
        let strip = page
            .until_answer("three photos read", STRIP, |strip: &Strip| !strip.states.contains(&"waiting".to_owned()))
            .await?;
        page.screenshot("strip").await?;
        page.expect_accessible("several photos").await?;
        ensure!(strip.states == ["failed", "read", "read"] && strip.selected == 1, "{strip:?}");
        ensure!(strip.summary.starts_with("2 of 3 photos read, 1 face, 1 could not be read: "), "{strip:?}");
        let [problem] = &strip.problems[..] else { anyhow::bail!("one problem, got {strip:?}") };
        ensure!(problem.starts_with("a-bad.jpg: expected a") && problem.ends_with("picture"), "{problem}");
        let shown = page.until("the first that can be read on the stage", |shown| shown.has_read(ASTRONAUT)).await?;
        ensure!(shown.faces.len() == 1, "{shown:#?}");
        page.click("photo-tile").await?;
        page.find("photos").await?.find(thirtyfour::By::Css("ul.strip")).await?.focus().await?;
        page.press(Key::End).await?;
        let shown = page.until("the last on the stage", |shown| shown.has_read(media::TEXTURE_SIZE)).await?;
        ensure!(shown.says_no_face(), "{shown:#?}");
        page.resize(360, 740).await?;
        page.screenshot("strip-360").await?;
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn a_photo_upside_down_is_turned_and_can_be_turned_on() -> Result<()> {
    const WORDS: &str = "return document.querySelector('[data-testid=\"turned\"]')?.innerText ?? null;";
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("upside-down.png");
        image::open(media::astronaut_file())?.rotate180().save(&file)?;
        page.open_ready().await?;
        let shown = page.pick_and_wait(&file, ASTRONAUT).await?;
        ensure!(shown.faces.len() == 1 && shown.faces[0].iou(media::ASTRONAUT_FACE) >= 0.6, "{shown:#?}");
        let turned = page.find("turned").await?.text().await?;
        ensure!(turned == "The photo is shown turned by 180°", "{turned}");
        page.screenshot("turned").await?;
        page.click("turn").await?;
        let expected = "The photo is shown turned by 270°";
        page.until_answer("a quarter more", WORDS, |words: &String| words == expected).await?;
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn what_the_browser_reads_is_read() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("astronaut.bmp");
        image::open(media::astronaut_file())?.to_rgb8().save_with_format(&file, ImageFormat::Bmp)?;
        page.open_ready().await?;
        let shown = page.pick_and_wait(&file, ASTRONAUT).await?;
        ensure!(shown.faces.len() == 1 && shown.faces[0].iou(media::ASTRONAUT_FACE) >= 0.6, "{shown:#?}");
        let note = page.find("note").await?.text().await?;
        ensure!(note == "Decoded by the browser: a picture in BMP format", "{note}");
        let drawing = folder.path().join("a.svg");
        fs::write(&drawing, "<svg xmlns='http://www.w3.org/2000/svg'/>").context("a file")?;
        page.pick(&drawing).await?;
        let shown = page.until("a problem", |shown| !shown.problems.is_empty()).await?;
        ensure!(shown.problems[0].contains("a drawing in SVG format"), "{:?}", shown.problems);
        ensure!(shown.problems[0].contains("Export it as PNG"), "{:?}", shown.problems);
        page.expect_quiet_console().await
    })
    .await
}
