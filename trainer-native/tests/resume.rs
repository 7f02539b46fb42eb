//! A run that was stopped anywhere goes on with the losses of one that was not.

use std::{cell::Cell, fs, path::Path};

use indicatif::MultiProgress;
use model_core::{Architecture, ConvMethod, Device, Kernel};
use trainer_native::{
    data::Split,
    device::NamedDevice,
    study::generated,
    train::{self, Initialisation, Outcome, Recipe, RecipeFile, RunDefaults, TrainConfig, TrainObserver},
    weights::Weights,
};

/// Faces that a network can learn.
fn faces(n: usize) -> Split {
    generated().training.subset(&(0..n).collect::<Vec<_>>())
}

fn config(epochs: usize, n_train: usize) -> TrainConfig {
    let run = RunDefaults { epochs, batch_size: 8, learning_rate: 1e-3 };
    let recipe = RecipeFile { run, recipe: Recipe::study() };
    TrainConfig { seed: 3, ..TrainConfig::new(Architecture::Small, recipe, &faces(n_train)) }
}

fn cpu() -> NamedDevice {
    NamedDevice { device: Device::flex(), name: "CPU" }
}

/// Train on 70 pictures, 9 steps an epoch.
fn train(epochs: usize, run: &Path, interrupted: &dyn Fn() -> bool) -> anyhow::Result<Outcome> {
    let (training, held_out) = (faces(70), faces(14));
    let observer = TrainObserver { bars: &MultiProgress::new(), interrupted };
    train::train(
        &config(epochs, training.len()),
        [&training, &held_out],
        &Initialisation::default(),
        run,
        &[cpu()],
        &observer,
    )
}

/// Train on `n_devices`, each batch cut into `shards`.
fn train_on_devices(n_devices: usize, shards: usize, run: &Path) {
    let (training, held_out) = (faces(70), faces(14));
    let config = TrainConfig { shards, ..config(2, training.len()) };
    let observer = TrainObserver { bars: &MultiProgress::new(), interrupted: &never };
    let devices: Vec<NamedDevice> = (0..n_devices).map(|_| cpu()).collect();
    train::train(&config, [&training, &held_out], &Initialisation::default(), run, &devices, &observer)
        .expect("generated pictures can be trained on");
}

fn never() -> bool {
    false
}

/// Losses and accuracies of a run, by epoch.
fn losses(run: &Path) -> Vec<(usize, f64, Option<f64>, Option<f64>)> {
    let metrics = train::read_metrics(&run.join("metrics.jsonl")).expect("the run wrote its metrics log");
    metrics.iter().map(|m| (m.epoch, m.train_loss, m.val_loss, m.val_accuracy)).collect()
}

#[test]
fn two_devices_give_the_losses_of_one() {
    let folder = tempfile::tempdir().unwrap();
    for shards in [2, 3] {
        let runs = [1, 2].map(|n_devices| folder.path().join(format!("{n_devices}-{shards}")));
        for (n_devices, run) in (1..).zip(&runs) {
            train_on_devices(n_devices, shards, run);
        }
        let [one, two] = runs.map(|run| losses(&run));
        assert_eq!(two, one, "{shards} shards");
        assert!(one[1].1 < one[0].1, "it learns: {one:?}");
    }
}

#[test]
fn resume_after_a_stop_at_any_step_gives_the_same_losses() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, pieces) = (folder.path().join("whole"), folder.path().join("pieces"));
    let outcome = train(3, &whole, &never).unwrap();
    assert!(outcome.complete);
    let expected = losses(&whole);
    assert_eq!(expected.len(), 3);
    assert!(expected[2].1 < expected[0].1, "it learns: {expected:?}");
    let log = train::read_metrics(&whole.join("metrics.jsonl")).unwrap();
    assert!(log.iter().all(|epoch| epoch.device.as_deref() == Some("CPU")), "{log:?}");

    // The first epoch's fourth step, the second epoch's first, and its last.
    for (n_steps, epoch, step) in [(4, 0, 4), (6, 1, 1), (7, 1, 8)] {
        let left = Cell::new(n_steps);
        let stopped = train(3, &pieces, &|| left.replace(left.get() - 1) == 0).unwrap();
        assert_eq!((stopped.complete, stopped.position.epoch, stopped.position.step), (false, epoch, step));
        assert!(pieces.join(format!("checkpoint-{epoch:04}-{step:06}/network.bpk")).exists());
    }
    assert!(train(3, &pieces, &never).unwrap().complete);
    assert_eq!(losses(&pieces), expected);
    let best = |run: &Path| {
        let chosen = train::chosen(&train::read_metrics(&run.join("metrics.jsonl")).unwrap()).unwrap().epoch;
        Weights::of_run(run).map(|weights| (weights.card.training.chosen_epoch, chosen)).unwrap()
    };
    assert_eq!(best(&pieces), best(&whole));
    assert_eq!(best(&whole).0, best(&whole).1);
}

#[test]
fn a_second_stop_at_the_same_place_keeps_the_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    train(1, &run, &never).unwrap();
    let checkpoint = run.join("checkpoint-0001-000000/position.json");
    let written = fs::metadata(&checkpoint).unwrap().modified().unwrap();
    assert!(!train(2, &run, &|| true).unwrap().complete);
    assert_eq!(fs::metadata(&checkpoint).unwrap().modified().unwrap(), written);
}

#[test]
fn a_stop_before_the_first_step_saves_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, stopped) = (folder.path().join("whole"), folder.path().join("stopped"));
    train(1, &whole, &never).unwrap();
    let outcome = train(1, &stopped, &|| true).unwrap();
    assert_eq!((outcome.complete, outcome.position.step), (false, 0));
    assert!(stopped.join("checkpoint-0000-000000/network.bpk").exists());
    train(1, &stopped, &never).unwrap();
    assert_eq!(losses(&stopped), losses(&whole));
}

#[test]
fn what_a_kill_left_half_written_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, killed) = (folder.path().join("whole"), folder.path().join("killed"));
    train(2, &whole, &never).unwrap();
    train(1, &killed, &never).unwrap();
    fs::create_dir(killed.join("unfinished")).unwrap();
    fs::write(killed.join("unfinished/network.bpk"), b"half").unwrap();
    let log = killed.join("metrics.jsonl");
    fs::write(&log, fs::read_to_string(&log).unwrap() + "{\"epoch\":2,").unwrap();
    train(2, &killed, &never).unwrap();
    assert_eq!(losses(&killed), losses(&whole));
}

#[test]
fn a_run_does_not_go_on_as_another_one_nor_from_a_damaged_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    train(1, &run, &never).unwrap();
    let method = ConvMethod { kernel: Kernel::Shifted, ..ConvMethod::default() };
    let other = TrainConfig { seed: 4, epochs: 9, method, ..config(1, 70) };
    let observer = TrainObserver { bars: &MultiProgress::new(), interrupted: &never };
    let error = train::train(&other, [&faces(70), &faces(14)], &Initialisation::default(), &run, &[cpu()], &observer)
        .unwrap_err();
    let how = format!("to begin anew, delete the folder {}", run.display());
    let differences = "method: expected the default, got {\"kernel\":\"shifted\",\"precision\":\"f32\"}; \
        seed: expected 3, got 4; ";
    assert!(error.to_string().contains(&how) && error.to_string().contains(differences), "{error:#}");
    fs::write(run.join("checkpoint-0001-000000/network.bpk"), b"damaged").unwrap();
    let error = train(2, &run, &never).unwrap_err();
    assert!(error.to_string().contains("cannot be read"), "{error:#}");
}

#[test]
fn restart_clears_a_run_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    train::clear(&run).unwrap(); // there is none
    train(1, &run, &never).unwrap();
    fs::write(run.join("notes.txt"), b"mine").unwrap();
    for part in [".run.json.part", ".metrics.jsonl.part", ".best-0001.bpk.part"] {
        fs::write(run.join(part), b"half").unwrap(); // as a kill leaves it
    }
    train::clear(&run).unwrap();
    let mut left: Vec<_> = fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["lock", "notes.txt"]);
}

#[test]
fn fewer_epochs_than_the_run_has_are_refused_and_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let left = Cell::new(2 * 9 + 4);
    assert!(!train(3, &run, &|| left.replace(left.get() - 1) == 0).unwrap().complete);
    for epochs in [1, 2] {
        let error = train(epochs, &run, &never).unwrap_err().to_string();
        assert!(error.contains("has 2 epochs and 4 steps behind it"), "{error}");
        assert!(error.ends_with(&format!("got {epochs}")), "{error}");
    }
    assert_eq!(train::read_config(&run).unwrap().epochs, 3);
    assert!(train(3, &run, &never).unwrap().complete);
    assert!(train(3, &run, &never).unwrap().complete, "as many as it has are no fewer");
}

#[test]
fn two_do_not_train_in_one_folder() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    train(1, &run, &never).unwrap();
    let expected = losses(&run);
    let other = fs::File::open(run.join("lock")).unwrap();
    other.lock().unwrap();
    for failed in [train(2, &run, &never).map(|_| ()), train::clear(&run)] {
        let error = failed.unwrap_err().to_string();
        assert!(error.contains("another training is under way in"), "{error}");
    }
    assert_eq!(losses(&run), expected);
    drop(other);
    assert!(train(2, &run, &never).unwrap().complete);
}

#[test]
fn a_recipe_that_does_not_fit_the_network_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut cropped = config(1, 70);
    cropped.recipe.augmentation.crop_side = 44;
    let mut dropped = config(1, 70);
    dropped.recipe.dropout = 0.5;
    for (config, expected) in [(cropped, "expected crops of 48 pixels"), (dropped, "expected a recipe without dropout")]
    {
        let observer = TrainObserver { bars: &MultiProgress::new(), interrupted: &never };
        let pictures = [&faces(70), &faces(14)];
        let error = train::train(&config, pictures, &Initialisation::default(), folder.path(), &[cpu()], &observer);
        assert!(error.unwrap_err().to_string().starts_with(expected));
    }
}

#[test]
fn the_files_of_a_run_keep_their_form() {
    // As an earlier version wrote them, in which `logit_adjustment` was called `balance`.
    let golden = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/old-run"));
    let config = train::read_config(golden).unwrap();
    assert_eq!((config.network, config.epochs, config.batch_size), (Architecture::Small, 2, 8));
    assert!((config.recipe.logit_adjustment - 0.3).abs() < 1e-6 && config.recipe.average == Some(0.998));
    let metrics = train::read_metrics(&golden.join("metrics.jsonl")).unwrap();
    assert_eq!(
        metrics.iter().map(|epoch| (epoch.epoch, epoch.val_accuracy.is_some())).collect::<Vec<_>>(),
        [(1, true), (2, true)]
    );

    let folder = tempfile::tempdir().unwrap();
    let mut averaged = config.clone();
    averaged.epochs = 1;
    let (training, held_out) = (faces(70), faces(14));
    let observer = TrainObserver { bars: &MultiProgress::new(), interrupted: &never };
    train::train(&averaged, [&training, &held_out], &Initialisation::default(), folder.path(), &[cpu()], &observer)
        .unwrap();
    let names = |folder: &Path| {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let in_run = ["best-0001.bpk", "checkpoint-0001-000000", "lock", "metrics.jsonl", "run.json"];
    assert_eq!(names(folder.path()), in_run);
    let in_checkpoint = ["average.bpk", "network.bpk", "optimizer.bpk", "position.json"];
    assert_eq!(names(&folder.path().join("checkpoint-0001-000000")), in_checkpoint);
}
