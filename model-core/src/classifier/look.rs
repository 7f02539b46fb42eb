//! The inside of a network: what a layer makes of a face, and the weights.

use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::{Classifier, ClassifyError, Prediction};

/// Maps of one size, one after the other: activations, or filters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Maps {
    /// How many.
    pub n: usize,
    /// Width of one, pixels.
    pub width: usize,
    /// Height of one, pixels.
    pub height: usize,
    /// Map by map, row by row; `n * width * height` of them.
    pub values: Vec<f32>,
}

/// The inside of the network for one face.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Its answer to the face.
    pub prediction: Prediction,
    /// Index in [`crate::LayerTable::features`] of the layer that the maps are of.
    pub layer: usize,
    /// Its activation maps, one a channel.
    pub maps: Maps,
}

/// The learned weights, as far as they can be looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearnedWeights {
    /// A map for each pair of channels of each convolution: those that go into the first channel out come first.
    pub filters: Vec<Maps>,
    /// One map of the first dense layer: a row for each neuron, a column for each input.
    pub first_dense: Maps,
}

impl Classifier {
    /// The output of `layer` for `face`, and the scores, in one run of the network. A layer too far is the last one.
    ///
    /// `face`: as for [`Classifier::classify`]. `layer`: index of [`crate::LayerTable::features`].
    pub async fn look(&self, face: &[u8], layer: usize) -> Result<Look, ClassifyError> {
        let mut outputs = self.runner.network().activations(self.runner.batch(&[face])?);
        let last = outputs.len() - 1; // a table has at least one layer
        let layer = layer.min(last);
        let maps = outputs[layer].clone(); // [1, channels, side, side]
        let features = outputs.swap_remove(last);
        let prediction = self.predictions(&self.runner.logits(features).await?)?[0];
        Ok(Look { prediction, layer, maps: Maps::of(maps).await? })
    }

    /// Filters of every convolution and the first dense weights.
    pub async fn learned_weights(&self) -> Result<LearnedWeights, ClassifyError> {
        let mut filters = vec![];
        for layer in self.runner.network().filters() {
            filters.push(Maps::of(layer).await?);
        }
        let dense = self.runner.network().dense_weights().swap_remove(0).transpose(); // [outputs, inputs]
        Ok(LearnedWeights { filters, first_dense: Maps::of(dense.unsqueeze::<4>()).await? })
    }
}

impl Maps {
    /// The first two axes count maps, the others are height and width.
    async fn of(tensor: Tensor<4>) -> Result<Self, ClassifyError> {
        let [n, m, height, width] = tensor.dims();
        let values = read(tensor.into_data_async().await)?;
        Ok(Self { n: n * m, width, height, values })
    }
}

fn read<E: ToString>(data: Result<TensorData, E>) -> Result<Vec<f32>, ClassifyError> {
    let data = data.map_err(|error| ClassifyError::Device(error.to_string()))?;
    data.try_into_vec().map_err(|error| ClassifyError::Device(format!("{error:?}")))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{classifier, ready};
    use crate::{Architecture, Emotion};

    #[test]
    fn a_look_gives_the_same_scores_and_the_shape_of_the_layer() {
        let classifier = classifier(Emotion::ALL);
        let face: Vec<u8> = (0..48 * 48).map(|i| (i % 251) as u8).collect();
        let prediction = ready(classifier.classify(&[&face])).unwrap()[0];
        let shapes = Architecture::Small.table().shapes();
        for (layer, shape) in shapes.iter().enumerate() {
            let look = ready(classifier.look(&face, layer)).unwrap();
            assert_eq!(look.prediction, prediction);
            assert_eq!((look.layer, look.maps.n, look.maps.width), (layer, shape.channels, shape.side));
            assert_eq!(look.maps.values.len(), shape.len());
            assert!(look.maps.values.iter().all(|&value| value >= 0.0), "after ReLU");
        }
        let beyond = ready(classifier.look(&face, 99)).unwrap();
        assert_eq!(beyond.layer, shapes.len() - 1);
        assert!(ready(classifier.look(&[1, 2], 0)).is_err());
    }

    #[test]
    fn weights_are_as_many_as_the_table_counts() {
        let weights = ready(classifier(Emotion::ALL).learned_weights()).unwrap();
        let table = Architecture::Small.table();
        let sizes: Vec<_> = weights.filters.iter().map(|maps| [maps.n, maps.width, maps.values.len()]).collect();
        let expected: Vec<_> = table.convolutions().iter().map(|&[i, o, k]| [i * o, k, i * o * k * k]).collect();
        assert_eq!(sizes, expected);
        let [inputs, outputs] = table.linear_layers()[0];
        assert_eq!((weights.first_dense.width, weights.first_dense.height), (inputs, outputs));
    }
}
