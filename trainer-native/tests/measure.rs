//! Measuring networks that nobody trained, on pictures that the tests make.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::{fmt::Write, fs, path::Path};

use common::{csv, data, fails, succeeds, write_weights};
use model_core::{Architecture, Calibration, ModelCard, TrainOn};
use report::NetworkReport;
use tempfile::TempDir;
use trainer_native::{
    calibration::N_BINS,
    data::hold_out,
    measure::{self, NetworkFigures, Networks, Speed},
};

const MODEL_CARD: &str = "# Card\n\n<!-- figures -->\n<!-- end of figures -->\n";

/// A folder with data, weights of small and ferrum in `www/models`, and a model card.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::create_dir(file("data")).unwrap();
    fs::write(file("data/fer2013.csv"), csv(&data())).unwrap();
    fs::write(file("MODEL_CARD.md"), MODEL_CARD).unwrap();
    for network in [Architecture::Small, Architecture::Ferrum] {
        write_weights(&file("www/models"), network);
    }
    folder
}

/// FER+'s file: seven for neutral, two for happiness and one for nothing on each picture, but the last shows no face.
fn votes() -> String {
    let mut csv =
        String::from("Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n");
    for (usage, split) in data().splits() {
        for i in 0..split.len() {
            let is_last = usage == "PublicTest" && i + 1 == split.len();
            let votes = if is_last { "0,0,0,0,0,0,0,0,0,10" } else { "7,2,0,0,0,0,0,0,1,0" };
            writeln!(csv, "{usage},a.png,{votes}").unwrap();
        }
    }
    csv
}

fn read(folder: &Path) -> Networks {
    measure::read(&folder.join("docs/networks/networks.json")).unwrap()
}

/// The results without those that depend on the machine's speed.
fn without_speed(mut networks: Networks) -> Networks {
    for figures in &mut networks.networks {
        figures.speed = Speed { n: 0, ms: 0.0, ms_nine_of_ten: 0.0, n_threads: 0 };
    }
    networks
}

#[test]
fn what_is_shipped_is_measured_and_the_report_is_made_again_from_its_figures() {
    let folder = folder();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("data/fer2013new.csv"), votes()).unwrap();
    let text = succeeds(folder.path(), &["measure"]);
    for part in ["residual is missing: it is not shipped", "wrote docs/networks/index.html", "MODEL_CARD.md"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let networks = read(folder.path());
    assert_eq!(networks.command, "cargo run --release -p trainer-native -- measure");
    assert_eq!(networks.networks.iter().map(|it| it.network.id()).collect::<Vec<_>>(), ["ferrum", "small"]);
    for figures in &networks.networks {
        figures_are_whole(figures);
    }
    let [of_ferrum, of_small] = [0, 1].map(|i| networks.networks[i].public_test().votes.clone());
    let of_ferrum = of_ferrum.unwrap();
    assert_eq!((of_ferrum.n, of_ferrum.n_distributions, of_small), (13, 13, None));
    assert!(of_ferrum.calibrated_cross_entropy < of_ferrum.cross_entropy, "{of_ferrum:?}");
    let splits: Vec<_> = networks.raters.iter().map(|raters| (&*raters.split, raters.n_majorities)).collect();
    assert_eq!(splits, [("Training", 70), ("PublicTest", 13)]);

    let [page, card] =
        ["docs/networks/index.html", "MODEL_CARD.md"].map(|name| fs::read_to_string(file(name)).unwrap());
    assert!(card.contains("| ferrum | PublicTest | 14 |"), "{card}");
    fs::remove_file(file("docs/networks/index.html")).unwrap();
    fs::write(file("MODEL_CARD.md"), MODEL_CARD).unwrap();
    the_page_has_a_report_of_each(folder.path(), &networks);
    fs::remove_dir_all(file("www")).unwrap();
    succeeds(folder.path(), &["measure", "--report-only", "--data", "nowhere"]);
    assert!(fs::read_to_string(file("docs/networks/index.html")).unwrap() == page, "the same page");
    assert_eq!(fs::read_to_string(file("MODEL_CARD.md")).unwrap(), card);
}

fn the_page_has_a_report_of_each(folder: &Path, networks: &Networks) {
    for figures in &networks.networks {
        let file = folder.join("www/models").join(NetworkReport::file_name(figures.network));
        let report = NetworkReport::from_json(&fs::read(file).unwrap()).unwrap();
        let card = folder.join(format!("www/models/{}.json", figures.network));
        assert!(report.is_of(&ModelCard::from_json(&fs::read(card).unwrap()).unwrap()));
        assert_eq!(report.splits[0].confusion, figures.public_test().plain.summary.confusion);
        assert_eq!(report.curve, None, "nobody trained it");
    }
}

fn figures_are_whole(figures: &NetworkFigures) {
    let NetworkFigures { calibration, splits, perturbations, is_calibration_on_card, .. } = figures;
    assert_eq!((splits.len(), perturbations.len(), *is_calibration_on_card), (1, 21, false));
    let on = figures.public_test();
    let [low, high] = on.interval;
    assert!(low <= on.plain.summary.accuracy && on.plain.summary.accuracy <= high);
    assert_eq!((on.plain.summary.n, on.mirror_averaged.summary.n, on.plain.without_training_copies.n), (14, 14, 13));
    for confidence in [&on.raw, &on.calibrated] {
        assert_eq!((confidence.bins.len(), confidence.bins.iter().map(|bin| bin.n).sum::<usize>()), (N_BINS, 14));
    }
    assert!((on.calibrated.temperature - f64::from(calibration.temperature)).abs() < 1e-12);
    assert_eq!(on.curve.last().map(|point| point.coverage), Some(1.0));
    // The answers that are shown: of both heads if there are two, which are right by the majority of the raters.
    let both = on.heads.iter().find(|it| it.head == "both");
    assert_eq!(both.is_some(), calibration.blend.is_some());
    let error = 1.0 - both.map_or(on.plain.summary.accuracy, |both| both.majority_accuracy);
    assert!(on.curve.last().is_some_and(|point| (point.risk - error).abs() < 1e-12));
    assert!(figures.speed.ms > 0.0 && figures.speed.ms <= figures.speed.ms_nine_of_ten);
}

#[test]
fn figures_are_the_same_every_time_and_votes_may_be_absent() {
    let folder = folder();
    succeeds(folder.path(), &["measure"]);
    let first = read(folder.path());
    succeeds(folder.path(), &["measure"]);
    assert_eq!(without_speed(read(folder.path())), without_speed(first.clone()));
    assert!(first.raters.is_empty() && first.networks[0].public_test().votes.is_none());
}

#[test]
fn an_exported_network_is_measured_by_the_calibration_on_its_card() {
    let folder = folder();
    let file = |name: &str| folder.path().join(name);
    let args = ["export", "small", "--run", "www/models/small.bpk", "--out", "www/models"];
    let text = succeeds(folder.path(), &args);
    assert!(text.contains("temperature ") && text.contains("sure from "), "{text}");
    let card = || ModelCard::from_json(&fs::read(file("www/models/small.json")).unwrap()).unwrap();
    let exported = card();
    assert!(exported.calibration.is_some() && exported.figures.len() == 1, "{exported:?}");
    succeeds(folder.path(), &args);
    assert_eq!(card(), exported, "once more makes no difference");

    let calibration = Calibration { temperature: 3.0, threshold: 0.9, ..exported.calibration.unwrap() };
    let changed = ModelCard { calibration: Some(calibration), ..exported };
    fs::write(file("www/models/small.json"), serde_json::to_string(&changed).unwrap()).unwrap();
    succeeds(folder.path(), &["measure"]);
    let small = read(folder.path()).networks.remove(1);
    assert_eq!((small.calibration, small.is_calibration_on_card), (calibration, true));
    assert!((small.public_test().calibrated.temperature - 3.0).abs() < 1e-12);
}

#[test]
fn a_network_that_has_seen_the_test_is_passed_over_and_a_foreign_one_is_refused() {
    let folder = folder();
    let path = folder.path().join("www/models/small.json");
    let mut card = ModelCard::from_json(&fs::read(&path).unwrap()).unwrap();
    card.training.train_on = TrainOn::All;
    fs::write(&path, serde_json::to_string(&card).unwrap()).unwrap();
    let text = succeeds(folder.path(), &["measure"]);
    assert!(text.contains("small is missing: it was trained on every picture"), "{text}");

    card.training.train_on = TrainOn::Training;
    card.training.data_sha256 = "of other pictures".into();
    fs::write(&path, serde_json::to_string(&card).unwrap()).unwrap();
    for args in [&["measure"][..], &["export", "small", "--run", "www/models/small.bpk"]] {
        let error = fails(folder.path(), args, 1);
        assert!(error.contains("expected the data that `small` was trained on"), "{error}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let folder = folder();
    let cases: [(&[&str], &str); 4] = [
        (&["measure", "--data", "nowhere"], "nowhere: nothing is there"),
        (&["measure", "--votes", "nowhere.csv"], "nowhere.csv"),
        (&["measure", "--report-only"], "networks.json"),
        (&["measure", "--model-card", "nowhere.md"], "cannot read nowhere.md"),
    ];
    for (args, expected) in cases {
        let error = fails(folder.path(), args, 1);
        assert!(error.contains(expected), "{args:?}: {error}");
    }
    fs::write(folder.path().join("empty.md"), "").unwrap();
    let error = fails(folder.path(), &["measure", "--report-only", "--model-card", "empty.md"], 1);
    assert!(error.contains("empty.md: expected `<!-- figures -->`"), "{error}");

    let (training, _) = hold_out(&data().training, 1);
    let without = csv(&trainer_native::data::Fer2013 { training, ..Default::default() });
    fs::write(folder.path().join("training.csv"), without).unwrap();
    let error = fails(folder.path(), &["measure", "--data", "training.csv"], 1);
    assert!(error.contains("expected pictures of PublicTest"), "{error}");
    fs::create_dir_all(folder.path().join("docs/networks")).unwrap();
    fs::write(folder.path().join("docs/networks/networks.json"), "{}").unwrap();
    let error = fails(folder.path(), &["measure", "--report-only"], 1);
    assert!(error.contains("expected the figures of networks"), "{error}");
}
