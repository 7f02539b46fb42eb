//! A network of faces: its table as steps on the GPU.

use burn::tensor::Tensor;

use super::{Convolution, Geometry, Gpu, Maps, linear::Linear, reshape};
use crate::{ClassifyError, INPUT_SIDE, Layer, LayerTable, Network, Shape, WithBias};

/// Faces in one run: maps between two layers then take 7 MB at most, far below the 128 MiB that every browser grants.
const MAX_FACES: usize = 64;

/// A network with its weights on the GPU.
#[derive(Debug)]
pub(crate) struct FusedNetwork {
    gpu: Gpu,
    steps: Vec<Step>,
    /// Whether the linear layers read the mean of each map, and not every pixel.
    averages: bool,
    /// One after the other; the last one has both heads.
    linears: Vec<Linear>,
}

/// One or two layers of a table in one dispatch, a residual block in two.
#[derive(Debug)]
enum Step {
    Convolution(Convolution),
    Residual([Convolution; 2]),
    MaxPool,
    /// Pixels are repeated `scale` times, and the output of an earlier layer follows on the channel axis.
    Join {
        scale: usize,
        with: Option<usize>,
    },
    /// The output up to here is that of a layer which a later one reads.
    Keep(usize),
}

impl FusedNetwork {
    /// Packs the weights of `network`, which is on the CPU; `None` if the kernels do not go with its shapes.
    pub(crate) fn new(gpu: &Gpu, network: &Network) -> Option<Self> {
        let network = network.fused();
        let table = network.architecture().table();
        let steps = Steps { gpu, table: &table, filters: network.fused_convolutions()?.into_iter() }.all()?;
        let averages = matches!(table.features.last(), Some(Layer::GlobalAverage));
        let linears = linears(gpu, &network, if averages { None } else { Some(table.output()) })?;
        Some(Self { gpu: gpu.clone(), steps, averages, linears })
    }

    /// Logits of the labels and, if the network has them, of the raters' votes. No face, no work.
    ///
    /// # Shapes
    /// `faces`: `[faces, INPUT_SIDE, INPUT_SIDE]`, normalised; output `[faces, 7]`, with votes `[faces, 7 + 8]`.
    pub(crate) async fn run(&self, faces: &[f32]) -> Result<Vec<f32>, ClassifyError> {
        let mut logits = vec![];
        for faces in faces.chunks(MAX_FACES * INPUT_SIDE * INPUT_SIDE) {
            let outputs = self.forward(self.gpu.pictures(faces, INPUT_SIDE, 1));
            logits.extend(self.gpu.read_maps(&outputs).await?);
        }
        Ok(logits)
    }

    fn forward(&self, faces: Maps) -> Maps {
        let gpu = &self.gpu;
        let (mut x, mut kept) = (faces, vec![]);
        for step in &self.steps {
            x = match step {
                Step::Convolution(convolution) => convolution.run(gpu, &x, None),
                Step::Residual([first, second]) => second.run(gpu, &first.run(gpu, &x, None), Some(&x)),
                Step::MaxPool => reshape::max_pool(gpu, &x),
                Step::Join { scale, with } => {
                    let other = kept.iter().find(|(layer, _)| Some(*layer) == *with).map(|(_, maps)| maps);
                    reshape::join(gpu, &x, *scale, other)
                }
                Step::Keep(layer) => {
                    kept.push((*layer, x.clone()));
                    x
                }
            };
        }
        let x = if self.averages { x } else { x.flattened() };
        self.linears.iter().fold(x, |x, linear| linear.run(gpu, &x))
    }
}

/// Makes steps of a table's layers, with the filters in their order.
struct Steps<'a, F> {
    gpu: &'a Gpu,
    table: &'a LayerTable,
    filters: F,
}

impl<F: Iterator<Item = WithBias<4>>> Steps<'_, F> {
    fn all(mut self) -> Option<Vec<Step>> {
        let layers = self.table.features;
        let shapes = self.table.shapes();
        let is_kept = |idx: usize| layers.iter().any(|layer| matches!(layer, Layer::Concat { with } if *with == idx));
        let (mut steps, mut idx) = (vec![], 0);
        while let Some(layer) = layers.get(idx) {
            let input = idx.checked_sub(1).map_or(Shape { channels: 1, side: INPUT_SIDE }, |before| shapes[before]);
            let next = layers.get(idx + 1).filter(|_| !is_kept(idx));
            let pools = next == Some(&Layer::MaxPool);
            let step = match (layer, next) {
                (Layer::Conv { .. } | Layer::Skip { .. }, _) => {
                    Some(Step::Convolution(self.convolution(input.side, pools, false)?))
                }
                (Layer::Residual { .. }, _) => {
                    let first = self.convolution(input.side, false, false)?;
                    Some(Step::Residual([first, self.convolution(input.side, pools, true)?]))
                }
                (Layer::MaxPool, _) => Some(Step::MaxPool),
                (Layer::Upsample, Some(&Layer::Concat { with })) => Some(Step::Join { scale: 2, with: Some(with) }),
                (Layer::Upsample, _) => Some(Step::Join { scale: 2, with: None }),
                (&Layer::Concat { with }, _) => Some(Step::Join { scale: 1, with: Some(with) }),
                (Layer::GlobalAverage, _) => None, // by the linear layers
            };
            // One step does two layers.
            let has_next = match layer {
                Layer::Conv { .. } | Layer::Skip { .. } | Layer::Residual { .. } => pools,
                Layer::Upsample => matches!(next, Some(Layer::Concat { .. })),
                Layer::MaxPool | Layer::Concat { .. } | Layer::GlobalAverage => false,
            };
            idx += usize::from(has_next);
            steps.extend(step);
            steps.extend(is_kept(idx).then_some(Step::Keep(idx)));
            idx += 1;
        }
        Some(steps)
    }

    fn convolution(&mut self, side: usize, pools: bool, adds: bool) -> Option<Convolution> {
        let (filters, bias) = self.filters.next()?;
        let [_, n_in, kernel, _] = filters.dims();
        let [filters, bias] = [values(filters)?, values(bias)?];
        let n_taps = kernel * kernel;
        let filter_at = |tap: usize, input: usize, output: usize| filters[(output * n_in + input) * n_taps + tap];
        Convolution::new(self.gpu, Geometry { kernel, stride: 1, pools, adds }, side, n_in, &bias, filter_at)
    }
}

/// The linear layers. `flattened`: the maps of which the first one reads every pixel; else it reads one number a map.
fn linears(gpu: &Gpu, network: &Network, flattened: Option<Shape>) -> Option<Vec<Linear>> {
    let (layers, votes) = network.linear_layers();
    let packed = |(weights, bias): WithBias<2>| Some([values(weights)?, values(bias)?]);
    let mut layers = layers.into_iter().map(packed).collect::<Option<Vec<_>>>()?;
    if let (Some(shape), Some([weights, bias])) = (flattened, layers.first_mut()) {
        *weights = with_channels_last(weights, shape, bias.len());
    }
    let mut heads = vec![layers.pop()?];
    if let Some(votes) = votes {
        heads.push(packed(votes)?);
    }
    let hidden = layers.into_iter().map(|layer| Linear::new(gpu, &[layer], true));
    hidden.chain([Linear::new(gpu, &heads, false)]).collect()
}

/// Rows of `weights` in the order of maps on the GPU: the channels of a pixel side by side, not the pixels of a channel.
///
/// # Shapes
/// `weights`: `[channels, side, side, outputs]` → `[side, side, channels, outputs]`.
fn with_channels_last(weights: &[f32], Shape { channels, side }: Shape, n_out: usize) -> Vec<f32> {
    let n_pixels = side * side;
    let row = |i: usize| {
        let (pixel, channel) = (i / channels, i % channels);
        &weights[(channel * n_pixels + pixel) * n_out..][..n_out]
    };
    (0..n_pixels * channels).flat_map(row).copied().collect()
}

fn values<const D: usize>(tensor: Tensor<D>) -> Option<Vec<f32>> {
    tensor.into_data().try_into_vec().ok()
}

#[cfg(test)]
mod tests {
    use super::with_channels_last;
    use crate::Shape;

    #[test]
    fn rows_follow_the_pixels() {
        // Two channels of 2×2 pixels, one output: channel 0 has 0..4, channel 1 has 4..8.
        let weights: Vec<f32> = (0..8u8).map(f32::from).collect();
        let expected = [0.0, 4.0, 1.0, 5.0, 2.0, 6.0, 3.0, 7.0];
        assert_eq!(with_channels_last(&weights, Shape { channels: 2, side: 2 }, 1), expected);
    }
}
