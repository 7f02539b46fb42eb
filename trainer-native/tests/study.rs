//! The study, end to end on generated pictures, and its report against a golden one.
//!
//! `REGENERATE=1 cargo test -p trainer-native --test study` writes the golden page anew.

mod common;

use std::{cell::Cell, fs, path::Path};

use common::{project, succeeds};
use model_core::{Architecture, Device, Emotion};
use pipeline::Share;
use trainer_native::{
    evaluate::Evaluation,
    metrics::Confusion,
    predict::VideoReport,
    study::{
        self, Activations, Data, Look, NetworkResults, Picture, Plan, Reference, SplitCounts, Study, generated, read,
        write_report,
    },
    train::{EpochMetrics, TrainConfig, TrainOn},
};

const EXPECTED_FILES: [&str; 9] = [
    "figure-2-labels.csv",
    "figures-6-to-8-epochs.csv",
    "index.html",
    "study.json",
    "table-1-figures.csv",
    "table-2-small-PrivateTest.csv",
    "table-2-small-PublicTest.csv",
    "table-3-residual-PrivateTest.csv",
    "table-3-residual-PublicTest.csv",
];

#[test]
fn the_smoke_study_writes_a_report_that_its_results_give_again() {
    let folder = tempfile::tempdir().unwrap();
    let text = succeeds(folder.path(), &["study", "--smoke", "--runs", "runs", "--out", "out"]);
    assert!(text.contains("wrote out/index.html"), "{text}");
    let out = folder.path().join("out");
    for name in EXPECTED_FILES {
        assert!(out.join(name).is_file(), "{name}");
    }
    let study = read(&out.join("study.json")).unwrap();
    assert_eq!(study.networks.iter().map(|results| results.epochs.len()).collect::<Vec<_>>(), [2, 2, 2]);
    assert!(study.data.samples.is_empty(), "pictures only on request");
    let copies = study.data.splits.iter().find(|split| split.name == "PublicTest").unwrap().copies;
    assert_eq!((copies, study.networks[0].chosen[0].without_training_copies.n), (7, 63));
    // The cascade misses the face in two frames.
    assert_eq!((study.shares.frames, study.shares.frames_without_face), (40, 2));
    let page = fs::read(out.join("index.html")).unwrap();
    fs::remove_file(out.join("index.html")).unwrap();
    succeeds(folder.path(), &["study", "--report-only", "--out", "out"]);
    assert!(fs::read(out.join("index.html")).unwrap() == page, "the same page");
}

fn plan(runs: &Path) -> Plan {
    Plan { epochs: 1, batch_size: 64, learning_rate: 1e-3, seed: 1, runs: runs.into(), with_pictures: true }
}

/// What does not hang on how fast the machine is.
fn without_times(mut study: Study) -> Study {
    for epoch in study.networks.iter_mut().flat_map(|results| &mut results.epochs) {
        (epoch.secs, epoch.images_per_sec) = (0.0, 0.0);
    }
    study.shares.video.clear(); // its path
    study
}

#[test]
fn a_study_stopped_in_the_middle_of_a_network_gives_the_same_results() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, pieces) = (plan(&folder.path().join("whole")), plan(&folder.path().join("pieces")));
    let run = |plan: &Plan, interrupted: &dyn Fn() -> bool| {
        study::run(plan, &generated(), &Device::flex(), "CPU", interrupted).unwrap()
    };
    let expected = run(&whole, &|| false).expect("nothing stopped it");
    // Six steps a network: in the middle of the second one.
    let left = Cell::new(9);
    assert_eq!(run(&pieces, &|| left.replace(left.get() - 1) == 0), None);
    assert!(folder.path().join("pieces/residual/checkpoint-0000-000003").is_dir());
    let resumed = run(&pieces, &|| false).expect("nothing stopped it");
    assert_eq!(without_times(resumed), without_times(expected.clone()));
    assert_eq!(expected.data.samples.len(), Emotion::COUNT);
}

fn evaluation(network: &str, confusion: &[[u64; 7]; 7]) -> Evaluation {
    let confusion = Confusion(*confusion);
    Evaluation {
        network: network.into(),
        split: "PublicTest".into(),
        summary: confusion.summary(),
        labels: Emotion::ALL,
        per_class: confusion.per_label(),
        without_training_copies: confusion.summary(),
    }
}

fn picture(caption: &str) -> Picture {
    Picture { caption: caption.into(), width: 1, height: 1, low: -1.0, high: 1.0, src: "data:,".into() }
}

fn results(network: Architecture) -> NetworkResults {
    let epoch = |epoch: usize| EpochMetrics {
        epoch,
        train_loss: 2.0 / epoch as f64,
        val_loss: Some(1.5 + 0.1 * (epoch as f64 - 3.0).abs()),
        val_accuracy: Some(0.3 + 0.02 * epoch as f64),
        secs: 10.0,
        images_per_sec: 100.0,
    };
    let evaluation = evaluation(network.id(), &Reference::of(network).confusion);
    NetworkResults {
        network,
        layers: network.table().summary(),
        epochs: (1..=5).map(epoch).collect(),
        chosen_epoch: 5,
        chosen: vec![evaluation.clone()],
        last: vec![evaluation],
    }
}

/// Numbers of no run: those of the study where it has some.
fn example() -> Study {
    let activations = Activations {
        source: "a face".into(),
        input: picture("input"),
        layers: vec![picture("Residual block 1")],
        probabilities: [0.125, 0.0, 0.0, 0.75, 0.0, 0.0, 0.125],
    };
    let counts = [467, 56, 496, 895, 653, 415, 607];
    Study {
        format: Study::FORMAT,
        command: "cargo run --release -p trainer-native -- study".into(),
        device: "CPU".into(),
        protocol: TrainConfig {
            network: Architecture::Small,
            epochs: 5,
            batch_size: 64,
            learning_rate: 1e-3,
            seed: 1,
            train_on: TrainOn::Training,
            n_train: 100,
            data_sha256: "00".into(),
        },
        data: Data { splits: vec![SplitCounts { name: "PublicTest".into(), counts, copies: 280 }], samples: vec![] },
        baseline: vec![evaluation("always happy", &counts.map(|n| [0, 0, 0, n as u64, 0, 0, 0]))],
        networks: Architecture::ALL.map(results).to_vec(),
        look: Look { weights: vec![picture("Convolution 1")], activations: vec![activations] },
        shares: VideoReport {
            video: "clip.y4m".into(),
            frames: 5,
            frames_without_face: 1,
            frames_per_sec: 10.0,
            network: "residual".into(),
            detector: "haar-default".into(),
            shares: Emotion::ALL.map(|emotion| Share { emotion, count: 0, relative: 0.0 }),
        },
    }
}

#[test]
fn the_report_is_the_golden_one() {
    let folder = tempfile::tempdir().unwrap();
    write_report(&example(), folder.path()).unwrap();
    let actual = fs::read_to_string(folder.path().join("index.html")).unwrap();
    let golden = project("trainer-native/tests/golden/report.html");
    if std::env::var_os("REGENERATE").is_some() {
        fs::write(&golden, &actual).unwrap();
    }
    let expected = fs::read_to_string(&golden).unwrap();
    let differs = actual.lines().zip(expected.lines()).find(|(actual, expected)| actual != expected);
    assert!(actual == expected, "first difference: {differs:?}");
    let table = fs::read_to_string(folder.path().join("table-3-residual-PublicTest.csv")).unwrap();
    assert!(table.contains("\nhappy,37,0,25,711,32,19,71\n"), "{table}");
}

#[test]
fn the_page_needs_nothing_beside_it_and_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    write_report(&example(), folder.path()).unwrap();
    let page = fs::read_to_string(folder.path().join("index.html")).unwrap();
    let links = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for word in ["http:", "https:", "src=\"/", "url(", "NaN"] {
        assert!(!links.contains(word), "{word}");
    }
    assert!(page.contains("PrivateTest is not in the data") && page.contains("may not be passed on"));
    assert!(page.contains("The least held-out loss came with epoch 3; the study’s with epoch 11"));
}

#[test]
fn results_of_another_format_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.json");
    fs::write(&path, serde_json::to_string(&Study { format: 9, ..example() }).unwrap()).unwrap();
    assert!(read(&path).unwrap_err().to_string().contains("expected format 1, got 9"));
    fs::write(&path, "{").unwrap();
    assert!(format!("{:#}", read(&path).unwrap_err()).contains("expected the results of a study"));
}
