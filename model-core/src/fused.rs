//! The convolutional part of a fused network on the CPU, natively and in wasm, several times as fast as by Burn.
//!
//! One thread, vectors of four and no fused multiply–add, so that a face gives the same bits in the page and on the
//! command line.

use std::sync::{Mutex, PoisonError};

use cpu_kernels::inference::{self, Convolution, FeatureMaps, LANES};

use crate::{INPUT_SIDE, Layer, LayerTable, Network};

/// The convolutional part of a network of 3×3 convolutions, max-pooling after some of them, and a global average.
#[derive(Debug)]
pub(crate) struct FusedFeatures {
    convolutions: Vec<Convolution>,
    /// Room that no call is using.
    scratches: Mutex<Vec<Scratch>>,
}

/// Room for one call.
#[derive(Debug, Default)]
struct Scratch {
    x: FeatureMaps,
    y: FeatureMaps,
    squares: inference::Scratch,
}

impl FusedFeatures {
    /// The convolutional part of `network`, which is on the CPU; `None` if it is not fused, or has other layers.
    pub(crate) fn new(network: &Network) -> Option<Self> {
        let table = network.architecture().table();
        let pools = pools(&table)?;
        let shapes = table.convolutions();
        if shapes.iter().any(|[_, n_out, _]| n_out % LANES != 0) {
            return None;
        }
        let mut side = INPUT_SIDE;
        let convolutions = network.fused_convolutions()?.into_iter().zip(pools).map(|((weight, bias), pools)| {
            let [weight, bias] = [weight.into_data(), bias.into_data()];
            let convolution = Convolution::new(weight.as_slice().ok()?, bias.as_slice().ok()?, side, pools);
            [side, _] = convolution.sides([side; 2]);
            Some(convolution)
        });
        Some(Self { convolutions: convolutions.collect::<Option<_>>()?, scratches: Mutex::default() })
    }

    /// The same for one face as `Network::features`.
    ///
    /// # Shapes
    /// `face`: `[height, width]` of `sides`, normalised; output `[channels]`.
    pub(crate) fn run(&self, face: &[f32], sides: [usize; 2]) -> Vec<f32> {
        let scratches = || self.scratches.lock().unwrap_or_else(PoisonError::into_inner);
        let mut scratch = scratches().pop().unwrap_or_default();
        let means = self.run_in(&mut scratch, face, sides);
        scratches().push(scratch);
        means
    }

    fn run_in(&self, Scratch { x, y, squares }: &mut Scratch, face: &[f32], mut sides: [usize; 2]) -> Vec<f32> {
        let tile_of = |idx: usize| self.convolutions.get(idx).map_or(1, Convolution::tile);
        x.clear(sides, 1, tile_of(0));
        x.fill(face);
        for (idx, convolution) in self.convolutions.iter().enumerate() {
            sides = convolution.sides(sides);
            y.clear(sides, convolution.depth(), tile_of(idx + 1));
            convolution.run(x, y, squares);
            std::mem::swap(x, y);
        }
        x.means()
    }
}

/// Whether each convolution of `table` is followed by max-pooling; `None` if it has other layers.
pub(crate) fn pools(table: &LayerTable) -> Option<Vec<bool>> {
    let (Layer::GlobalAverage, layers) = table.features.split_last()? else { return None };
    let mut pools = vec![];
    for layer in layers {
        match layer {
            Layer::Conv { kernel: 3, .. } | Layer::Skip { kernel: 3 } => pools.push(false),
            Layer::MaxPool => *pools.last_mut().filter(|pools| !**pools)? = true,
            _ => return None,
        }
    }
    Some(pools)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor, TensorData, Tolerance};

    use super::*;
    use crate::Architecture;

    fn ferrum() -> Network {
        Network::seeded(Architecture::Ferrum, 3, &Device::flex()).varied().fused()
    }

    #[test]
    fn they_are_those_of_the_network_on_faces_of_any_sides() {
        let network = ferrum();
        let features = FusedFeatures::new(&network).unwrap();
        // Not one after the other in size: room is used again.
        for [height, width] in [[48, 48], [45, 51], [8, 9], [64, 33], [48, 48]] {
            let face: Vec<f32> = (0..height * width).map(|i| (i as f32 * 0.37).sin()).collect();
            let x = Tensor::from_data(TensorData::new(face.clone(), [1, 1, height, width]), &Device::flex());
            let expected = network.features(x).into_data();
            let actual = features.run(&face, [height, width]);
            let actual = TensorData::new(actual, expected.shape().clone());
            // Rounding alone: the transforms multiply by up to 8 and take it back.
            actual.assert_approx_eq::<f32>(&expected, Tolerance::rel_abs(1e-3, 1e-4));
        }
    }

    #[test]
    fn other_networks_are_left_to_burn() {
        let device = Device::flex();
        for architecture in Architecture::ALL {
            let trained = Network::seeded(architecture, 3, &device);
            assert!(FusedFeatures::new(&trained).is_none());
            assert_eq!(FusedFeatures::new(&trained.fused()).is_some(), architecture == Architecture::Ferrum);
        }
    }

    #[test]
    fn what_is_not_a_number_is_not_hidden() {
        let mut face = vec![0.5; INPUT_SIDE * INPUT_SIDE];
        face[INPUT_SIDE * INPUT_SIDE / 2] = f32::NAN;
        let means = FusedFeatures::new(&ferrum()).unwrap().run(&face, [INPUT_SIDE; 2]);
        assert!(means.iter().all(|mean| mean.is_nan()));
    }
}
