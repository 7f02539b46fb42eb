//! Nothing leaves the machine, and nothing but the page's own server is asked.

use anyhow::{Result, ensure};
use e2e::{BrowserOptions, Camera, media, netlog, run};

#[tokio::test]
async fn a_whole_session_asks_only_the_pages_own_server() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let log = folder.path().join("netlog.json");
    let options = BrowserOptions {
        webgpu: true,
        camera: Camera::Video(media::camera_video(folder.path())?),
        netlog: Some(log.clone()),
        ..BrowserOptions::default()
    };
    let origin = run(options, async |page, _| {
        page.open_ready().await?;
        page.pick_and_wait(&media::astronaut_file(), [media::ASTRONAUT_SIDE; 2]).await?;
        page.choose("network-select", "small").await?;
        page.until("the small network", |shown| shown.is_ready_with("small")).await?;
        page.click("verify").await?;
        page.until("both devices verified", |shown| shown.verified.len() == 2).await?;
        page.click("camera-start").await?;
        page.until("labels", |shown| shown.total_count() > 0).await?;
        page.click("camera-stop").await?;
        page.expect_quiet_console().await?;
        Ok(page.origin().to_owned())
    })
    .await?;
    let urls = netlog::requested_urls(&log)?;
    ensure!(urls.iter().any(|url| url.ends_with("small.bpk")), "the log misses what the page fetched: {urls:#?}");
    let foreign: Vec<_> = urls.iter().filter(|url| !url.starts_with(&format!("{origin}/"))).collect();
    ensure!(foreign.is_empty(), "asked elsewhere than {origin}: {foreign:#?}");
    Ok(())
}

/// The worker holds the photos, so it is the one that must not ask others.
#[tokio::test]
async fn the_worker_cannot_ask_others_either() -> Result<()> {
    /// Puts a question to another origin, where somebody listens, in front of the script of every worker from a `blob:`
    /// URL. A worker from elsewhere leaves `verdict` open.
    const WATCH: &str = "const create = URL.createObjectURL;
        URL.createObjectURL = (blob) =>
            create(blob.type === 'text/javascript' ? new Blob([ASK, blob], { type: blob.type }) : blob);
        const channel = new BroadcastChannel('verdict');
        window.verdict = new Promise((resolve) => { channel.onmessage = ({ data }) => resolve(data); });";
    const ASK: &str = "const channel = new BroadcastChannel('verdict');
        addEventListener('securitypolicyviolation', (event) => channel.postMessage(event.effectiveDirective));
        fetch('ELSEWHERE', { mode: 'no-cors' }).then(() => channel.postMessage('sent'), () => {});";
    run(BrowserOptions::default(), async |page, _| {
        // The same server by its number is another origin.
        let elsewhere = page.origin().replace("localhost", "127.0.0.1");
        let ask = ASK.replace("ELSEWHERE", &elsewhere);
        page.before_load(&format!("const ASK = `{ask}`; {WATCH}")).await?;
        page.open_ready().await?;
        let verdict: String = page.ask("return window.verdict").await?;
        ensure!(verdict == "connect-src", "expected that the policy forbids it, got {verdict}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_page_forbids_itself_to_ask_others() -> Result<()> {
    const POLICY: &str = "return document.querySelector('meta[http-equiv=\"Content-Security-Policy\"]')?.content ?? ''";
    const ASK_ELSEWHERE: &str = "return fetch('http://127.0.0.1:9/').then(() => 'sent', (error) => error.name);";
    const BLOCKED: &str = "return window.blocked";
    const WATCH: &str = "window.blocked = [];
        addEventListener('securitypolicyviolation', (event) => window.blocked.push(event.effectiveDirective));";
    run(BrowserOptions::default(), async |page, _| {
        page.before_load(WATCH).await?;
        page.open_ready().await?;
        let policy: String = page.ask(POLICY).await?;
        let rules: Vec<_> = policy.split(';').map(str::trim).collect();
        for rule in ["default-src 'self'", "connect-src 'self'"] {
            ensure!(rules.contains(&rule), "{rule} is not in {policy:?}");
        }
        let answer: String = page.ask(ASK_ELSEWHERE).await?;
        let blocked: Vec<String> = page.ask(BLOCKED).await?;
        ensure!(answer == "TypeError" && blocked == ["connect-src"], "answer {answer}, blocked {blocked:?}");
        Ok(())
    })
    .await
}
