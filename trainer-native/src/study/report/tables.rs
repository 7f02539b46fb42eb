//! Every table of the report as CSV.

use anyhow::Result;
use csv::Writer;
use model_core::Emotion;

use crate::{evaluate::Evaluation, study::Study};

/// Name and content of each file.
pub(super) fn all(study: &Study) -> Result<Vec<(String, String)>> {
    let mut files = vec![
        ("figure-2-labels.csv".to_owned(), labels(study)?),
        ("figures-6-to-8-epochs.csv".to_owned(), epochs(study)?),
        ("table-1-figures.csv".to_owned(), figures(study)?),
    ];
    for (results, table) in study.networks.iter().zip(2..) {
        for evaluation in &results.chosen {
            let name = format!("table-{table}-{}-{}.csv", results.network, evaluation.split);
            files.push((name, confusion(evaluation)?));
        }
    }
    Ok(files)
}

fn csv(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Result<String> {
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

fn epochs(study: &Study) -> Result<String> {
    let header = ["network", "epoch", "train_loss", "val_loss", "val_accuracy", "secs", "images_per_sec"];
    let rows = study.networks.iter().flat_map(|results| {
        results.epochs.iter().map(|epoch| {
            let [train_loss, secs, images_per_sec] = [epoch.train_loss, epoch.secs, epoch.images_per_sec].map(Some);
            let figures = [train_loss, epoch.val_loss, epoch.val_accuracy, secs, images_per_sec];
            let figures =
                figures.map(|figure| figure.map_or_else(String::new, |figure| format!("{figure:.5}"))).to_vec();
            [vec![results.network.to_string(), epoch.epoch.to_string()], figures].concat()
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
        [("with", &evaluation.summary), ("without", &evaluation.without_training_copies)].map(|(copies, s)| {
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
