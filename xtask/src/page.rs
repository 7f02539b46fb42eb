//! `cargo xtask build` and `serve`: the page, by Trunk.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::report::heading;
use crate::size;
use crate::tools::{self, Optimiser};
use crate::workspace::{Workspace, run};

/// Builds `dist/` and says how large it became.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    build_quietly(workspace)?;
    size::summary(workspace)
}

/// Builds `dist/`.
pub(crate) fn build_quietly(workspace: &Workspace) -> Result<()> {
    let optimiser = tools::ensure_page_tools(workspace)?;
    heading("build the page");
    let start = Instant::now();
    run(&mut trunk(workspace, "build", optimiser))?;
    println!("The page is in dist/ after {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Builds, serves on this machine alone, and builds again at every change.
pub(crate) fn serve(workspace: &Workspace, port: u16) -> Result<()> {
    check_free(port)?;
    let optimiser = tools::ensure_page_tools(workspace)?;
    heading("build and serve the page");
    println!("It will be at http://localhost:{port} once it is built; Ctrl-C ends this");
    println!("A first build compiles the networks and WebGPU for the browser: some ten minutes on two cores");
    let mut serve = trunk(workspace, "serve", optimiser);
    run(serve.args(["--address", "127.0.0.1", "--port", &port.to_string()]))
}

/// The profile is `web` in every case, by Trunk.toml; `--release` adds wasm-opt and minified scripts.
fn trunk(workspace: &Workspace, verb: &str, optimiser: Optimiser) -> Command {
    let mut trunk = workspace.command("trunk");
    // It would ask its registry for a newer one.
    trunk.arg(verb).env("TRUNK_SKIP_VERSION_CHECK", "true");
    if optimiser == Optimiser::WasmOpt {
        trunk.arg("--release");
    }
    // Trunk 0.21 wants a bool where the convention (https://no-color.org) is any value.
    if std::env::var_os("NO_COLOR").is_some() {
        trunk.env("NO_COLOR", "true");
    }
    trunk
}

fn check_free(port: u16) -> Result<()> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            bail!("port {port} is in use: end what uses it, or choose another one with --port")
        }
        Err(error) => Err(error).with_context(|| format!("port {port} cannot be used")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_used_port_is_named() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("some port is free");
        let port = taken.local_addr().expect("it is bound").port();
        let error = check_free(port).expect_err("it is taken");
        assert_eq!(
            error.to_string(),
            format!("port {port} is in use: end what uses it, or choose another one with --port")
        );
        drop(taken);
        assert!(check_free(port).is_ok());
    }
}
