//! The committed figures: the page's reports, the model card and the cards say the same.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;

use common::project;
use model_core::{Architecture, ModelCard, Training};
use report::NetworkReport;
use trainer_native::{
    measure::{self, FiguresPlace, NetworkFigures, Networks},
    study,
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

/// The most that a report may weigh: it is fetched when a person opens the card of a network.
const MOST_BYTES: usize = 30_000;

#[test]
fn every_network_has_a_small_report_of_its_very_weights() {
    let study = study::read(&project("docs/study/study.json")).unwrap();
    let expected = measure::network_reports(&networks(), Some(&study));
    assert_eq!(expected.iter().map(|report| report.network).collect::<Vec<_>>(), Architecture::ALL);
    for expected in expected {
        let network = expected.network;
        let json = fs::read(shipped_folder().join(NetworkReport::file_name(network))).unwrap();
        assert!(json.len() <= MOST_BYTES, "{network}: {} bytes", json.len());
        let report = NetworkReport::from_json(&json).unwrap();
        assert!(report == expected, "{network}: {HOW} --report-only");
        let card = Weights::shipped(network).unwrap().card;
        assert!(report.is_of(&card), "{network}: {HOW}");
        the_report_and_the_card_agree(&report, &card);
    }
}

fn the_report_and_the_card_agree(report: &NetworkReport, card: &ModelCard) {
    let NetworkReport { network, splits, curve, .. } = report;
    let curve = curve.as_ref().unwrap_or_else(|| panic!("{network}: its epochs are known"));
    let Training { epochs, chosen_epoch, .. } = card.training;
    assert!(curve.epochs.iter().map(|epoch| epoch.epoch).eq(1..=epochs), "{network}");
    assert_eq!((curve.chosen_epoch, curve.goes_on), (chosen_epoch, *network == Architecture::Ferrum));
    assert_eq!(splits.iter().map(|on| on.split.as_str()).collect::<Vec<_>>(), ["PublicTest"]);
    let n = splits[0].bins.iter().map(|bin| bin.n).sum::<usize>();
    assert_eq!((splits[0].confusion.summary().n, n), (3589, 3589), "{network}");
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
