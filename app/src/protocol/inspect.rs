//! A closer look at one face.

use model_core::{Architecture, DeviceKind, LearnedWeights, Prediction};
use serde::{Deserialize, Serialize};

use super::{F32Bytes, GreyBytes};

/// Asks for a closer look at one face.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InspectRequest {
    /// The crop, as it came with an analysis.
    pub face: GreyBytes,
    /// The kind of inspection.
    pub kind: InspectKind,
}

/// Kinds of inspection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InspectKind {
    /// The output of a layer of the network in use.
    Layer {
        /// Index of `model_core::LayerTable::features`.
        layer: usize,
        /// Whether the weights of the network are wanted as well.
        with_weights: bool,
    },
    /// The reading of every network that the worker has.
    Compare,
}

/// The answer to an [`InspectRequest`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Inspection {
    /// To [`InspectKind::Layer`].
    Layer(Box<LayerInspection>),
    /// To [`InspectKind::Compare`].
    Comparison(Comparison),
}

/// The output of one layer for a face.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerInspection {
    /// The crop, as the network saw it.
    pub face: GreyBytes,
    /// The network.
    pub network: Architecture,
    /// Where it ran.
    pub device: DeviceKind,
    /// Its reading of the face.
    pub prediction: Prediction,
    /// Index of `model_core::LayerTable::features`.
    pub layer: usize,
    /// Activation maps of the layer, one a channel.
    pub maps: Maps,
    /// Filters and first dense weights, if they were asked for.
    pub weights: Option<Weights>,
}

/// Maps of one size, one after the other; [`model_core::Maps`] on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Maps {
    /// Their number.
    pub n: usize,
    /// Width of one, pixels.
    pub width: usize,
    /// Height of one, pixels.
    pub height: usize,
    /// Map by map, row by row.
    pub values: F32Bytes,
}

/// [`LearnedWeights`] on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// The filters of each convolution.
    pub filters: Vec<Maps>,
    /// The weights of the first dense layer: a row for each neuron.
    pub first_dense: Maps,
}

/// The predictions of several networks of one face.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The crop.
    pub face: GreyBytes,
    /// Where they ran.
    pub device: DeviceKind,
    /// Their answers, in the order of [`Architecture::ALL`].
    pub answers: Vec<Answer>,
}

/// The reading of one network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The network.
    pub network: Architecture,
    /// Its reading of the face.
    pub prediction: Prediction,
    /// Milliseconds that it took, read-back included.
    pub ms: f64,
}

impl From<model_core::Maps> for Maps {
    fn from(maps: model_core::Maps) -> Self {
        Self { n: maps.n, width: maps.width, height: maps.height, values: F32Bytes(maps.values.into()) }
    }
}

impl From<LearnedWeights> for Weights {
    fn from(weights: LearnedWeights) -> Self {
        Self { filters: weights.filters.into_iter().map(Maps::from).collect(), first_dense: weights.first_dense.into() }
    }
}
