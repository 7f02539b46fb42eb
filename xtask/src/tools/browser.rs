//! Chromium and its driver, for the tests that need a real browser.

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;

use anyhow::{Result, bail};

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
    let has_browser = BROWSERS.iter().any(|name| answers(workspace, name.as_ref()));
    if has_browser && answers(workspace, DRIVER.as_ref()) {
        return Ok(DRIVER.into());
    }
    println!("Chromium with ChromeDriver is missing; installing Debian's …");
    install(workspace)?;
    if !answers(workspace, DRIVER.as_ref()) {
        bail!("{DRIVER} is still missing after the installation: {HOW}");
    }
    Ok(DRIVER.into())
}

fn answers(workspace: &Workspace, program: &OsStr) -> bool {
    output(workspace.command(program).arg("--version")).is_some()
}

fn install(workspace: &Workspace) -> Result<()> {
    if output(workspace.command("apt-get").arg("--version")).is_none() {
        bail!("this machine has no apt-get: {HOW}");
    }
    let prefix: &[&str] = match output(workspace.command("id").arg("-u")).as_deref().map(str::trim) {
        Some("0") => &[],
        _ if output(workspace.command("sudo").args(["-n", "true"])).is_some() => &["sudo", "-n"],
        _ => bail!("installing packages needs root here: {HOW}"),
    };
    let packages = ["install", "--yes", "--quiet", "--no-install-recommends", "chromium", "chromium-driver"];
    apt_get(workspace, prefix, &["update", "--quiet"])?;
    apt_get(workspace, prefix, &packages)
}

fn apt_get(workspace: &Workspace, prefix: &[&str], args: &[&str]) -> Result<()> {
    let words: Vec<_> =
        prefix.iter().chain(&["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]).chain(args).collect();
    run(workspace.command(words[0]).args(&words[1..]))
}
