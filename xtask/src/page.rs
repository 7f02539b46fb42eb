//! `cargo xtask build`: the page for release, by Trunk.

use std::process::Command;
use std::time::Instant;

use anyhow::Result;

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
