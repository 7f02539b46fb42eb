//! A global average and the linear layers that read it, in one dispatch; of one pixel the average is itself.

use cubecl::prelude::*;

use super::{Buffer, CUBE, Gpu, Maps, cube};

/// Linear layers that read the same, side by side, with their weights on the GPU.
#[derive(Debug)]
pub(super) struct Linear {
    /// `[channels, outputs]`.
    weights: Buffer,
    /// `[outputs]`.
    bias: Buffer,
    has_relu: bool,
}

impl Linear {
    /// `layers`: weights `[channels, outputs]` and biases `[outputs]` of each. `None` if they have more outputs than a cube
    /// has units.
    pub(super) fn new(gpu: &Gpu, layers: &[[Vec<f32>; 2]], has_relu: bool) -> Option<Self> {
        let bias: Vec<f32> = layers.iter().flat_map(|[_, bias]| bias.clone()).collect();
        let [weights, first_bias] = layers.first()?;
        let row = |channel: usize| {
            layers
                .iter()
                .flat_map(move |[weights, bias]| weights.iter().skip(channel * bias.len()).take(bias.len()).copied())
        };
        let weights: Vec<f32> = (0..weights.len() / first_bias.len()).flat_map(row).collect();
        (bias.len() <= CUBE).then(|| Self { weights: gpu.upload(&weights), bias: gpu.upload(&bias), has_relu })
    }

    /// Outputs of all layers as maps of one pixel.
    pub(super) fn run(&self, gpu: &Gpu, x: &Maps) -> Maps {
        let y = gpu.maps(x.n, 1, self.bias.len);
        // SAFETY: a cube for each face reads and writes what is the face's.
        unsafe {
            average_and_multiply::launch_unchecked(
                &gpu.0,
                CubeCount::Static(1, 1, x.n as u32),
                cube(),
                x.values.scalars(),
                self.weights.scalars(),
                self.bias.scalars(),
                y.values.scalars(),
                x.side * x.side,
                self.bias.len,
                u32::from(self.has_relu),
                x.channels,
            );
        }
        y
    }
}

/// A cube computes a face: each unit the means of some channels, then one output.
#[cube(launch_unchecked)]
fn average_and_multiply(
    x: &[f32],
    weights: &[f32],
    bias: &[f32],
    y: &mut [f32],
    n_pixels: usize,
    n_out: usize,
    has_relu: u32,
    #[comptime] n_channels: usize,
) {
    let face = CUBE_POS_Z as usize;
    let unit = UNIT_POS as usize;
    let mut means = Shared::<[f32]>::new_slice(n_channels);
    for channel in range_stepped(unit, n_channels, CUBE) {
        let mut sum = 0.0f32;
        for pixel in 0..n_pixels {
            sum += x[(face * n_pixels + pixel) * n_channels + channel];
        }
        means[channel] = sum / f32::cast_from(n_pixels);
    }
    sync_cube();
    if unit < n_out {
        let mut sum = bias[unit];
        for channel in 0..n_channels {
            sum += means[channel] * weights[channel * n_out + unit];
        }
        // By its bits, as in `relu`.
        if has_relu == 1 && u32::reinterpret(sum) - 0x8000_0000u32 <= 0x7f80_0000u32 {
            sum = 0.0f32;
        }
        y[face * n_out + unit] = sum;
    }
}
