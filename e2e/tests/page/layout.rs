//! Narrow, wide, light and dark: nothing sticks out. The pictures are for people to look at.

use anyhow::{Result, ensure};
use e2e::{BrowserOptions, Page, media, run};
use serde_json::json;

#[tokio::test]
async fn nothing_sticks_out_at_any_width() -> Result<()> {
    run(BrowserOptions::default(), async |page, _| {
        let folder = tempfile::tempdir()?;
        let mosaic = media::mosaic(folder.path(), 2, 2)?;
        for (width, height) in [(360, 740), (768, 1024), (1280, 800)] {
            for scheme in ["light", "dark"] {
                page.resize(width, height).await?;
                prefer(&page, scheme).await?;
                page.open_ready().await?;
                look(&page, &format!("{width}-{scheme}-start")).await?;
                page.pick_and_wait(&mosaic, [2 * media::ASTRONAUT_SIDE; 2]).await?;
                look(&page, &format!("{width}-{scheme}-photo")).await?;
                page.pick(&media::text_named_png(folder.path())?).await?;
                page.until("a problem", |shown| !shown.problems.is_empty()).await?;
                look(&page, &format!("{width}-{scheme}-problem")).await?;
            }
        }
        page.expect_quiet_console().await
    })
    .await
}

async fn prefer(page: &Page, scheme: &str) -> Result<()> {
    let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
    page.devtools("Emulation.setEmulatedMedia", features).await
}

async fn look(page: &Page, moment: &str) -> Result<()> {
    const SIZES: &str = "const { scrollWidth, clientWidth, scrollHeight } = document.documentElement;
        return [scrollWidth, clientWidth, scrollHeight]";
    let [content, window, height]: [u32; 3] = page.ask(SIZES).await?;
    // As high as the page, so that the picture shows all of it.
    page.resize(window, height).await?;
    page.screenshot(moment).await?;
    ensure!(content <= window, "{moment}: {content} pixels of content in a window of {window}");
    Ok(())
}
