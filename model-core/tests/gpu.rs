//! The kernels for WebGPU beside the CPU, and what happens when a device fails, on any adapter: a graphics card, or Mesa's
//! software one (Debian's `mesa-vulkan-drivers`). Without an adapter the tests are skipped.
//!
//! `cargo test -p model-core --features webgpu --test gpu`

#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "clippy does not know these for tests")]

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Waker},
};

use burn_wgpu::{RuntimeOptions, WgpuSetup, try_init_device, wgpu};
use cubecl::{
    launched::LaunchedKernels,
    logging::{LaunchObservation, LaunchObserver},
};
use libtest_mimic::{Arguments, Trial};
use model_core::{
    BlazeFace, BlazeRange, Classifier, ClassifyError, Device, DeviceKind, Gpu, INPUT_SIDE, InferenceDevice, ModelCard,
    Normalisation, Prediction, RawFaces,
};
use pollster::block_on;
use safetensors::SafeTensors;

/// Sums of up to 1,728 products in another order, over eight layers, then softmax.
const SHARES_ATOL: f32 = 1e-5;
/// The study's networks have logits that are forty apart, and batch normalisation, which only the GPU's have in the filters.
const STUDY_ATOL: f32 = 1e-4;
/// As in the tests of `blazeface.rs`, with the GPU's fused multiply–add.
const DETECTOR_ATOL: f32 = 2e-3;
/// More faces than go into one run.
const MANY: usize = 65;
const FACE_LEN: usize = INPUT_SIDE * INPUT_SIDE;

type Test = fn(&InferenceDevice);

fn main() -> ExitCode {
    let device = block_on(DeviceKind::WebGpu.open());
    let tests: [(_, Test); 11] = [
        ("probabilities_are_those_of_the_cpu", probabilities_are_those_of_the_cpu),
        ("networks_of_the_study_give_what_they_give_on_the_cpu", networks_of_the_study_give_what_they_give_on_the_cpu),
        ("a_batch_takes_nine_dispatches", a_batch_takes_nine_dispatches),
        ("numbers_that_are_none_are_an_error", numbers_that_are_none_are_an_error),
        ("detectors_give_the_numbers_of_tflite", detectors_give_the_numbers_of_tflite),
        ("a_picture_that_is_none_is_an_error", a_picture_that_is_none_is_an_error),
        ("a_device_is_opened_once", a_device_is_opened_once),
        ("a_lost_device_is_an_error", |_| a_lost_device_is_an_error()),
        ("a_device_lost_in_a_batch_is_an_error_or_ends_the_worker", |_| a_device_lost_in_a_batch()),
        ("the_least_that_webgpu_grants_is_enough", |_| the_least_that_webgpu_grants_is_enough()),
        ("two_programs_share_a_card", two_programs_share_a_card),
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
    assert_within(SHARES_ATOL, actual, expected);
}

fn assert_within(atol: f32, actual: &[Prediction], expected: &[Prediction]) {
    assert_eq!(actual.len(), expected.len());
    let votes = |it: &Prediction| it.votes.map(|votes| votes.shares().to_vec()).unwrap_or_default();
    let shares = |it: &Prediction| [it.scores.probabilities().to_vec(), votes(it)].concat();
    for (actual, expected) in actual.iter().zip(expected) {
        let differences = shares(actual).into_iter().zip(shares(expected)).map(|(a, b)| (a - b).abs());
        assert!(differences.fold(0.0, f32::max) < atol, "{actual:?} {expected:?}");
    }
}

fn both(card: &ModelCard, weights: &[u8], device: &InferenceDevice) -> [Classifier; 2] {
    [Device::flex().into(), device.clone()].map(|device| Classifier::new(card.clone(), weights, device).unwrap())
}

fn probabilities_are_those_of_the_cpu(device: &InferenceDevice) {
    let (card, weights) = card_and_weights();
    let [reference, classifier] = both(&card, weights, device);
    for n_faces in [1, 3, 4, 16, MANY] {
        assert_same(&classify(&classifier, n_faces), &classify(&reference, n_faces));
    }
    let face = faces(1);
    let [looked, expected] = [&classifier, &reference].map(|it| block_on(it.look(&face, 0)).unwrap());
    assert_eq!(looked.maps, expected.maps, "a network is looked into on the CPU");
    assert!(matches!(block_on(classifier.classify(&[&[0; 9]])), Err(ClassifyError::Face(9))));
}

/// With residual blocks, maps that are joined, and dense layers; the shipped weights have batch normalisation.
fn networks_of_the_study_give_what_they_give_on_the_cpu(device: &InferenceDevice) {
    let networks: [(_, &[u8], &[u8]); 3] = [
        (5, include_bytes!("../../www/models/small.json"), include_bytes!("../../www/models/small.bpk")),
        (9, include_bytes!("../../www/models/residual.json"), include_bytes!("../../www/models/residual.bpk")),
        (12, include_bytes!("../../www/models/unet.json"), include_bytes!("../../www/models/unet.bpk")),
    ];
    for (n_dispatches, card, weights) in networks {
        let card = ModelCard::from_json(card).unwrap();
        let [reference, classifier] = both(&card, weights, device);
        for n_faces in [1, 3, MANY] {
            let (predictions, launched) = launches(|| classify(&classifier, n_faces));
            let is_twice = usize::from(n_faces == MANY);
            assert_eq!(launched.n, n_dispatches * (1 + is_twice), "{}", card.architecture);
            assert_within(STUDY_ATOL, &predictions, &classify(&reference, n_faces));
        }
    }
}

fn numbers_that_are_none_are_an_error(device: &InferenceDevice) {
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
fn a_batch_takes_nine_dispatches(device: &InferenceDevice) {
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

fn detector(range: BlazeRange, device: &InferenceDevice) -> BlazeFace {
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
fn detectors_give_the_numbers_of_tflite(device: &InferenceDevice) {
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

fn a_picture_that_is_none_is_an_error(device: &InferenceDevice) {
    let range = BlazeRange::Short;
    let (network, mut pictures) = (detector(range, device), pictures(range));
    pictures[0].fill(f32::NAN);
    let error = block_on(network.run(&pictures.concat())).unwrap_err();
    assert!(matches!(error, ClassifyError::Scores(_)), "{error}");
    assert_golden(&block_on(network.run(&pictures[1])).unwrap()[0], range, 1);
}

// ---- devices

fn a_device_is_opened_once(device: &InferenceDevice) {
    let again = block_on(DeviceKind::WebGpu.open()).unwrap();
    let (card, weights) = card_and_weights();
    let [one, other] = [device, &again].map(|device| Classifier::new(card.clone(), weights, device).unwrap());
    assert_eq!(classify(&one, 1), classify(&other, 1));
}

/// A device of its own, with the limits that `limits` makes of those of the adapter.
fn other_device(limits: impl FnOnce(wgpu::Limits) -> wgpu::Limits) -> (InferenceDevice, wgpu::Device) {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let adapter = block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default())).unwrap();
    let wanted = wgpu::DeviceDescriptor { required_limits: limits(adapter.limits()), ..Default::default() };
    let (device, queue) = block_on(adapter.request_device(&wanted)).unwrap();
    let backend = adapter.get_info().backend;
    let setup = WgpuSetup { instance, adapter, device: device.clone(), queue, backend };
    let opened = try_init_device(setup, RuntimeOptions::default()).unwrap();
    (InferenceDevice::WebGpu(Gpu::of(opened)), device)
}

fn assert_lost<T>(result: Result<T, ClassifyError>) {
    match result {
        Err(ClassifyError::Device(_)) => {}
        Err(error) => panic!("expected a device that failed, got {error}"),
        Ok(_) => panic!("expected a device that failed, got an answer"),
    }
}

fn a_lost_device_is_an_error() {
    let (device, handle) = other_device(|limits| limits);
    let (card, weights) = card_and_weights();
    let (classifier, range) = (Classifier::new(card, weights, &device).unwrap(), BlazeRange::Short);
    let (detector, pictures) = (detector(range, &device), pictures(range));
    assert_eq!(classify(&classifier, 1).len(), 1);
    assert_eq!(block_on(detector.run(&pictures[0])).unwrap().len(), 1);
    handle.destroy();
    for _ in 0..2 {
        let face = faces(1);
        assert_lost(block_on(classifier.classify(&[&face])));
        assert_lost(block_on(detector.run(&pictures[0])));
    }
}

/// More faces than go into one run: the device is lost after the first part is asked for.
///
/// If that part is there already but not read yet, cubecl-wgpu 0.11 unwraps wgpu's error, which ends a page's worker; it
/// is started again like any that ended.
fn a_device_lost_in_a_batch() {
    let (device, handle) = other_device(|limits| limits);
    let (card, weights) = card_and_weights();
    let classifier = Classifier::new(card, weights, &device).unwrap();
    let faces = faces(3 * MANY);
    let faces: Vec<&[u8]> = faces.chunks_exact(FACE_LEN).collect();
    let mut batch = pin!(classifier.classify(&faces));
    assert!(batch.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending(), "it waits for the GPU");
    handle.destroy();
    match catch_unwind(AssertUnwindSafe(|| block_on(batch))) {
        Ok(result) => assert_lost(result),
        Err(panic) => {
            let text = panic.downcast::<String>().unwrap();
            assert!(text.contains("Buffer has been destroyed"), "{text}");
        }
    }
}

/// 128 MiB a binding, 8 storage buffers a kernel, 16 KiB of a cube's own memory, 256 units a cube: of every browser.
fn the_least_that_webgpu_grants_is_enough() {
    let (device, _) = other_device(|_| wgpu::Limits::default());
    let (card, weights) = card_and_weights();
    let [reference, classifier] = both(&card, weights, &device);
    assert_same(&classify(&classifier, MANY), &classify(&reference, MANY));
    for range in [BlazeRange::Short, BlazeRange::Full] {
        let [first, second] = pictures(range);
        let many = first.repeat(MANY);
        let network = detector(range, &device);
        let faces = block_on(network.run(&[many, second].concat())).unwrap();
        assert_eq!(faces.len(), MANY + 1);
        assert_golden(&faces[MANY - 1], range, 0);
        assert_golden(&faces[MANY], range, 1);
    }
}

/// As two pages do: each has a device of its own, and their batches cross.
fn two_programs_share_a_card(device: &InferenceDevice) {
    let (other, _) = other_device(|limits| limits);
    let (card, weights) = card_and_weights();
    let [one, two] = [device, &other].map(|device| Classifier::new(card.clone(), weights, device).unwrap());
    let [reference, _] = both(&card, weights, device);
    let faces = faces(3);
    let faces: Vec<&[u8]> = faces.chunks_exact(FACE_LEN).collect();
    let mut first = pin!(one.classify(&faces));
    assert!(first.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending(), "it waits for the GPU");
    let expected = block_on(reference.classify(&faces)).unwrap();
    assert_same(&block_on(two.classify(&faces)).unwrap(), &expected);
    assert_same(&block_on(first).unwrap(), &expected);
}
