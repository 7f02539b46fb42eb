//! Numbers of no network, to try the report on: those of the study where it has some.

use model_core::{Architecture, Calibration, Emotion, Training};
use report::{Bin, Confusion, wilson};

use super::{
    DeviceTime, HeadFigures, Missing, NetworkFigures, Networks, OnSplit, OnVotes, PerturbationFigures, Raters, Speed,
};
use crate::{
    calibration::{Confidence, N_BINS, Point, Sure},
    evaluate::Evaluation,
    study::Reference,
    train::EpochMetrics,
};

/// Ferrum, with everything that can be known, and small, with as little as possible; the others are missing.
pub(super) fn networks() -> Networks {
    let counts = [467, 56, 496, 895, 653, 415, 607];
    let missing = |network| Missing { network, why: "it is not shipped".into() };
    Networks {
        format: Networks::FORMAT,
        command: "cargo run --release -p trainer-native -- measure".into(),
        device: "CPU".into(),
        baseline: vec![evaluation("always happy", &Confusion(counts.map(|n| [0, 0, 0, n, 0, 0, 0])))],
        raters: vec![Raters {
            split: "Training".into(),
            n: 28_709,
            n_without_distribution: 150,
            n_majorities: 25_000,
            agreement: 0.7,
            agreement_of_labels: [0.25; Emotion::COUNT],
        }],
        networks: vec![ferrum(), figures(Architecture::Small)],
        missing: vec![missing(Architecture::Residual), missing(Architecture::UNet)],
    }
}

fn ferrum() -> NetworkFigures {
    let mut ferrum = figures(Architecture::Ferrum);
    ferrum.is_calibration_on_card = true;
    ferrum.splits[0].votes = Some(OnVotes {
        n: 3199,
        accuracy: 0.75,
        interval: wilson(2399, 3199),
        mirror_averaged: 0.8,
        n_distributions: 3500,
        cross_entropy: 2.0,
        calibrated_cross_entropy: 1.75,
    });
    let head = |head: &str, label_accuracy, majority_accuracy| HeadFigures {
        head: head.into(),
        label_accuracy,
        n_majorities: 3170,
        majority_accuracy,
        cross_entropy: 0.75,
        ece: 0.05,
    };
    ferrum.splits[0].heads = vec![head("labels", 0.7, 0.73), head("votes", 0.6, 0.88), head("both", 0.66, 0.82)];
    let time = |device: &str, n_epochs, secs| DeviceTime { device: device.into(), n_epochs, secs };
    ferrum.training_time = vec![time("CUDA", 3, 3600.0), time("CPU", 2, 7200.0)];
    ferrum.epochs = (1..=5).map(epoch).collect();
    ferrum
}

fn figures(network: Architecture) -> NetworkFigures {
    let confusion =
        Reference::of(network).map_or(Confusion([[100; Emotion::COUNT]; Emotion::COUNT]), |it| it.confusion);
    let perturbed =
        |group: &str, name: &str, accuracy| PerturbationFigures { group: group.into(), name: name.into(), accuracy };
    NetworkFigures {
        network,
        sha256: "00".into(),
        bytes: 1_000_000,
        parameters: 500_000,
        macs: 60_000_000,
        training: Training { epochs: 5, chosen_epoch: 3, ..Training::default() },
        calibration: Calibration {
            temperature: 1.5,
            votes_temperature: None,
            blend: None,
            threshold: 0.6,
            coverage: 0.625,
            error: 0.1,
        },
        is_calibration_on_card: false,
        splits: vec![on_split(network, &confusion)],
        perturbations: vec![
            perturbed("box", "90 %", 0.5),
            perturbed("box", "110 %", 0.25),
            perturbed("blur", "1.0 pixels", 0.5),
        ],
        speed: Speed { n: 200, ms: 6.25, ms_nine_of_ten: 7.5, n_threads: 2 },
        training_time: vec![],
        epochs: vec![],
    }
}

fn on_split(network: Architecture, confusion: &Confusion) -> OnSplit {
    let confidence = |temperature, nll, brier, ece| {
        let bin = |i: usize| Bin { n: 10 * i, confidence: (i as f64 + 0.5) / N_BINS as f64, accuracy: i as f64 / 20.0 };
        Confidence { temperature, nll, brier, ece, bins: (0..N_BINS).map(bin).collect() }
    };
    let evaluation = evaluation(network.id(), confusion);
    OnSplit {
        interval: wilson(evaluation.summary.confusion.n_right(), evaluation.summary.n),
        plain: evaluation.clone(),
        mirror_averaged: evaluation,
        raw: confidence(1.0, 1.5, 0.75, 0.25),
        calibrated: confidence(1.5, 1.25, 0.625, 0.125),
        sure: Sure { coverage: 0.5, error: 0.125 },
        curve: (1..=4).map(|i| f64::from(i) / 4.0).map(|coverage| Point { coverage, risk: coverage / 2.0 }).collect(),
        aurc: 0.25,
        votes: None,
        heads: vec![],
    }
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

fn epoch(epoch: usize) -> EpochMetrics {
    EpochMetrics {
        epoch,
        train_loss: 2.0 / epoch as f64,
        val_loss: Some(1.5),
        val_accuracy: Some(0.3 + 0.02 * epoch as f64),
        secs: 10.0,
        images_per_sec: 100.0,
        device: None,
    }
}
