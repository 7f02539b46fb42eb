//! A run that was stopped anywhere goes on with the losses of one that was not.

use std::{cell::Cell, fs, path::Path};

use burn::tensor::Device;
use indicatif::MultiProgress;
use model_core::{Architecture, Emotion};
use trainer_native::{
    data::Split,
    train::{self, Outcome, TrainConfig, TrainOn, Watch},
    weights::Weights,
};

/// Faces that a network can learn: a bright bar whose place is the label, over noise of a fixed generator.
fn bars(n: usize) -> Split {
    let mut split = Split::default();
    let mut noise = 1_u32;
    for i in 0..n {
        let label = i % Emotion::COUNT;
        let face: Vec<u8> = (0..48 * 48)
            .map(|pixel| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223); // Numerical Recipes' generator
                let is_bar = pixel / 48 / 7 == label;
                (noise >> 25) as u8 + if is_bar { 120 } else { 0 }
            })
            .collect();
        split.push(&face, Emotion::ALL[label]);
    }
    split
}

fn config(epochs: usize, n_train: usize) -> TrainConfig {
    let data_sha256 = bars(n_train).sha256();
    TrainConfig {
        network: Architecture::Small,
        epochs,
        batch_size: 8,
        learning_rate: 1e-3,
        seed: 3,
        train_on: TrainOn::Training,
        n_train,
        data_sha256,
    }
}

/// Train on 70 pictures, 9 steps an epoch.
fn train(epochs: usize, run: &Path, interrupted: &dyn Fn() -> bool) -> anyhow::Result<Outcome> {
    let (training, held_out) = (bars(70), bars(14));
    let watch = Watch { bars: &MultiProgress::new(), interrupted };
    train::train(&config(epochs, training.len()), &training, &held_out, run, &Device::flex(), &watch)
}

fn never() -> bool {
    false
}

/// Losses and accuracies of a run, by epoch.
fn losses(run: &Path) -> Vec<(usize, f64, Option<f64>, Option<f64>)> {
    let metrics = train::read_metrics(&run.join("metrics.jsonl")).expect("the run wrote its journal");
    metrics.iter().map(|m| (m.epoch, m.train_loss, m.val_loss, m.val_accuracy)).collect()
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
    let journal = killed.join("metrics.jsonl");
    fs::write(&journal, fs::read_to_string(&journal).unwrap() + "{\"epoch\":2,").unwrap();
    train(2, &killed, &never).unwrap();
    assert_eq!(losses(&killed), losses(&whole));
}

#[test]
fn a_run_does_not_go_on_as_another_one_nor_from_a_damaged_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    train(1, &run, &never).unwrap();
    let other = TrainConfig { seed: 4, ..config(1, 70) };
    let watch = Watch { bars: &MultiProgress::new(), interrupted: &never };
    let error = train::train(&other, &bars(70), &bars(14), &run, &Device::flex(), &watch).unwrap_err();
    assert!(error.to_string().contains("--restart"), "{error:#}");
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
    train::clear(&run).unwrap();
    let left: Vec<_> = fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["notes.txt"]);
}
