//! `cargo xtask bench`: figures that compare Ferrum with others in one run.

use std::ffi::OsStr;

use anyhow::Result;

use crate::tools;
use crate::workspace::{Workspace, run};

/// Times the cascade beside opencv.js; fails if their rectangles differ. `vision/benches/README.md` says how it is
/// done.
pub(crate) fn detector(workspace: &Workspace) -> Result<()> {
    tools::ensure_node(workspace)?;
    tools::ensure_wasm_bindgen(workspace)?;
    run(workspace.command("node").arg("vision/benches/opencv-js/bench.mjs"))
}

/// Precision and recall of every detector on annotated photos.
pub(crate) fn detector_quality(workspace: &Workspace, annotations: Option<&OsStr>) -> Result<()> {
    run(workspace.cargo(&["run", "-p", "cli", "--", "detector-quality"]).args(annotations))
}

/// Times `BlazeFace` beside TensorFlow Lite and the cascade; fails if outputs differ. `pipeline/benches/README.md` says how
/// it is done.
pub(crate) fn blazeface(workspace: &Workspace) -> Result<()> {
    tools::ensure_node(workspace)?;
    tools::ensure_wasm_bindgen(workspace)?;
    run(workspace.command("node").arg("pipeline/benches/tflite/bench.mjs"))
}

/// Times the network beside onnxruntime-web; fails if their outputs differ. `model-core/benches/README.md` says how it is
/// done.
pub(crate) fn classify(workspace: &Workspace) -> Result<()> {
    tools::ensure_node(workspace)?;
    tools::ensure_wasm_bindgen(workspace)?;
    run(workspace.command("node").arg("model-core/benches/onnxruntime-web/bench.mjs"))
}

/// Times the network beside onnxruntime-web, both on WebGPU, in whatever browser opens the page, or in a headless
/// Chromium.
pub(crate) fn webgpu(workspace: &Workspace, browser: Option<&OsStr>) -> Result<()> {
    tools::ensure_node(workspace)?;
    tools::ensure_wasm_bindgen(workspace)?;
    let mut bench = workspace.command("node");
    bench.arg("model-core/benches/onnxruntime-web/webgpu.mjs");
    if let Some(browser) = browser {
        bench.arg("--browser").arg(browser);
    }
    run(&mut bench)
}

/// Times training steps beside PyTorch; fails if their losses differ. `model-core/benches/README.md` says how it is done.
pub(crate) fn train(workspace: &Workspace) -> Result<()> {
    let python = tools::ensure_pytorch(workspace)?;
    run(workspace.command(&python).arg("model-core/benches/pytorch/bench.py"))
}
