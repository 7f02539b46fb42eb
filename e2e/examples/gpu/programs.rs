//! Parts that programs of the folder measure: networks against the CPU, and training steps.

use std::{
    path::Path,
    process::{Output, Stdio},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, process::Command};

use crate::findings::Skipped;

/// Way and precision of each of `train`'s ways on a GPU.
pub(crate) const WAYS: [[&str; 2]; 7] = [
    ["plain", "f32"],
    ["shifted", "f32"],
    ["shifted", "bf16"],
    ["shifted", "f16"],
    ["unfolded", "f32"],
    ["unfolded", "bf16"],
    ["unfolded", "f16"],
];
/// The CPU's, whose losses the others must have.
pub(crate) const ON_CPU: [&str; 2] = ["native", "f32"];

/// Pictures of a training step, unless another number is asked for: a program in the place of a card is slow.
pub(crate) const BATCH: u32 = 128;
/// Their side, pixels.
const SIDE: u32 = 44;
/// Steps that compile, and steps that count.
const STEPS: [u32; 2] = [2, 5];
/// How far the loss after these may be from the CPU's, nats: in single precision, and with rounded factors.
const LOSS_ATOL: [f64; 2] = [0.01, 0.05];

/// Exit status of `step` where the device does not compute in the precision asked for.
const NOT_COMPUTED: i32 = 3;
/// Last lines of a program that fails, for the error.
const LINES_OF_ERROR: usize = 8;

/// The tests of `model-core` that compare its kernels for GPUs with the CPU.
pub(crate) async fn networks(folder: &Path) -> Result<Value> {
    let output = run(folder, "network-tests", &[], "").await?;
    let said = succeeded("network-tests", &output)?;
    let summary = said.lines().find(|line| line.starts_with("test result: ")).context("no summary of the tests")?;
    if summary.contains(" 0 passed") {
        return Err(Skipped("no adapter was found".into()).into());
    }
    Ok(json!({ "tests": summary.trim_start_matches("test result: ") }))
}

/// Training steps of `n_pictures` one way: images a second, the milliseconds until a step is handed over, and the loss,
/// which must be `expected_loss`.
pub(crate) async fn training(
    folder: &Path,
    backend: &str,
    n_pictures: u32,
    way: [&str; 2],
    expected_loss: Option<f64>,
) -> Result<Value> {
    let [kernel, precision] = way;
    let weights = folder.join("first-weights.f32");
    let [batch, side, weights] = [n_pictures.to_string(), SIDE.to_string(), weights.to_string_lossy().into_owned()];
    let args = [&batch, &side, &weights, backend, kernel, precision];
    let output = run(folder, "step", &args, &STEPS.map(|n| format!("{n}\n")).concat()).await?;
    let noted = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(NOT_COMPUTED) {
        return Err(Skipped(noted.lines().last().unwrap_or_default().into()).into());
    }
    let said = succeeded("step", &output)?;
    let last = said.lines().last().unwrap_or_default();
    let numbers: Vec<f64> = last.split(' ').map(str::parse).collect::<Result<_, _>>().context(said.clone())?;
    let [secs, handed_over, loss] = numbers[..] else { bail!("expected three numbers, got {last}") };
    ensure!(loss.is_finite(), "a loss of {loss} after {STEPS:?} steps");
    let atol = LOSS_ATOL[usize::from(precision != "f32")];
    if let Some(expected) = expected_loss {
        ensure!((loss - expected).abs() <= atol, "a loss of {loss} after {STEPS:?} steps, on the CPU {expected}");
    }
    let n_steps = f64::from(STEPS[1]);
    Ok(json!({
        "device": noted.lines().find_map(|line| line.strip_prefix("device: ")),
        "pictures_a_step": n_pictures,
        "images_per_sec": (f64::from(n_pictures) * n_steps / secs).round(),
        "handed_over_ms_a_step": 1000.0 * handed_over / n_steps,
        "loss": loss,
    }))
}

/// `program` of the folder, given `input`.
async fn run(folder: &Path, program: &str, args: &[&str], input: &str) -> Result<Output> {
    let mut command = Command::new(folder.join(program));
    // As by `.cargo/config.toml`: training gives back much memory.
    command.env("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().with_context(|| format!("cannot start {program}"))?;
    if let Some(mut to) = child.stdin.take() {
        // Fails if the program has ended, and then its status says why.
        let _ = to.write_all(input.as_bytes()).await;
    }
    child.wait_with_output().await.with_context(|| format!("cannot wait for {program}"))
}

/// What a program that succeeded has printed.
fn succeeded(program: &str, output: &Output) -> Result<String> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = [&output.stdout[..], &output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<&str> = said.lines().collect();
    bail!("{program} ended with {}: {}", output.status, lines[lines.len().saturating_sub(LINES_OF_ERROR)..].join("; "))
}
