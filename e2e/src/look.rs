//! How the page looks and can be used, whatever it shows: nothing sticks out, and axe-core finds no fault.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::json;

use crate::{Page, folder};

/// Installed by `cargo xtask e2e`.
const AXE: &str = "e2e/node_modules/axe-core/axe.min.js";

const RUN: &str = "return axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
    .map(({ id, help, nodes }) => ({ id, help, places: nodes.map(({ html, failureSummary }) =>
        `${html.slice(0, 200)} ${failureSummary}`) })));";

/// A rule that is broken.
#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "its fields are read by a person, in the words of the failure")]
struct Violation {
    id: String,
    help: String,
    places: Vec<String>,
}

impl Page {
    /// Fails if axe-core finds anything in what the page shows now, `moment`, in light or dark.
    pub async fn expect_accessible(&self, moment: &str) -> Result<()> {
        let axe = folder(AXE);
        let source = fs::read_to_string(&axe)
            .with_context(|| format!("{} is not there: `cargo xtask e2e` installs it", axe.display()))?;
        self.ask::<bool>(&format!("if (!window.axe) {{ {source} }} return true;")).await?;
        for scheme in ["light", "dark"] {
            // Without motion, so that no colour is on its way from one scheme to the other.
            let features = [("prefers-color-scheme", scheme), ("prefers-reduced-motion", "reduce")];
            let features = features.map(|(name, value)| json!({ "name": name, "value": value }));
            self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await?;
            let violations: Vec<Violation> = self.ask(RUN).await?;
            ensure!(violations.is_empty(), "{moment}, {scheme}: {violations:#?}");
        }
        Ok(())
    }

    /// Has the person prefer `light` or `dark`.
    pub async fn prefer(&self, scheme: &str) -> Result<()> {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", features).await
    }

    /// Fails if something of what the page shows now, `moment`, sticks out of the window to the right. Takes a picture of
    /// all of it, for a person to look at.
    pub async fn expect_to_fit(&self, moment: &str) -> Result<()> {
        // The part beside the picture that scrolls counts as well.
        const SIZES: &str = "const { scrollWidth, clientWidth, scrollHeight } = document.documentElement;
            const side = document.querySelector('.side'), foot = document.querySelector('.foot');
            const beside = side ? side.offsetTop + side.scrollHeight + foot.offsetHeight + 32 : 0;
            return [scrollWidth, clientWidth, Math.max(scrollHeight, beside)]";
        let [content, window, height]: [u32; 3] = self.ask(SIZES).await?;
        // As high as the page, so that the picture shows all of it; then as before, so that the next page is not as high.
        let before: u32 = self.ask("return window.innerHeight").await?;
        self.resize(window, height).await?;
        self.screenshot(moment).await?;
        self.resize(window, before).await?;
        ensure!(content <= window, "{moment}: {content} pixels of content in a window of {window}");
        Ok(())
    }
}
