//! The kernels for WebGPU beside the CPU and Burn's operations, on any adapter: a graphics card, or Mesa's software one
//! (Debian's `mesa-vulkan-drivers`). Without an adapter they are skipped.
//!
//! `cargo test -p model-core --features webgpu --test gpu`

#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "clippy does not know these for tests")]

use std::{
    collections::HashSet,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use burn::cubecl::{
    launched::LaunchedKernels,
    logging::{LaunchObservation, LaunchObserver},
};
use libtest_mimic::{Arguments, Trial};
use model_core::{
    BlazeFace, BlazeRange, Classifier, ClassifyError, Device, DeviceKind, INPUT_SIDE, ModelCard, Network,
    NetworkRunner, Normalisation, Prediction, RawFaces,
};
use pollster::block_on;
use safetensors::SafeTensors;

/// Sums of up to 1,728 products in another order, over eight layers, then softmax.
const SHARES_ATOL: f32 = 1e-5;
/// As in the tests of `blazeface.rs`, with the GPU's fused multiply–add.
const DETECTOR_ATOL: f32 = 2e-3;
/// More faces than go into one run.
const MANY: usize = 65;
const FACE_LEN: usize = INPUT_SIDE * INPUT_SIDE;

type Test = fn(&Device);

fn main() -> ExitCode {
    let device = block_on(DeviceKind::WebGpu.open());
    let tests: [(_, Test); 6] = [
        ("probabilities_are_those_of_the_cpu", probabilities_are_those_of_the_cpu),
        ("other_networks_go_burns_way", other_networks_go_burns_way),
        ("a_batch_takes_nine_dispatches", a_batch_takes_nine_dispatches),
        ("numbers_that_are_none_are_an_error", numbers_that_are_none_are_an_error),
        ("detectors_give_the_numbers_of_tflite", detectors_give_the_numbers_of_tflite),
        ("a_picture_keeps_its_faults_to_itself", a_picture_keeps_its_faults_to_itself),
    ];
    let tests = tests.map(|(name, test)| {
        let opened = device.clone();
        let trial = Trial::test(name, move || {
            test(&opened?);
            Ok(())
        });
        trial.with_kind("needs an adapter").with_ignored_flag(device.is_err())
    });
    // Launches are counted for all threads together.
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    libtest_mimic::run(&arguments, tests.into()).exit_code()
}

// ---- the shipped network

fn card_and_weights() -> (ModelCard, &'static [u8]) {
    let card = include_bytes!("../../www/models/ferrum.json");
    (ModelCard::from_json(card).unwrap(), include_bytes!("../../www/models/ferrum.bpk"))
}

/// Waves, each face its own.
fn faces(n: usize) -> Vec<u8> {
    let level = |i: usize| 128.0 + 60.0 * (i as f32 / 97.0).sin() + 40.0 * (i as f32 / (7 + i / FACE_LEN) as f32).sin();
    (0..n * FACE_LEN).map(|i| level(i) as u8).collect()
}

fn classify(classifier: &Classifier, n_faces: usize) -> Vec<Prediction> {
    let faces = faces(n_faces);
    block_on(classifier.classify(&faces.chunks_exact(FACE_LEN).collect::<Vec<_>>())).unwrap()
}

/// Shares of labels and votes.
fn assert_same(actual: &[Prediction], expected: &[Prediction]) {
    assert_eq!(actual.len(), expected.len());
    let shares = |it: &Prediction| [it.scores.probabilities().to_vec(), it.votes.unwrap().shares().to_vec()].concat();
    for (actual, expected) in actual.iter().zip(expected) {
        let differences = shares(actual).into_iter().zip(shares(expected)).map(|(a, b)| (a - b).abs());
        assert!(differences.fold(0.0, f32::max) < SHARES_ATOL, "{actual:?} {expected:?}");
    }
}

fn probabilities_are_those_of_the_cpu(device: &Device) {
    let (card, weights) = card_and_weights();
    let [reference, classifier] =
        [Device::flex(), device.clone()].map(|device| Classifier::new(card.clone(), weights, device).unwrap());
    for n_faces in [1, 3, 4, 16, MANY] {
        assert_same(&classify(&classifier, n_faces), &classify(&reference, n_faces));
    }
    let face = faces(1);
    let [looked, expected] = [&classifier, &reference].map(|it| block_on(it.look(&face, 0)).unwrap());
    assert_eq!(looked.maps, expected.maps, "a network is looked into on the CPU");
    assert!(matches!(block_on(classifier.classify(&[&[0; 9]])), Err(ClassifyError::Face(9))));
}

/// Networks of the study, and `ferrum` by Burn's operations, whose two heads are read back together.
fn other_networks_go_burns_way(device: &Device) {
    let small = include_bytes!("../../www/models/small.json");
    let small = ModelCard::from_json(small).unwrap();
    let weights = include_bytes!("../../www/models/small.bpk");
    let [expected, actual] = [Device::flex(), device.clone()].map(|device| {
        let classifier = Classifier::new(small.clone(), weights, device).unwrap();
        classify(&classifier, 3).iter().map(|prediction| prediction.scores.probabilities()).collect::<Vec<_>>()
    });
    for (actual, expected) in actual.as_flattened().iter().zip(expected.as_flattened()) {
        assert!((actual - expected).abs() < SHARES_ATOL, "{actual} {expected}");
    }
    let (card, weights) = card_and_weights();
    let faces = faces(3);
    let faces: Vec<&[u8]> = faces.chunks_exact(FACE_LEN).collect();
    let [expected, actual] = [Device::flex(), device.clone()].map(|device| {
        let network = Network::load(&card, weights, &device).unwrap();
        let runner = NetworkRunner::new(network, card.labels, card.normalisation, device);
        block_on(runner.run(&faces)).unwrap()
    });
    for (actual, expected) in actual.iter().zip(&expected) {
        let pairs = actual.labels.iter().zip(&expected.labels);
        let votes = actual.votes.iter().flatten().zip(expected.votes.iter().flatten());
        for (actual, expected) in pairs.chain(votes) {
            assert!((actual - expected).abs() < 1e-3, "{actual} {expected}");
        }
    }
}

fn numbers_that_are_none_are_an_error(device: &Device) {
    let (card, weights) = card_and_weights();
    let normalisation = Normalisation { scale: f32::NAN, offset: 0.0 };
    let classifier = Classifier::new(ModelCard { normalisation, ..card }, weights, device.clone()).unwrap();
    let face: &[u8] = &faces(1);
    assert!(matches!(block_on(classifier.classify(&[face])), Err(ClassifyError::Scores(_))));
}

// ---- dispatches

/// Kernels that were launched.
#[derive(Debug, PartialEq)]
struct Launches {
    n: usize,
    /// Their ids.
    kernels: HashSet<u128>,
}

#[derive(Default)]
struct Counter(AtomicUsize);

impl LaunchObserver for Counter {
    fn launched(&self, _: &'static str) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The output of `run`, and its launches.
fn launches<T>(run: impl FnOnce() -> T) -> (T, Launches) {
    let (counter, kernels) = (Arc::new(Counter::default()), LaunchedKernels::new());
    let observation = LaunchObservation::new(counter.clone());
    let output = run();
    drop(observation);
    (output, Launches { n: counter.0.load(Ordering::Relaxed), kernels: kernels.finish().into_iter().collect() })
}

/// By three kernels, whatever the size of the batch.
fn a_batch_takes_nine_dispatches(device: &Device) {
    let (card, weights) = card_and_weights();
    let classifier = Classifier::new(card, weights, device.clone()).unwrap();
    let launched = |n_faces| launches(|| classify(&classifier, n_faces)).1;
    let by_one = launched(1);
    assert_eq!((by_one.n, by_one.kernels.len()), (9, 3));
    for n_faces in [2, 5, 16] {
        assert_eq!(launched(n_faces), by_one, "another number of faces compiles nothing");
    }
    assert_eq!(launched(0).n, 0);
}

// ---- detectors

fn detector(range: BlazeRange, device: &Device) -> BlazeFace {
    let (card, weights): (&[u8], &[u8]) = match range {
        BlazeRange::Short => (
            include_bytes!("../../www/models/blazeface-short.json"),
            include_bytes!("../../www/models/blazeface-short.safetensors"),
        ),
        BlazeRange::Full => (
            include_bytes!("../../www/models/blazeface-full.json"),
            include_bytes!("../../www/models/blazeface-full.safetensors"),
        ),
    };
    BlazeFace::load(range, card, weights, device).unwrap()
}

/// Two views of a photo, as in `detectors/convert.py`.
fn pictures(range: BlazeRange) -> [Vec<f32>; 2] {
    let photo = image::load_from_memory(include_bytes!("../../www/samples/astronaut.png")).unwrap().into_rgb8();
    [[0, 0, 512], [130, 10, 200]].map(|[left, top, extent]| {
        let side = range.side();
        let at = |first: usize, i: usize| (first + i * extent / side) as u32;
        let pixel = |i: usize| photo.get_pixel(at(left, i % side), at(top, i / side)).0;
        (0..side * side).flat_map(pixel).map(|level| f32::from(level) / 127.5 - 1.0).collect()
    })
}

fn assert_golden(faces: &RawFaces, range: BlazeRange, view: usize) {
    let goldens = SafeTensors::deserialize(include_bytes!("data/blazeface.safetensors")).unwrap();
    let network = match range {
        BlazeRange::Short => "short",
        BlazeRange::Full => "full",
    };
    for (name, actual) in [("boxes", faces.boxes.as_flattened()), ("scores", &faces.scores)] {
        let golden = goldens.tensor(&format!("{network}.{view}.{name}")).unwrap();
        let expected = golden.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes));
        assert_eq!(actual.len(), expected.len());
        let difference = actual.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(difference < DETECTOR_ATOL && actual.iter().all(|it| it.is_finite()), "{range:?} {name} {difference}");
    }
}

/// In a dispatch for the stem, each pair of convolutions and each head.
fn detectors_give_the_numbers_of_tflite(device: &Device) {
    for (range, n_dispatches) in [(BlazeRange::Short, 1 + 16 + 2), (BlazeRange::Full, 1 + 40 + 6 + 1)] {
        let network = detector(range, device);
        let pictures = pictures(range);
        let (faces, launched) = launches(|| block_on(network.run(&pictures.concat())).unwrap());
        assert_eq!((faces.len(), launched.n, launched.kernels.len()), (2, n_dispatches, 2), "{range:?}");
        faces.iter().enumerate().for_each(|(view, faces)| assert_golden(faces, range, view));
        let (alone, launched_for_one) = launches(|| block_on(network.run(&pictures[1])).unwrap());
        assert_golden(&alone[0], range, 1);
        assert_eq!(launched_for_one, launched, "another number of pictures compiles nothing");
        assert!(block_on(network.run(&[])).unwrap().is_empty());
    }
}

fn a_picture_keeps_its_faults_to_itself(device: &Device) {
    let range = BlazeRange::Short;
    let mut pictures = pictures(range);
    pictures[0].fill(f32::NAN);
    let faces = block_on(detector(range, device).run(&pictures.concat())).unwrap();
    assert!(faces[0].scores.iter().all(|score| score.is_nan()));
    assert_golden(&faces[1], range, 1);
}
