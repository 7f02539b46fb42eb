//! `cargo xtask serve`: the page for development, as soon as it can be looked at.
//!
//! The WebGPU worker takes most of a first build, and the page works on the CPU without it. So Trunk first serves a page
//! whose HTML does not name it; it is compiled meanwhile, and then the HTML names it, at which Trunk builds again. Until
//! then its file is a 404 to the page, which says so and goes on with the CPU.

use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::page;
use crate::report::heading;
use crate::tools;
use crate::workspace::{WASM_TARGET, Workspace, run, shown};

/// The profile of `Cargo.toml` that is compiled fast.
const PROFILE: &str = "serve";

/// The file that Trunk serves: `index.html` with or without the WebGPU worker, beside which it lies, as its paths begin
/// there.
const HTML: &str = "serve.html";

const WEBGPU_WORKER: &str = "data-bin=\"worker-webgpu\"";

const WHAT_HAPPENS: &str = "\
A first run installs Trunk and wasm-bindgen where they are missing and compiles the page, which is served as soon as it
works on the CPU. The WebGPU worker follows. On two cores with nothing else to do the page was there after 6.5 minutes,
WebGPU after 11.5; the next time it takes seconds";

/// How often it is seen after whether Trunk serves or has ended.
const POLL_PAUSE: Duration = Duration::from_millis(500);

/// Serves on this machine alone, until it is interrupted, and builds again at every change.
pub(crate) fn serve(workspace: &Workspace, port: u16) -> Result<()> {
    check_free(port)?;
    println!("{WHAT_HAPPENS}");
    let start = Instant::now();
    install_and_compile(workspace)?;
    let html = read(workspace, "index.html")?;
    write_html(workspace, &without_webgpu(&html)?)?;
    heading("serve the page");
    let mut trunk = trunk(workspace, port)?;
    let mut server = trunk.spawn().with_context(|| format!("cannot start {}", shown(&trunk)))?;
    wait_until_served(&mut server, port)?;
    println!(
        "http://localhost:{port} is ready on the CPU after {:.0} s; Ctrl-C ends this",
        start.elapsed().as_secs_f64()
    );
    match add_webgpu(workspace, &html) {
        Ok(()) => println!("WebGPU follows after {:.0} s: load the page again then", start.elapsed().as_secs_f64()),
        Err(error) => println!("The page stays without WebGPU: {error:#}"),
    }
    let status = server.wait().context("cannot wait for Trunk")?;
    ensure!(status.success(), "trunk serve ended with {status}");
    Ok(())
}

/// Installs what is missing while the page is compiled.
fn install_and_compile(workspace: &Workspace) -> Result<()> {
    tools::ensure_wasm_target(workspace)?;
    heading("install what is missing, and compile the page for the CPU");
    let mut page = compile(workspace, &["--bin", "app", "--bin", "worker"]);
    std::thread::scope(|scope| {
        let compiled = scope.spawn(|| run(&mut page));
        let installed = tools::ensure_trunk(workspace);
        compiled.join().expect("it does not panic")?;
        installed
    })
}

/// Compiles the WebGPU worker, then has Trunk build again, with it.
fn add_webgpu(workspace: &Workspace, html: &str) -> Result<()> {
    run(&mut compile(workspace, &["--features", "webgpu", "--bin", "worker-webgpu"]))?;
    write_html(workspace, html)
}

/// As Trunk calls cargo, so that it finds everything compiled.
fn compile(workspace: &Workspace, what: &[&str]) -> Command {
    let mut cargo = workspace.cargo(&["build", "--target", WASM_TARGET, "--profile", PROFILE, "-p", "app"]);
    cargo.args(what);
    cargo
}

fn trunk(workspace: &Workspace, port: u16) -> Result<Command> {
    let config = read(workspace, "Trunk.toml")?;
    let mut trunk = page::trunk(workspace, "serve");
    trunk.arg(HTML).args(["--cargo-profile", PROFILE, "--address", "127.0.0.1", "--port", &port.to_string()]);
    // These take the place of those in Trunk.toml.
    trunk.args(watched(&config).chain([HTML]).flat_map(|path| ["--watch", path]));
    Ok(trunk)
}

/// Paths in the line `watch = ["a", "b"]` of Trunk.toml.
fn watched(config: &str) -> impl Iterator<Item = &str> {
    let list = config.lines().find_map(|line| line.strip_prefix("watch = "));
    list.unwrap_or_default().split('"').skip(1).step_by(2)
}

/// The page's HTML without the line that names the WebGPU worker.
fn without_webgpu(html: &str) -> Result<String> {
    let lines: Vec<&str> = html.lines().filter(|line| !line.contains(WEBGPU_WORKER)).collect();
    ensure!(lines.len() + 1 == html.lines().count(), "index.html: expected one line with {WEBGPU_WORKER}");
    Ok(lines.join("\n"))
}

fn read(workspace: &Workspace, name: &str) -> Result<String> {
    fs::read_to_string(workspace.path(name)).with_context(|| format!("cannot read {name}"))
}

fn write_html(workspace: &Workspace, html: &str) -> Result<()> {
    fs::write(workspace.path(HTML), html).with_context(|| format!("cannot write {HTML}"))
}

/// Trunk listens once its first build is done, however long that takes.
fn wait_until_served(server: &mut Child, port: u16) -> Result<()> {
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        if let Some(status) = server.try_wait().context("cannot wait for Trunk")? {
            bail!("trunk serve ended with {status}");
        }
        sleep(POLL_PAUSE);
    }
    Ok(())
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
    use std::{process::Stdio, thread::yield_now};

    use super::*;

    /// `trunk serve` puts a random word wherever the placeholder stands, be it in the name of a file.
    #[test]
    fn the_placeholder_of_the_nonce_is_no_other_word_of_the_page() {
        let [page, settings] = [include_str!("../../index.html"), include_str!("../../Trunk.toml")];
        let placeholder = settings.lines().find_map(|line| line.strip_prefix("nonce_placeholder = "));
        let placeholder = placeholder.expect("Trunk.toml has one").trim_matches('"');
        let n_nonces = ["'nonce-PLACEHOLDER'", "nonce=\"PLACEHOLDER\""]
            .map(|text| page.matches(&text.replace("PLACEHOLDER", placeholder)).count());
        assert!(n_nonces.iter().all(|&n| n > 0), "{n_nonces:?}");
        assert_eq!(page.matches(placeholder).count(), n_nonces.iter().sum::<usize>());
    }

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
        // A program that another test starts has a copy of the socket for a moment.
        let deadline = Instant::now() + Duration::from_secs(10);
        while check_free(port).is_err() {
            assert!(Instant::now() < deadline, "port {port} stays in use");
            yield_now();
        }
    }

    #[test]
    fn the_first_page_is_the_whole_one_but_for_webgpu() {
        let workspace = Workspace::here().expect("cargo runs the tests");
        let whole = read(&workspace, "index.html").expect("the tree has a page");
        let first = without_webgpu(&whole).expect("it names the worker");
        assert!(!first.contains("worker-webgpu") && first.contains("data-bin=\"worker\""), "{first}");
        assert!(without_webgpu(&first).is_err(), "a page that does not name it is not as expected");
    }

    #[test]
    fn what_is_watched_is_there() {
        let workspace = Workspace::here().expect("cargo runs the tests");
        let config = read(&workspace, "Trunk.toml").expect("the tree has a Trunk.toml");
        let paths: Vec<&str> = watched(&config).collect();
        assert!(paths.contains(&"app") && paths.contains(&"index.html"), "{paths:?}");
        assert!(paths.iter().all(|path| workspace.path(path).exists()), "{paths:?}");
        assert_eq!(watched("[watch]\n").count(), 0);
    }

    #[test]
    fn a_server_that_ends_is_not_waited_for() {
        let unused = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("some port is free");
        let port = unused.local_addr().expect("it is bound").port();
        drop(unused);
        let mut rustc = Command::new("rustc");
        let mut ended = rustc.arg("--no-such-flag").stderr(Stdio::null()).spawn().expect("the compiler is there");
        let error = wait_until_served(&mut ended, port).expect_err("it has ended");
        assert!(error.to_string().starts_with("trunk serve ended with"), "{error}");
    }
}
