//! Exported networks in another program: onnxruntime-web, by Node.js.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::{
    fs,
    process::{Command, ExitCode},
};

use burn::{
    module::{Module, ModuleMapper, Param},
    tensor::{Tensor, TensorData},
};
use common::{face, project, succeeds};
use libtest_mimic::Trial;
use model_core::{Architecture, Device, Form, ModelCard, Network, Training, input};
use serde_json::Value;
use tempfile::tempdir;
use trainer_native::weights::Weights;

/// Tolerance of a logit, relative to the greatest. Both sum thousands of products in single precision, in another
/// order.
const TOLERANCE: f64 = 1e-4;

/// Folder of the script that runs the files, and of its package.
const FOLDER: &str = "model-core/benches/onnxruntime-web";

/// Skipped where the package is missing, which `cargo xtask test` installs.
fn main() -> ExitCode {
    let test = Trial::test("onnxruntime_makes_the_same_of_an_exported_network", || {
        onnxruntime_makes_the_same_of_an_exported_network();
        Ok(())
    });
    let is_missing = !project(FOLDER).join("node_modules/onnxruntime-web").is_dir();
    common::run_all(vec![test.with_kind("needs onnxruntime-web").with_ignored_flag(is_missing)])
}

/// Gives every number of one dimension, such as a bias, another value: as if it had been trained.
struct Trained;

impl ModuleMapper for Trained {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|tensor| {
            if D > 1 {
                return tensor;
            }
            let values: Vec<f32> = (0..tensor.dims()[0]).map(|i| 0.8 + 0.3 * (i as f32 * 0.7).sin()).collect();
            Tensor::from_data(TensorData::new(values, tensor.shape()), &tensor.device())
        })
    }
}

fn onnxruntime_makes_the_same_of_an_exported_network() {
    let folder = tempdir().unwrap();
    let faces: Vec<Vec<u8>> = (0..3).map(face).collect();
    fs::write(folder.path().join("faces"), faces.concat()).unwrap();
    let cases: Vec<_> = Architecture::ALL.into_iter().flat_map(|it| [(it, Form::Trained), (it, Form::Fused)]).collect();
    let mut command = Command::new("node");
    command.arg(project(FOLDER).join("run.mjs")).arg("faces").current_dir(folder.path());
    let mut expected = vec![];
    for &(architecture, form) in &cases {
        let id = format!("{architecture}-{form:?}");
        let weights = weights(architecture, form);
        fs::write(folder.path().join(format!("{id}.bpk")), &weights.bytes).unwrap();
        fs::write(folder.path().join(format!("{id}.json")), serde_json::to_string(&weights.card).unwrap()).unwrap();
        let [from, to] = ["bpk", "onnx"].map(|extension| format!("{id}.{extension}"));
        succeeds(folder.path(), &["onnx", architecture.id(), "--weights", &from, "--out", &to]);
        command.arg(to);
        expected.push(logits(&weights, &faces));
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<Value> =
        output.stdout.split(|&byte| byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    assert_eq!(lines.len(), cases.len(), "{}", String::from_utf8_lossy(&output.stdout));
    for ((actual, (labels, votes)), case) in lines.iter().zip(expected).zip(cases) {
        assert_close(&actual["label_logits"], &labels, case);
        match votes {
            Some(votes) => assert_close(&actual["votes_logits"], &votes, case),
            None => assert_eq!(actual["votes_logits"], Value::Null, "{case:?}"),
        }
    }
}

fn weights(architecture: Architecture, form: Form) -> Weights {
    let trained = Network::seeded(architecture, 1, &Device::flex()).map(&mut Trained);
    let network = if form == Form::Fused { trained.fused() } else { trained };
    let bytes = network.to_half_precision().unwrap();
    let card = ModelCard { form, ..ModelCard::new(architecture, &bytes, Training::default()) };
    Weights { card, bytes }
}

/// The network's own outputs for `faces`: logits of labels and of votes.
fn logits(weights: &Weights, faces: &[Vec<u8>]) -> (Vec<f32>, Option<Vec<f32>>) {
    let device = Device::flex();
    let network = weights.network(&device).unwrap();
    let faces: Vec<&[u8]> = faces.iter().map(Vec::as_slice).collect();
    let batch = input::batch(&faces, weights.card.normalisation, &device);
    let (labels, votes) = network.heads(network.features(batch));
    let values = |tensor: Tensor<2>| tensor.into_data().try_into_vec::<f32>().unwrap();
    (values(labels), votes.map(values))
}

fn assert_close(actual: &Value, expected: &[f32], case: (Architecture, Form)) {
    let actual: Vec<f64> = actual.as_array().expect("numbers").iter().filter_map(Value::as_f64).collect();
    assert_eq!(actual.len(), expected.len(), "{case:?}");
    let greatest = expected.iter().fold(0.0, |greatest, logit| f64::from(logit.abs()).max(greatest));
    for (actual, &expected) in actual.iter().zip(expected) {
        let difference = (actual - f64::from(expected)).abs();
        assert!(difference <= TOLERANCE * greatest, "{case:?}: {actual}, expected {expected}");
    }
}
