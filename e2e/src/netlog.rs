//! Chromium's own record of every request that left it: those of workers too, which the page's tools do not show.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// Every address that a page or its workers asked for. The browser's own requests, such as for updates, have no web
/// origin as their initiator and are left out. Read the file after the browser has ended: it writes the end last.
pub fn requested_urls(file: &Path) -> Result<BTreeSet<String>> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let log: Value = serde_json::from_str(&text).context("the browser has not ended its log")?;
    Ok(urls(&log))
}

fn urls(log: &Value) -> BTreeSet<String> {
    let events = log["events"].as_array().map_or(&[][..], Vec::as_slice);
    let params = events.iter().map(|event| &event["params"]);
    let by_pages =
        params.filter(|params| params["initiator"].as_str().is_some_and(|origin| origin.starts_with("http")));
    by_pages.filter_map(|params| params["url"].as_str()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_each_address_of_a_page_once() {
        let log = json!({ "events": [
            { "params": { "url": "http://localhost:1/a", "initiator": "http://localhost:1" } },
            { "params": { "url": "http://localhost:1/a", "initiator": "http://localhost:1", "method": "GET" } },
            { "params": { "url": "https://elsewhere.test/", "initiator": "http://localhost:1" } },
            { "params": { "url": "https://update.test/", "initiator": "not an origin" } },
            { "params": { "host": "localhost" } },
            {},
        ]});
        let expected = ["http://localhost:1/a", "https://elsewhere.test/"];
        assert_eq!(urls(&log).iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn an_unfinished_log_is_an_error() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("netlog.json");
        fs::write(&file, "{\"events\":[")?;
        assert!(requested_urls(&file).is_err());
        Ok(())
    }
}
