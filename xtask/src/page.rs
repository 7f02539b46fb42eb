//! `cargo xtask build`: the page for release, by Trunk.

use std::env;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::offline;
use crate::report::heading;
use crate::size;
use crate::tools::{self, Optimiser};
use crate::workspace::{Workspace, run};

/// Builds `dist/` and says how large it became.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    build_quietly(workspace)?;
    size::summary(workspace)
}

/// Builds `dist/`, with its service worker. The profile is `web`, by Trunk.toml; `--release` adds wasm-opt and minified scripts.
pub(crate) fn build_quietly(workspace: &Workspace) -> Result<()> {
    let optimiser = tools::ensure_page_tools(workspace)?;
    heading("build the page");
    let start = Instant::now();
    run(trunk(workspace, "build").args((optimiser == Optimiser::WasmOpt).then_some("--release")))?;
    offline::write(workspace)?;
    println!("The page is in dist/ after {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// A `cargo xtask build` that runs beside other work: linking takes one core alone, for minutes.
pub(crate) struct Building {
    build: Child,
    log: PathBuf,
}

impl Building {
    /// Begins, once its tools are there, which others may need at the same time.
    pub(crate) fn begin(workspace: &Workspace) -> Result<Self> {
        tools::ensure_page_tools(workspace)?;
        let log = workspace.path("target/page.log");
        let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut build = workspace.command(env::current_exe().context("this program has no path")?);
        let build = build.arg("build").stderr(file.try_clone()?).stdout(file).spawn();
        Ok(Self { build: build.context("the build of the page cannot be started")?, log })
    }

    /// Waits for it, and shows what it printed.
    pub(crate) fn finish(mut self) -> Result<()> {
        let status = self.build.wait().context("cannot wait for the build of the page")?;
        print!("{}", String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()));
        ensure!(status.success(), "cargo xtask build ended with {status}");
        Ok(())
    }
}

/// `trunk VERB`, which asks nobody whether there is a newer one.
pub(crate) fn trunk(workspace: &Workspace, verb: &str) -> Command {
    let mut trunk = workspace.command("trunk");
    trunk.arg(verb).env("TRUNK_SKIP_VERSION_CHECK", "true");
    // Trunk 0.21 wants a bool where the convention (https://no-color.org) is any value.
    if std::env::var_os("NO_COLOR").is_some() {
        trunk.env("NO_COLOR", "true");
    }
    trunk
}
