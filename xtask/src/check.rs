//! `cargo xtask check`: everything about the source that a machine can judge without running it.

use anyhow::Result;

use crate::report::Report;
use crate::tools;
use crate::workspace::{WASM_TARGET, Workspace, run};

/// Format, lints and documentation of what runs on this machine.
pub(crate) fn native(workspace: &Workspace, report: &mut Report) {
    report.step("format", || run(&mut workspace.cargo(&["fmt", "--all", "--check"])));
    report.step("lints, native", || clippy(workspace, &["--workspace", "--all-targets"]));
    report.step("documentation", || {
        run(workspace.cargo(&["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings"))
    });
}

/// Lints of what runs in the page.
pub(crate) fn wasm(workspace: &Workspace, report: &mut Report) {
    report.step("lints, wasm", || {
        tools::ensure_wasm_target(workspace)?;
        clippy_wasm(workspace)
    });
}

/// With WebGPU, which is the larger build of the page; what is compiled without it is linted natively. Not by the page's
/// profile, so that it shares procedural macros and build scripts with the native lints, and need not wait for the page.
fn clippy_wasm(workspace: &Workspace) -> Result<()> {
    let what = ["-p", "vision", "-p", "app", "--features", "app/webgpu", "--all-targets"];
    clippy(workspace, &[&["--target", WASM_TARGET], &what[..]].concat())
}

fn clippy(workspace: &Workspace, what: &[&str]) -> Result<()> {
    run(&mut workspace.cargo(&[&["clippy"], what, &["--", "-D", "warnings"]].concat()))
}
