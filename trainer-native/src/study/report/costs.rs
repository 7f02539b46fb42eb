//! Costs of training: time for each network and device.

use anyhow::Result;
use maud::{Markup, html};
use model_core::Architecture;

use super::tables::csv;
use crate::{
    study::{NetworkResults, Study},
    table::thousands,
    train::EpochMetrics,
};

/// A network on a device.
struct Cost<'a> {
    network: Architecture,
    parameters: usize,
    macs: usize,
    device: &'a str,
    n_epochs: usize,
    /// Medians over the epochs.
    secs: f64,
    images_per_sec: f64,
}

pub(super) fn section(study: &Study) -> Markup {
    html! {
        table.sortable {
            thead {
                tr {
                    th { "network" } th { "parameters" } th { "MACs a face" } th { "device" } th { "epochs" }
                    th { "seconds an epoch" } th { "images/s" }
                }
            }
            tbody {
                @for cost in costs(study) {
                    tr {
                        th scope="row" { (cost.network) }
                        td { (thousands(cost.parameters)) } td { (thousands(cost.macs)) }
                        td { (cost.device) } td { (cost.n_epochs) }
                        td { (format!("{:.1}", cost.secs)) } td { (format!("{:.0}", cost.images_per_sec)) }
                    }
                }
            }
        }
        p.caption {
            "Time of the training steps: medians over the epochs of a network on a device. Other work on the same "
            "machine counts in. An epoch that was begun on another device counts where it ended."
        }
    }
}

pub(super) fn table(study: &Study) -> Result<String> {
    let header = ["network", "parameters", "macs", "device", "epochs", "secs", "images_per_sec"];
    let rows = costs(study).into_iter().map(|cost| {
        let counts = [cost.parameters, cost.macs].map(|n| n.to_string());
        let times = [cost.secs, cost.images_per_sec].map(|x| format!("{x:.3}"));
        let device = [cost.device.to_owned(), cost.n_epochs.to_string()];
        [&[cost.network.to_string()], &counts[..], &device, &times].concat()
    });
    csv(&header, rows)
}

fn costs(study: &Study) -> Vec<Cost<'_>> {
    study.networks.iter().flat_map(costs_of).collect()
}

/// One a device, in the order in which they were used.
fn costs_of(results: &NetworkResults) -> Vec<Cost<'_>> {
    let mut devices: Vec<(&str, Vec<&EpochMetrics>)> = vec![];
    for epoch in &results.epochs {
        let device = epoch.device.as_deref().unwrap_or("not noted");
        match devices.iter_mut().find(|(other, _)| *other == device) {
            Some((_, epochs)) => epochs.push(epoch),
            None => devices.push((device, vec![epoch])),
        }
    }
    let cost = |(device, epochs): (_, Vec<&EpochMetrics>)| Cost {
        network: results.network,
        parameters: results.parameters(),
        macs: results.macs(),
        device,
        n_epochs: epochs.len(),
        secs: median(epochs.iter().map(|epoch| epoch.secs)),
        images_per_sec: median(epochs.iter().map(|epoch| epoch.images_per_sec)),
    };
    devices.into_iter().map(cost).collect()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_two_devices_are_told_apart() {
        let epoch = |epoch: usize, device: Option<&str>, secs: f64| EpochMetrics {
            epoch,
            train_loss: 1.0,
            val_loss: None,
            val_accuracy: None,
            secs,
            images_per_sec: 100.0 / secs,
            device: device.map(Into::into),
        };
        let epochs = [(Some("CPU"), 10.0), (Some("CUDA"), 1.0), (Some("CPU"), 30.0), (None, 5.0), (Some("CPU"), 20.0)];
        let results = NetworkResults {
            network: Architecture::Small,
            layers: Architecture::Small.table().summary(),
            epochs: (1..).zip(epochs).map(|(i, (device, secs))| epoch(i, device, secs)).collect(),
            chosen_epoch: 1,
            chosen: vec![],
            last: vec![],
        };
        let costs: Vec<_> = costs_of(&results).iter().map(|cost| (cost.device, cost.n_epochs, cost.secs)).collect();
        assert_eq!(costs, [("CPU", 3, 20.0), ("CUDA", 1, 1.0), ("not noted", 1, 5.0)]);
    }
}
