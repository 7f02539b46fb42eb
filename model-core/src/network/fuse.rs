//! From the form that is trained to the one that is shipped: each convolution takes in what follows it.

use burn::{
    module::{Module, Param},
    nn::{BatchNorm, BatchNormConfig, conv::Conv2d},
    tensor::Tensor,
};

use super::{ConvNorm, Form, Layer, Network};
use crate::ops::running_scale;

impl Network {
    /// The same function with a bias in the place of each batch normalisation and without the branches of
    /// [`Layer::Skip`] (Ding et al. 2021, section 3.3); ready for inference. A fused network stays as it is.
    #[must_use]
    pub fn fused(&self) -> Self {
        let mut network = self.valid();
        for (layer, adds_input) in network.convolutions.iter_mut().zip(self.adds_input()) {
            if let Some(norm) = layer.norm.take() {
                layer.fuse(&norm, adds_input);
            }
        }
        network.form = Form::Fused;
        network
    }

    /// The same function in the form that is trained, to go on training: each batch normalisation does on `faces` what
    /// the bias did. One in that form stays as it is.
    ///
    /// # Shapes
    /// `faces`: as for [`Network::forward`]. The new normalisations take mean and variance from them; a few hundred
    /// training faces are enough.
    #[must_use]
    pub fn unfused(&self, faces: &Tensor<4>) -> Self {
        let mut network = self.valid();
        if self.form == Form::Trained {
            return network;
        }
        let inputs = self.inputs(faces);
        let layers = network.convolutions.iter_mut().zip(self.adds_input()).zip(inputs);
        for ((layer, adds_input), input) in layers {
            layer.unfuse(adds_input, input);
        }
        network.form = Form::Trained;
        network
    }

    /// Whether each convolution adds its input, as a branch.
    pub(super) fn adds_input(&self) -> impl Iterator<Item = bool> + use<> {
        self.architecture.table().features.iter().flat_map(|layer| match layer {
            Layer::Conv { .. } => vec![false],
            Layer::Skip { .. } => vec![true],
            Layer::Residual { .. } => vec![false; 2], // adds the input of its first convolution
            Layer::MaxPool | Layer::GlobalAverage | Layer::Upsample | Layer::Concat { .. } => vec![],
        })
    }

    /// The input of each convolution.
    fn inputs(&self, faces: &Tensor<4>) -> Vec<Tensor<4>> {
        let outputs = self.activations(faces.clone());
        let mut inputs: Vec<Tensor<4>> = vec![];
        for (layer, x) in self.architecture.table().features.iter().zip(std::iter::once(faces).chain(&outputs)) {
            match layer {
                Layer::Conv { .. } | Layer::Skip { .. } => inputs.push(x.clone()),
                Layer::Residual { .. } => {
                    let inner = self.convolutions[inputs.len()].forward(x.clone(), None, self.method);
                    inputs.extend([x.clone(), inner]);
                }
                Layer::MaxPool | Layer::GlobalAverage | Layer::Upsample | Layer::Concat { .. } => {}
            }
        }
        inputs
    }
}

impl ConvNorm {
    /// `input`: `[batch, channels in, height, width]`.
    fn unfuse(&mut self, adds_input: bool, input: Tensor<4>) {
        let Some(bias) = self.conv.bias.take() else { return };
        if adds_input {
            let weight = self.conv.weight.val();
            self.conv.weight = Param::initialized(self.conv.weight.id, weight.clone() - identity(&weight));
        }
        let maps = self.conv.forward(input); // [batch, channels out, height, width]
        let [batch, n_out, height, width] = maps.dims();
        let rows = maps.swap_dims(0, 1).reshape([n_out, batch * height * width]);
        let (variance, mean) = rows.var_mean_bias(1);
        let [variance, mean] = [variance, mean].map(|column| column.reshape([n_out]));
        let mut norm = BatchNormConfig::new(n_out).init(&bias.val().device());
        norm.gamma = Param::from_tensor((variance.clone() + norm.epsilon).sqrt());
        norm.beta = Param::from_tensor(bias.val() + mean.clone());
        norm.running_mean.update(mean);
        norm.running_var.update(variance);
        self.norm = Some(norm.valid());
    }

    fn fuse(&mut self, norm: &BatchNorm, adds_input: bool) {
        let weight = self.conv.weight.val(); // [out, in, kernel, kernel]
        let [n_out, ..] = weight.dims();
        let scale = running_scale(norm);
        let bias = norm.beta.val() - norm.running_mean.value_sync() * scale.clone();
        let scaled = weight * scale.reshape([n_out, 1, 1, 1]);
        let weight = if adds_input { scaled.clone() + identity(&scaled) } else { scaled };
        let Conv2d { weight: old, .. } = &self.conv;
        self.conv.weight = Param::initialized(old.id, weight);
        self.conv.bias = Some(Param::from_tensor(bias));
    }
}

/// Filters of the shape of `like` that give back their input.
pub(super) fn identity(like: &Tensor<4>) -> Tensor<4> {
    let [n, _, height, width] = like.dims();
    let device = like.device();
    let middle = Tensor::<2>::eye(n, &device).reshape([n, n, 1, 1]);
    let (above, left) = (height / 2, width / 2);
    middle.pad((left, left, above, above), 0.0)
}

#[cfg(test)]
mod tests {
    use burn::{
        module::ModuleMapper,
        tensor::{Device, TensorData, Tolerance},
    };

    use super::*;
    use crate::Architecture;

    /// Gives every number of one dimension, as batch normalisation has them, another value.
    struct Trained;

    impl ModuleMapper for Trained {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            param.map(|tensor| {
                if D > 1 {
                    return tensor;
                }
                let values: Vec<f32> = (0..tensor.dims()[0]).map(|i| 0.8 + 0.3 * (i as f32 * 0.7).sin()).collect();
                Tensor::from_data(TensorData::new(values, tensor.shape()), &tensor.device())
            })
        }
    }

    impl Network {
        /// As if it had been trained: no bias is zero, no scale one.
        pub(crate) fn varied(self) -> Self {
            self.map(&mut Trained)
        }
    }

    #[test]
    fn a_fused_network_is_trained_on_from_where_it_is() {
        let device = Device::flex();
        for architecture in Architecture::ALL {
            let fused = Network::seeded(architecture, 3, &device).map(&mut Trained).fused();
            let levels: Vec<f32> = (0..2 * 48 * 48).map(|i| (i as f32 * 0.37).sin()).collect();
            let faces = Tensor::from_data(TensorData::new(levels, [2, 1, 48, 48]), &device);
            let unfused = fused.unfused(&faces);
            let expected = fused.forward(faces.clone()).into_data();
            // Rounding alone: γ and β undo what the normalisation does to these very faces.
            let tolerance = Tolerance::<f32>::rel_abs(1e-3, 1e-3);
            unfused.forward(faces.clone()).into_data().assert_approx_eq(&expected, tolerance);
            let in_training = unfused.clone().train();
            let faces = Tensor::from_inner(faces);
            in_training.forward(faces).into_data().assert_approx_eq(&expected, tolerance);
            assert_eq!(unfused.form, Form::Trained);
        }
    }

    #[test]
    fn a_fused_network_gives_the_same_and_has_no_normalisation_left() {
        let device = Device::flex();
        for architecture in Architecture::ALL {
            let trained = Network::seeded(architecture, 3, &device).varied();
            let fused = trained.fused();
            let levels: Vec<f32> = (0..2 * 48 * 48).map(|i| (i as f32 * 0.37).sin()).collect();
            let faces = Tensor::from_data(TensorData::new(levels, [2, 1, 48, 48]), &device);
            let expected = trained.activations(faces.clone());
            let actual = fused.activations(faces.clone());
            // Rounding alone: the sums are the same, taken in another order.
            let tolerance = Tolerance::<f32>::rel_abs(1e-3, 1e-3);
            for (actual, expected) in actual.iter().zip(&expected) {
                actual.clone().into_data().assert_approx_eq(&expected.clone().into_data(), tolerance);
            }
            fused.forward(faces.clone()).into_data().assert_approx_eq(&trained.forward(faces).into_data(), tolerance);
            assert_eq!(fused.form, Form::Fused);
            assert!(fused.convolutions.iter().all(|layer| layer.norm.is_none() && layer.conv.bias.is_some()));
            assert_eq!(fused.fused().num_params(), fused.num_params());
        }
    }
}
