//! The networks, built from their tables.

mod architectures;
mod fuse;
mod round;
mod table;

use std::sync::{Mutex, PoisonError};

use burn::{
    module::Module,
    nn::{
        BatchNorm, BatchNormConfig, Initializer, Linear, LinearConfig, PaddingConfig2d,
        conv::{Conv2d, Conv2dConfig},
    },
    tensor::{
        Device, Tensor,
        activation::relu,
        module::interpolate,
        ops::{InterpolateMode, InterpolateOptions},
    },
};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};
use thiserror::Error;

use crate::ops::{self, ConvMethod, Precision};
pub use table::{Layer, LayerSummary, LayerTable, Shape};

/// A network. Its id names it in files, flags and the page.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", parse_err_ty = UnknownArchitecture, parse_err_fn = UnknownArchitecture::new)]
pub enum Architecture {
    /// Ferrum's own: plain convolutions, two heads.
    #[default]
    Ferrum,
    /// Convolution and max-pooling.
    Small,
    /// Two residual blocks with a convolution between.
    Residual,
    /// Early layers concatenated to deeper ones.
    UNet,
}

impl Architecture {
    /// Every architecture: Ferrum's own, then the study's in its order.
    pub const ALL: [Self; Self::VARIANTS.len()] = *Self::VARIANTS.first_chunk().expect("as many as there are");
    /// The study's three, in its order.
    pub const STUDY: [Self; 3] = [Self::Small, Self::Residual, Self::UNet];

    /// The word used in files and flags.
    pub fn id(self) -> &'static str {
        self.into()
    }

    /// Its layers.
    pub fn table(self) -> LayerTable {
        match self {
            Self::Ferrum => architectures::FERRUM,
            Self::Small => architectures::SMALL,
            Self::Residual => architectures::RESIDUAL,
            Self::UNet => architectures::UNET,
        }
    }
}

/// A word that names no network.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected one of ferrum, small, residual, unet; got `{0}`")]
pub struct UnknownArchitecture(pub String);

impl UnknownArchitecture {
    fn new(word: &str) -> Self {
        Self(word.into())
    }
}

/// How the convolutions of a network are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// With batch normalisation and branches, as they are trained.
    #[default]
    Trained,
    /// Each one a convolution with bias and ReLU, of the same outputs: [`Network::fused`].
    Fused,
}

/// Weights of a layer and its biases, one for each output.
pub type WithBias<const D: usize> = (Tensor<D>, Tensor<1>);

/// A network: the layers of its [`LayerTable`] with their weights.
///
/// `forward(x) = heads(features(x)).0`.
#[derive(Module, Debug)]
pub struct Network {
    convolutions: Vec<ConvNorm>,
    dense: Vec<Linear>,
    votes: Option<Linear>,
    #[module(skip)]
    architecture: Architecture,
    #[module(skip)]
    form: Form,
    #[module(skip)]
    method: ConvMethod,
}

impl Network {
    /// A network with random weights; the same for the same seed and kind of device.
    pub fn seeded(architecture: Architecture, seed: u64, device: &Device) -> Self {
        // Burn's generator belongs to the device, not to the caller: no two networks may draw from it at once.
        static DRAWING: Mutex<()> = Mutex::new(());
        let _drawing = DRAWING.lock().unwrap_or_else(PoisonError::into_inner);
        device.seed(seed);
        let network = Self::new(architecture, Form::Trained, &HE_NORMAL, device);
        drop(network.clone().into_record()); // Burn draws a weight when it is first read: read all
        network
    }

    /// A network without weights, to load trained ones into. Draws no random number: another thread may be seeding.
    pub(crate) fn zeros(architecture: Architecture, form: Form, device: &Device) -> Self {
        Self::new(architecture, form, &Initializer::Zeros, device)
    }

    fn new(architecture: Architecture, form: Form, weights: &Initializer, device: &Device) -> Self {
        let table = architecture.table();
        let convolutions =
            table.convolutions().into_iter().map(|shape| ConvNorm::new(shape, form, weights, device)).collect();
        let dense = table.linear_layers().into_iter().map(|shape| linear(shape, weights, device)).collect();
        let votes = table.votes().map(|shape| linear(shape, weights, device));
        Self { convolutions, dense, votes, architecture, form, method: ConvMethod::default() }
    }

    /// The same network, whose convolutions are computed by `method`. In the browser that changes nothing.
    ///
    /// # Panics
    /// When it is run, if the CPU's own kernels are to take [`Precision::F16`].
    #[must_use]
    pub fn with_method(self, method: ConvMethod) -> Self {
        Self { method, ..self }
    }

    /// The same network, whose convolutions are computed the same way in single precision.
    #[must_use]
    pub fn in_single_precision(self) -> Self {
        let method = ConvMethod { precision: Precision::F32, ..self.method };
        self.with_method(method)
    }

    /// Its architecture.
    pub fn architecture(&self) -> Architecture {
        self.architecture
    }

    /// Logits of a batch of normalised faces.
    ///
    /// # Shapes
    /// `[batch, 1, INPUT_SIDE, INPUT_SIDE]` → `[batch, 7]`, unbounded; softmax makes them probabilities. A network whose
    /// table ends in [`Layer::GlobalAverage`] takes faces of another side, too.
    pub fn forward(&self, faces: Tensor<4>) -> Tensor<2> {
        self.heads(self.features(faces)).0
    }

    /// The convolutional part.
    ///
    /// # Shapes
    /// `[batch, 1, INPUT_SIDE, INPUT_SIDE]` → `[batch, channels, side, side]` of [`LayerTable::output`].
    ///
    /// # Panics
    /// If `faces` has another shape.
    pub fn features(&self, faces: Tensor<4>) -> Tensor<4> {
        self.activations(faces).pop().expect("a table has at least one layer")
    }

    /// The output of every layer of the convolutional part for `faces`, in the order of [`LayerTable::features`].
    ///
    /// # Shapes
    /// `[batch, 1, INPUT_SIDE, INPUT_SIDE]` → of each layer `[batch, channels, side, side]` as in [`LayerTable::summary`].
    ///
    /// # Panics
    /// If `faces` has another shape.
    pub fn activations(&self, faces: Tensor<4>) -> Vec<Tensor<4>> {
        let (table, method) = (self.architecture.table(), self.method);
        let mut convolutions = self.convolutions.iter();
        let mut next = || convolutions.next().expect("`new` made one for each of the table");
        let mut outputs: Vec<Tensor<4>> = Vec::with_capacity(table.features.len());
        let mut x = faces;
        for layer in table.features {
            x = match *layer {
                Layer::Conv { .. } => next().forward(x, None, method),
                Layer::Residual { .. } => {
                    let inner = next().forward(x.clone(), None, method);
                    next().forward(inner, Some(x), method)
                }
                Layer::Skip { .. } => next().forward(x.clone(), (self.form == Form::Trained).then_some(x), method),
                Layer::MaxPool => ops::max_pool(x),
                Layer::GlobalAverage => x.mean_dim(3).mean_dim(2),
                Layer::Upsample => upsample(x),
                Layer::Concat { with } => Tensor::cat(vec![x, outputs[with].clone()], 1),
            };
            outputs.push(x.clone());
        }
        outputs
    }

    /// The filters of every convolution, in order; a residual block has two.
    ///
    /// # Shapes
    /// `[channels out, channels in, kernel, kernel]` of each convolution.
    pub fn filters(&self) -> Vec<Tensor<4>> {
        self.convolutions.iter().map(|layer| layer.conv.weight.val()).collect()
    }

    /// The weights of every dense layer, the output layer included.
    ///
    /// # Shapes
    /// `[inputs, outputs]` of each layer.
    pub fn dense_weights(&self) -> Vec<Tensor<2>> {
        self.dense.iter().map(|layer| layer.weight.val()).collect()
    }

    /// Filters and biases of every convolution, in order; a residual block has two. `None` if the network is not fused.
    ///
    /// # Shapes
    /// `[channels out, channels in, kernel, kernel]` and `[channels out]` of each convolution.
    pub fn fused_convolutions(&self) -> Option<Vec<WithBias<4>>> {
        let parts = |ConvNorm { conv, .. }: &ConvNorm| Some((conv.weight.val(), conv.bias.as_ref()?.val()));
        self.convolutions.iter().map(parts).collect()
    }

    /// Weights and biases of every dense layer, the output layer included, and of the one that gives the raters' votes.
    ///
    /// # Shapes
    /// `[inputs, outputs]` and `[outputs]` of each layer.
    ///
    /// # Panics
    /// If a dense layer has no bias, which none is made without.
    pub fn linear_layers(&self) -> (Vec<WithBias<2>>, Option<WithBias<2>>) {
        let parts = |layer: &Linear| {
            let bias = layer.bias.as_ref().expect("`linear` gives each one a bias");
            (layer.weight.val(), bias.val())
        };
        (self.dense.iter().map(parts).collect(), self.votes.as_ref().map(parts))
    }

    /// The dense part, both heads: logits of the labels and, if the network has them, of the raters' votes.
    ///
    /// # Shapes
    /// `[batch, channels, side, side]` of [`LayerTable::output`] → `[batch, 7]` and `[batch, 8]`.
    ///
    /// # Panics
    /// If `features` has another shape.
    pub fn heads(&self, features: Tensor<4>) -> (Tensor<2>, Option<Tensor<2>>) {
        let (output, hidden) = self.dense.split_last().expect("a network has an output layer");
        let flat: Tensor<2> = features.flatten(1, 3); // [batch, channels * side * side]
        let x = hidden.iter().fold(flat, |x, dense| relu(dense.forward(x)));
        let votes = self.votes.as_ref().map(|votes| votes.forward(x.clone()));
        (output.forward(x), votes)
    }
}

/// A convolution that keeps the size, batch normalisation and ReLU; or, fused, one with a bias instead.
#[derive(Module, Debug)]
struct ConvNorm {
    conv: Conv2d,
    norm: Option<BatchNorm>,
}

impl ConvNorm {
    fn new([inputs, outputs, kernel]: [usize; 3], form: Form, weights: &Initializer, device: &Device) -> Self {
        let pad = kernel / 2;
        let conv = Conv2dConfig::new([inputs, outputs], [kernel, kernel])
            .with_padding(PaddingConfig2d::Explicit(pad, pad, pad, pad))
            .with_bias(form == Form::Fused) // else batch normalisation shifts
            .with_initializer(weights.clone())
            .init(device);
        Self { conv, norm: (form == Form::Trained).then(|| BatchNormConfig::new(outputs).init(device)) }
    }

    /// `skip` is added before the ReLU.
    fn forward(&self, x: Tensor<4>, skip: Option<Tensor<4>>, method: ConvMethod) -> Tensor<4> {
        match &self.norm {
            Some(norm) => ops::conv_norm_relu(&self.conv, norm, x, skip, method),
            None => ops::conv_relu(&self.conv, x, skip, method),
        }
    }
}

/// He et al. 2015, equation 10: keeps the variance through ReLU. The gain is √2.
const HE_NORMAL: Initializer = Initializer::KaimingNormal { gain: std::f64::consts::SQRT_2, fan_out_only: false };

fn linear([inputs, outputs]: [usize; 2], weights: &Initializer, device: &Device) -> Linear {
    LinearConfig::new(inputs, outputs).with_initializer(weights.clone()).init(device)
}

/// Each pixel four times: `[batch, channels, side, side]` → `[batch, channels, 2 * side, 2 * side]`.
fn upsample(x: Tensor<4>) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    let options = InterpolateOptions::new(InterpolateMode::Nearest);
    interpolate(x, options.with_output_size([2 * height, 2 * width]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::INPUT_SIDE;

    #[test]
    fn every_network_makes_its_logits_and_has_the_parameters_its_table_counts() {
        let device = Device::flex();
        for architecture in Architecture::ALL {
            let network = Network::seeded(architecture, 1, &device);
            let faces = Tensor::zeros([2, 1, INPUT_SIDE, INPUT_SIDE], &device);
            let features = network.features(faces.clone());
            let output = architecture.table().output();
            assert_eq!(features.dims(), [2, output.channels, output.side, output.side]);
            assert_eq!(network.forward(faces).dims(), [2, 7]);
            let votes = network.heads(features).1.map(|votes| votes.dims());
            assert_eq!(votes, architecture.table().votes.then_some([2, 8]));
            let trained: usize = architecture.table().summary().iter().map(|layer| layer.parameters).sum();
            // Burn also counts the running mean and variance of batch normalisation.
            let running: usize = architecture.table().convolutions().iter().map(|[_, outputs, _]| 2 * outputs).sum();
            assert_eq!(network.num_params(), trained + running, "{architecture}");
        }
    }

    #[test]
    fn activations_filters_and_dense_weights_have_the_shapes_of_the_table() {
        let device = Device::flex();
        for architecture in Architecture::ALL {
            let network = Network::seeded(architecture, 1, &device);
            let table = architecture.table();
            let activations = network.activations(Tensor::zeros([2, 1, INPUT_SIDE, INPUT_SIDE], &device));
            let actual: Vec<_> = activations.iter().map(Tensor::dims).collect();
            let expected: Vec<_> = table.shapes().iter().map(|s| [2, s.channels, s.side, s.side]).collect();
            assert_eq!(actual, expected, "{architecture}");
            let actual: Vec<_> = network.filters().iter().map(Tensor::dims).collect();
            let expected: Vec<_> = table.convolutions().iter().map(|&[i, o, k]| [o, i, k, k]).collect();
            assert_eq!(actual, expected, "{architecture}");
            let actual: Vec<_> = network.dense_weights().iter().map(Tensor::dims).collect();
            assert_eq!(actual, table.linear_layers(), "{architecture}");
        }
    }

    #[test]
    fn ids_are_read_back() {
        for architecture in Architecture::ALL {
            assert_eq!(architecture.id().parse(), Ok(architecture));
            assert_eq!(serde_json::to_string(&architecture).unwrap(), format!("\"{architecture}\""));
        }
        assert!("resnet50".parse::<Architecture>().is_err());
    }

    #[test]
    fn up_sampling_repeats_each_pixel() {
        let x = Tensor::<4>::from_data([[[[1.0, 2.0], [3.0, 4.0]]]], &Device::flex());
        let expected = [[[[1.0, 1.0, 2.0, 2.0], [1.0, 1.0, 2.0, 2.0], [3.0, 3.0, 4.0, 4.0], [3.0, 3.0, 4.0, 4.0_f32]]]];
        upsample(x).into_data().assert_eq(&expected.into(), true);
    }
}
