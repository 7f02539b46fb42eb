//! The study, end to end on generated pictures, and its report against a golden outline.
//!
//! `REGENERATE=1 cargo test -p trainer-native --test study` writes the outline anew.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::{cell::Cell, ffi::OsStr, fs, path::Path, process::ExitCode};

use common::{page::Page, project, succeeds};
use model_core::{Architecture, Device, Emotion, ModelCard};
use pipeline::Share;
use report::Confusion;
use trainer_native::{
    data::Split,
    device::NamedDevice,
    evaluate::Evaluation,
    study::{
        self, Choice, ClipShares, Data, NetworkResults, Plan, Reference, SplitCounts, Study, generated, read,
        write_report,
    },
    train::{EpochMetrics, Recipe, RecipeFile, RunDefaults, TrainConfig},
};

const EXPECTED_FILES: [&str; 14] = [
    "costs.csv",
    "figure-2-labels.csv",
    "figures-3-to-5-layers.csv",
    "figures-6-to-8-epochs.csv",
    "index.html",
    "study.json",
    "table-1-figures.csv",
    "table-2-small-PrivateTest.csv",
    "table-2-small-PublicTest.csv",
    "table-3-residual-PrivateTest.csv",
    "table-3-residual-PublicTest.csv",
    "table-4-unet-PrivateTest.csv",
    "table-4-unet-PublicTest.csv",
    "table-5-shares.csv",
];

#[test]
fn the_smoke_study_writes_a_report_that_its_results_give_again() {
    let folder = tempfile::tempdir().unwrap();
    let text = succeeds(folder.path(), &["study", "--smoke"]);
    assert!(text.contains("wrote target/study-smoke/report/index.html"), "{text}");
    let written: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(written, ["target"], "nothing where the study itself is");
    let out = folder.path().join("target/study-smoke/report");
    for name in EXPECTED_FILES {
        assert!(out.join(name).is_file(), "{name}");
    }
    let study = read(&out.join("study.json")).unwrap();
    assert_eq!(study.command, "cargo run --release -p trainer-native -- study --smoke --seed 1");
    assert_eq!(study.networks.iter().map(|results| results.epochs.len()).collect::<Vec<_>>(), [2, 2, 2]);
    assert!(study.data.samples.is_empty(), "pictures only on request");
    let copies = study.data.splits.iter().find(|split| split.name == "PublicTest").unwrap().copies;
    assert_eq!((copies, study.networks[0].chosen[0].without_training_copies.n), (7, 63));
    // The cascade misses the face in two frames.
    assert_eq!((study.shares.frames, study.shares.frames_without_face), (40, 2));
    let page = fs::read(out.join("index.html")).unwrap();
    fs::remove_file(out.join("index.html")).unwrap();
    succeeds(folder.path(), &["study", "--report-only", "--out", "target/study-smoke/report"]);
    assert!(fs::read(out.join("index.html")).unwrap() == page, "the same page");
    commands_of_the_report_do_what_it_says(folder.path(), &study);
}

fn commands_of_the_report_do_what_it_says(folder: &Path, study: &Study) {
    let [clip, weights] = [&study.shares.video, &study.run(Architecture::Residual)].map(|path| folder.join(path));
    let json = folder.join("shares.json");
    let args: [&OsStr; 5] =
        ["ferrum".as_ref(), clip.as_os_str(), "--weights".as_ref(), weights.as_os_str(), "--json".as_ref()];
    let args = [&args[..], &[json.as_os_str(), "--detector".as_ref(), "haar-default".as_ref()]].concat();
    assert_eq!(cli::run(args.into_iter().map(Into::into)), ExitCode::SUCCESS);
    let reports: Vec<ClipShares> = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    assert_eq!(ClipShares { video: study.shares.video.clone(), ..reports[0].clone() }, study.shares);
    let run = study.run(Architecture::UNet);
    fs::write(folder.join("data.csv"), common::csv(&generated())).unwrap();
    succeeds(folder, &["export", "unet", "--run", &run, "--data", "data.csv", "--out", "exported"]);
    let card = ModelCard::from_json(&fs::read(folder.join("exported/unet.json")).unwrap()).unwrap();
    let results = study.networks.iter().find(|results| results.network == Architecture::UNet).unwrap();
    the_card_and_the_results_agree(&card, results);
    let error = common::fails(folder, &["study", "--smoke", "--seed", "2"], 1);
    assert!(error.contains("delete the folder target/study-smoke/runs/small"), "{error}");
}

/// The page shows results beside a card only if they do.
fn the_card_and_the_results_agree(card: &ModelCard, results: &NetworkResults) {
    let of_card = (card.architecture, card.training.epochs, card.training.chosen_epoch);
    assert_eq!(of_card, (results.network, results.epochs.len(), results.chosen_epoch));
    let of_card: Vec<_> = card.figures.iter().map(|it| (it.split.as_str(), it.n as u64, it.accuracy)).collect();
    let chosen = results.chosen.iter();
    let chosen: Vec<_> = chosen.map(|it| (it.split.as_str(), it.summary.n, it.summary.accuracy)).collect();
    assert_eq!(of_card, chosen);
}

fn plan(runs: &Path) -> Plan {
    Plan {
        epochs: 1,
        batch_size: 64,
        learning_rate: 1e-3,
        seed: 1,
        runs: runs.into(),
        with_pictures: true,
        choices: vec![choice()],
        command: "study".into(),
    }
}

/// The results without times and paths.
fn without_times(mut study: Study) -> Study {
    for epoch in study.networks.iter_mut().flat_map(|results| &mut results.epochs) {
        (epoch.secs, epoch.images_per_sec) = (0.0, 0.0);
    }
    study.shares.video.clear(); // its path
    study.runs.clear();
    study
}

#[test]
fn a_study_stopped_in_the_middle_of_a_network_gives_the_same_results() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, pieces) = (plan(&folder.path().join("whole")), plan(&folder.path().join("pieces")));
    let run = |plan: &Plan, interrupted: &dyn Fn() -> bool| {
        let cpu = NamedDevice { device: Device::flex(), name: "CPU" };
        study::run(plan, &generated(), &cpu, interrupted).unwrap()
    };
    let expected = run(&whole, &|| false).expect("nothing stopped it");
    // Six steps a network: in the middle of the second one.
    let left = Cell::new(9);
    assert_eq!(run(&pieces, &|| left.replace(left.get() - 1) == 0), None);
    assert!(folder.path().join("pieces/residual/checkpoint-0000-000003").is_dir());
    let resumed = run(&pieces, &|| false).expect("nothing stopped it");
    assert_eq!(without_times(resumed), without_times(expected.clone()));
    assert_eq!((expected.data.samples.len(), expected.choices.len()), (Emotion::COUNT, 1));
}

fn evaluation(network: &str, confusion: &Confusion) -> Evaluation {
    Evaluation {
        network: network.into(),
        split: "PublicTest".into(),
        summary: confusion.summary(),
        labels: Emotion::ALL,
        per_class: confusion.per_label(),
        without_training_copies: confusion.summary(),
    }
}

fn results(network: Architecture) -> NetworkResults {
    let epoch = |epoch: usize| EpochMetrics {
        epoch,
        train_loss: 2.0 / epoch as f64,
        val_loss: Some(1.5 + 0.1 * (epoch as f64 - 3.0).abs()),
        val_accuracy: Some(0.3 + 0.02 * epoch as f64),
        secs: 10.0,
        images_per_sec: 100.0,
        device: Some(if epoch < 4 { "CPU" } else { "CUDA" }.into()),
    };
    let evaluation = evaluation(network.id(), &Reference::of(network).unwrap().confusion);
    NetworkResults {
        network,
        layers: network.table().summary(),
        epochs: (1..=5).map(epoch).collect(),
        chosen_epoch: 5,
        chosen: vec![evaluation.clone()],
        last: vec![evaluation],
    }
}

fn choice() -> Choice {
    Choice {
        network: Architecture::Small,
        choice: "no batch normalisation".into(),
        held_out_accuracy: 0.4375,
        held_out_macro_f1: None,
        epochs: 5,
        command: "cargo run -p trainer-native -- train small --epochs 5".into(),
    }
}

/// Numbers of no run: those of the study where it has some.
fn example() -> Study {
    let counts = [467, 56, 496, 895, 653, 415, 607];
    let run = RunDefaults { epochs: 5, batch_size: 64, learning_rate: 1e-3 };
    Study {
        format: Study::FORMAT,
        command: "cargo run --release -p trainer-native -- study".into(),
        device: "CPU".into(),
        runs: "runs/study".into(),
        protocol: TrainConfig {
            n_train: 100,
            data_sha256: "00".into(),
            ..TrainConfig::new(Architecture::Small, RecipeFile { run, recipe: Recipe::study() }, &Split::default())
        },
        data: Data { splits: vec![SplitCounts { name: "PublicTest".into(), counts, copies: 280 }], samples: vec![] },
        baseline: vec![evaluation("always happy", &Confusion(counts.map(|n| [0, 0, 0, n as u64, 0, 0, 0])))],
        networks: Architecture::STUDY.map(results).to_vec(),
        faces: None,
        shares: ClipShares {
            video: "clip.y4m".into(),
            frames: 5,
            frames_without_face: 1,
            frames_per_sec: 10.0,
            network: "residual".into(),
            detector: "haar-default".into(),
            shares: Emotion::ALL.map(|emotion| Share { emotion, count: 0, relative: 0.0 }),
        },
        choices: vec![choice()],
    }
}

fn page(study: &Study, folder: &Path) -> String {
    write_report(study, folder).unwrap();
    fs::read_to_string(folder.join("index.html")).unwrap()
}

#[test]
fn what_is_saved_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    study::save(&example(), folder.path()).unwrap();
    assert_eq!(read(&folder.path().join(study::RESULTS)).unwrap(), example());
}

/// Headings, drawings and tables in their order; their numbers are compared with the results below.
#[test]
fn the_report_has_the_parts_of_the_golden_outline() {
    let folder = tempfile::tempdir().unwrap();
    let actual = Page::of(&page(&example(), folder.path())).outline();
    let golden = project("trainer-native/tests/golden/report.txt");
    if std::env::var_os("REGENERATE").is_some() {
        fs::write(&golden, &actual).unwrap();
    }
    let expected = fs::read_to_string(&golden).unwrap();
    let differs = actual.lines().zip(expected.lines()).find(|(actual, expected)| actual != expected);
    assert!(actual == expected, "first difference: {differs:?}");
}

#[test]
fn the_tables_have_the_figures_of_the_results() {
    let folder = tempfile::tempdir().unwrap();
    let page = Page::of(&page(&example(), folder.path()));
    let figures = page.table("network epoch split copies of Training pictures accuracy");
    // Below the headings and the two rows of the baseline. The study's own matrices give the study's own figures.
    assert_eq!(figures[3][..6], ["small", "5 (chosen)", "PublicTest", "with", "3,589", "0.472"]);
    assert_eq!(figures[3][9], "0.47 / 0.40 / 0.47 / 0.40");
    let confusion = page.table("is \\ called angry disgust fear happy sad surprise neutral");
    assert_eq!(confusion[4][..4], ["happy", "59 7\u{a0}%", "0 0\u{a0}%", "20 2\u{a0}%"]);
    let costs = page.table("network parameters MACs a face device epochs");
    assert_eq!(costs[1][..5], ["small", "80,191", "1,567,168", "CPU", "3"]);
}

#[test]
fn every_table_is_a_file_too() {
    let folder = tempfile::tempdir().unwrap();
    write_report(&example(), folder.path()).unwrap();
    let table = fs::read_to_string(folder.path().join("table-3-residual-PublicTest.csv")).unwrap();
    assert!(table.contains("\nhappy,37,0,25,711,32,19,71\n"), "{table}");
    let tables = [
        ("costs.csv", "\nsmall,80191,"),
        ("costs.csv", ",CUDA,2,10.000,100.000\n"),
        ("figures-3-to-5-layers.csv", "\nsmall,1,conv "),
        ("table-5-shares.csv", "\nhappy,0,0.0000,100,0.07\n"),
        ("table-5-shares.csv", "\ndisgust,0,0.0000,–,–\n"),
    ];
    for (name, line) in tables {
        let table = fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(table.contains(line), "{name}: {table}");
    }
}

#[test]
fn the_page_needs_nothing_beside_it_and_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let page = page(&example(), folder.path());
    for word in ["http:", "https:", "src=\"/", "url(", "NaN"] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("neither in <code>runs/study/residual</code> nor in <code>www/models</code>"));
    assert!(page.contains("PrivateTest is not in the data") && page.contains("may not be passed on"));
    assert!(page.contains("The least held-out loss came with epoch 3; the study’s with epoch 11"));
}

#[test]
fn tables_of_an_earlier_report_go_and_other_files_stay() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    write_report(&example(), folder.path()).unwrap();
    for name in ["table-2-small-PrivateTest.csv", "notes.csv"] {
        fs::write(file(name), "").unwrap();
    }
    write_report(&Study { choices: vec![], ..example() }, folder.path()).unwrap();
    assert!(!file("table-2-small-PrivateTest.csv").exists() && !file("choices.csv").exists());
    assert!(file("table-2-small-PublicTest.csv").exists() && file("notes.csv").exists());
}

#[test]
fn choices_come_from_the_runs_else_from_the_earlier_report_and_none_make_no_section() {
    let folder = tempfile::tempdir().unwrap();
    let (runs, out) = (folder.path().join("runs"), folder.path().join("out"));
    fs::create_dir(&runs).unwrap();
    assert_eq!(study::choices(&runs, &out).unwrap(), []);
    study::save(&example(), &out).unwrap();
    assert_eq!(study::choices(&runs, &out).unwrap(), [choice()]);
    let better = Choice { held_out_macro_f1: Some(0.5), ..choice() };
    fs::write(runs.join(study::CHOICES), serde_json::to_string(&[&better, &better]).unwrap()).unwrap();
    assert_eq!(study::choices(&runs, &out).unwrap(), [better.clone(), better.clone()]);
    fs::write(runs.join(study::CHOICES), "{}").unwrap();
    assert!(format!("{:#}", study::choices(&runs, &out).unwrap_err()).contains("expected a list of choices"));

    let page = |choices: &[Choice]| page(&Study { choices: choices.to_vec(), ..example() }, &out);
    assert!(!page(&[]).contains("What mattered") && page(&[better]).contains("What mattered"));
    let table = fs::read_to_string(out.join("choices.csv")).unwrap();
    assert!(table.contains("\nsmall,no batch normalisation,5,0.4375,0.5000,cargo run"), "{table}");
}

/// The shipped network is that of the committed results, so its inside can be drawn.
#[test]
fn the_committed_results_make_a_report_with_the_inside_of_the_network() {
    let folder = tempfile::tempdir().unwrap();
    let study = read(&project("docs/study/study.json")).unwrap();
    let page = page(&study, folder.path());
    assert!(page.contains("Convolution 6 of 6: 96 filters over 96 channels") && page.contains("Eileen Collins"));
    let written = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    assert_eq!(written.filter(|path| path.extension().is_some_and(|it| it == "csv")).count(), 10, "a table each");
}

#[test]
fn results_with_pictures_of_the_weights_are_read_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.json");
    let earlier = serde_json::to_string(&Study { format: 1, ..example() }).unwrap();
    let look = "{\"look\":{\"weights\":[{\"src\":\"data:,\"}],\"activations\":[]},";
    fs::write(&path, earlier.replacen('{', look, 1)).unwrap();
    assert_eq!(read(&path).unwrap(), Study { format: 1, ..example() });
}

#[test]
fn results_of_another_format_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.json");
    fs::write(&path, serde_json::to_string(&Study { format: 9, ..example() }).unwrap()).unwrap();
    assert!(read(&path).unwrap_err().to_string().contains("expected format 1 or 2, got 9"));
    fs::write(&path, "{").unwrap();
    assert!(format!("{:#}", read(&path).unwrap_err()).contains("expected the results of a study"));
}
