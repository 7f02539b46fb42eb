//! Calibration against scikit-learn, `SciPy` and `NumPy`: `make_calibration.py` wrote their numbers.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use serde::Deserialize;
use trainer_native::calibration::{Confidence, Logits, Ranking, Sure, Targets, answers, fit_temperature, nll};

/// Both work in double precision on the same numbers; only the order of sums differs.
const ATOL: f64 = 1e-10;

/// `SciPy` ends where the cross-entropy no longer changes, which is far from where its slope is 0.
const TEMPERATURE_RTOL: f64 = 1e-5;

#[derive(Deserialize)]
struct Golden {
    of_labels: Vec<OfLabels>,
    of_votes: Vec<OfVotes>,
}

#[derive(Deserialize)]
struct OfLabels {
    name: String,
    logits: Vec<Vec<f32>>,
    labels: Vec<usize>,
    temperature: f64,
    before: Figures,
    after: Figures,
    aurc: f64,
    sure: Option<Sure>,
}

#[derive(Deserialize)]
struct Figures {
    nll: f64,
    brier: f64,
    ece: f64,
    counts: Vec<usize>,
}

#[derive(Deserialize)]
struct OfVotes {
    name: String,
    logits: Vec<Vec<f32>>,
    votes: Vec<Vec<f32>>,
    temperature: f64,
    before: f64,
    after: f64,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden/calibration.json")).unwrap()
}

#[track_caller]
fn assert_close(actual: f64, expected: f64, what: &str) {
    assert!((actual - expected).abs() < ATOL, "{what}: expected {expected}, got {actual}");
}

#[track_caller]
fn assert_temperature(actual: f64, expected: f64, what: &str) {
    assert!((actual / expected - 1.0).abs() < TEMPERATURE_RTOL, "{what}: expected {expected}, got {actual}");
}

#[test]
fn figures_of_labels_are_those_of_scikit_learn() {
    let cases = golden().of_labels;
    assert_eq!(cases.len(), 3);
    for case in cases {
        let logits = Logits::new(case.logits.concat(), 7).unwrap();
        let targets = Targets::of_labels(&case.labels, 7).unwrap();
        assert_temperature(fit_temperature(&logits, &targets), case.temperature, &case.name);
        for (expected, temperature) in [(case.before, 1.0), (case.after, case.temperature)] {
            let actual = Confidence::of(&logits, &case.labels, temperature).unwrap();
            assert_close(actual.nll, expected.nll, &case.name);
            assert_close(actual.brier, expected.brier, &case.name);
            assert_close(actual.ece, expected.ece, &case.name);
            assert_eq!(actual.bins.iter().map(|bin| bin.n).collect::<Vec<_>>(), expected.counts, "{}", case.name);
        }
        let ranking = Ranking::of(&answers(&logits, &case.labels, case.temperature));
        assert_close(ranking.aurc(), case.aurc, &case.name);
        let sure = ranking.threshold(0.1).map(|threshold| ranking.sure(threshold));
        assert_eq!(sure.is_some(), case.sure.is_some(), "{}", case.name);
        for (actual, expected) in sure.into_iter().zip(case.sure) {
            assert_close(actual.coverage, expected.coverage, &case.name);
            assert_close(actual.error, expected.error, &case.name);
        }
    }
}

#[test]
fn the_temperature_of_votes_is_that_of_scipy() {
    for case in golden().of_votes {
        let shares = |votes: &Vec<f32>| {
            let n: f32 = votes.iter().sum();
            votes.iter().map(|count| count / n).collect::<Vec<_>>()
        };
        let logits = Logits::new(case.logits.concat(), 8).unwrap();
        let targets = Targets::of_shares(case.votes.iter().flat_map(shares).collect(), 8).unwrap();
        assert_temperature(fit_temperature(&logits, &targets), case.temperature, &case.name);
        // Tenths in single precision.
        for (temperature, expected) in [(1.0, case.before), (case.temperature, case.after)] {
            let actual = nll(&logits, &targets, temperature);
            assert!((actual - expected).abs() < 1e-6, "{}: expected {expected}, got {actual}", case.name);
        }
    }
}
