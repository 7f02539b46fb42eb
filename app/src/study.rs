//! What the page reads of the study's `study.json`. The trainer writes more; the rest is passed over.

use model_core::{Architecture, Emotion, ModelCard};
use serde::Deserialize;
use thiserror::Error;

/// Where it is, relative to the page.
pub(crate) const STUDY: &str = "study/study.json";
/// The report made from it.
pub(crate) const REPORT: &str = "study/index.html";

/// The study's networks.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(crate) struct Study {
    /// Version of the format; [`Study::FORMAT`].
    format: u32,
    /// One a network.
    pub networks: Vec<Results>,
}

/// What was measured of a network.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Results {
    /// Which one.
    pub network: Architecture,
    /// Every epoch.
    pub epochs: Vec<Epoch>,
    /// The epoch whose weights are used, from 1.
    pub chosen_epoch: usize,
    /// Of those weights on every test split.
    pub chosen: Vec<Evaluation>,
}

/// One epoch of training.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the words of the file")]
pub(crate) struct Epoch {
    /// From 1.
    pub epoch: usize,
    /// Mean cross-entropy in training, nats.
    pub train_loss: f64,
    /// Cross-entropy on held-out pictures, nats.
    pub val_loss: Option<f64>,
    /// Accuracy on held-out pictures.
    pub val_accuracy: Option<f64>,
}

/// Quality on one split.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Evaluation {
    /// Name of the split.
    pub split: String,
    /// Number of pictures.
    pub n: usize,
    /// Share called what they are.
    pub accuracy: f64,
    /// Rows: what pictures are; columns: what they were called; in [`Emotion::ALL`] order.
    pub confusion: [[u64; Emotion::COUNT]; Emotion::COUNT],
    /// In [`Emotion::ALL`] order.
    pub per_class: Vec<LabelFigures>,
}

/// Quality for one label, as fractions in `0..=1`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub(crate) struct LabelFigures {
    /// Which label.
    pub label: Emotion,
    /// Pictures that have it.
    pub n: u64,
    /// Share of those called so that have it.
    pub precision: f64,
    /// Share of these that were called so.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
}

/// Why a study cannot be shown.
#[derive(Debug, Error)]
pub(crate) enum StudyError {
    /// Not the JSON of a study.
    #[error("expected the JSON of a study: {0}")]
    Json(#[from] serde_json::Error),
    /// Written by another version.
    #[error("expected study format {expected}, got {actual}", expected = Study::FORMAT)]
    Format {
        /// What the file says.
        actual: u32,
    },
}

/// Figures of one evaluation are written twice, on the card and in the study: the digits are the same.
const SAME: f64 = 1e-9;

impl Study {
    /// The version of the format that this code reads.
    const FORMAT: u32 = 1;

    /// Read and check a study.
    pub(crate) fn from_json(json: &[u8]) -> Result<Self, StudyError> {
        let study: Self = serde_json::from_slice(json)?;
        if study.format == Self::FORMAT { Ok(study) } else { Err(StudyError::Format { actual: study.format }) }
    }

    /// The study of the very network of `card`: as many epochs, the same one chosen, and the same figures.
    pub(crate) fn of(&self, card: &ModelCard) -> Option<&Results> {
        let results = self.networks.iter().find(|results| results.network == card.architecture)?;
        let training = (results.epochs.len(), results.chosen_epoch);
        let is_same = !card.figures.is_empty()
            && training == (card.training.epochs, card.training.chosen_epoch)
            && card.figures.iter().all(|figures| {
                let measured = results.chosen.iter().find(|evaluation| evaluation.split == figures.split);
                measured.is_some_and(|it| it.n == figures.n && (it.accuracy - figures.accuracy).abs() < SAME)
            });
        is_same.then_some(results)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::{Figures, Training};

    /// As the trainer writes it; its own tests compare it with what they write.
    const GOLDEN: &str = include_str!("../../trainer-native/tests/golden/study.json");

    fn golden() -> Study {
        Study::from_json(GOLDEN.as_bytes()).unwrap()
    }

    /// The card of the network that `results` are of.
    fn card(results: &Results) -> ModelCard {
        let training =
            Training { epochs: results.epochs.len(), chosen_epoch: results.chosen_epoch, ..Training::default() };
        let figures = |evaluation: &Evaluation| Figures {
            split: evaluation.split.clone(),
            n: evaluation.n,
            accuracy: evaluation.accuracy,
            macro_recall: 0.0,
            macro_precision: 0.0,
            macro_f1: 0.0,
        };
        let card = ModelCard::new(results.network, b"", training);
        ModelCard { figures: results.chosen.iter().map(figures).collect(), ..card }
    }

    #[test]
    fn what_the_trainer_writes_is_read_to_the_last_field() {
        let study = golden();
        for (network, results) in Architecture::STUDY.into_iter().zip(&study.networks) {
            assert_eq!(study.of(&card(results)), Some(results));
            assert_eq!((results.network, results.chosen_epoch, results.chosen.len()), (network, 5, 1));
            let epochs: Vec<_> = results.epochs.iter().map(|epoch| epoch.epoch).collect();
            assert_eq!(epochs, [1, 2, 3, 4, 5]);
            assert!(results.epochs.iter().all(|epoch| epoch.val_loss.is_some() && epoch.val_accuracy.is_some()));
            let Evaluation { split, n, accuracy, confusion, per_class } = &results.chosen[0];
            let row = |label: Emotion| confusion[label as usize].iter().sum::<u64>();
            let right: u64 = Emotion::ALL.into_iter().map(|label| confusion[label as usize][label as usize]).sum();
            assert_eq!((split.as_str(), *n as u64), ("PublicTest", Emotion::ALL.into_iter().map(row).sum()));
            assert!((accuracy - right as f64 / *n as f64).abs() < SAME, "{accuracy}");
            assert!(per_class.iter().map(|figures| figures.label).eq(Emotion::ALL));
            for LabelFigures { label, n, precision, recall, f1 } in per_class {
                assert_eq!(*n, row(*label));
                let expected = confusion[*label as usize][*label as usize] as f64 / *n as f64;
                assert!((recall - expected).abs() < SAME, "{label}: rows are what pictures are");
                let mean = if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
                assert!((f1 - mean).abs() < SAME, "{label}");
            }
        }
    }

    #[test]
    fn a_study_belongs_to_the_card_with_the_same_figures_only() {
        let study = golden();
        let card = card(&study.networks[0]);
        let others: [fn(&mut ModelCard); 6] = [
            |card| card.figures[0].accuracy += 0.001,
            |card| card.figures[0].n += 1,
            |card| card.figures[0].split = "PrivateTest".into(),
            |card| card.training.epochs += 1,
            |card| card.training.chosen_epoch -= 1,
            |card| card.figures.clear(),
        ];
        for change in others {
            let mut other = card.clone();
            change(&mut other);
            assert_eq!(study.of(&other), None, "{other:?}");
        }
        let without = Study { networks: study.networks[1..].to_vec(), ..study };
        assert_eq!(without.of(&card), None, "no such network");
    }

    #[test]
    fn another_format_and_what_is_no_study_are_refused() {
        for (json, word) in [
            (GOLDEN.replacen("\"format\": 1", "\"format\": 2", 1), "expected study format 1, got 2"),
            (GOLDEN[..99].to_owned(), "expected the JSON of a study"),
            ("{}".to_owned(), "missing field"),
        ] {
            let error = Study::from_json(json.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }

    /// Passed over until there is a study.
    #[test]
    fn the_study_that_is_published_is_of_the_networks_that_are_shipped() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let Ok(json) = std::fs::read(folder.join("docs/study/study.json")) else {
            return println!("skipped: docs/study/study.json is not there");
        };
        let study = Study::from_json(&json).expect("what the page reads");
        for network in Architecture::STUDY {
            let card = std::fs::read(folder.join(format!("www/models/{network}.json"))).expect("it is shipped");
            let card = ModelCard::from_json(&card).expect("a card");
            assert!(study.of(&card).is_some(), "{network}: export the study's runs to www/models");
        }
    }
}
