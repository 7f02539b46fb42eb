//! Chromium and Firefox with their drivers, for the tests that need a real browser, and ffmpeg, for those of videos.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::rust;
use crate::workspace::{Workspace, output, run};

const DRIVER: &str = "chromedriver";
/// Names of the browser that the driver looks for itself.
const BROWSERS: [&str; 3] = ["chromium", "google-chrome", "chrome"];

const HOW: &str = "install Chromium and ChromeDriver of one version (Debian: `apt-get install chromium chromium-driver`), \
or set CHROMEDRIVER to the driver's path";

/// The driver's path; the driver finds its browser itself.
pub(crate) fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(named) = env::var_os("CHROMEDRIVER") {
        let runs = answers(workspace, &named);
        return if runs {
            Ok(named.into())
        } else {
            bail!("CHROMEDRIVER names {}, which does not run: {HOW}", named.display())
        };
    }
    let named = env::var_os("CHROMIUM").is_some_and(|named| answers(workspace, &named));
    let has_browser = named || BROWSERS.iter().any(|name| answers(workspace, name.as_ref()));
    if has_browser && answers(workspace, DRIVER.as_ref()) {
        return Ok(DRIVER.into());
    }
    println!("Chromium with ChromeDriver is missing; installing Debian's …");
    install(workspace, &["chromium", "chromium-driver"]).context(HOW)?;
    if !answers(workspace, DRIVER.as_ref()) {
        bail!("{DRIVER} is still missing after the installation: {HOW}");
    }
    Ok(DRIVER.into())
}

/// The path of Firefox's driver, which finds its browser itself; `None`, with a word, where one of them cannot be had: its
/// tests are then skipped.
pub(crate) fn ensure_firefox(workspace: &Workspace) -> Option<OsString> {
    if let Some(named) = env::var_os("GECKODRIVER") {
        return Some(named);
    }
    let ready = if answers(workspace, "firefox".as_ref()) {
        Ok(())
    } else {
        println!("Firefox is missing; installing Debian's …");
        install(workspace, &["firefox-esr"])
    };
    match ready.and_then(|()| rust::ensure_geckodriver(workspace)) {
        Ok(()) => Some("geckodriver".into()),
        Err(error) => {
            println!("The tests in Firefox are skipped: {error:#}");
            None
        }
    }
}

/// ffmpeg, which makes the clips of tests and reads videos on the command line. Without it those tests are skipped.
pub(crate) fn ensure_ffmpeg(workspace: &Workspace) {
    // It does not know `--version`.
    if output(workspace.command("ffmpeg").arg("-version")).is_some() {
        return;
    }
    println!("ffmpeg is missing; installing Debian's …");
    if let Err(error) = install(workspace, &["ffmpeg"]) {
        println!("The tests of videos are skipped: {error:#}");
    }
}

fn answers(workspace: &Workspace, program: &OsStr) -> bool {
    output(workspace.command(program).arg("--version")).is_some()
}

fn install(workspace: &Workspace, packages: &[&str]) -> Result<()> {
    if output(workspace.command("apt-get").arg("--version")).is_none() {
        bail!("this machine has no apt-get to install {}", packages.join(" and "));
    }
    let prefix: &[&str] = match output(workspace.command("id").arg("-u")).as_deref().map(str::trim) {
        Some("0") => &[],
        _ if output(workspace.command("sudo").args(["-n", "true"])).is_some() => &["sudo", "-n"],
        _ => bail!("installing {} needs root here", packages.join(" and ")),
    };
    apt_get(workspace, prefix, &["update", "--quiet"])?;
    apt_get(workspace, prefix, &[&["install", "--yes", "--quiet", "--no-install-recommends"], packages].concat())
}

fn apt_get(workspace: &Workspace, prefix: &[&str], args: &[&str]) -> Result<()> {
    let words: Vec<_> =
        prefix.iter().chain(&["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]).chain(args).collect();
    run(workspace.command(words[0]).args(&words[1..]))
}
