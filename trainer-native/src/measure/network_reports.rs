//! The reports that the page shows, one a network.

use report::{Bin, Curve, Epoch, NetworkReport, SplitReport};

use super::{NetworkFigures, Networks, OnSplit};
use crate::study::{NetworkResults, Study};

/// The report of each of `networks`. Epochs that they do not have come from `study`, if that is of the same training.
pub fn network_reports(networks: &Networks, study: Option<&Study>) -> Vec<NetworkReport> {
    networks.networks.iter().map(|figures| network_report(figures, study)).collect()
}

fn network_report(figures: &NetworkFigures, study: Option<&Study>) -> NetworkReport {
    let of_study = || study?.results_of(figures.network, &figures.training).map(NetworkResults::curve);
    NetworkReport {
        format: NetworkReport::FORMAT,
        network: figures.network,
        sha256: figures.sha256.clone(),
        splits: figures.splits.iter().map(|on| split(on, figures.is_calibration_on_card)).collect(),
        curve: figures.curve().or_else(of_study).map(rounded_curve),
    }
}

fn split(on: &OnSplit, is_calibrated: bool) -> SplitReport {
    let OnSplit { plain, raw, calibrated, .. } = on;
    let bins = if is_calibrated { &calibrated.bins } else { &raw.bins };
    let bin = |&Bin { n, confidence, accuracy }: &Bin| Bin {
        n,
        confidence: rounded(confidence),
        accuracy: rounded(accuracy),
    };
    SplitReport { split: plain.split.clone(), confusion: plain.summary.confusion, bins: bins.iter().map(bin).collect() }
}

fn rounded_curve(curve: Curve) -> Curve {
    let epoch = |Epoch { epoch, train_loss, val_loss, val_accuracy }| Epoch {
        epoch,
        train_loss: rounded(train_loss),
        val_loss: val_loss.map(rounded),
        val_accuracy: val_accuracy.map(rounded),
    };
    Curve { epochs: curve.epochs.into_iter().map(epoch).collect(), ..curve }
}

/// To five decimals, which is finer than a drawing and the pictures of a split.
fn rounded(x: f64) -> f64 {
    (1e5 * x).round() / 1e5
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::example;

    #[test]
    fn a_report_has_the_figures_of_its_network_and_the_epochs_that_are_known() {
        let networks = example::networks();
        let [ferrum, small] = &network_reports(&networks, None)[..] else { panic!("two were measured") };
        let of_ferrum = &networks.networks[0];
        assert_eq!((ferrum.network, &ferrum.sha256), (of_ferrum.network, &of_ferrum.sha256));
        assert_eq!(ferrum.splits[0].confusion, of_ferrum.public_test().plain.summary.confusion);
        let curve = ferrum.curve.as_ref().unwrap();
        assert_eq!((curve.epochs.len(), curve.chosen_epoch, curve.epochs[2].train_loss), (5, 3, 0.66667));
        assert_eq!(small.curve, None, "no epochs are known, and there is no study");
    }

    #[test]
    fn bins_are_those_of_the_confidences_in_use() {
        let mut networks = example::networks();
        for figures in &mut networks.networks {
            figures.splits[0].calibrated.bins[1].n = 77;
        }
        let reports = network_reports(&networks, None);
        assert_eq!([0, 1].map(|i| reports[i].splits[0].bins[1].n), [77, 10], "small has no calibration on its card");
    }
}
