//! After a visit the page works without its server, and a new version never mixes with an old one.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{BrowserOptions, Page, PageServer, Snapshot, folder, media, run};
use tokio::time::timeout;

const SIZE: [u32; 2] = [media::ASTRONAUT_SIDE; 2];

/// How long a new version may take to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// Opens the page and waits until its files are kept.
async fn visit(page: &Page, server: &PageServer) -> Result<Snapshot> {
    const KEPT: &str = "return navigator.serviceWorker.ready.then((registration) => registration.active.state)";
    server.keep_service_worker();
    let shown = page.open_ready().await?;
    page.until_answer("files that are kept", KEPT, |state: &String| state == "activated").await?;
    Ok(shown)
}

#[tokio::test]
async fn the_page_works_without_its_server_after_one_visit() -> Result<()> {
    run(BrowserOptions::default(), async |page, server| {
        visit(&page, &server).await?;
        server.take_down();
        page.open_ready().await?;
        let shown = page.pick_and_wait(&media::astronaut_file(), SIZE).await?;
        ensure!(shown.faces.len() == 1, "expected one face, got {:?}", shown.faces);
        page.screenshot("without-server").await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_new_version_waits_until_the_old_one_is_closed_and_files_of_both_never_mix() -> Result<()> {
    const WAITING: &str = "return navigator.serviceWorker.getRegistration()
        .then((registration) => registration.update().then(() => Boolean(registration.waiting)))";
    /// A file that the page asks for at each visit, and one that it asks for now.
    const NAMES: [&str; 2] = ["models/ferrum.json", "models/small.json"];
    const TITLE: &str = "return document.title";
    run(BrowserOptions::default(), async |page, server| {
        visit(&page, &server).await?;
        page.open_ready().await?;
        // The next version has another title; its service worker knows that page alone by another hash.
        let dist = |name: &str| fs::read_to_string(folder("dist").join(name)).with_context(|| format!("dist/{name}"));
        let html = dist("index.html")?;
        let newer = html.replace("<title>Ferrum</title>", "<title>Newer</title>");
        ensure!(newer != html, "the page has another title");
        let script = dist("service-worker.js")?;
        let newer_script = script.replace(&sha256(html.as_bytes()), &sha256(newer.as_bytes()));
        let newer_script = newer_script.replace("const CACHE = \"ferrum-", "const CACHE = \"ferrum-newer-");
        server.serve("/index.html", newer.into_bytes());
        server.serve("/service-worker.js", newer_script.into_bytes());
        for name in NAMES {
            ensure!(script.contains(name), "{name} is not among the files that are kept");
        }
        // It is found and waits; the page in use, loaded again, is the old one.
        page.until_answer("a version that waits", WAITING, |&waits: &bool| waits).await?;
        page.open_ready().await?;
        ensure!(page.ask::<String>(TITLE).await? == "Ferrum", "the new page came before the old one was closed");
        // A file that only the new version has is refused to the old page, which says what to do.
        server.serve("/models/small.json", b"{}".to_vec());
        page.choose("network-select", "small").await?;
        page.until("a problem", |shown| shown.has_problem(&["409"])).await?;
        // Once the page has been left, no tab has the old version open.
        let newer = async {
            while page.ask::<String>(TITLE).await? != "Newer" {
                page.leave().await?;
                page.open().await?;
            }
            Ok(())
        };
        timeout(PATIENCE, newer).await.context("the new version does not come")?
    })
    .await
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}
