//! An architecture as data: what the networks are built from, drawn from and counted by.

use serde::{Deserialize, Serialize};

use crate::{Emotion, INPUT_SIDE, Vote};

/// One step of a network's convolutional part. Every convolution has stride 1 and zero padding that keeps the size, and
/// is followed by batch normalisation and ReLU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// `filters` square convolutions.
    Conv {
        /// Channels out.
        filters: usize,
        /// Side of a filter, pixels; odd.
        kernel: usize,
    },
    /// Two convolutions of the width that comes in, and the input added before the last ReLU (He et al. 2016).
    Residual {
        /// Side of a filter, pixels; odd.
        kernel: usize,
    },
    /// A convolution of the width that comes in, and its input added before the ReLU: a branch of `RepVGG` (Ding et al.
    /// 2021), taken into the filters when the network is fused.
    Skip {
        /// Side of a filter, pixels; odd.
        kernel: usize,
    },
    /// The greatest of each 2×2 pixels.
    MaxPool,
    /// The mean of each map. Before it, the network takes any side that the pooling leaves a pixel of.
    GlobalAverage,
    /// Each pixel four times.
    Upsample,
    /// The output of an earlier layer, appended on the channel axis.
    Concat {
        /// Index of the earlier layer.
        with: usize,
    },
}

/// An architecture: the convolutional part, then dense ReLU layers of the given widths, then seven outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerTable {
    /// The convolutional part.
    pub features: &'static [Layer],
    /// Widths of the dense ReLU layers before the output.
    pub dense: &'static [usize],
    /// Whether a second output layer beside the last one gives the votes of FER+'s raters.
    pub votes: bool,
}

/// Size of one activation, without the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Channels, or neurons of a dense layer.
    pub channels: usize,
    /// Side of the square map, pixels; 1 for a dense layer.
    pub side: usize,
}

impl Shape {
    /// Number of values.
    pub(crate) fn len(self) -> usize {
        self.channels * self.side * self.side
    }
}

/// Output and cost of one layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerSummary {
    /// The layer in words, such as `conv 3×3 ×8`.
    pub name: String,
    /// Shape of its output.
    pub output: Shape,
    /// Trained numbers: weights, biases, and scale and shift of batch normalisation.
    pub parameters: usize,
    /// Multiply–accumulates of its convolutions or matrix product for one face.
    pub macs: usize,
}

impl LayerTable {
    /// Output shape of every layer of `features`.
    pub(crate) fn shapes(&self) -> Vec<Shape> {
        let mut shapes: Vec<Shape> = Vec::with_capacity(self.features.len());
        for layer in self.features {
            let input = shapes.last().copied().unwrap_or(INPUT);
            shapes.push(match *layer {
                Layer::Conv { filters, .. } => Shape { channels: filters, ..input },
                Layer::Residual { .. } | Layer::Skip { .. } => input,
                Layer::GlobalAverage => Shape { side: 1, ..input },
                Layer::MaxPool => Shape { side: input.side / 2, ..input },
                Layer::Upsample => Shape { side: input.side * 2, ..input },
                Layer::Concat { with } => Shape { channels: input.channels + shapes[with].channels, ..input },
            });
        }
        shapes
    }

    /// Shape that the dense head reads.
    pub fn output(&self) -> Shape {
        self.shapes().last().copied().unwrap_or(INPUT)
    }

    /// Channels in and out and kernel side of every convolution, in order; a residual block has two.
    pub fn convolutions(&self) -> Vec<[usize; 3]> {
        let shapes = self.shapes();
        let inputs = std::iter::once(&INPUT).chain(&shapes);
        let steps = self.features.iter().zip(inputs);
        steps
            .flat_map(|(layer, input)| match *layer {
                Layer::Conv { filters, kernel } => vec![[input.channels, filters, kernel]],
                Layer::Residual { kernel } => vec![[input.channels, input.channels, kernel]; 2],
                Layer::Skip { kernel } => vec![[input.channels, input.channels, kernel]],
                Layer::MaxPool | Layer::GlobalAverage | Layer::Upsample | Layer::Concat { .. } => vec![],
            })
            .collect()
    }

    /// Inputs and outputs of every dense layer, the output layer included.
    pub(crate) fn linear_layers(&self) -> Vec<[usize; 2]> {
        let widths = std::iter::once(self.output().len()).chain(self.dense.iter().copied());
        let next = self.dense.iter().copied().chain([Emotion::COUNT]);
        widths.zip(next).map(|(inputs, outputs)| [inputs, outputs]).collect()
    }

    /// Inputs and outputs of the layer that gives the raters' votes, if there is one.
    pub(crate) fn votes(&self) -> Option<[usize; 2]> {
        let inputs = self.dense.last().copied().unwrap_or(self.output().len());
        self.votes.then_some([inputs, Vote::COUNT])
    }

    /// Every layer with its output shape and cost, dense layers included.
    pub fn summary(&self) -> Vec<LayerSummary> {
        let shapes = self.shapes();
        let inputs = std::iter::once(&INPUT).chain(&shapes);
        let features = self.features.iter().zip(inputs).zip(&shapes);
        let features = features.map(|((layer, input), output)| summarize(*layer, *input, *output));
        let linear_layers = self.linear_layers();
        let n_hidden = linear_layers.len() - 1;
        let names =
            std::iter::repeat_n("dense + ReLU", n_hidden).chain(["dense + softmax", "dense + softmax of votes"]);
        let linear_layers =
            linear_layers.into_iter().chain(self.votes()).zip(names).map(|([inputs, outputs], name)| LayerSummary {
                name: name.into(),
                output: Shape { channels: outputs, side: 1 },
                parameters: (inputs + 1) * outputs,
                macs: inputs * outputs,
            });
        features.chain(linear_layers).collect()
    }
}

/// A grey face.
const INPUT: Shape = Shape { channels: 1, side: INPUT_SIDE };

fn summarize(layer: Layer, input: Shape, output: Shape) -> LayerSummary {
    let (name, n_convs, kernel) = match layer {
        Layer::Conv { filters, kernel } => (format!("conv {kernel}×{kernel} ×{filters}"), 1, kernel),
        Layer::Residual { kernel } => (format!("residual block {kernel}×{kernel} ×{}", input.channels), 2, kernel),
        Layer::Skip { kernel } => (format!("conv {kernel}×{kernel} ×{} + input", input.channels), 1, kernel),
        Layer::MaxPool => ("max-pool 2×2".into(), 0, 0),
        Layer::GlobalAverage => ("global average".into(), 0, 0),
        Layer::Upsample => ("up-sample ×2".into(), 0, 0),
        Layer::Concat { with } => (format!("concatenate layer {}", with + 1), 0, 0),
    };
    let weights = kernel * kernel * input.channels * output.channels;
    LayerSummary {
        name,
        output,
        parameters: n_convs * (weights + 2 * output.channels),
        macs: n_convs * weights * output.side * output.side,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: LayerTable = LayerTable {
        features: &[
            Layer::Conv { filters: 2, kernel: 3 },
            Layer::MaxPool,
            Layer::Residual { kernel: 5 },
            Layer::Upsample,
            Layer::Concat { with: 0 },
        ],
        dense: &[10],
        votes: false,
    };

    const TWO_HEADS: LayerTable = LayerTable {
        features: &[Layer::Conv { filters: 2, kernel: 3 }, Layer::Skip { kernel: 3 }, Layer::GlobalAverage],
        dense: &[],
        votes: true,
    };

    #[test]
    fn shapes_follow_the_layers() {
        let shapes: Vec<_> = TABLE.shapes().iter().map(|shape| (shape.channels, shape.side)).collect();
        assert_eq!(shapes, [(2, 48), (2, 24), (2, 24), (2, 48), (4, 48)]);
        assert_eq!(TABLE.convolutions(), [[1, 2, 3], [2, 2, 5], [2, 2, 5]]);
        assert_eq!(TABLE.linear_layers(), [[4 * 48 * 48, 10], [10, 7]]);
    }

    #[test]
    fn costs_are_those_counted_by_hand() {
        let costs: Vec<_> = TABLE.summary().iter().map(|layer| (layer.parameters, layer.macs)).collect();
        let residual = (2 * (25 * 4 + 4), 2 * 25 * 4 * 24 * 24);
        let dense = (92_160 + 10, 92_160);
        assert_eq!(costs, [(9 * 2 + 4, 18 * 48 * 48), (0, 0), residual, (0, 0), (0, 0), dense, (77, 70)]);
    }

    #[test]
    fn two_heads_read_the_same_mean() {
        assert_eq!(TWO_HEADS.output(), Shape { channels: 2, side: 1 });
        assert_eq!((TWO_HEADS.linear_layers(), TWO_HEADS.votes()), (vec![[2, 7]], Some([2, 8])));
        let costs: Vec<_> = TWO_HEADS.summary().iter().map(|layer| (layer.parameters, layer.macs)).collect();
        let skip = (36 + 4, 36 * 48 * 48);
        assert_eq!(costs, [(9 * 2 + 4, 18 * 48 * 48), skip, (0, 0), (21, 14), (24, 16)]);
    }
}
