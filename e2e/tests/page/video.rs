//! The sample video, which needs no file and no ffmpeg: read to its end, with a lane for each person.

use anyhow::{Result, ensure};
use e2e::{BrowserOptions, Page, run};

use crate::inspector::maps;

const ENDED: &str = "const video = document.querySelector('[data-testid=\"video\"]');
    return video?.dataset.step === 'ended' ? Number(video.dataset.frames) : null;";

#[tokio::test]
async fn the_sample_video_shows_two_people() -> Result<()> {
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

#[tokio::test]
async fn a_face_of_a_video_is_looked_into_while_it_is_read_and_afterwards() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        page.open_ready().await?;
        page.click("first-sample-video").await?;
        page.click("tool-inspector").await?;
        maps(&page, crate::DEFAULT, 0).await?;
        page.until_answer("the sample read", ENDED, |n: &u32| *n == 200).await?;
        page.choose("inspector-layer", "1").await?;
        maps(&page, crate::DEFAULT, 1).await?;
        page.expect_quiet_console().await
    })
    .await
}

/// Everything about the timeline that a hand can do, on the sample video of eight seconds.
#[tokio::test]
async fn the_timeline_is_zoomed_measured_and_edited() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        page.open_ready().await?;
        page.click("first-sample-video").await?;
        page.until_answer("the sample read", ENDED, |n: &u32| *n == 200).await?;
        expect_zoom(&page).await?;
        expect_range(&page).await?;
        expect_table(&page).await?;
        expect_edits(&page).await?;
        page.click("timeline-clear").await?;
        let gone = "return document.querySelector('[data-testid=\"timeline\"]') === null ? true : null;";
        page.until_answer("nothing left", gone, |_: &bool| true).await?;
        page.expect_quiet_console().await
    })
    .await
}

/// Closer and farther, and the curve of a label.
async fn expect_zoom(page: &Page) -> Result<()> {
    const WINDOW: &str = "const { from, to } = document.querySelector('[data-testid=\"lanes\"]').dataset;
        return Number(to) - Number(from);";
    let whole: f64 = page.ask(WINDOW).await?;
    page.click("zoom-in").await?;
    let closer: f64 = page.until_answer("a shorter part", WINDOW, |secs: &f64| *secs < 0.9 * whole).await?;
    page.click("zoom-in").await?;
    page.until_answer("a still shorter part", WINDOW, |secs: &f64| *secs < 0.9 * closer).await?;
    page.click("zoom-out").await?;
    page.until_answer("the longer part", WINDOW, |secs: &f64| (secs - closer).abs() < 1e-6).await?;
    page.click("zoom-whole").await?;
    page.until_answer("the whole", WINDOW, |secs: &f64| (secs - whole).abs() < 1e-6).await?;
    let drawing = "return document.querySelector('[data-testid=\"lanes\"]').innerHTML;";
    let without: String = page.ask(drawing).await?;
    page.choose("curve", "happy").await?;
    page.until_answer("a curve", drawing, |with: &String| with.len() > without.len()).await?;
    page.choose("curve", "none").await?;
    page.until_answer("no curve", drawing, |drawn: &String| *drawn == without).await?;
    Ok(())
}

/// A range has shares of its own, and is kept.
async fn expect_range(page: &Page) -> Result<()> {
    const SECS: &str = "const rows = [...document.querySelectorAll('[data-testid=\"summary-row\"]')];
        return rows.reduce((secs, row) => secs + Number(row.dataset.secs), 0);";
    let all: f64 = page.ask(SECS).await?;
    for (field, value) in [("range-from", "1"), ("range-to", "3")] {
        let field = page.find(field).await?;
        field.clear().await?;
        field.send_keys(value).await?;
    }
    page.click("range-show").await?;
    // Two people for two seconds.
    page.until_answer("shares of the range", SECS, |secs: &f64| (secs - 4.0).abs() < 0.1 && *secs < all).await?;
    page.click("range-keep").await?;
    let kept = "return document.querySelector('[data-testid=\"kept-range\"]')?.textContent ?? null;";
    page.until_answer("the range kept", kept, |words: &String| words.contains("1.00 to 3.00 s")).await?;
    Ok(())
}

/// The range as a table: what each of the two showed, from when to when.
async fn expect_table(page: &Page) -> Result<()> {
    const ROWS: &str = "const rows = [...document.querySelectorAll('[data-testid=\"dwell\"]')];
        return rows.length ? rows.map((row) => row.innerText) : null;";
    page.click("as-table").await?;
    let rows: Vec<String> = page.until_answer("a table", ROWS, |_: &Vec<String>| true).await?;
    for person in ["Person 1", "Person 2"] {
        ensure!(rows.iter().any(|row| row.contains(person)), "{person}: {rows:?}");
    }
    page.expect_accessible("the timeline as a table").await?;
    page.click("as-table").await
}

/// Two who are there at once are not one, which is said; and who is left out is not counted.
async fn expect_edits(page: &Page) -> Result<()> {
    const PEOPLE: &str =
        "return [...document.querySelectorAll('[data-testid=\"person\"]')].map((row) => row.textContent);";
    const PROBLEM: &str = "return document.querySelector('[data-testid=\"problem\"]')?.textContent ?? null;";
    let people: Vec<String> = page.ask(PEOPLE).await?;
    ensure!(people.len() == 2, "{people:?}");
    page.choose("merge", "2").await?;
    page.until_answer("why not", PROBLEM, |words: &String| words.contains("person 1 and person 2, who both are"))
        .await?;
    page.click("dismiss").await?;
    page.click("exclude").await?;
    let is_excluded = |people: &Vec<String>| people.iter().filter(|words| words.contains("excluded")).count() == 1;
    page.until_answer("one who is left out", PEOPLE, is_excluded).await?;
    Ok(())
}
