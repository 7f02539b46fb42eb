//! Figures of a network that the page shows beside its card.

use model_core::{Architecture, ModelCard};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Bin, Confusion, Curve};

/// How good a network is and how it learned, shipped beside its card as [`NetworkReport::file_name`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkReport {
    /// Version of this format; [`NetworkReport::FORMAT`].
    pub format: u32,
    /// The network.
    pub network: Architecture,
    /// SHA-256 of the file of weights that was measured.
    pub sha256: String,
    /// Results on every test split that was there.
    pub splits: Vec<SplitReport>,
    /// Its training; `None` if its epochs are not known.
    pub curve: Option<Curve>,
}

/// How good a network is on one split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitReport {
    /// FER2013's name for it.
    pub split: String,
    /// Counts of pictures by their label and the label that was read.
    pub confusion: Confusion,
    /// Confidence beside accuracy, the least confidence first, with the probabilities that whoever uses the network gets:
    /// calibrated if its card has a calibration.
    pub bins: Vec<Bin>,
}

/// Why a report cannot be shown.
#[derive(Debug, Error)]
pub enum ReportError {
    /// Not the JSON of a report.
    #[error("expected the JSON of a network's report: {0}")]
    Json(#[from] serde_json::Error),
    /// Written by another version.
    #[error("expected the report of a network in format {expected}, got {actual}", expected = NetworkReport::FORMAT)]
    Format {
        /// The format of the file.
        actual: u32,
    },
    /// More pictures than any split has, so that sums would overflow.
    #[error("expected at most {most} pictures in a cell, got {actual}", most = NetworkReport::MOST_IN_CELL)]
    Count {
        /// The pictures of a cell.
        actual: u64,
    },
}

impl NetworkReport {
    /// The version of the format that this code reads and writes.
    pub const FORMAT: u32 = 1;
    /// Most pictures in a cell of a confusion matrix.
    const MOST_IN_CELL: u64 = 1_000_000_000;

    /// Its name in the folder of the weights.
    pub fn file_name(network: Architecture) -> String {
        format!("{network}.report.json")
    }

    /// Read and check a report.
    pub fn from_json(json: &[u8]) -> Result<Self, ReportError> {
        /// Read first: another version may have other fields.
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let Version { format } = serde_json::from_slice(json)?;
        if format != Self::FORMAT {
            return Err(ReportError::Format { actual: format });
        }
        let report: Self = serde_json::from_slice(json)?;
        let counts = report.splits.iter().flat_map(|on| on.confusion.0).flatten();
        match counts.max() {
            Some(actual) if actual > Self::MOST_IN_CELL => Err(ReportError::Count { actual }),
            _ => Ok(report),
        }
    }

    /// Whether the weights of `card` are those that were measured.
    pub fn is_of(&self, card: &ModelCard) -> bool {
        (self.network, &self.sha256) == (card.architecture, &card.sha256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::{Emotion, Training};

    fn report(card: &ModelCard) -> NetworkReport {
        let confusion = Confusion::of(Emotion::ALL.map(|label| (label, Emotion::Happy)));
        let split = SplitReport { split: "PublicTest".into(), confusion, bins: vec![] };
        let (network, sha256) = (card.architecture, card.sha256.clone());
        NetworkReport { format: NetworkReport::FORMAT, network, sha256, splits: vec![split], curve: None }
    }

    fn card(weights: &[u8]) -> ModelCard {
        ModelCard::new(Architecture::Small, weights, Training::default())
    }

    #[test]
    fn a_report_is_of_the_very_weights_of_a_card() {
        let report = report(&card(b"weights"));
        assert!(report.is_of(&card(b"weights")) && !report.is_of(&card(b"others")));
        let other = ModelCard { architecture: Architecture::UNet, ..card(b"weights") };
        assert!(!report.is_of(&other));
    }

    #[test]
    fn what_is_no_report_is_refused_with_a_word() {
        let good = serde_json::to_string(&report(&card(b""))).unwrap();
        assert_eq!(NetworkReport::from_json(good.as_bytes()).unwrap(), report(&card(b"")));
        let cases = [
            (good.replace("\"format\":1", "\"format\":2"), "in format 1, got 2"),
            (good.replace("[0,0,0,1,", "[0,0,0,1000000001,"), "expected at most 1000000000 pictures"),
            (good.replace("[0,0,0,1,", "[0,0,0,-1,"), "invalid value: integer `-1`"),
            (good.replace("\"splits\"", "\"parts\""), "missing field `splits`"),
            (good[..99].to_owned(), "expected the JSON of a network's report"),
            ("{ \"format\": 2, \"networks\": [] }".to_owned(), "in format 1, got 2"),
        ];
        for (json, expected) in cases {
            let error = NetworkReport::from_json(json.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(expected), "{json}: {error}");
        }
    }
}
