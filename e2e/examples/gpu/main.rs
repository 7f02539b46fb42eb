//! `cargo xtask gpu`: what Ferrum does on this machine's graphics card, in one JSON and in eight minutes at most.
//!
//! ```text
//! gpu FOLDER ─► networks against the CPU ─► ways to train ─► bench webgpu ─► the page ─► FOLDER/gpu.json
//! ```
//!
//! `FOLDER` is what `cargo xtask gpu` gathers; nothing else is read. A part that fails or takes too long costs no other,
//! and what is known is written after each.

mod browser;
mod findings;
mod programs;

use std::{env, path::PathBuf};

use anyhow::{Context, Result};
use findings::Findings;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let folder = PathBuf::from(env::args_os().nth(1).context("expected the folder that `cargo xtask gpu` gathers")?);
    let backend = env::args().nth(2).unwrap_or_else(|| "vulkan".into());
    let batch = env::args().nth(3).map_or(Ok(programs::BATCH), |n| n.parse()).context("the pictures of a step")?;
    let training = |backend, way, loss| programs::training(&folder, backend, batch, way, loss);
    let mut findings = Findings::new(folder.join("gpu.json"));
    findings.part("networks", programs::networks(&folder)).await?;
    let by_cpu = findings.part("training cpu native f32", training("cpu", programs::ON_CPU, None)).await?;
    let loss = by_cpu.as_ref().and_then(|figures: &Value| figures["loss"].as_f64());
    for way in programs::WAYS {
        let name = format!("training {backend} {}", way.join(" "));
        findings.part(&name, training(&backend, way, loss)).await?;
    }
    findings.part("bench webgpu", browser::bench(folder.join("bench"))).await?;
    findings.part("page", browser::page(folder.join("dist"))).await?;
    findings.finish()
}
