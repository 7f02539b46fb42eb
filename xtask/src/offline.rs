//! The service worker of the built page, with the list of its files: the page then works without a network.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

use crate::size::{list, loads_first};
use crate::workspace::Workspace;

/// Where it lies in the tree and, with the list, in `dist/`.
const SCRIPT: &str = "service-worker.js";

/// Tells the page that there is one; a page that `trunk serve` builds has none.
const MARK: &str = "<meta name=\"service-worker\" content=\"service-worker.js\">\n  ";

/// Writes `dist/service-worker.js`, which keeps what comes before the first label at once and the rest when it is asked for.
pub(crate) fn write(workspace: &Workspace) -> Result<()> {
    let dist = workspace.path("dist");
    let template = workspace.path(&format!("www/{SCRIPT}"));
    let template = fs::read_to_string(&template).with_context(|| format!("cannot read www/{SCRIPT}"))?;
    mark(&dist.join("index.html"))?;
    let files = hashed(&dist)?;
    let first = files.iter().map(|(name, _)| name.as_str()).filter(|name| loads_first(name));
    let script = script(&template, &files, &first.collect::<Vec<_>>())?;
    fs::write(dist.join(SCRIPT), script).with_context(|| format!("cannot write dist/{SCRIPT}"))
}

/// Names the service worker in the page, once.
fn mark(html: &Path) -> Result<()> {
    let text = fs::read_to_string(html).context("cannot read dist/index.html")?;
    if text.contains(MARK.trim_end()) {
        return Ok(());
    }
    ensure!(text.contains("</head>"), "dist/index.html: expected a </head>, found none");
    fs::write(html, text.replacen("</head>", &format!("{MARK}</head>"), 1)).context("cannot write dist/index.html")
}

/// Every file of `dist` but the service worker itself, with its SHA-256, by name.
fn hashed(dist: &Path) -> Result<Vec<(String, String)>> {
    let mut names = Vec::new();
    list(dist, "", &mut names)?;
    names.sort();
    names.retain(|name| name != SCRIPT);
    let hash = |name: String| {
        let content = fs::read(dist.join(&name)).with_context(|| format!("cannot read dist/{name}"))?;
        Ok((name, hex(&content)))
    };
    names.into_iter().map(hash).collect()
}

/// The template with its three lists filled in; the version is the SHA-256 of the files' names and hashes.
fn script(template: &str, files: &[(String, String)], first: &[&str]) -> Result<String> {
    let quoted = |text: &str| format!("\"{text}\"");
    let entries: Vec<_> = files.iter().map(|(name, hash)| format!("{}: {}", quoted(name), quoted(hash))).collect();
    let map = format!("{{ {} }}", entries.join(", "));
    let first: Vec<_> = first.iter().map(|name| quoted(name)).collect();
    let plain = files.iter().all(|(name, _)| !name.contains(['"', '\\', '\n']));
    ensure!(plain, "dist/ has a file whose name would have to be escaped in {SCRIPT}");
    let places = [
        ("/* files */ {}", map.clone()),
        ("/* first */ []", format!("[{}]", first.join(", "))),
        ("/* version */", hex(map.as_bytes())),
    ];
    places.into_iter().try_fold(template.to_owned(), |text, (place, value)| {
        ensure!(text.matches(place).count() == 1, "www/{SCRIPT}: expected `{place}` once");
        Ok(text.replacen(place, &value, 1))
    })
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = include_str!("../../www/service-worker.js");

    fn files(content: &str) -> Vec<(String, String)> {
        vec![("index.html".into(), hex(content.as_bytes())), ("models/a.bpk".into(), hex(b"weights"))]
    }

    #[test]
    fn the_script_lists_every_file_and_its_version_is_that_of_the_files() {
        let first = script(TEMPLATE, &files("one"), &["index.html"]).expect("the template has its places");
        assert!(first.contains(&format!("\"models/a.bpk\": \"{}\"", hex(b"weights"))), "{first}");
        assert!(first.contains("new Set([\"index.html\"])"), "{first}");
        assert_eq!(first, script(TEMPLATE, &files("one"), &["index.html"]).expect("as before"));
        let version = |script: &str| script.lines().find(|line| line.starts_with("const CACHE")).map(str::to_owned);
        let second = script(TEMPLATE, &files("two"), &["index.html"]).expect("the template has its places");
        assert_ne!(version(&first), version(&second));
    }

    #[test]
    fn a_template_without_its_places_is_refused() {
        let error = script("const FILES = {};", &files("one"), &[]).expect_err("it has none");
        assert!(error.to_string().contains("/* files */"), "{error}");
    }

    #[test]
    fn the_page_names_its_service_worker_once() -> Result<()> {
        let html = std::env::temp_dir().join(format!("ferrum-offline-{}.html", std::process::id()));
        fs::write(&html, "<head>\n  </head>")?;
        mark(&html)?;
        mark(&html)?;
        assert_eq!(fs::read_to_string(&html)?.matches("service-worker").count(), 2, "name and file of one element");
        fs::remove_file(&html)?;
        Ok(())
    }
}
