//! Figures 10 to 12: weights of the residual network, and its activations on two pictures.

use std::path::Path;

use anyhow::{Result, anyhow};
use model_core::{Classifier, Device, Emotion, INPUT_SIDE, Layer, LayerTable, Network, input};
use serde::{Deserialize, Serialize};

use super::{
    SHOWN, Study,
    picture::{Maps, Picture},
    subjects,
};
use crate::weights::Weights;

/// Maps a row of a sheet.
const COLUMNS: usize = 16;

/// A face to look at: 48×48 grey levels, and what it is a picture of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// Subject of the picture, and its author.
    pub source: String,
    /// [`INPUT_SIDE`]² grey levels, row by row.
    pub face: Vec<u8>,
}

/// The inside of the residual network.
pub(super) struct Look {
    /// Filters of every convolution, then the weights of the first dense layer.
    pub(super) weights: Vec<Picture>,
    /// Activation maps of pictures.
    pub(super) activations: Vec<Activations>,
}

/// One picture as it goes through the residual network.
pub(super) struct Activations {
    /// Subject of the picture, and its author.
    pub(super) source: String,
    /// The 48×48 pixels that the network takes.
    pub(super) input: Picture,
    /// Maps of the residual blocks and of the convolution between them.
    pub(super) layers: Vec<Picture>,
    /// Probability of each label, in [`Emotion::ALL`] order.
    pub(super) probabilities: [f32; Emotion::COUNT],
}

/// The inside of the residual network of `study`; `None` if its weights are neither in its run nor shipped.
pub(super) fn of(study: &Study) -> Result<Option<Look>> {
    let candidates = [Weights::of_run(Path::new(&study.run(SHOWN))), Weights::shipped(SHOWN)];
    let is_of_study = |weights: &Weights| study.results_of(SHOWN, &weights.card.training).is_some();
    let Some(weights) = candidates.into_iter().flatten().find(is_of_study) else { return Ok(None) };
    let subjects = study.faces.clone().map_or_else(subjects::shipped, Ok)?;
    look(&weights, &subjects, &Device::flex()).map(Some)
}

fn look(weights: &Weights, subjects: &[Subject], device: &Device) -> Result<Look> {
    let network = weights.network(device)?;
    let classifier = weights.clone().classifier(device.clone())?;
    let activations = subjects.iter().map(|subject| activations(&network, &classifier, subject, device));
    Ok(Look { weights: weight_sheets(&network)?, activations: activations.collect::<Result<_>>()? })
}

fn weight_sheets(network: &Network) -> Result<Vec<Picture>> {
    let filters = network.filters();
    let n = filters.len();
    let mut sheets = Vec::with_capacity(n + 1);
    for (i, filters) in filters.into_iter().enumerate() {
        let [outputs, inputs, height, width] = filters.dims();
        let caption = format!("Convolution {} of {n}: {outputs} filters over {inputs} channels", i + 1);
        let values = values(filters.into_data())?;
        // The channels of a filter lie side by side; where they are few, several filters share a row.
        let columns = inputs * COLUMNS.div_ceil(inputs);
        sheets.push(Maps { values: &values, width, height }.signed(&caption, columns)?);
    }
    if let Some(dense) = network.dense_weights().into_iter().next() {
        let [inputs, outputs] = dense.dims();
        let values = values(dense.transpose().into_data())?;
        let caption =
            format!("First dense layer: a row for each of {outputs} neurons, a column for each of {inputs} inputs");
        sheets.push(Maps { values: &values, width: inputs, height: outputs }.signed(&caption, 1)?);
    }
    Ok(sheets)
}

fn activations(network: &Network, classifier: &Classifier, subject: &Subject, device: &Device) -> Result<Activations> {
    let levels: Vec<f32> = subject.face.iter().map(|&level| f32::from(level)).collect();
    let maps = Maps { values: &levels, width: INPUT_SIDE, height: INPUT_SIDE };
    let faces = input::batch(&[&subject.face[..]], classifier.card().normalisation, device);
    let outputs = network.activations(faces);
    let table = network.architecture().table();
    let mut layers = vec![];
    for (i, caption) in shown_layers(&table) {
        let [_, _, height, width] = outputs[i].dims();
        let values = values(outputs[i].clone().into_data())?;
        layers.push(Maps { values: &values, width, height }.grey(&caption, COLUMNS)?);
    }
    let predictions = pollster::block_on(classifier.classify(&[&subject.face[..]]))?;
    let prediction = predictions.first().ok_or_else(|| anyhow!("expected a reading of a face, got none"))?;
    let input = maps.levels("What the network takes")?;
    Ok(Activations { source: subject.source.clone(), input, layers, probabilities: prediction.scores.probabilities() })
}

/// The residual blocks and the convolutions between them, by index.
fn shown_layers(table: &LayerTable) -> Vec<(usize, String)> {
    let is_residual = |layer: &Layer| matches!(layer, Layer::Residual { .. });
    let first = table.features.iter().position(is_residual).unwrap_or(0);
    let mut n_blocks = 0;
    let name = |layer: &Layer| match layer {
        Layer::Residual { .. } => {
            n_blocks += 1;
            Some(format!("Residual block {n_blocks}"))
        }
        Layer::Conv { .. } => Some("Convolution between".into()),
        Layer::Skip { .. } | Layer::MaxPool | Layer::GlobalAverage | Layer::Upsample | Layer::Concat { .. } => None,
    };
    let names: Vec<_> = table.features[first..].iter().map(name).collect();
    (first..).zip(names).filter_map(|(i, name)| Some((i, name?))).collect()
}

fn values(data: burn::tensor::TensorData) -> Result<Vec<f32>> {
    data.convert::<f32>().try_into_vec().map_err(|error| anyhow!("{error:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::Architecture;

    #[test]
    fn both_blocks_and_what_lies_between_are_shown() {
        let names: Vec<_> = shown_layers(&Architecture::Residual.table()).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["Residual block 1", "Convolution between", "Residual block 2"]);
    }
}
