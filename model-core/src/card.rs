//! The card of a file of weights: which network, how to feed it, how good it is.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Architecture, Emotion, Form, INPUT_SIDE, LayerSummary, Normalisation, Vote, sha256_hex};

/// The card beside a file of weights, as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// Version of this format.
    pub format: u32,
    /// Name of the weights; the file is `{id}.bpk`.
    pub id: String,
    /// The network that the weights belong to.
    pub architecture: Architecture,
    /// How the convolutions are kept in the file.
    #[serde(default)]
    pub form: Form,
    /// Steps each way to which filters are rounded when they are kept in eight bits ([`crate::Network::to_eight_bits`]); 1
    /// to 127.
    #[serde(default = "max_filter_steps", skip_serializing_if = "is_max_filter_steps")]
    pub filter_steps: u8,
    /// SHA-256 of the file of weights, lower-case hexadecimal.
    pub sha256: String,
    /// Length of the file of weights.
    pub bytes: usize,
    /// The labels of the outputs, in their order.
    pub labels: [Emotion; Emotion::COUNT],
    /// Side of the input, pixels.
    pub input_side: usize,
    /// How grey levels become input.
    pub normalisation: Normalisation,
    /// Numbers that training adjusted.
    pub parameters: usize,
    /// Multiply–accumulates for one face.
    pub macs: usize,
    /// Makes its confidences mean something; `None` if nobody measured that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// How good it is on pictures that it was neither trained nor chosen on, one entry a split.
    pub figures: Vec<Figures>,
    /// Must be known to read the figures, such as why there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// How it was made.
    pub training: Training,
}

fn max_filter_steps() -> u8 {
    ModelCard::MAX_FILTER_STEPS
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_max_filter_steps(steps: &u8) -> bool {
    *steps == ModelCard::MAX_FILTER_STEPS
}

/// Fitted on the held-out part of Training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Divides the logits of the labels, so that confidence is the share that is right (Guo et al. 2017); above 0.
    pub temperature: f32,
    /// Divides the logits of the raters' votes; above 0. `None` if the network has none.
    pub votes_temperature: Option<f32>,
    /// How both heads make one answer; `None` if the network has one head, whose answer then is the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blend: Option<Blend>,
    /// Least probability of the top label with which it is called so; below, it is *unsure*. 0 to 1.
    pub threshold: f32,
    /// Share of the held-out pictures that are labelled surely.
    pub coverage: f64,
    /// Share of those that the raters labelled otherwise: by the majority of FER+'s raters if there is a blend, else by
    /// FER2013's label.
    pub error: f64,
}

/// One answer of both heads: the product of powers of their probabilities, those of the votes without contempt.
///
/// FER2013's label is one person's opinion of a picture, FER+'s votes are ten.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blend {
    /// Exponent of the votes' probabilities; that of the labels' is what is left of 1. 0 to 1.
    pub votes_weight: f32,
    /// Divides the logits of the product, so that its probabilities are the raters' shares; above 0.
    pub temperature: f32,
}

impl Blend {
    /// Logits of the seven labels, in [`Emotion::ALL`] order, of the logits of both heads as they come out.
    pub fn logits(self, labels: &[f32; Emotion::COUNT], votes: &[f32; Vote::COUNT]) -> [f32; Emotion::COUNT] {
        // A power of a softmax is the softmax of the multiplied logits, but for a factor that the last softmax takes
        // out.
        let mut logits = labels.map(|logit| (1.0 - self.votes_weight) * logit);
        for (vote, logit) in Vote::ALL.into_iter().zip(votes) {
            if let Some(label) = vote.label() {
                logits[label as usize] += self.votes_weight * logit;
            }
        }
        logits.map(|logit| logit / self.temperature)
    }
}

impl Calibration {
    /// Whether the numbers can be used.
    fn is_sound(&self) -> bool {
        let temperatures = [Some(self.temperature), self.votes_temperature, self.blend.map(|it| it.temperature)];
        let shares = [Some(self.threshold), self.blend.map(|it| it.votes_weight)];
        temperatures.into_iter().flatten().all(|t| t.is_finite() && t > 0.0)
            && shares.into_iter().flatten().all(|share| (0.0..=1.0).contains(&share))
    }
}

/// Quality on one split, as fractions in `0..=1`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Name of the split, such as `PublicTest`.
    pub split: String,
    /// Number of pictures.
    pub n: usize,
    /// Share labelled as the raters did.
    pub accuracy: f64,
    /// Unweighted mean over labels of the share of a label that was found.
    pub macro_recall: f64,
    /// Unweighted mean over labels of the share of what is called so that is so.
    pub macro_precision: f64,
    /// Unweighted mean over labels of F1.
    pub macro_f1: f64,
}

/// How weights were made. The default is: not trained.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// The command that trains them again.
    pub command: String,
    /// The pictures that they were trained on.
    #[serde(default)]
    pub train_on: TrainOn,
    /// Number of pictures trained on.
    pub n: usize,
    /// Epochs trained.
    pub epochs: usize,
    /// The epoch whose weights these are, from 1; chosen on the held-out part of Training.
    pub chosen_epoch: usize,
    /// Seed of weights and order.
    pub seed: u64,
    /// SHA-256 of the pictures trained on with their labels: what was held out for choosing is known by it.
    pub data_sha256: String,
}

/// The pictures of FER2013 that are trained on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrainOn {
    /// Nine tenths of Training; the last tenth chooses the epoch.
    #[default]
    Training,
    /// Every picture of every split, as the study did for its real-time network: no figures can be had of the result.
    All,
}

impl TrainOn {
    /// Why weights that were trained so have no figures; `None` if they can have some.
    pub fn why_no_figures(self) -> Option<&'static str> {
        match self {
            Self::Training => None,
            Self::All => Some("trained on every picture, those of the test splits included: it has no test figures"),
        }
    }
}

/// Why a card cannot be used.
#[derive(Debug, Error)]
pub enum CardError {
    /// Not the JSON of a card.
    #[error("expected the JSON of a model card: {0}")]
    Json(#[from] serde_json::Error),
    /// Written by another version.
    #[error("expected model card format {expected}, got {actual}", expected = ModelCard::FORMAT)]
    Format {
        /// The format of the card.
        actual: u32,
    },
    /// A label twice, so another is missing.
    #[error("expected each of the seven labels once, got {0:?}")]
    Labels([Emotion; Emotion::COUNT]),
    /// Another input size than the networks have.
    #[error("expected an input of {INPUT_SIDE}×{INPUT_SIDE} pixels, got {0}×{0}")]
    InputSide(usize),
    /// More steps than eight bits have, or none.
    #[error("expected 1 to {max} filter_steps, got {0}", max = ModelCard::MAX_FILTER_STEPS)]
    FilterSteps(u8),
    /// Not finite.
    #[error("expected a finite normalisation, got {0:?}")]
    Normalisation(Normalisation),
    /// A temperature that is no positive number, or a threshold or a weight that is not within 0 to 1.
    #[error("expected temperatures above 0, a threshold and a weight of the votes within 0 to 1, got {0:?}")]
    Calibration(Calibration),
}

impl ModelCard {
    /// The version of the format that this code reads and writes.
    const FORMAT: u32 = 1;
    /// The most steps each way that eight bits have; −128 is left out, so that a filter and its negative are coded alike.
    pub const MAX_FILTER_STEPS: u8 = i8::MAX as u8;

    /// The card of `weights` of `architecture`, not measured yet.
    pub fn new(architecture: Architecture, weights: &[u8], training: Training) -> Self {
        let layers = architecture.table().summary();
        let sum = |of: fn(&LayerSummary) -> usize| layers.iter().map(of).sum();
        Self {
            format: Self::FORMAT,
            id: architecture.id().into(),
            architecture,
            form: Form::Trained,
            filter_steps: Self::MAX_FILTER_STEPS,
            sha256: sha256_hex(weights),
            bytes: weights.len(),
            labels: Emotion::ALL,
            input_side: INPUT_SIDE,
            normalisation: Normalisation::SYMMETRIC,
            parameters: sum(|layer| layer.parameters),
            macs: sum(|layer| layer.macs),
            calibration: None,
            figures: vec![],
            note: training.train_on.why_no_figures().map(Into::into),
            training,
        }
    }

    /// Read and check a card.
    pub fn from_json(json: &[u8]) -> Result<Self, CardError> {
        let card: Self = serde_json::from_slice(json)?;
        if card.format != Self::FORMAT {
            return Err(CardError::Format { actual: card.format });
        }
        if Emotion::ALL.iter().any(|emotion| !card.labels.contains(emotion)) {
            return Err(CardError::Labels(card.labels));
        }
        if card.input_side != INPUT_SIDE {
            return Err(CardError::InputSide(card.input_side));
        }
        if !(1..=Self::MAX_FILTER_STEPS).contains(&card.filter_steps) {
            return Err(CardError::FilterSteps(card.filter_steps));
        }
        if !(card.normalisation.scale.is_finite() && card.normalisation.offset.is_finite()) {
            return Err(CardError::Normalisation(card.normalisation));
        }
        if let Some(calibration) = card.calibration.filter(|calibration| !calibration.is_sound()) {
            return Err(CardError::Calibration(calibration));
        }
        Ok(card)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_says_which_pictures_were_trained_on() {
        let card = |train_on| ModelCard::new(Architecture::Small, b"", Training { train_on, ..Training::default() });
        let json = serde_json::to_string(&card(TrainOn::All)).unwrap();
        assert!(json.contains("\"train_on\":\"all\"") && json.contains("it has no test figures"), "{json}");
        let json = serde_json::to_string(&card(TrainOn::Training)).unwrap();
        assert!(!json.contains("note"), "{json}");
        let older = json.replace("\"train_on\":\"training\",", "");
        assert_ne!(older, json);
        assert_eq!(ModelCard::from_json(older.as_bytes()).unwrap(), card(TrainOn::Training));
    }

    #[test]
    fn a_card_is_read_back_and_a_bad_one_refused() {
        let blend = Blend { votes_weight: 0.25, temperature: 2.5 };
        let calibration = Calibration {
            temperature: 1.5,
            votes_temperature: None,
            blend: Some(blend),
            threshold: 0.5,
            coverage: 0.5,
            error: 0.25,
        };
        let card = ModelCard {
            calibration: Some(calibration),
            ..ModelCard::new(Architecture::Small, b"", Training::default())
        };
        // Steps are written if they are fewer than eight bits have, as cards had none once.
        assert!(!serde_json::to_string(&card).unwrap().contains("filter_steps"));
        let card = ModelCard { filter_steps: 15, ..card };
        let json = serde_json::to_string(&card).unwrap();
        assert_eq!(ModelCard::from_json(json.as_bytes()).unwrap(), card);
        let unsaid = json.replace("\"filter_steps\":15,", "");
        assert_eq!(ModelCard::from_json(unsaid.as_bytes()).unwrap().filter_steps, 127);
        let cases = [
            ("", "", "expected the JSON"),
            ("\"format\":1", "\"format\":2", "format 1, got 2"),
            ("\"angry\"", "\"happy\"", "each of the seven labels once"),
            ("\"angry\"", "\"contempt\"", "contempt"),
            ("\"temperature\":1.5", "\"temperature\":0.0", "temperatures above 0"),
            ("\"threshold\":0.5", "\"threshold\":1.5", "threshold: 1.5"),
            ("\"votes_weight\":0.25", "\"votes_weight\":1.25", "votes_weight: 1.25"),
            ("\"temperature\":2.5", "\"temperature\":-1.0", "temperature: -1.0"),
            ("\"input_side\":48", "\"input_side\":64", "got 64×64"),
            ("\"filter_steps\":15", "\"filter_steps\":0", "expected 1 to 127 filter_steps, got 0"),
            ("\"filter_steps\":15", "\"filter_steps\":128", "got 128"),
        ];
        for (from, to, word) in cases {
            let bad = if from.is_empty() { json[..40].to_owned() } else { json.replace(from, to) };
            let error = ModelCard::from_json(bad.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn a_blend_is_the_product_of_powers_of_both_heads() {
        let labels = [0.2, 0.1, 0.3, 0.1, 0.1, 0.1, 0.1_f32];
        // In the order of `Vote::ALL`; the last is contempt, which no label has.
        let votes = [0.1, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2_f32];
        let of_label = |label: Emotion| {
            let vote = Vote::ALL.into_iter().find(|vote| vote.label() == Some(label)).unwrap();
            labels[label as usize].powf(0.75) * votes[vote as usize].powf(0.25)
        };
        let total: f32 = Emotion::ALL.into_iter().map(of_label).sum();
        let blend = Blend { votes_weight: 0.25, temperature: 1.0 };
        let logits = blend.logits(&labels.map(|p| p.ln() + 3.0), &votes.map(|p| p.ln() - 7.0));
        let scores = crate::Scores::from_logits(logits).unwrap();
        for label in Emotion::ALL {
            assert!((scores.of(label) - of_label(label) / total).abs() < 1e-6, "{label}: {scores:?}");
        }
        let soft = Blend { temperature: 2.0, ..blend }.logits(&labels, &votes);
        let halves = blend.logits(&labels, &votes).map(|logit| logit / 2.0);
        assert!(soft.iter().zip(halves).all(|(a, b)| (a - b).abs() < 1e-6), "{soft:?} {halves:?}");
    }
}
