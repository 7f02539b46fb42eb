//! `cargo xtask gpu`: gathers what is measured on a graphics card in one folder, which can be carried to a machine that
//! has one and nothing else, and measures it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::bench;
use crate::page;
use crate::report::heading;
use crate::tools;
use crate::workspace::{Workspace, run, shown};

/// Files of the tree that are read on the other machine, at the same place.
const FILES: [&str; 1] = ["www/samples/astronaut.png"];

/// The page of `bench webgpu`, which is the first of its folder there.
const BENCH: &str = "model-core/benches/onnxruntime-web";
const BENCH_FILES: [[&str; 2]; 5] = [
    ["webgpu.html", "index.html"],
    ["webgpu-page.mjs", "webgpu-page.mjs"],
    ["webgpu-calls.mjs", "webgpu-calls.mjs"],
    ["compare.mjs", "compare.mjs"],
    ["package.json", "package.json"],
];

/// How the folder is used. The programs find files beside the folder that `CARGO_MANIFEST_DIR` names.
const SCRIPT: &str = r#"#!/bin/sh
# What Ferrum does on this machine's graphics card, in eight minutes at most: gpu.json. `sh run.sh 2` trains with two
# pictures a step, which suits a program in the place of a card.
# CHROMEDRIVER and CHROMIUM name a driver and a browser, by their whole paths, that are not on PATH.
cd "$(dirname "$0")" || exit
chmod +x gpu step network-tests
export CARGO_MANIFEST_DIR="$PWD/dist"
exec ./gpu . BACKEND "${1:-128}"
"#;

/// Gathers everything in `folder` and, unless `only_gathers`, measures, training by `backend` with `batch` pictures a
/// step. Each back-end is compiled for itself: beside `vulkan`, `wgpu` makes SPIR-V as well.
pub(crate) fn gpu(
    workspace: &Workspace,
    folder: Option<&Path>,
    backend: &str,
    batch: u32,
    only_gathers: bool,
) -> Result<()> {
    let folder = match folder {
        Some(folder) => std::path::absolute(folder)?,
        None => workspace.path("target/gpu"),
    };
    // Asked before what takes long.
    let driver = if only_gathers { None } else { Some(tools::browser::ensure(workspace)?) };
    gather(workspace, &folder, backend)?;
    println!("Everything is in {}: `sh run.sh` there measures, on any machine like this one", folder.display());
    let Some(driver) = driver else { return Ok(()) };
    run(workspace.command("sh").arg(folder.join("run.sh")).arg(batch.to_string()).env("CHROMEDRIVER", driver))
}

fn gather(workspace: &Workspace, folder: &Path, backend: &str) -> Result<()> {
    page::build_quietly(workspace)?;
    heading("gather what is measured");
    for old in ["dist", "bench"].map(|name| folder.join(name)) {
        if old.exists() {
            fs::remove_dir_all(&old).with_context(|| format!("cannot remove {}", old.display()))?;
        }
    }
    copy_folder(&workspace.path("dist"), &folder.join("dist"))?;
    run(bench::script(workspace, &format!("{BENCH}/webgpu.mjs"))?.arg("--build-only"))?;
    let (here, there) = (workspace.path(BENCH), folder.join("bench"));
    for [from, to] in BENCH_FILES {
        copy(&here.join(from), &there.join(to))?;
    }
    copy_folder(&here.join("node_modules/onnxruntime-web/dist"), &there.join("ort"))?;
    copy_folder(&workspace.path("target/model-bench-webgpu"), &there.join("built"))?;
    copy_folder(&workspace.path("www/models"), &there.join("models"))?;
    for file in FILES {
        copy(&workspace.path(file), &folder.join(file))?;
    }
    let of_step = ["build", "-p", "trainer-native", "--example", "step", "--features", backend];
    let of_tests = ["test", "-p", "model-core", "--features", "webgpu", "--test", "gpu", "--no-run"];
    let of_gpu = ["build", "-p", "e2e", "--example", "gpu"];
    for (name, args) in [("gpu", &of_gpu[..]), ("step", &of_step), ("network-tests", &of_tests)] {
        heading(&format!("compile {name}"));
        copy(&program(&mut workspace.cargo(args))?, &folder.join(name))?;
    }
    fs::write(folder.join("run.sh"), SCRIPT.replace("BACKEND", backend)).context("cannot write run.sh")
}

/// Has cargo compile one program; where it lies.
fn program(cargo: &mut Command) -> Result<PathBuf> {
    cargo.arg("--message-format=json-render-diagnostics").stderr(Stdio::inherit());
    let output = cargo.output().with_context(|| format!("cannot start {}", shown(cargo)))?;
    ensure!(output.status.success(), "{} ended with {}", shown(cargo), output.status);
    last_program(&String::from_utf8_lossy(&output.stdout)).context("cargo names no program that it has compiled")
}

/// The program that cargo's messages in JSON name last.
fn last_program(messages: &str) -> Option<PathBuf> {
    let (_, after) = messages.rsplit_once(r#""executable":""#)?;
    Some(after.split_once('"')?.0.into())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let into = to.parent().context("a file is in a folder")?;
    fs::create_dir_all(into).with_context(|| format!("cannot make {}", into.display()))?;
    fs::copy(from, to).map(|_| ()).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}

/// The files of a folder, and of those within.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue; // Trunk's own
        }
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() { copy_folder(&from, &to)? } else { copy(&from, &to)? }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_carried_is_there() {
        let workspace = Workspace::here().expect("cargo runs the tests");
        let of_bench = BENCH_FILES.map(|[from, _]| format!("{BENCH}/{from}"));
        for file in FILES.map(String::from).into_iter().chain(of_bench) {
            assert!(workspace.path(&file).is_file(), "{file}");
        }
    }

    #[test]
    fn the_last_program_of_cargo_s_messages_is_found() {
        let messages = "{\"reason\":\"compiler-artifact\",\"executable\":null}\n\
            {\"reason\":\"compiler-artifact\",\"executable\":\"/a/target/debug/deps/gpu-1\",\"fresh\":true}\n\
            {\"reason\":\"build-finished\",\"success\":true}\n";
        assert_eq!(last_program(messages), Some("/a/target/debug/deps/gpu-1".into()));
        assert_eq!(last_program("{\"executable\":null}"), None);
    }
}
