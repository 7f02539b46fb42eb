//! Every table of the report as CSV.

use std::path::Path;

use anyhow::Result;
use csv::Writer;
use model_core::Emotion;
use report::Summary;

use super::{choices, costs, shares};
use crate::{evaluate::Evaluation, study::Study};

/// Name and content of each file.
pub(super) fn all(study: &Study) -> Result<Vec<(String, String)>> {
    let mut files = vec![
        ("costs.csv".to_owned(), costs::table(study)?),
        ("figure-2-labels.csv".to_owned(), labels(study)?),
        ("figures-3-to-5-layers.csv".to_owned(), layers(study)?),
        ("figures-6-to-8-epochs.csv".to_owned(), epochs(study)?),
        ("table-1-figures.csv".to_owned(), figures(study)?),
        ("table-5-shares.csv".to_owned(), shares::table(study)?),
    ];
    if !study.choices.is_empty() {
        files.push(("choices.csv".to_owned(), choices::table(study)?));
    }
    for (results, table) in study.networks.iter().zip(2..) {
        for evaluation in &results.chosen {
            let name = format!("table-{table}-{}-{}.csv", results.network, evaluation.split);
            files.push((name, confusion(evaluation)?));
        }
    }
    Ok(files)
}

/// Prefixes of the names of all tables, and of those of earlier versions.
const NAMES: [&str; 5] = ["choices.", "costs.", "figure-", "figures-", "table-"];

/// Whether a report writes a table of this name.
pub(super) fn is_table(name: &str) -> bool {
    let is_csv = Path::new(name).extension().is_some_and(|extension| extension == "csv");
    is_csv && NAMES.iter().any(|start| name.starts_with(start))
}

pub(super) fn csv(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Result<String> {
    let mut writer = Writer::from_writer(vec![]);
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row)?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

fn labels(study: &Study) -> Result<String> {
    let header = [&["split"], &Emotion::ALL.map(Emotion::name)[..], &["copies"]].concat();
    let rows = study.data.splits.iter().map(|split| {
        [vec![split.name.clone()], split.counts.map(|n| n.to_string()).to_vec(), vec![split.copies.to_string()]]
            .concat()
    });
    csv(&header, rows)
}

fn layers(study: &Study) -> Result<String> {
    let header = ["network", "layer", "name", "channels", "side", "parameters", "macs"];
    let rows = study.networks.iter().flat_map(|results| {
        (1..).zip(&results.layers).map(|(number, layer): (usize, _)| {
            let numbers =
                [layer.output.channels, layer.output.side, layer.parameters, layer.macs].map(|n| n.to_string());
            [&[results.network.to_string(), number.to_string(), layer.name.clone()], &numbers[..]].concat()
        })
    });
    csv(&header, rows)
}

fn epochs(study: &Study) -> Result<String> {
    let header = ["network", "epoch", "train_loss", "val_loss", "val_accuracy", "secs", "images_per_sec", "device"];
    let rows = study.networks.iter().flat_map(|results| {
        results.epochs.iter().map(|epoch| {
            let [train_loss, secs, images_per_sec] = [epoch.train_loss, epoch.secs, epoch.images_per_sec].map(Some);
            let figures = [train_loss, epoch.val_loss, epoch.val_accuracy, secs, images_per_sec];
            let figures =
                figures.map(|figure| figure.map_or_else(String::new, |figure| format!("{figure:.5}"))).to_vec();
            let device = epoch.device.clone().unwrap_or_default();
            [vec![results.network.to_string(), epoch.epoch.to_string()], figures, vec![device]].concat()
        })
    });
    csv(&header, rows)
}

/// Evaluations of the baseline and the networks, each with the epoch it is of.
pub(super) fn evaluations(study: &Study) -> Vec<(String, &Evaluation)> {
    let baseline = study.baseline.iter().map(|evaluation| ("–".to_owned(), evaluation));
    let networks = study.networks.iter().flat_map(|results| {
        let chosen = format!("{} (chosen)", results.chosen_epoch);
        let last = format!("{} (last)", results.epochs.len());
        let chosen = results.chosen.iter().map(move |evaluation| (chosen.clone(), evaluation));
        chosen.chain(results.last.iter().map(move |evaluation| (last.clone(), evaluation)))
    });
    baseline.chain(networks).collect()
}

/// Figures with and without the copies of pictures of Training.
pub(super) fn with_and_without(evaluation: &Evaluation) -> [(&'static str, &Summary); 2] {
    [("with", &evaluation.summary), ("without", &evaluation.without_training_copies)]
}

fn figures(study: &Study) -> Result<String> {
    let header = [
        "network",
        "epoch",
        "split",
        "copies of Training",
        "n",
        "accuracy",
        "macro_recall",
        "macro_precision",
        "macro_f1",
    ];
    let rows = evaluations(study).into_iter().flat_map(|(epoch, evaluation)| {
        with_and_without(evaluation).map(|(copies, s)| {
            let words = [&*evaluation.network, &*epoch, &*evaluation.split, copies].map(str::to_owned).to_vec();
            let figures = [s.accuracy, s.macro_recall, s.macro_precision, s.macro_f1].map(|x| format!("{x:.4}"));
            [words, vec![s.n.to_string()], figures.to_vec()].concat()
        })
    });
    csv(&header, rows)
}

fn confusion(evaluation: &Evaluation) -> Result<String> {
    let header = [&["is \\ called"], &Emotion::ALL.map(Emotion::name)[..]].concat();
    let rows = Emotion::ALL.iter().zip(evaluation.summary.confusion.0);
    csv(&header, rows.map(|(label, row)| [vec![label.to_string()], row.map(|n| n.to_string()).to_vec()].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_tables_of_a_report_are_taken_for_such() {
        for (name, expected) in [
            ("table-4-unet-PublicTest.csv", true),
            ("costs.csv", true),
            ("table-1.txt", false),
            ("mine.csv", false),
            ("index.html", false),
        ] {
            assert_eq!(is_table(name), expected, "{name}");
        }
    }
}
