//! A device that is lost: an error that says so, not a panic. A test by itself, because nothing runs on that device
//! afterwards; skipped where there is no adapter.

#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "clippy does not know these for tests")]

use std::process::ExitCode;

use burn::tensor::{Device, wgpu::WgpuSetup};
use libtest_mimic::{Arguments, Trial};
use model_core::{Classifier, ClassifyError, ModelCard};
use pollster::block_on;

fn main() -> ExitCode {
    let opened = Device::wgpu_options().init_with_setup();
    let is_missing = opened.is_err();
    let test = Trial::test("a_lost_device_is_an_error", move || {
        let (device, setup) = opened?;
        a_lost_device_is_an_error(device, &setup);
        Ok(())
    });
    let test = test.with_kind("needs an adapter").with_ignored_flag(is_missing);
    libtest_mimic::run(&Arguments::from_args(), vec![test]).exit_code()
}

fn a_lost_device_is_an_error(device: Device, setup: &WgpuSetup) {
    let card = ModelCard::from_json(include_bytes!("../../www/models/ferrum.json")).unwrap();
    let classifier = Classifier::new(card, include_bytes!("../../www/models/ferrum.bpk"), device).unwrap();
    let face: &[u8] = &[7; 48 * 48];
    assert_eq!(block_on(classifier.classify(&[face])).unwrap().len(), 1);
    setup.device.destroy();
    for _ in 0..2 {
        let error = block_on(classifier.classify(&[face])).unwrap_err();
        assert!(matches!(error, ClassifyError::Device(_)), "{error}");
    }
}
