//! From a run to weights that the page can load.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};
use model_core::{Architecture, Calibration, Device, Figures, ModelCard};
use native::write_files;

use crate::{
    calibration::calibrate,
    data::Fer2013,
    evaluate::{TestSplit, evaluate, held_out},
    outputs::Reader,
    weights::Weights,
};

/// Write the best epoch of `run` into the folder `out` as `{id}.bpk`, fused and with filters in eight bits, and
/// `{id}.json`, its card.
///
/// The figures on the card are of the very bytes that are written, on every test split that `data` have; PublicTest
/// must be there. So is the calibration, on what `data` hold out of Training, which must be the pictures trained on;
/// without FER+'s votes on them it has no temperature of votes. Weights that were trained on every picture get neither.
/// The weights come before the card, so whoever finds the new card finds its weights.
///
/// `run` may also be a `.bpk` with its card beside it, to measure and calibrate it anew.
pub fn export(
    run: &Path,
    architecture: Architecture,
    data: &Fer2013,
    out: &Path,
    device: &Device,
) -> Result<ModelCard> {
    let mut weights = Weights::at(run, architecture)?.fused(device)?;
    if data.public_test.is_empty() {
        bail!("expected pictures of PublicTest to measure on, but the data have none");
    }
    let is_measured = weights.card.training.train_on.why_no_figures().is_none();
    weights.card.calibration = if is_measured { Some(calibration(&weights, data, device)?) } else { None };
    let splits = [(TestSplit::Public, &data.public_test), (TestSplit::Private, &data.private_test)];
    for (split, _) in splits.into_iter().filter(|(_, pictures)| is_measured && !pictures.is_empty()) {
        let summary = evaluate(&weights, data, split, device)?.summary;
        weights.card.figures.push(Figures {
            split: split.name().into(),
            n: summary.n as usize,
            accuracy: summary.accuracy,
            macro_recall: summary.macro_recall,
            macro_precision: summary.macro_precision,
            macro_f1: summary.macro_f1,
        });
    }
    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let file = |extension: &str| out.join(format!("{}.{extension}", weights.card.id));
    let card = serde_json::to_string_pretty(&weights.card)? + "\n";
    write_files(&[(&file("bpk"), &weights.bytes), (&file("json"), card.as_bytes())])?;
    Ok(weights.card)
}

/// Fitted on the pictures that were held out when `weights` were trained.
fn calibration(weights: &Weights, data: &Fer2013, device: &Device) -> Result<Calibration> {
    let held_out = held_out(weights, data)?;
    calibrate(&Reader::new(weights, device)?.read(&held_out)?, &held_out)
}
