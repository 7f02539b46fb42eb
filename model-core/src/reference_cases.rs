//! Stored cases: faces, and what each network said of them where the file was made. By these the page is verified on the
//! device of whoever uses it.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use thiserror::Error;

use crate::{Architecture, INPUT_SIDE, ModelCard, Prediction};

/// The file of stored cases, as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReferenceCases {
    /// Version of this format; [`ReferenceCases::FORMAT`].
    pub format: u32,
    /// The faces that the networks were shown.
    pub faces: Vec<CaseFace>,
    /// The answers of each network.
    pub networks: Vec<NetworkReference>,
}

/// A face of a stored case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseFace {
    /// Author of the picture, or how it was made.
    pub source: String,
    /// [`INPUT_SIDE`]² grey levels, row by row; base64 in the file.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub levels: Vec<u8>,
}

/// The answers of one network to the faces, on the CPU.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkReference {
    /// The network.
    pub network: Architecture,
    /// SHA-256 of its weights then, lower-case hexadecimal.
    pub sha256: String,
    /// One for each face, in order.
    pub predictions: Vec<Prediction>,
}

/// Why stored cases cannot be used.
#[derive(Debug, Error)]
pub enum ReferenceCasesError {
    /// Not the JSON of stored cases.
    #[error("expected the JSON of stored cases: {0}")]
    Json(#[from] serde_json::Error),
    /// Written by another version.
    #[error("expected stored cases of format {expected}, got {actual}", expected = ReferenceCases::FORMAT)]
    Format {
        /// The format of the file.
        actual: u32,
    },
    /// A face of another size.
    #[error("expected a face of {INPUT_SIDE}×{INPUT_SIDE} grey levels, got {n} of them in `{face}`")]
    Face {
        /// Its source.
        face: String,
        /// How many levels it has.
        n: usize,
    },
    /// A network that was not asked about every face.
    #[error("expected {expected} predictions of the network `{network}`, got {actual}")]
    Predictions {
        /// The network.
        network: Architecture,
        /// How many faces there are.
        expected: usize,
        /// How many predictions.
        actual: usize,
    },
    /// No face.
    #[error("expected a stored case or more, got none")]
    Empty,
}

impl ReferenceCases {
    /// The version of the format that this code reads and writes.
    pub const FORMAT: u32 = 2;

    /// Read and check stored cases.
    pub fn from_json(json: &[u8]) -> Result<Self, ReferenceCasesError> {
        let cases: Self = serde_json::from_slice(json)?;
        if cases.format != Self::FORMAT {
            return Err(ReferenceCasesError::Format { actual: cases.format });
        }
        if cases.faces.is_empty() {
            return Err(ReferenceCasesError::Empty);
        }
        if let Some(face) = cases.faces.iter().find(|face| face.levels.len() != INPUT_SIDE * INPUT_SIDE) {
            return Err(ReferenceCasesError::Face { face: face.source.clone(), n: face.levels.len() });
        }
        let expected = cases.faces.len();
        match cases.networks.iter().find(|network| network.predictions.len() != expected) {
            Some(NetworkReference { network, predictions, .. }) => {
                Err(ReferenceCasesError::Predictions { network: *network, expected, actual: predictions.len() })
            }
            None => Ok(cases),
        }
    }

    /// The answers of the very network of `card`; `None` if it was not asked, or other weights were.
    pub fn of(&self, card: &ModelCard) -> Option<&[Prediction]> {
        let is_it = |it: &&NetworkReference| it.network == card.architecture && it.sha256 == card.sha256;
        self.networks.iter().find(is_it).map(|it| &it.predictions[..])
    }
}

fn to_base64<S: Serializer>(levels: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64_STANDARD.encode(levels))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    BASE64_STANDARD.decode(text).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scores, Training};

    fn cases() -> ReferenceCases {
        let prediction =
            Prediction { scores: Scores::from_logits([0.0; 7]).unwrap(), label_head: None, is_sure: true, votes: None };
        let face = CaseFace { source: "noise".into(), levels: vec![7; INPUT_SIDE * INPUT_SIDE] };
        let sha256 = ModelCard::new(Architecture::Small, b"weights", Training::default()).sha256;
        let network = NetworkReference { network: Architecture::Small, sha256, predictions: vec![prediction; 2] };
        ReferenceCases { format: ReferenceCases::FORMAT, faces: vec![face; 2], networks: vec![network] }
    }

    #[test]
    fn cases_are_read_back_and_known_by_network_and_weights() {
        let json = serde_json::to_vec(&cases()).unwrap();
        let read = ReferenceCases::from_json(&json).unwrap();
        assert_eq!(read, cases());
        for (network, weights, expected) in [
            (Architecture::Small, b"weights", true),
            (Architecture::Small, b"another", false),
            (Architecture::UNet, b"weights", false),
        ] {
            let card = ModelCard::new(network, weights, Training::default());
            assert_eq!(read.of(&card).is_some(), expected, "{network} {weights:?}");
        }
    }

    type Change = fn(&mut ReferenceCases);

    #[test]
    fn damaged_cases_are_refused() {
        let changes: [(Change, &str); 4] = [
            (|cases| cases.format = 1, "format 2, got 1"),
            (|cases| cases.faces.clear(), "a stored case or more"),
            (|cases| cases.faces[1].levels.truncate(9), "got 9 of them in `noise`"),
            (|cases| cases.networks[0].predictions.truncate(1), "expected 2 predictions of the network `small`, got 1"),
        ];
        for (change, word) in changes {
            let mut cases = cases();
            change(&mut cases);
            let error = ReferenceCases::from_json(&serde_json::to_vec(&cases).unwrap()).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
        let json = serde_json::to_string(&cases()).unwrap();
        for (from, to) in [("BwcH", "B*cH"), ("0.14285", "0.54285"), ("\"faces\"", "\"face\"")] {
            assert!(json.contains(from), "{from}");
            let error = ReferenceCases::from_json(json.replace(from, to).as_bytes()).unwrap_err().to_string();
            assert!(error.contains("expected the JSON of stored cases"), "{error}");
        }
    }
}
