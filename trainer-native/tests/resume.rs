//! A run that was stopped anywhere goes on with the losses of one that was not.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use burn::tensor::Device;
use model_core::{Architecture, Emotion};
use trainer_native::{
    data::Split,
    train::{self, Outcome, TrainConfig},
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
    TrainConfig { network: Architecture::Small, epochs, batch_size: 8, learning_rate: 1e-3, seed: 3, n_train }
}

fn train(epochs: usize, run: &Path, interrupted: &AtomicBool) -> anyhow::Result<Outcome> {
    let (training, held_out) = (bars(70), bars(14));
    train::train(&config(epochs, training.len()), &training, &held_out, run, &Device::flex(), interrupted)
}

/// Losses and accuracies of a run, by epoch.
fn losses(run: &Path) -> Vec<(usize, f64, f64, f64)> {
    let metrics = train::read_metrics(&run.join("metrics.jsonl")).expect("the run wrote its journal");
    metrics.iter().map(|m| (m.epoch, m.train_loss, m.val_loss, m.val_accuracy)).collect()
}

#[test]
fn resume_after_a_stop_at_any_step_gives_the_same_losses() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, pieces) = (folder.path().join("whole"), folder.path().join("pieces"));
    let outcome = train(3, &whole, &AtomicBool::new(false)).unwrap();
    assert!(outcome.complete);
    let expected = losses(&whole);
    assert_eq!(expected.len(), 3);
    assert!(expected[2].1 < expected[0].1, "it learns: {expected:?}");

    // An epoch; then some steps, stopped from another thread; then the rest.
    assert!(train(1, &pieces, &AtomicBool::new(false)).unwrap().complete);
    let interrupted = AtomicBool::new(false);
    let stopped = thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(30));
            interrupted.store(true, Ordering::Relaxed);
        });
        train(3, &pieces, &interrupted).unwrap()
    });
    assert!(
        stopped.complete
            || pieces.join(format!("checkpoint-{:04}-{:06}", stopped.position.epoch, stopped.position.step)).exists()
    );
    assert!(train(3, &pieces, &AtomicBool::new(false)).unwrap().complete);
    assert_eq!(losses(&pieces), expected);
}

#[test]
fn a_stop_before_the_first_step_saves_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, stopped) = (folder.path().join("whole"), folder.path().join("stopped"));
    train(1, &whole, &AtomicBool::new(false)).unwrap();
    let outcome = train(1, &stopped, &AtomicBool::new(true)).unwrap();
    assert_eq!((outcome.complete, outcome.position.step), (false, 0));
    assert!(stopped.join("checkpoint-0000-000000/network.bpk").exists());
    train(1, &stopped, &AtomicBool::new(false)).unwrap();
    assert_eq!(losses(&stopped), losses(&whole));
}

#[test]
fn what_a_kill_left_half_written_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, killed) = (folder.path().join("whole"), folder.path().join("killed"));
    train(2, &whole, &AtomicBool::new(false)).unwrap();
    train(1, &killed, &AtomicBool::new(false)).unwrap();
    fs::create_dir(killed.join("unfinished")).unwrap();
    fs::write(killed.join("unfinished/network.bpk"), b"half").unwrap();
    let journal = killed.join("metrics.jsonl");
    fs::write(&journal, fs::read_to_string(&journal).unwrap() + "{\"epoch\":2,").unwrap();
    train(2, &killed, &AtomicBool::new(false)).unwrap();
    assert_eq!(losses(&killed), losses(&whole));
}

#[test]
fn a_run_does_not_go_on_as_another_one_nor_from_a_damaged_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    train(1, &run, &AtomicBool::new(false)).unwrap();
    let other = TrainConfig { seed: 4, ..config(1, 70) };
    let error = train::train(&other, &bars(70), &bars(14), &run, &Device::flex(), &AtomicBool::new(false)).unwrap_err();
    assert!(error.to_string().contains("--restart"), "{error:#}");
    fs::write(run.join("checkpoint-0001-000000/network.bpk"), b"damaged").unwrap();
    let error = train(2, &run, &AtomicBool::new(false)).unwrap_err();
    assert!(error.to_string().contains("cannot be read"), "{error:#}");
}

#[test]
fn restart_clears_a_run_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    train::clear(&run).unwrap(); // there is none
    train(1, &run, &AtomicBool::new(false)).unwrap();
    fs::write(run.join("notes.txt"), b"mine").unwrap();
    train::clear(&run).unwrap();
    let left: Vec<_> = fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["notes.txt"]);
}
