//! A training that is killed at any moment goes on as if nothing had happened. `FERRUM_KILLS=50 cargo test -p
//! trainer-native --test kill` kills it so often; without that, a few times.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
    thread::sleep,
    time::Duration,
};

use common::{csv, data, succeeds};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use trainer_native::train::read_metrics;

const N_KILLS: usize = 4;

/// Milliseconds from start to kill: from before the first epoch until after some.
const MS: std::ops::Range<u64> = 30..1500;

/// More than are trained in the time, so that there is always something to kill.
const N_EPOCHS: &str = "4000";

#[test]
fn a_training_killed_at_any_moment_goes_on_with_the_same_losses() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("fer2013.csv"), csv(&data())).unwrap();
    let n_kills = env::var("FERRUM_KILLS").map_or(N_KILLS, |n| n.parse().expect("FERRUM_KILLS is a number"));
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let killed = args("killed", N_EPOCHS);
    for _ in 0..n_kills {
        let mut training =
            Command::new(PROGRAM).args(&killed).current_dir(folder.path()).stdout(Stdio::null()).spawn().unwrap();
        sleep(Duration::from_millis(random.random_range(MS)));
        training.kill().unwrap();
        training.wait().unwrap();
    }
    let n_epochs = epochs(&folder.path().join("killed")).len() + 2;
    assert!(n_epochs > 2, "no epoch was finished between two kills: expected that something is resumed");
    let n_epochs = n_epochs.to_string();
    succeeds(folder.path(), &strs(&args("killed", &n_epochs)));
    succeeds(folder.path(), &strs(&args("whole", &n_epochs)));
    let [killed, whole] = ["killed", "whole"].map(|run| epochs(&folder.path().join(run)));
    assert_eq!(killed.len().to_string(), n_epochs);
    assert_eq!(killed, whole, "after {n_kills} kills");
    println!("{n_kills} kills in {n_epochs} epochs");
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_trainer-native");

fn args(run: &str, n_epochs: &str) -> Vec<String> {
    let args = ["--device", "cpu", "train", "small", "--data", "fer2013.csv", "--out", run, "--epochs", n_epochs];
    args.map(String::from).to_vec()
}

fn strs(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

/// Epoch, losses and accuracy of each line of the journal.
fn epochs(run: &Path) -> Vec<(usize, f64, Option<f64>, Option<f64>)> {
    let metrics = read_metrics(&run.join("metrics.jsonl")).unwrap_or_default();
    metrics.iter().map(|epoch| (epoch.epoch, epoch.train_loss, epoch.val_loss, epoch.val_accuracy)).collect()
}
