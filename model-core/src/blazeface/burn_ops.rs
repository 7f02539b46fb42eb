//! The networks by Burn's own operations, on any device.

use burn::tensor::{
    Device, Tensor, TensorData,
    activation::relu,
    module::{conv2d, interpolate, max_pool2d},
    ops::{ConvOptions, InterpolateMode, InterpolateOptions, MaxPoolOptions},
};

use super::{
    RawFaces,
    filters::Filter,
    layout::{Layout, Step},
};

/// A network whose weights are on a device.
#[derive(Debug)]
pub(super) struct BurnNetwork {
    layout: &'static Layout,
    convolutions: Vec<Convolution>,
}

#[derive(Debug)]
struct Convolution {
    /// `[out, in, height, width]`.
    weight: Tensor<4>,
    bias: Tensor<1>,
    groups: usize,
}

impl Convolution {
    fn new(filter: Filter, device: &Device) -> Self {
        let Filter { shape, weight, bias } = filter;
        let n_out = bias.len();
        let bias = Tensor::from_data(TensorData::new(bias, [n_out]), device);
        let weight = |shape: [usize; 4]| Tensor::<4>::from_data(TensorData::new(weight, shape), device);
        let (weight, groups) = match shape[..] {
            [height, width, channels] => (weight([1, height, width, channels]).permute([3, 0, 1, 2]), channels),
            _ => (weight([n_out, shape[1], shape[2], shape[3]]).permute([0, 3, 1, 2]), 1),
        };
        Self { weight, bias, groups }
    }

    fn forward(&self, x: Tensor<4>, stride: usize) -> Tensor<4> {
        // TensorFlow's `SAME` of an even side: what is left over goes to the end.
        let total = self.weight.dims()[2] - stride;
        let padding = (total / 2, total.div_ceil(2));
        let options = ConvOptions::new_with_padding([stride; 2], [padding; 2], [1; 2], self.groups);
        conv2d(x, self.weight.clone(), Some(self.bias.clone()), options)
    }
}

impl BurnNetwork {
    pub(super) fn new(layout: &'static Layout, filters: Vec<Filter>, device: &Device) -> Self {
        Self { layout, convolutions: filters.into_iter().map(|filter| Convolution::new(filter, device)).collect() }
    }

    /// Boxes and scores of every anchor.
    ///
    /// # Shapes
    /// `[n, 3, side, side]` → `[n, anchors, 16]`, `[n, anchors, 1]`.
    pub(super) fn forward(&self, mut x: Tensor<4>) -> [Tensor<3>; 2] {
        let mut convolutions = self.convolutions.iter();
        let mut next = || convolutions.next().expect("`filters::read` gives all of them");
        let mut kept = vec![];
        for &step in self.layout.steps {
            x = match step {
                Step::Stem { .. } => relu(next().forward(x, 2)),
                Step::Block { widths, stride } => block(x, widths.len(), stride, &mut next),
                Step::Keep => {
                    kept.push(x.clone());
                    x
                }
                Step::Point { .. } => relu(next().forward(x, 1)),
                Step::Merge { .. } => {
                    let lateral = kept.pop().expect("maps were kept");
                    relu(next().forward(lateral, 1)) + twice_as_large(x)
                }
            };
        }
        kept.push(x);
        let mut rows = |numbers: usize| {
            let of_head = |maps: &Tensor<4>| rows_of(next().forward(maps.clone(), 1), numbers);
            Tensor::cat(kept.iter().map(of_head).collect(), 1)
        };
        let scores = rows(1);
        [rows(RawFaces::N_NUMBERS), scores]
    }
}

fn block<'a>(x: Tensor<4>, n_pairs: usize, stride: usize, next: &mut impl FnMut() -> &'a Convolution) -> Tensor<4> {
    let mut y = x.clone();
    for pair in 0..n_pairs {
        y = if pair == 0 { y } else { relu(y) };
        y = next().forward(y, if pair == 0 { stride } else { 1 });
        y = next().forward(y, 1);
    }
    let x = if stride == 2 { max_pool2d(x, MaxPoolOptions::new([2, 2])) } else { x };
    let [n, channels, height, width] = x.dims();
    let n_more = y.dims()[1] - channels;
    let skip = match n_more {
        0 => x,
        _ => Tensor::cat(vec![x, Tensor::zeros([n, n_more, height, width], &y.device())], 1),
    };
    relu(y + skip)
}

fn twice_as_large(x: Tensor<4>) -> Tensor<4> {
    let options = InterpolateOptions::new(InterpolateMode::Bilinear).with_align_corners(false);
    interpolate(x, options.with_scale_factor([2.0; 2]))
}

/// # Shapes
/// `[n, anchors of a pixel × numbers, height, width]` → `[n, anchors, numbers]`.
fn rows_of(maps: Tensor<4>, numbers: usize) -> Tensor<3> {
    let [n, channels, height, width] = maps.dims();
    maps.permute([0, 2, 3, 1]).reshape([n, height * width * channels / numbers, numbers])
}
