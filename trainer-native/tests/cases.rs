//! The stored cases in `www/models`, by which the page is verified on other devices.

mod common;

use std::fs;

use model_core::{ReferenceCases, device_check};
use trainer_native::cases;

/// The same sums on another processor, in an order of its own.
const ATOL: f32 = 1e-4;

#[test]
fn they_are_of_the_weights_that_are_shipped() {
    let path = common::project("www/models").join(cases::FILE);
    let stored = ReferenceCases::from_json(&fs::read(&path).unwrap()).unwrap();
    let cases = cases::cases().unwrap();
    assert_eq!(stored.faces, cases.faces);
    assert_eq!(stored.networks.len(), cases.networks.len());
    for (stored, made) in stored.networks.iter().zip(&cases.networks) {
        let hint = "write them anew: cargo run -p trainer-native -- cases";
        assert_eq!((stored.network, &stored.sha256), (made.network, &made.sha256), "{hint}");
        let difference = device_check::difference(&stored.predictions, &made.predictions);
        assert!(difference <= ATOL, "{} differs by {difference}; {hint}", made.network);
    }
}
