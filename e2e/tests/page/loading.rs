//! Files that the page fetches: with progress, again after a failure, and fast enough.

use anyhow::{Result, ensure};
use e2e::{BrowserOptions, Fault, Page, PageServer, media, run};

const SIZE: [u32; 2] = [media::ASTRONAUT_SIDE; 2];

#[tokio::test]
async fn loading_shows_bytes() -> Result<()> {
    run(BrowserOptions::default(), async |page, server| {
        server.inject(&format!("{}.bpk", crate::DEFAULT), Fault::Slow);
        page.open().await?;
        let loaded = "return Number(document.querySelector('[data-testid=\"loading\"]')?.dataset.loaded ?? 0)";
        page.until("a progress bar", |shown| shown.is_loading).await?;
        page.until_answer("bytes", loaded, |&loaded: &f64| loaded > 0.0).await?;
        page.screenshot("progress").await?;
        let shown = page.until("ready", e2e::Snapshot::is_ready).await?;
        ensure!(!shown.is_loading, "the progress bar stays");
        page.expect_quiet_console().await
    })
    .await
}

#[tokio::test]
async fn missing_weights_are_told_and_fetched_again() -> Result<()> {
    run(BrowserOptions::default(), async |page, server| {
        expect_retry(&page, &server, Fault::Missing, &["Ferrum network could not be loaded", "404"]).await
    })
    .await
}

#[tokio::test]
async fn damaged_weights_are_told_and_fetched_again() -> Result<()> {
    run(BrowserOptions::default(), async |page, server| {
        expect_retry(&page, &server, Fault::FlippedBit, &["Ferrum network could not be loaded", "SHA-256"]).await
    })
    .await
}

#[tokio::test]
async fn cut_weights_are_told_and_fetched_again() -> Result<()> {
    for (fault, words) in [
        (Fault::Truncated, &["Ferrum network could not be loaded", "SHA-256"][..]),
        (Fault::CutOff, &["Ferrum network could not be loaded", "before the connection broke", "Check the connection"]),
    ] {
        run(BrowserOptions::default(), async move |page, server| expect_retry(&page, &server, fault, words).await)
            .await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_sends_nothing_more_is_told() -> Result<()> {
    let words = &["Ferrum network could not be loaded", "nothing more for 30 seconds", "Check the connection"];
    run(BrowserOptions::default(), async |page, server| expect_retry(&page, &server, Fault::Stalled, words).await).await
}

/// At a thousand bytes a second a network takes minutes: the page says how many, and a smaller network can be taken
/// instead.
#[tokio::test]
async fn a_slow_connection_shows_the_time_left_and_another_network_can_be_had() -> Result<()> {
    run(BrowserOptions::default(), async |page, server| {
        server.inject(&format!("{}.bpk", crate::DEFAULT), Fault::Crawling);
        page.open().await?;
        let words = "return document.querySelector('.loading')?.innerText ?? ''";
        page.until_answer("the time left", words, |words: &String| words.contains(" left")).await?;
        page.screenshot("crawling").await?;
        page.choose("network-select", "small").await?;
        page.until("the other network", |shown| shown.is_ready_with("small")).await?;
        let shown = page.pick_and_wait(&media::astronaut_file(), SIZE).await?;
        ensure!(shown.faces.len() == 1, "expected one face, got {:?}", shown.faces);
        page.expect_quiet_console().await
    })
    .await
}

/// The fault becomes a problem that says `words`; once the server is whole again, Retry helps.
async fn expect_retry(page: &Page, server: &PageServer, fault: Fault, words: &[&str]) -> Result<()> {
    server.inject(&format!("{}.bpk", crate::DEFAULT), fault);
    page.open().await?;
    page.until("a problem with the weights", |shown| shown.has_problem(words)).await?;
    page.screenshot(&format!("{fault:?}")).await?;
    server.repair();
    page.click("retry").await?;
    let shown = page.until("ready", e2e::Snapshot::is_ready).await?;
    ensure!(shown.problems.is_empty(), "after the retry: {:?}", shown.problems);
    let shown = page.pick_and_wait(&media::astronaut_file(), SIZE).await?;
    ensure!(shown.faces.len() == 1, "expected one face, got {:?}", shown.faces);
    Ok(())
}

#[tokio::test]
async fn a_network_that_cannot_be_had_leaves_the_one_in_use() -> Result<()> {
    run(BrowserOptions::default(), async |page, server| {
        page.open_ready().await?;
        page.pick_and_wait(&media::astronaut_file(), SIZE).await?;
        server.inject("unet.bpk", Fault::Missing);
        page.choose("network-select", "unet").await?;
        let shown = page.until("a problem", |shown| shown.has_problem(&["404"])).await?;
        ensure!(shown.is_ready_with(crate::DEFAULT) && shown.faces.len() == 1, "{shown:#?}");
        page.screenshot("other-network-missing").await?;
        server.repair();
        page.click("retry").await?;
        page.until("the other network", |shown| shown.is_ready_with("unet") && shown.was_read_with("unet")).await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_network_that_is_not_wanted_any_more_is_not_shown_loading() -> Result<()> {
    run(BrowserOptions::default(), async |page, server| {
        page.open_ready().await?;
        server.inject("unet.bpk", Fault::Slow);
        page.choose("network-select", "unet").await?;
        page.until("a progress bar", |shown| shown.is_loading).await?;
        page.choose("network-select", crate::DEFAULT).await?;
        page.until("no progress bar", |shown| !shown.is_loading).await?;
        // The rest of it comes, and nobody is told.
        page.until_fetched("unet.bpk").await?;
        let shown = page.snapshot().await?;
        ensure!(!shown.is_loading && shown.is_ready_with(crate::DEFAULT), "{shown:#?}");
        page.expect_quiet_console().await
    })
    .await
}

/// Prints how long a person waits for the first label after a cold start. The goal is two seconds on a machine that does
/// nothing else; here other tests run beside it, so the fastest of some starts counts, and twice the goal fails.
#[tokio::test]
async fn first_label_after_a_cold_start() -> Result<()> {
    const LIMIT_MS: f64 = 4_000.0;
    const STARTS: usize = 3;
    let mut fastest_ms = f64::INFINITY;
    for _ in 0..STARTS {
        fastest_ms = fastest_ms.min(cold_start_ms().await?);
    }
    println!("first label {fastest_ms:.0} ms after a cold start, the fastest of {STARTS}");
    ensure!(fastest_ms <= LIMIT_MS, "first label: expected after {LIMIT_MS:.0} ms at most, got {fastest_ms:.0} ms");
    Ok(())
}

/// Milliseconds from the start of navigation, in a browser that has seen nothing yet, to the first row of a face.
async fn cold_start_ms() -> Result<f64> {
    const WATCH: &str = "new MutationObserver((_, observer) => {
            if (document.querySelector('[data-testid=\"face-row\"]')) {
                window.firstLabelMs = performance.now();
                observer.disconnect();
            }
        }).observe(document, { childList: true, subtree: true });";
    run(BrowserOptions::default(), async |page, _| {
        page.before_load(WATCH).await?;
        page.open().await?;
        page.pick(&media::astronaut_file()).await?;
        page.until("the first label", |shown| !shown.faces.is_empty()).await?;
        page.expect_quiet_console().await?;
        page.ask("return window.firstLabelMs").await
    })
    .await
}
