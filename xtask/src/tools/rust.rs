//! Tools from rustup and `cargo install`: the wasm target, Trunk, wasm-bindgen's command line, Firefox's driver.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::workspace::{WASM_TARGET, Workspace, output, run};

/// The newest Trunk that the pinned toolchain compiles; 0.22 asks for a newer one.
const TRUNK_VERSION: &str = "0.21.14";

/// Mozilla's driver of Firefox. Its npm package downloads a program from elsewhere; this compiles it.
const GECKODRIVER_VERSION: &str = "0.37.1";

pub(crate) fn ensure_wasm_target(workspace: &Workspace) -> Result<()> {
    if has_wasm_target(workspace) {
        return Ok(());
    }
    println!("Adding the {WASM_TARGET} target to the toolchain …");
    run(workspace.command("rustup").args(["target", "add", WASM_TARGET])).with_context(|| {
        format!("the standard library for {WASM_TARGET} is missing; without rustup, install it as rustc was installed")
    })
}

fn has_wasm_target(workspace: &Workspace) -> bool {
    let mut rustc = workspace.command("rustc");
    rustc.args(["--print", "target-libdir", "--target", WASM_TARGET]);
    output(&mut rustc).is_some_and(|folder| fs::exists(folder.trim()).unwrap_or(false))
}

pub(crate) fn ensure_trunk(workspace: &Workspace) -> Result<()> {
    if version_of(workspace, "trunk").as_deref() == Some(TRUNK_VERSION) {
        return Ok(());
    }
    println!("Installing Trunk {TRUNK_VERSION} into target/tools (once, some minutes) …");
    let mut install = cargo_install(workspace, "trunk", TRUNK_VERSION);
    // It is to download nothing and to serve this machine alone, so it needs no TLS.
    run(install.args(["--locked", "--no-default-features"]).env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"))
}

/// Any version on the machine will do: it speaks with any Firefox of the last years.
pub(crate) fn ensure_geckodriver(workspace: &Workspace) -> Result<()> {
    if version_of(workspace, "geckodriver").is_some() {
        return Ok(());
    }
    println!("Installing geckodriver {GECKODRIVER_VERSION} into target/tools (once, some minutes) …");
    let mut install = cargo_install(workspace, "geckodriver", GECKODRIVER_VERSION);
    run(install.arg("--locked").env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"))
}

/// The command line must be exactly as old as the library: both sides of the glue share one format.
pub(crate) fn ensure_wasm_bindgen(workspace: &Workspace) -> Result<()> {
    let lock = fs::read_to_string(workspace.path("Cargo.lock")).context("cannot read Cargo.lock")?;
    let Some(version) = locked_version(&lock, "wasm-bindgen") else { bail!("Cargo.lock names no wasm-bindgen") };
    let fits = |tool| version_of(workspace, tool).as_deref() == Some(version);
    if fits("wasm-bindgen") && fits("wasm-bindgen-test-runner") {
        return Ok(());
    }
    println!("Installing wasm-bindgen {version} into target/tools (once, some minutes) …");
    // NOTE: no --locked: the lock file of this release names a version that was withdrawn.
    run(cargo_install(workspace, "wasm-bindgen-cli", version).env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"))
}

/// Compiled fast: these programs wait for compilers, so that what optimising them would take here is not saved later.
fn cargo_install(workspace: &Workspace, package: &str, version: &str) -> std::process::Command {
    let mut install = workspace.cargo(&["install", package, "--version", version, "--force", "--root"]);
    install.arg(workspace.tools());
    install.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    install
}

fn version_of(workspace: &Workspace, tool: &str) -> Option<String> {
    output(workspace.command(tool).arg("--version")).and_then(|text| version_in(&text).map(str::to_owned))
}

/// The version in a line such as `trunk 0.21.14` or `wasm-bindgen 0.2.130 (abc)`.
fn version_in(text: &str) -> Option<&str> {
    text.split_whitespace().nth(1)
}

/// The version of `package` in the text of a Cargo.lock.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let header = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != header).skip(1);
    lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "\
[[package]]
name = \"wasm-bindgen-macro\"
version = \"0.2.1\"

[[package]]
name = \"wasm-bindgen\"
version = \"0.2.130\"
";

    #[test]
    fn finds_the_locked_version_of_exactly_that_package() {
        let cases = [("wasm-bindgen", Some("0.2.130")), ("wasm-bindgen-macro", Some("0.2.1")), ("wasm", None)];
        for (package, expected) in cases {
            assert_eq!(locked_version(LOCK, package), expected, "{package}");
        }
    }

    #[test]
    fn reads_versions_as_tools_print_them() {
        let cases = [
            ("trunk 0.21.14\n", Some("0.21.14")),
            ("wasm-bindgen 0.2.130 (deadbeef)", Some("0.2.130")),
            ("trunk", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(version_in(text), expected, "{text:?}");
        }
    }

    #[test]
    fn this_tree_locks_wasm_bindgen() {
        let lock = fs::read_to_string(Workspace::here().expect("cargo runs the tests").path("Cargo.lock"))
            .expect("the tree has a lock file");
        assert!(locked_version(&lock, "wasm-bindgen").is_some());
    }
}
