//! How good a network is on a split.

use anyhow::{Result, bail};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use model_core::{Device, Emotion};
use report::{Confusion, LabelFigures, Summary};
use serde::{Deserialize, Serialize};

use crate::{
    data::{Fer2013, Split, hold_out, is_no_copy},
    outputs::{EVAL_BATCH, Reader},
    table::{table, thousands},
    weights::Weights,
};

/// A part of FER2013 to measure on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TestSplit {
    /// PublicTest, the study's test set
    Public,
    /// PrivateTest, the usual test set
    Private,
    /// the tenth of Training that epochs were chosen on
    HeldOut,
    /// the folder `test`, where its pictures do not say whether they are of PublicTest or PrivateTest
    Test,
}

impl TestSplit {
    /// FER2013's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "PublicTest",
            Self::Private => "PrivateTest",
            Self::HeldOut => "held-out",
            Self::Test => "test",
        }
    }

    /// Its pictures in `data`, at least one. `seed` says which pictures of Training are held out.
    pub fn of(self, data: &Fer2013, seed: u64) -> Result<Split> {
        let split = match self {
            Self::Public => data.public_test.clone(),
            Self::Private => data.private_test.clone(),
            Self::HeldOut => hold_out(&data.training, seed).1,
            Self::Test => data.mixed_test.clone(),
        };
        if split.is_empty() {
            let present = data.splits().into_iter().filter(|(_, split)| !split.is_empty());
            let present: Vec<_> = present.map(|(name, split)| format!("{name} ({})", thousands(split.len()))).collect();
            bail!("expected pictures of {}, but the data have only {}", self.name(), present.join(", "));
        }
        Ok(split)
    }
}

/// Figures of a network on a split. Serialised as the JSON of `evaluate --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Id of the weights, or what was guessed instead.
    pub network: String,
    /// Name of the split.
    pub split: String,
    /// Figures over all labels.
    #[serde(flatten)]
    pub summary: Summary,
    /// Order of the rows and columns of the confusion matrices, and of `per_class`.
    pub labels: [Emotion; Emotion::COUNT],
    /// Figures of each label.
    pub per_class: [LabelFigures; Emotion::COUNT],
    /// The same over the pictures that are no exact copies of a picture of Training; the held-out part has no such
    /// copies.
    pub without_training_copies: Summary,
}

/// Measure `weights` on a split of `data`.
pub fn evaluate(weights: &Weights, data: &Fer2013, split: TestSplit, device: &Device) -> Result<Evaluation> {
    if let Some(why) = weights.card.training.train_on.why_no_figures() {
        bail!("expected a network to measure, got `{}`: {why}", weights.card.id);
    }
    let pictures = match split {
        TestSplit::HeldOut => held_out(weights, data)?,
        _ => split.of(data, weights.card.training.seed)?,
    };
    let predicted = predict(weights, &pictures, device)?;
    Ok(evaluation(weights.card.id.clone(), split, data, &pictures, &predicted))
}

/// The pictures of Training that were held out when `weights` were trained, at least one.
pub fn held_out(weights: &Weights, data: &Fer2013) -> Result<Split> {
    let training = &weights.card.training;
    if hold_out(&data.training, training.seed).0.sha256() != training.data_sha256 {
        bail!(
            "expected the data that `{}` was trained on, got others: their held-out part may hold pictures it was \
             trained on",
            weights.card.id
        );
    }
    TestSplit::HeldOut.of(data, training.seed)
}

/// The figures of calling every picture `label`.
pub fn evaluate_constant(label: Emotion, data: &Fer2013, split: TestSplit, seed: u64) -> Result<Evaluation> {
    let pictures = split.of(data, seed)?;
    let predicted = vec![label; pictures.len()];
    Ok(evaluation(format!("always {label}"), split, data, &pictures, &predicted))
}

/// The most probable label of every picture.
fn predict(weights: &Weights, pictures: &Split, device: &Device) -> Result<Vec<Emotion>> {
    let reader = Reader::new(weights, device)?;
    let bar = ProgressBar::new(pictures.len() as u64);
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left");
    bar.set_style(style.expect("the template is well-formed"));
    bar.set_message(weights.card.id.clone());
    let mut predicted = Vec::with_capacity(pictures.len());
    let indices: Vec<usize> = (0..pictures.len()).collect();
    for batch in indices.chunks(EVAL_BATCH) {
        predicted.extend(reader.read(&pictures.subset(batch))?.predicted());
        bar.inc(batch.len() as u64);
    }
    bar.finish_and_clear();
    Ok(predicted)
}

/// The figures of what `predicted` says of `pictures`, the `split` of `data`.
pub(crate) fn evaluation(
    network: String,
    split: TestSplit,
    data: &Fer2013,
    pictures: &Split,
    predicted: &[Emotion],
) -> Evaluation {
    let pairs = || pictures.labels().iter().copied().zip(predicted.iter().copied());
    let confusion = Confusion::of(pairs());
    let is_new = match split {
        TestSplit::HeldOut => vec![true; pictures.len()],
        _ => is_no_copy(pictures, &data.training),
    };
    let new_pairs = pairs().zip(is_new).filter_map(|(pair, is_new)| is_new.then_some(pair));
    Evaluation {
        network,
        split: split.name().into(),
        summary: confusion.summary(),
        labels: Emotion::ALL,
        per_class: confusion.per_label(),
        without_training_copies: Confusion::of(new_pairs).summary(),
    }
}

impl Evaluation {
    /// All of it for a terminal.
    pub fn to_text(&self) -> String {
        let Summary { n, confusion, .. } = &self.summary;
        let title = format!("{} on {} pictures of {}", self.network, thousands(*n as usize), self.split);
        let copies = n - self.without_training_copies.n;
        let without = format!("without the {} copies of Training pictures", thousands(copies as usize));
        let rows = [("all pictures", &self.summary), (&*without, &self.without_training_copies)];
        let rows = rows.into_iter().take(if copies == 0 { 1 } else { 2 }).map(|(name, s)| {
            let figures = [s.accuracy, s.macro_recall, s.macro_precision, s.macro_f1];
            [vec![name.to_owned()], figures.map(four_decimals).to_vec()].concat()
        });
        let summary = table(&["", "accuracy", "macro recall", "macro precision", "macro-F1"], rows);
        let rows = self.per_class.iter().map(|label| {
            let LabelFigures { recall, precision, f1, .. } = *label;
            [vec![label.label.to_string(), label.n.to_string()], [recall, precision, f1].map(four_decimals).to_vec()]
                .concat()
        });
        let per_class = table(&["label", "pictures", "recall", "precision", "F1"], rows);
        let rows = self
            .labels
            .iter()
            .zip(confusion.0)
            .map(|(label, row)| [vec![label.to_string()], row.map(|n| n.to_string()).to_vec()].concat());
        let names = self.labels.map(Emotion::name);
        let confusion = table(&[&["is \\ called"], &names[..]].concat(), rows);
        format!("{title}\n{summary}\n\n{per_class}\n\n{confusion}")
    }
}

fn four_decimals(share: f64) -> String {
    format!("{share:.4}")
}
