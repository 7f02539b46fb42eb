//! The committed figures: report, model card and cards say the same.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;

use common::project;
use trainer_native::{
    measure::{self, FiguresPlace, NetworkFigures, Networks},
    weights::{Weights, shipped_folder},
};

const HOW: &str = "run `cargo run --release -p trainer-native -- measure`";

fn networks() -> Networks {
    measure::read(&project("docs/networks/networks.json")).unwrap()
}

#[test]
fn the_model_card_has_the_figures_that_were_measured() {
    let card = fs::read_to_string(project("MODEL_CARD.md")).unwrap();
    let expected = FiguresPlace::in_text(&card).unwrap().filled(&networks());
    let differs = card.lines().zip(expected.lines()).find(|(actual, expected)| actual != expected);
    assert!(card == expected, "first difference: {differs:?}; {HOW} --report-only");
}

#[test]
fn the_report_is_of_the_figures_that_were_measured() {
    let page = fs::read_to_string(project("docs/networks/index.html")).unwrap();
    assert!(page == measure::page(&networks()).unwrap(), "{HOW} --report-only");
}

#[test]
fn every_network_that_is_shipped_was_measured_as_it_is() {
    let Networks { networks, missing, .. } = networks();
    let measured: Vec<_> = networks.iter().map(|figures| figures.network).collect();
    for network in measured.iter().copied().chain(missing.iter().map(|missing| missing.network)) {
        let is_shipped = shipped_folder().join(format!("{network}.bpk")).is_file();
        assert_eq!(is_shipped, measured.contains(&network), "{network}: {HOW}");
    }
    for NetworkFigures { network, sha256, calibration, is_calibration_on_card, splits, .. } in networks {
        let card = Weights::shipped(network).unwrap().card;
        assert_eq!((&card.sha256, card.calibration.is_some()), (&sha256, is_calibration_on_card), "{network}: {HOW}");
        assert!(card.calibration.is_none_or(|on_card| on_card == calibration), "{network}: {HOW}");
        for on in splits {
            let figures = card.figures.iter().find(|figures| figures.split == on.plain.split);
            // The card's may have been measured on another processor: two pictures of a split may fall otherwise.
            let is_close = figures.is_none_or(|figures| (figures.accuracy - on.plain.summary.accuracy).abs() < 1e-3);
            assert!(is_close, "{network} on {}: {figures:?}", on.plain.split);
        }
    }
}
