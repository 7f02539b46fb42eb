//! A training that is killed at any moment, or whose disk is full, goes on as if nothing had happened. `FERRUM_KILLS=50 cargo test -p
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

/// On a full disk a program gets an error when it writes, as it does here where no file may be longer than some.
#[cfg(unix)]
#[test]
fn a_training_whose_disk_is_full_says_how_to_go_on_and_does_with_the_same_losses() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("fer2013.csv"), csv(&data())).unwrap();
    succeeds(folder.path(), &strs(&args("run", "2")));
    let error = fails_on_full_disk(folder.path(), &strs(&args("run", "3")));
    assert!(error.contains("File too large") && error.contains("the same command goes on"), "{error}");
    let left = fs::read_dir(folder.path().join("run")).unwrap().map(|entry| entry.unwrap().file_name());
    let is_part = |name: &str| name.contains("unfinished") || native::whole_name(name) != name;
    assert!(left.into_iter().all(|name| !is_part(&name.to_string_lossy())), "what was half written takes space");
    succeeds(folder.path(), &strs(&args("run", "3")));
    succeeds(folder.path(), &strs(&args("whole", "3")));
    let [run, whole] = ["run", "whole"].map(|run| epochs(&folder.path().join(run)));
    assert_eq!((run.len(), &run), (3, &whole));
}

#[cfg(unix)]
#[test]
fn weights_that_cannot_be_written_leave_those_that_were_there() {
    let folder = tempfile::tempdir().unwrap();
    common::write_weights(&folder.path().join("models"), model_core::Architecture::Small);
    fs::write(folder.path().join("small.onnx"), "old").unwrap();
    let error =
        fails_on_full_disk(folder.path(), &["onnx", "small", "--weights", "models/small.bpk", "--out", "small.onnx"]);
    assert!(error.contains("cannot write small.onnx: File too large"), "{error}");
    assert_eq!(fs::read(folder.path().join("small.onnx")).unwrap(), b"old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "what was half written is gone");
}

/// The program's stderr where no file may be longer than 100 kB, after checking that it failed.
#[cfg(unix)]
fn fails_on_full_disk(folder: &Path, args: &[&str]) -> String {
    const LIMITED: &str = r#"trap "" XFSZ; ulimit -f 200; exec "$0" "$@""#;
    let output = Command::new("sh").args(["-c", LIMITED, PROGRAM]).args(args).current_dir(folder).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    error
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_trainer-native");

fn args(run: &str, n_epochs: &str) -> Vec<String> {
    let args = ["--device", "cpu", "train", "small", "--data", "fer2013.csv", "--out", run, "--epochs", n_epochs];
    args.map(String::from).to_vec()
}

fn strs(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

/// Epoch, losses and accuracy of each line of the metrics log.
fn epochs(run: &Path) -> Vec<(usize, f64, Option<f64>, Option<f64>)> {
    let metrics = read_metrics(&run.join("metrics.jsonl")).unwrap_or_default();
    metrics.iter().map(|epoch| (epoch.epoch, epoch.train_loss, epoch.val_loss, epoch.val_accuracy)).collect()
}
