//! The program as a person types it, on data that the tests make.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::{
    fs,
    process::{Command, Stdio},
};

use common::{csv, data, fails, run, succeeds, write_weights};
use indicatif::MultiProgress;
use model_core::{Architecture, Device, Emotion, ModelCard, TrainOn, Training};
use serde_json::Value;
use tempfile::TempDir;
use trainer_native::{
    data::hold_out,
    device::NamedDevice,
    train::{self, Initialisation, Recipe, RecipeFile, RunDefaults, TrainConfig, TrainObserver},
};

/// A folder with `data/fer2013.csv` and untrained weights of the small network in `www/models`.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    fs::write(folder.path().join("data/fer2013.csv"), csv(&data())).unwrap();
    write_weights(&folder.path().join("www/models"), Architecture::Small);
    folder
}

fn json(path: &std::path::Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn wrong_words_are_answered_with_the_right_ones() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&[&str], &str); 9] = [
        (&[], "Usage"),
        (&["train", "resnet"], "expected one of ferrum, small, residual, unet; got `resnet`"),
        (&["train", "small", "--lr", "-1"], "expected a number greater than 0"),
        (&["train", "small", "--epochs", "0"], "expected a whole number from 1"),
        (&["evaluate"], "NETWORK"),
        (&["evaluate", "--baseline", "contempt"], "got `contempt`"),
        (&["evaluate", "small", "--split", "secret"], "public, private, held-out, test"),
        (&["predict", "x.jpg", "--json", "x.json"], "this does the same: cargo run -p cli -- x.jpg --json x.json"),
        (&["detector-quality", "a.json"], "this does the same: cargo run -p cli -- detector-quality a.json"),
    ];
    for (args, expected) in cases {
        let error = fails(folder.path(), args, 2);
        assert!(error.contains(expected), "{args:?}: {error}");
    }
}

#[test]
fn missing_files_are_named_once() {
    let folder = folder();
    let cases: [(&[&str], &str); 6] = [
        (&["train", "small", "--data", "nowhere"], "nowhere: nothing is there"),
        (&["data", "check", "--data", "www"], "www: the folder holds no FER2013"),
        (&["evaluate", "unet", "--weights", "unet.bpk"], "unet.bpk"),
        (&["evaluate", "small", "--weights", "data"], "is it the folder of a run?"),
        (&["evaluate", "residual", "--weights", "www/models/small.bpk"], "network residual, got those of small"),
        (&["export", "small"], "runs/small"),
    ];
    for (args, expected) in cases {
        let error = fails(folder.path(), args, 1);
        assert_eq!(error.matches(expected).count(), 1, "{args:?}: {error}");
        assert_eq!(error.matches("error: ").count(), 1, "{args:?}: {error}");
    }
}

#[test]
fn networks_are_shown() {
    let text = succeeds(&std::env::temp_dir(), &["networks"]);
    for part in ["small", "residual block", "concatenate", "MACs", "in all"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn devices_are_listed_with_why_others_are_none() {
    let text = succeeds(&std::env::temp_dir(), &["networks", "--devices"]);
    for part in ["CPU: ", "CUDA", "Metal", "Vulkan"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let error = fails(&std::env::temp_dir(), &["networks", "--device", "tpu"], 2);
    assert!(error.contains("cpu, cuda, metal, vulkan"), "{error}");
}

#[test]
fn a_reader_that_goes_away_does_no_harm() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trainer-native"));
    let mut child = command.arg("networks").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn data_are_checked() {
    let folder = folder();
    let text = succeeds(folder.path(), &["data", "check"]);
    for part in ["data/fer2013.csv: CSV", "PublicTest, of a picture of Training", "Training has 70"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    fs::write(folder.path().join("cut.csv"), &csv(&data())[..30_000]).unwrap();
    let error = fails(folder.path(), &["data", "check", "--data", "cut.csv"], 1);
    assert!(error.contains("cut.csv: line 6: expected 3 columns, got 2"), "{error}");
}

#[test]
fn the_dummy_gets_the_share_of_its_label() {
    let folder = folder();
    let text = succeeds(folder.path(), &["evaluate", "--baseline", "happy", "--json", "happy.json"]);
    assert!(text.contains("always happy on 14 pictures of PublicTest"), "{text}");
    let figures = json(&folder.path().join("happy.json"));
    assert_eq!(
        (&figures["n"], &figures["confusion"][3][3], &figures["split"]),
        (&14.into(), &2.into(), &"PublicTest".into())
    );
    let close = |key: &str, expected: f64| (figures[key].as_f64().unwrap() - expected).abs() < 1e-12;
    assert!(close("accuracy", 1.0 / 7.0) && close("macro_recall", 1.0 / 7.0), "{figures}");
    assert!(close("macro_precision", 1.0 / 49.0) && close("macro_f1", 0.25 / 7.0), "{figures}");
    assert_eq!(figures["without_training_copies"]["n"], 13);
    assert_eq!(figures["per_class"][6]["label"], "neutral");
}

#[test]
fn a_network_is_not_measured_on_what_it_may_have_seen() {
    let folder = folder();
    let mut other = data();
    other.training = other.training.subset(&(0..63).collect::<Vec<_>>());
    fs::write(folder.path().join("data/fer2013.csv"), csv(&other)).unwrap();
    let error = fails(folder.path(), &["evaluate", "small", "--split", "held-out"], 1);
    assert!(error.contains("expected the data that `small` was trained on"), "{error}");
}

#[test]
fn a_network_that_was_trained_on_all_pictures_has_no_figures() {
    let folder = folder();
    succeeds(folder.path(), &["train", "small", "--epochs", "2", "--train-on", "all", "--out", "all"]);
    let error = fails(folder.path(), &["evaluate", "small", "--weights", "all"], 1);
    assert!(error.contains("trained on every picture"), "{error}");
    let text = succeeds(folder.path(), &["export", "small", "--run", "all", "--out", "exported"]);
    assert!(text.contains("it has no test figures"), "{text}");
    let card = json(&folder.path().join("exported/small.json"));
    assert_eq!((&card["figures"], &card["training"]["n"]), (&Value::Array(vec![]), &84.into()));
    assert_eq!((&card["training"]["chosen_epoch"], &card["training"]["train_on"]), (&2.into(), &"all".into()));
    assert!(card["note"].as_str().unwrap().contains("it has no test figures"), "{card}");
    assert!(card["training"]["command"].as_str().unwrap().ends_with(" --train-on all"), "{card}");
}

#[test]
fn a_network_that_was_trained_on_all_pictures_is_known_by_its_card_with_any_data() {
    let folder = folder();
    let path = folder.path().join("www/models/small.json");
    let mut card = ModelCard::from_json(&fs::read(&path).unwrap()).unwrap();
    card.training = Training { train_on: TrainOn::All, data_sha256: "of other pictures".into(), ..card.training };
    fs::write(&path, serde_json::to_string(&card).unwrap()).unwrap();
    let error = fails(folder.path(), &["evaluate", "small"], 1);
    assert!(error.contains("expected a network to measure, got `small`: trained on every picture"), "{error}");
}

#[test]
fn epochs_are_told_with_the_network_and_the_time_left() {
    let folder = folder();
    let text = succeeds(folder.path(), &["train", "small", "--epochs", "2", "--batch-size", "16"]);
    let lines: Vec<_> = text.lines().filter(|line| line.contains("epoch  ")).collect();
    assert!(lines.len() == 2 && lines[0].starts_with("small  epoch   1/2  loss "), "{text}");
    assert!(lines[1].ends_with("00:00:00 left"), "{text}");
}

#[test]
fn a_restart_that_cannot_begin_keeps_the_run() {
    let folder = folder();
    succeeds(folder.path(), &["train", "small", "--epochs", "1"]);
    fails(folder.path(), &["train", "small", "--restart", "--data", "nowhere"], 1);
    succeeds(folder.path(), &["evaluate", "small", "--weights", "runs/small"]);
}

#[test]
fn a_network_is_measured_on_every_split_that_is_there() {
    let folder = folder();
    for (split, n) in [("public", 14), ("held-out", 7)] {
        succeeds(folder.path(), &["evaluate", "small", "--split", split, "--json", "f.json"]);
        let figures = json(&folder.path().join("f.json"));
        let counted: u64 = figures["confusion"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|row| row.as_array().unwrap())
            .filter_map(Value::as_u64)
            .sum();
        assert_eq!((&figures["n"], counted), (&n.into(), n), "{split}");
        assert_eq!(figures["labels"], serde_json::to_value(Emotion::ALL).unwrap());
    }
    let error = fails(folder.path(), &["evaluate", "small", "--split", "private"], 1);
    assert!(
        error.contains("expected pictures of PrivateTest, but the data have only Training (70), PublicTest (14)"),
        "{error}"
    );
}

#[test]
fn damaged_weights_are_refused() {
    let folder = folder();
    let file = folder.path().join("www/models/small.bpk");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let error = fails(folder.path(), &["evaluate", "small"], 1);
    assert!(error.contains("expected SHA-256"), "{error}");
    fs::write(file.with_extension("json"), "{}").unwrap();
    let error = fails(folder.path(), &["evaluate", "small"], 1);
    assert!(error.contains("small.json") && error.contains("expected the JSON of a model card"), "{error}");
}

#[test]
fn a_run_is_exported_with_the_figures_that_evaluate_gives() {
    let folder = folder();
    let (training, held_out) = hold_out(&data().training, 5);
    let network = Architecture::Small;
    let run = RunDefaults { epochs: 2, batch_size: 16, learning_rate: 1e-3 };
    let recipe = RecipeFile { run, recipe: Recipe::study() };
    let config = TrainConfig { seed: 5, ..TrainConfig::new(network, recipe, &training) };
    let run_folder = folder.path().join("runs/small");
    let observer = TrainObserver { bars: &MultiProgress::new(), interrupted: &|| false };
    let device = NamedDevice { device: Device::flex(), name: "CPU" };
    train::train(&config, [&training, &held_out], &Initialisation::default(), &run_folder, &[device], &observer)
        .unwrap();

    let text = succeeds(folder.path(), &["export", "small", "--out", "out"]);
    assert!(text.contains("PublicTest: accuracy"), "{text}");
    let card = ModelCard::from_json(&fs::read(folder.path().join("out/small.json")).unwrap()).unwrap();
    assert_eq!((card.training.n, card.training.epochs, card.training.seed), (training.len(), 2, 5));
    assert_eq!(
        card.training.command,
        "cargo run -p trainer-native -- train small --epochs 2 --batch-size 16 --lr 0.001 --seed 5 --precision f32"
    );
    assert_eq!(card.bytes, fs::read(folder.path().join("out/small.bpk")).unwrap().len());

    // The exported file and the run's own folder are the same weights.
    for weights in ["out/small.bpk", "runs/small"] {
        succeeds(folder.path(), &["evaluate", "small", "--weights", weights, "--json", "f.json"]);
        let figures = json(&folder.path().join("f.json"));
        let on_card = &card.figures[0];
        assert_eq!(
            (&*on_card.split, on_card.n, figures["macro_f1"].as_f64()),
            ("PublicTest", 14, Some(on_card.macro_f1))
        );
        assert_eq!(figures["accuracy"].as_f64(), Some(on_card.accuracy), "{weights}");
    }
    let left: Vec<_> =
        fs::read_dir(folder.path().join("out")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn training_goes_on_and_begins_anew() {
    let folder = folder();
    let epochs = || fs::read_to_string(folder.path().join("runs/small/metrics.jsonl")).unwrap().lines().count();
    succeeds(folder.path(), &["train", "small", "--epochs", "1", "--batch-size", "16"]);
    assert_eq!(epochs(), 1);
    succeeds(folder.path(), &["train", "small", "--epochs", "3", "--batch-size", "16"]);
    assert_eq!(epochs(), 3);
    let error = fails(folder.path(), &["train", "small", "--epochs", "3", "--seed", "2"], 1);
    assert!(error.contains("--restart"), "{error}");
    succeeds(folder.path(), &["train", "small", "--epochs", "1", "--seed", "2", "--restart"]);
    assert_eq!(epochs(), 1);
    assert!(!run(folder.path(), &["evaluate", "residual", "--weights", "runs/small"]).status.success());
}

#[test]
fn views_of_shipped_faces_and_of_the_data_are_drawn() {
    let folder = folder();
    for args in [&["data", "augment", "--out", "a.png"][..], &["data", "augment", "--out", "b.png", "--data", "data"]] {
        let text = succeeds(folder.path(), args);
        assert!(text.contains(" µs on one core"), "{text}");
    }
    let [shipped, of_data] = ["a.png", "b.png"].map(|file| image::open(folder.path().join(file)).unwrap().to_luma8());
    // Eight rows of a face and twelve views, each 48 pixels and a gap of 2, twice as large.
    assert_eq!((shipped.dimensions(), of_data.dimensions()), ((1304, 804), (1304, 804)));
    // The first pixel of the first picture of the data, and of its ninth, which is the second row: each is its index.
    assert_eq!([(4, 4), (4, 104)].map(|(x, y)| of_data.get_pixel(x, y).0), [[0], [8]]);
    assert_ne!(shipped, of_data);

    let error = fails(folder.path(), &["data", "augment", "--out", "nowhere/a.png"], 1);
    assert!(error.contains("cannot write nowhere/a.png"), "{error}");
}
