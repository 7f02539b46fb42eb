//! Tools that cargo does not bring: found on the machine in a fitting version, or installed for this tree alone.

pub(crate) mod browser;
mod rust;
mod wasm_opt;

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// How the page is built with the tools that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Optimiser {
    /// `wasm-opt` runs over the app and the CPU worker.
    WasmOpt,
    /// There is none, nor an npm to bring one: the page works and is larger.
    None,
}

/// Everything that `trunk build` calls.
pub(crate) fn ensure_page_tools(workspace: &Workspace) -> Result<Optimiser> {
    rust::ensure_wasm_target(workspace)?;
    ensure_trunk(workspace)?;
    Ok(wasm_opt::ensure(workspace))
}

/// Trunk and what it makes modules by; the wasm target must be there.
pub(crate) fn ensure_trunk(workspace: &Workspace) -> Result<()> {
    rust::ensure_wasm_bindgen(workspace)?;
    rust::ensure_trunk(workspace)
}

/// The wasm target alone, for lints.
pub(crate) fn ensure_wasm_target(workspace: &Workspace) -> Result<()> {
    rust::ensure_wasm_target(workspace)
}

/// wasm-bindgen, which turns wasm into a module for Node.js or a test for the browser.
pub(crate) fn ensure_wasm_bindgen(workspace: &Workspace) -> Result<()> {
    rust::ensure_wasm_target(workspace)?;
    rust::ensure_wasm_bindgen(workspace)
}

/// Fails with a clear word where Node.js, which no package of ours can bring, is missing.
pub(crate) fn ensure_node(workspace: &Workspace) -> Result<()> {
    crate::workspace::output(workspace.command("node").arg("--version"))
        .map(|_| ())
        .context("Node.js is missing: install it (Debian and Ubuntu: `apt-get install nodejs npm`) and try again")
}

/// The package that runs ONNX files, where its tests and benchmark look for it.
pub(crate) fn ensure_onnxruntime(workspace: &Workspace) -> Result<()> {
    ensure_package(workspace, "model-core/benches/onnxruntime-web", "onnxruntime-web")
}

/// The programs that label photos, where the script that asks them looks for them.
pub(crate) fn ensure_face_apis(workspace: &Workspace) -> Result<()> {
    ensure_package(workspace, "cli/benches/face-apis", "@vladmandic/human")
}

/// The package that finds faults of accessibility, where the browser tests look for it.
pub(crate) fn ensure_axe(workspace: &Workspace) -> Result<()> {
    ensure_package(workspace, "e2e", "axe-core")
}

/// A package that `package.json` in `folder` names, installed there.
fn ensure_package(workspace: &Workspace, folder: &str, package: &str) -> Result<()> {
    if workspace.path(folder).join("node_modules").join(package).is_dir() {
        return Ok(());
    }
    ensure_node(workspace)?;
    let mut install = workspace.command("npm");
    install.args(["install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", folder]);
    crate::workspace::run(&mut install)
}

/// A Python that has PyTorch, in an environment of its own.
pub(crate) fn ensure_pytorch(workspace: &Workspace) -> Result<PathBuf> {
    ensure_python(workspace, "pytorch", "model-core/benches/pytorch/requirements.txt")
}

/// A Python that reads what is exported, where its test looks for it.
pub(crate) fn ensure_export_readers(workspace: &Workspace) -> Result<PathBuf> {
    ensure_python(workspace, "exports", "exports/tests/requirements.txt")
}

/// A Python that has what the file `requirements` names, in an environment `name` of its own.
fn ensure_python(workspace: &Workspace, name: &str, requirements: &str) -> Result<PathBuf> {
    let environment = workspace.tools().join(name);
    let (python, done) = (environment.join("bin/python"), environment.join("installed"));
    let wanted = workspace.path(requirements);
    let wanted_text = std::fs::read_to_string(&wanted).with_context(|| format!("cannot read {}", wanted.display()))?;
    if std::fs::read_to_string(&done).is_ok_and(|installed| installed == wanted_text) {
        return Ok(python);
    }
    let mut make = workspace.command("python3");
    crate::workspace::run(make.args(["-m", "venv"]).arg(&environment))
        .context("Python 3 with venv is missing: install it (Debian and Ubuntu: `apt-get install python3-venv`)")?;
    let mut install = workspace.command(&python);
    crate::workspace::run(
        install.args(["-m", "pip", "install", "--quiet", "--no-input", "--requirement"]).arg(&wanted),
    )?;
    std::fs::write(&done, wanted_text).with_context(|| format!("cannot write {}", done.display()))?;
    Ok(python)
}
