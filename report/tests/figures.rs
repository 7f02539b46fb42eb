//! Figures against scikit-learn's: `make_figures.py` wrote them.

use report::Confusion;
use serde::Deserialize;

/// Both divide the same whole numbers; only the order of sums differs.
const ATOL: f64 = 1e-12;

#[derive(Deserialize)]
struct Case {
    name: String,
    confusion: Confusion,
    accuracy: f64,
    macro_recall: f64,
    macro_precision: f64,
    macro_f1: f64,
    f1: [f64; 7],
}

#[test]
fn figures_are_those_of_scikit_learn() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("golden/figures.json")).unwrap();
    assert_eq!(cases.len(), 4);
    for case in cases {
        let actual = case.confusion.summary();
        let pairs = [
            (actual.accuracy, case.accuracy),
            (actual.macro_recall, case.macro_recall),
            (actual.macro_precision, case.macro_precision),
            (actual.macro_f1, case.macro_f1),
        ];
        let f1 = case.confusion.per_label().map(|label| label.f1).into_iter().zip(case.f1);
        for (actual, expected) in pairs.into_iter().chain(f1) {
            assert!((actual - expected).abs() < ATOL, "{}: expected {expected}, got {actual}", case.name);
        }
    }
}
