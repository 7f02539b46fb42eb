//! `cargo xtask bench`: figures that compare Ferrum with others in one run.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::args::Bench;
use crate::exports;
use crate::page;
use crate::tools;
use crate::workspace::{Workspace, run};

/// Runs one benchmark; it fails if the outputs of those that are compared differ. `README.md` beside its script says how
/// it is done.
pub(crate) fn bench(workspace: &Workspace, bench: &Bench) -> Result<()> {
    match bench {
        Bench::Detector => run(&mut script(workspace, "vision/benches/opencv-js/bench.mjs")?),
        Bench::Blazeface => run(&mut script(workspace, "pipeline/benches/tflite/bench.mjs")?),
        Bench::Classify => run(&mut script(workspace, "model-core/benches/onnxruntime-web/bench.mjs")?),
        Bench::WebGpu { browser, url_only, runs } => {
            let mut bench = script(workspace, "model-core/benches/onnxruntime-web/webgpu.mjs")?;
            bench.args(browser.iter().flat_map(|browser| ["--browser".as_ref(), browser.as_os_str()]));
            bench.args(url_only.then_some("--url-only")).args(["--runs", &runs.to_string()]);
            run(&mut bench)?;
            exports::check(&exports::linked(workspace, "model_bench"))
        }
        Bench::DetectorQuality { annotations } => {
            run(workspace.cargo(&["run", "-p", "cli", "--", "detector-quality"]).args(annotations))
        }
        Bench::Wild { folder, alone } => wild(workspace, folder.as_deref(), *alone),
        Bench::Video => in_browser(workspace, &["video_rate"]),
        Bench::Timeline => in_browser(workspace, &["long_session"]),
        Bench::Train { args } => {
            let python = tools::ensure_pytorch(workspace)?;
            run(workspace.command(&python).arg("model-core/benches/pytorch/bench.py").args(args))
        }
    }
}

/// Reads the photos of `folder`, and unless `alone` lets other programs read them, too.
fn wild(workspace: &Workspace, folder: Option<&Path>, alone: bool) -> Result<()> {
    let mut ours = workspace.cargo(&["run", "-p", "cli", "--", "label-quality"]);
    let folder = folder.unwrap_or(Path::new("../shared/wild"));
    ours.arg(folder);
    if !alone {
        tools::ensure_face_apis(workspace)?;
        let target = workspace.path("target");
        std::fs::create_dir_all(&target)?;
        let answers = target.join("wild-others.json");
        let mut others = workspace.command("node");
        run(others.arg("cli/benches/face-apis/wild.mjs").arg(folder.join("photos")).arg(&answers))?;
        ours.arg("--beside").arg(answers);
    }
    run(&mut ours)
}

/// Uses the page for `minutes`, and until `n_photos` are read.
pub(crate) fn soak(workspace: &Workspace, minutes: u32, n_photos: u32) -> Result<()> {
    page::build_quietly(workspace)?;
    soak_built(workspace, minutes, n_photos)
}

/// As [`soak`], with the page that is built.
pub(crate) fn soak_built(workspace: &Workspace, minutes: u32, n_photos: u32) -> Result<()> {
    on_built_page(workspace, &["soak", "--", &minutes.to_string(), &n_photos.to_string()])
}

/// An example of `e2e`, with its arguments, on the page built anew.
fn in_browser(workspace: &Workspace, example: &[&str]) -> Result<()> {
    page::build_quietly(workspace)?;
    on_built_page(workspace, example)
}

fn on_built_page(workspace: &Workspace, example: &[&str]) -> Result<()> {
    let driver = tools::browser::ensure(workspace)?;
    let arguments = [&["run", "-p", "e2e", "--example"], example].concat();
    run(workspace.cargo(&arguments).env("CHROMEDRIVER", driver))
}

/// A benchmark in Node.js, which compiles its wasm itself.
pub(crate) fn script(workspace: &Workspace, script: &str) -> Result<Command> {
    tools::ensure_node(workspace)?;
    tools::ensure_wasm_bindgen(workspace)?;
    let mut node = workspace.command("node");
    node.arg(script);
    Ok(node)
}
