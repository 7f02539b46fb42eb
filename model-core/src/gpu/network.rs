//! A fused network of 3×3 convolutions and two heads on their mean.

use burn::tensor::{Device, Tensor};

use super::{Convolution, Geometry, Gpu, heads::Heads};
use crate::{ClassifyError, INPUT_SIDE, Network, fused::pools};

/// Faces in one run: maps between two layers then take 7 MB at most, far below the 128 MiB that every browser grants.
const MAX_FACES: usize = 64;

/// A network of 3×3 convolutions, max-pooling after some of them, a global average and its output layers, with its
/// weights on the GPU.
#[derive(Debug)]
pub(crate) struct FusedNetwork {
    gpu: Gpu,
    convolutions: Vec<Convolution>,
    heads: Heads,
}

impl FusedNetwork {
    /// Packs the weights of `network`, which is on the CPU, for the GPU `device`; `None` if that is another device, or if
    /// the network is not fused or has other layers.
    pub(crate) fn new(network: &Network, device: &Device) -> Option<Self> {
        let gpu = Gpu::new(device)?;
        let pools = pools(&network.architecture().table())?;
        let mut side = INPUT_SIDE;
        let convolutions = network.fused_convolutions()?.into_iter().zip(pools).map(|((filters, bias), pools)| {
            let [_, n_in, ..] = filters.dims();
            let [filters, bias] = [values(filters)?, values(bias)?];
            let geometry = Geometry { kernel: 3, stride: 1, pools };
            let filter_at = |tap: usize, input: usize, output: usize| filters[(output * n_in + input) * 9 + tap];
            let convolution = Convolution::new(&gpu, geometry, side, n_in, &bias, filter_at);
            side = if pools { side / 2 } else { side };
            convolution
        });
        let convolutions = convolutions.collect::<Option<_>>()?;
        let (layers, votes) = network.linear_layers();
        let [labels] = <[_; 1]>::try_from(layers).ok()?;
        let heads = [labels].into_iter().chain(votes).map(|(weights, bias)| Some([values(weights)?, values(bias)?]));
        let heads = Heads::new(&gpu, &heads.collect::<Option<Vec<_>>>()?)?;
        Some(Self { gpu, convolutions, heads })
    }

    /// Logits of the labels and, if the network has them, of the raters' votes. No face, no work.
    ///
    /// # Shapes
    /// `faces`: `[faces, INPUT_SIDE, INPUT_SIDE]`, normalised; output `[faces, 7 + 8]`.
    pub(crate) async fn run(&self, faces: &[f32]) -> Result<Vec<f32>, ClassifyError> {
        let mut logits = vec![];
        for faces in faces.chunks(MAX_FACES * INPUT_SIDE * INPUT_SIDE) {
            let mut x = self.gpu.pictures(faces, INPUT_SIDE, 1);
            for convolution in &self.convolutions {
                x = convolution.run(&self.gpu, &x);
            }
            let outputs = self.heads.run(&self.gpu, &x);
            logits.extend(self.gpu.read(vec![outputs]).await?.into_iter().flatten());
        }
        Ok(logits)
    }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Option<Vec<f32>> {
    tensor.into_data().try_into_vec().ok()
}
