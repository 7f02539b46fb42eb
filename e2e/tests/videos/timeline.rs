//! The timeline of a video: lanes, a cursor, a range, names, files, and a session that is opened again.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use e2e::{
    BrowserOptions, Page, Snapshot,
    clip::{clip, probed_times},
    reference, run,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use thirtyfour::Key;

use super::{H264, read};

const N_FRAMES: u32 = 40;

/// Files have pixels to the hundredth.
const ROUNDING: f64 = 0.011;

/// Files of a session: the words of their buttons, and the ends of their names.
const FILES: [(&str, &str); 6] = [
    ("Frames (CSV)", ".csv"),
    ("Summary (CSV)", "-summary.csv"),
    ("Captions (WebVTT)", ".vtt"),
    ("Annotations (ELAN)", ".eaf"),
    ("Timeline (SVG)", "-timeline.svg"),
    ("Shares (SVG)", "-shares.svg"),
];

const LANES: &str = "const lanes = document.querySelector('[data-testid=\"lanes\"]');
    return lanes?.querySelector('[data-emotion]') ? Number(lanes.dataset.to) : null;";

fn words(testid: &str) -> String {
    format!("return document.querySelector('[data-testid=\"{testid}\"]')?.textContent ?? null;")
}

/// Presses a button of an export by its words, and gives the file that is saved.
async fn exported(page: &Page, word: &str, file: &Path) -> Result<String> {
    let press = format!(
        "const buttons = [...document.querySelectorAll('[data-testid=\"export\"]')];
        buttons.find((button) => button.textContent === '{word}').click();
        return true;"
    );
    page.ask::<bool>(&press).await?;
    page.until_saved(file).await?;
    std::fs::read_to_string(file).with_context(|| format!("{}", file.display()))
}

/// Opens a session as if it were picked.
async fn open_session(page: &Page, file: &Path) -> Result<()> {
    page.find("session-input").await?.send_keys(file.to_string_lossy().as_ref()).await?;
    Ok(())
}

pub(super) async fn a_video_has_a_timeline_files_and_a_session() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        let allow = json!({ "behavior": "allow", "downloadPath": folder.path() });
        page.devtools("Browser.setDownloadBehavior", allow).await?;
        page.before_load(super::WATCH).await?;
        page.open_ready().await?;
        page.show_videos().await?;
        read(&page, &clip(folder.path(), "clip.mp4", N_FRAMES, H264)?).await?;
        let end_secs: f64 = page.until_answer("lanes", LANES, |to: &f64| *to > 1.5).await?;
        ensure!((end_secs - 1.6).abs() < 0.01, "{end_secs}");
        page.screenshot("timeline").await?;
        expect_good_looks(&page, "a video").await?;
        expect_moments(&page).await?;
        expect_name(&page).await?;
        let csv = exported(&page, "Frames (CSV)", &folder.path().join("clip.csv")).await?;
        expect_rows(&csv)?;
        expect_shown_again(&page, &reference::rows(&csv)?).await?;
        expect_film(&page, folder.path(), &reference::rows(&csv)?).await?;
        let session = folder.path().join("clip-session.json");
        let saved = exported(&page, "Session (JSON)", &session).await?;
        ensure!(
            saved.contains("\"file_sha256\":\"") && !saved.contains("\"file_sha256\":\"\""),
            "the file is not hashed"
        );
        expect_reopened(&page, &session, folder.path()).await?;
        expect_attached(&page, &session, folder.path(), &reference::rows(&csv)?).await?;
        page.expect_quiet_console().await
    })
    .await
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// On a phone and on a screen, in light and dark, with every part of the results unfolded.
async fn expect_good_looks(page: &Page, what: &str) -> Result<()> {
    page.ask::<bool>("document.querySelectorAll('details').forEach((part) => part.open = true); return true;").await?;
    for (width, height) in [(360, 740), (768, 1024), (1920, 1080), (1280, 800)] {
        page.resize(width, height).await?;
        page.expect_accessible(&format!("{what}, {width} pixels wide")).await?;
        page.expect_to_fit(&format!("{what}-{width}").replace(' ', "-")).await?;
    }
    page.resize(1280, 800).await
}

/// The arrows go from frame to frame, and what is shown there is said.
async fn expect_moments(page: &Page) -> Result<()> {
    page.click("lanes").await?;
    let first: String =
        page.until_answer("a moment", &words("moment"), |words: &String| words.contains("frame")).await?;
    page.press(Key::Right).await?;
    page.until_answer("the next frame", &words("moment"), |words: &String| *words != first).await?;
    Ok(())
}

/// The frame at the cursor is on the stage, with its box as it was analysed; and it can be saved as a picture.
async fn expect_shown_again(page: &Page, rows: &[reference::Row]) -> Result<()> {
    page.click("lanes").await?;
    page.press(Key::Home).await?;
    for row in &rows[1..4] {
        page.press(Key::Right).await?;
        let is_it = |shown: &Snapshot| shown.faces.first().is_some_and(|face| face.is_at(row.rect.into(), ROUNDING));
        page.until(&format!("the box of the frame at {} s", row.seconds), is_it).await?;
    }
    page.screenshot("shown-again").await?;
    Ok(())
}

/// The video is played from the cursor to its end, and saved with its boxes, each frame at its own time; a frame of it as a
/// picture. Both say where they come from.
async fn expect_film(page: &Page, folder: &Path, rows: &[reference::Row]) -> Result<()> {
    let picture = folder.join("clip-faces.png");
    page.click("save-picture").await?;
    page.until_saved(&picture).await?;
    ensure!(image::image_dimensions(&picture)? == (640, 480), "a picture of another size");
    let sha256 = sha256(&std::fs::read(folder.join("clip.mp4"))?);
    let says = |file: &Path| anyhow::Ok(String::from_utf8_lossy(&std::fs::read(file)?).contains(&sha256));
    ensure!(says(&picture)?, "the picture does not name the video");
    page.click("play").await?;
    page.until_answer("the playback", &words("play-end"), |words: &String| words.contains("Stop playing")).await?;
    page.until_answer("its end", &words("play"), |_: &String| true).await?;
    page.click("lanes").await?;
    page.press(Key::Home).await?;
    page.click("save-playback").await?;
    let playback = folder.join("clip-annotated.webm");
    page.until_saved(&playback).await?;
    let times = probed_times(&playback)?;
    ensure!(times.len() == rows.len(), "{} frames of {}", times.len(), rows.len());
    let late = times.iter().zip(rows).map(|(time, row)| (time - row.seconds).abs()).fold(0.0, f64::max);
    ensure!(late < 1e-3, "a frame is {late} s off");
    ensure!(says(&playback)?, "the film does not name the video");
    Ok(())
}

/// A session that was opened shows frames again once its video is chosen, and says so if that is another one.
async fn expect_attached(page: &Page, session: &Path, folder: &Path, rows: &[reference::Row]) -> Result<()> {
    open_session(page, session).await?;
    page.until_answer("lanes", LANES, |to: &f64| *to > 1.5).await?;
    let attach = async |name: &str| -> Result<()> {
        let file = folder.join(name);
        page.find("attach-input").await?.send_keys(file.to_string_lossy().as_ref()).await?;
        Ok(())
    };
    attach("clip.mp4").await?;
    let is_first = |shown: &Snapshot| shown.faces.first().is_some_and(|face| face.is_at(rows[0].rect.into(), ROUNDING));
    page.until("the first frame", is_first).await?;
    expect_shown_again(page, rows).await?;
    page.screenshot("attached").await?;
    clip(folder, "other.mp4", 30, H264)?;
    open_session(page, session).await?;
    page.until_answer(
        "no picture",
        "return document.querySelector('[data-testid=\"attach-input\"]') ? 1 : null;",
        |_: &u8| true,
    )
    .await?;
    attach("other.mp4").await?;
    let other = |words: &String| words.contains("other.mp4 is not the video that was analysed");
    page.until_answer("a word that it is another one", &words("problem"), other).await?;
    // A file that is no video is refused; the opened session stays.
    open_session(page, session).await?;
    page.until_answer(
        "no picture",
        "return document.querySelector('[data-testid=\"attach-input\"]') ? 1 : null;",
        |_: &u8| true,
    )
    .await?;
    attach("other.json").await?;
    page.until_answer("why it is refused", &words("problem"), |words: &String| words.contains("could not be opened"))
        .await?;
    page.until_answer("the same lanes", LANES, |to: &f64| *to > 1.5).await?;
    Ok(())
}

/// A person has a small picture, and is renamed in the lane and in the summary.
async fn expect_name(page: &Page) -> Result<()> {
    let rename = "const field = document.querySelector('[data-testid=\"person-name\"]');
        field.value = 'Eileen';
        field.dispatchEvent(new Event('change', { bubbles: true }));
        return true;";
    let picture = "const canvas = document.querySelector('[data-testid=\"person-picture\"]');
        return canvas?.width === 48 ? canvas.getAttribute('aria-label') : null;";
    page.until_answer("a picture of the person", picture, |label: &String| label.contains("as the network saw"))
        .await?;
    page.ask::<bool>(rename).await?;
    page.until_answer("the name", &words("person-summary"), |words: &String| words.contains("Eileen")).await?;
    Ok(())
}

/// After the provenance and the names of columns, a row for every frame of the one person.
fn expect_rows(csv: &str) -> Result<()> {
    let lines: Vec<&str> = csv.lines().collect();
    ensure!(lines[0].starts_with("# {") && lines[0].contains("\"weights_sha256\":\""), "{}", lines[0]);
    ensure!(lines[1].starts_with("file,frame,time_secs,"), "{}", lines[1]);
    ensure!(lines.len() == 2 + N_FRAMES as usize, "{} lines", lines.len());
    for (idx, line) in lines[2..].iter().enumerate() {
        ensure!(line.starts_with(&format!("clip.mp4,{},", idx + 1)) && line.contains(",Eileen,"), "{line}");
    }
    Ok(())
}

/// A saved session is opened without its video, and saved again it is the same, as is every other file that the command line
/// makes of it; other JSON is named.
async fn expect_reopened(page: &Page, session: &Path, folder: &Path) -> Result<()> {
    page.open_ready().await?;
    page.show_videos().await?;
    open_session(page, session).await?;
    page.until_answer("lanes", LANES, |to: &f64| *to > 1.5).await?;
    expect_good_looks(page, "an opened session").await?;
    let before = std::fs::read(session)?;
    std::fs::remove_file(session)?;
    let after = exported(page, "Session (JSON)", session).await?;
    ensure!(before == after.into_bytes(), "the session has changed");
    let made = folder.join("made");
    reference::export_session(session, &made)?;
    for (word, end) in FILES {
        let file = folder.join(format!("clip{end}"));
        let _ = std::fs::remove_file(&file); // one that was saved before
        let saved = exported(page, word, &file).await?;
        let expected = std::fs::read_to_string(made.join(format!("clip{end}")))?;
        ensure!(saved == expected, "{word}: the page and the command line differ");
    }
    let other = folder.join("other.json");
    for (json, expected) in [
        ("{\"format\":\"ferrum-session\",\"version\":99}", "a newer Ferrum"),
        ("{}", "session of Ferrum"),
        ("no JSON", "session of Ferrum"),
    ] {
        std::fs::write(&other, json)?;
        open_session(page, &other).await?;
        let says = |words: &String| words.contains(expected);
        page.until_answer("why it cannot be opened", &words("problem"), says).await?;
        page.click("dismiss").await?;
    }
    Ok(())
}
