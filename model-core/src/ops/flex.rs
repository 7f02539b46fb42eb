//! The operations on `flex`: the kernels of `cpu_kernels::training`.
//!
//! The kernels take the channels-last (NHWC) layout, which tensors that come from here have in memory; others are copied
//! into it.

use burn::{
    backend::{
        Flex, TensorMetadata,
        flex::{FlexDevice, FlexTensor},
        ops::FloatTensorOps,
    },
    tensor::TensorData,
};
use cpu_kernels::training::{
    self, InputGrad, KERNEL, Norm, OutputGrad, ProductPrecision, Scale, Size, Statistics, pool,
};

use super::extension::NativeOps;

impl NativeOps for Flex {
    fn native_conv_scale_relu(
        x: FlexTensor,
        weight: FlexTensor,
        scale: FlexTensor,
        shift: FlexTensor,
        precision: ProductPrecision,
    ) -> FlexTensor {
        scaled([x, weight, scale, shift], None, precision)
    }

    fn native_conv_scale_add_relu(
        x: FlexTensor,
        weight: FlexTensor,
        scale: FlexTensor,
        shift: FlexTensor,
        skip: FlexTensor,
        precision: ProductPrecision,
    ) -> FlexTensor {
        scaled([x, weight, scale, shift], Some(&skip), precision)
    }

    fn native_conv_norm_relu(
        x: FlexTensor,
        weight: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        epsilon: f64,
        precision: ProductPrecision,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let Forward { y, statistics, .. } = forward([x, weight, gamma, beta], None, epsilon, precision);
        output_and_statistics(y, statistics)
    }

    fn native_conv_norm_add_relu(
        x: FlexTensor,
        weight: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        skip: FlexTensor,
        epsilon: f64,
        precision: ProductPrecision,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let Forward { y, statistics, .. } = forward([x, weight, gamma, beta], Some(&skip), epsilon, precision);
        output_and_statistics(y, statistics)
    }

    fn native_max_pool(x: FlexTensor) -> FlexTensor {
        let ([_, channels, ..], size) = shape_and_size(&x);
        let y = pool::forward(values(&to_nhwc(&x)), size, channels);
        nchw_tensor(y, channels, Size { height: size.height / 2, width: size.width / 2 })
    }
}

pub(super) fn scaled(
    [x, weight, scale, shift]: [FlexTensor; 4],
    skip: Option<&FlexTensor>,
    precision: ProductPrecision,
) -> FlexTensor {
    let conv = ConvShape::of(&x, &weight, precision);
    let ConvShape { channels, picture, .. } = conv;
    let [weight, scale, shift] = [weight, scale, shift].map(|tensor| tensor.to_contiguous());
    let scale = Scale::new(values(&scale), values(&shift));
    let (x, skip) = (to_nhwc(&x), skip.map(to_nhwc));
    let skip = skip.as_ref().map(values);
    let y = training::convolve_scaled(values(&x), values(&weight), channels, picture, precision, &scale, skip);
    nchw_tensor(y, conv.n_out(), picture)
}

fn output_and_statistics(
    y: FlexTensor,
    Statistics { mean, variance }: Statistics,
) -> (FlexTensor, FlexTensor, FlexTensor) {
    let n = mean.len();
    (y, tensor(mean, [n]), tensor(variance, [n]))
}

/// Output and batch statistics of the forward pass, and what the backward pass needs.
pub(super) struct Forward {
    pub(super) y: FlexTensor,
    pub(super) statistics: Statistics,
    pub(super) state: NormState,
}

pub(super) fn forward(
    [x, weight, gamma, beta]: [FlexTensor; 4],
    skip: Option<&FlexTensor>,
    epsilon: f64,
    precision: ProductPrecision,
) -> Forward {
    let conv = ConvShape::of(&x, &weight, precision);
    let (x, weight) = (to_nhwc(&x), weight.to_contiguous());
    let ConvShape { channels, picture, .. } = conv;
    let (maps, moments) = training::convolve_with_moments(values(&x), values(&weight), channels, picture, precision);
    let statistics = Statistics::of(&moments);
    let norm = Norm::new(values(&gamma.to_contiguous()), values(&beta.to_contiguous()), epsilon, &statistics);
    let skip = skip.map(to_nhwc);
    let y = nchw_tensor(norm.forward(&maps, skip.as_ref().map(values)), conv.n_out(), conv.picture);
    let output_with_skip = skip.map(|_| y.clone());
    let n_values = maps.len();
    let maps = tensor(maps, [n_values]);
    Forward { y, statistics, state: NormState { conv, x, weight, maps, output_with_skip, skip_is_input: false, norm } }
}

/// The shape of a convolution, and how its products are taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConvShape {
    /// `[n_out, n_in]`.
    pub(super) channels: [usize; 2],
    /// Size of a picture, in and out.
    pub(super) picture: Size,
    precision: ProductPrecision,
}

impl ConvShape {
    fn of(x: &FlexTensor, weight: &FlexTensor, precision: ProductPrecision) -> Self {
        let [n_out, n_in, kernel_height, kernel_width] = weight.shape().dims();
        assert_eq!([kernel_height, kernel_width], [KERNEL; 2], "expected 3×3 filters");
        Self { channels: [n_out, n_in], picture: shape_and_size(x).1, precision }
    }

    pub(super) fn n_out(self) -> usize {
        self.channels[0]
    }

    /// Gradients of `x`, if it is needed, with `skip_grad` added to it, and of `weight`. `x` is NHWC; its gradient is not.
    pub(super) fn backward(
        self,
        x: &FlexTensor,
        weight: &FlexTensor,
        grad: &OutputGrad<'_>,
        needs_x_grad: bool,
        skip_grad: Option<&[f32]>,
    ) -> (Option<FlexTensor>, FlexTensor) {
        let x = values(x);
        let mut x_grad = needs_x_grad.then(|| vec![0.0; x.len()]);
        let [n_out, n_in] = self.channels;
        let into = x_grad.as_mut().map(|values| InputGrad { values, plus: skip_grad });
        let weight_grad =
            training::backward(x, values(weight), grad, self.channels, self.picture, into, self.precision);
        let weight_grad = tensor(weight_grad, [n_out, n_in, KERNEL, KERNEL]);
        (x_grad.map(|x_grad| nchw_tensor(x_grad, n_in, self.picture)), weight_grad)
    }
}

#[derive(Clone, Debug)]
pub(super) struct NormState {
    pub(super) conv: ConvShape,
    /// `[batch, height, width, n_in]`.
    pub(super) x: FlexTensor,
    pub(super) weight: FlexTensor,
    /// Values of the convolution's output, in the order `[batch, height, width, n_out]`.
    pub(super) maps: FlexTensor,
    /// The output, if the step had a `skip`: then `maps` alone do not tell where the ReLU is 0.
    pub(super) output_with_skip: Option<FlexTensor>,
    /// Whether `skip` is `x` itself, whose gradient is the sum of both then.
    pub(super) skip_is_input: bool,
    pub(super) norm: Norm,
}

/// The shape, and the size of a picture.
pub(super) fn shape_and_size(x: &FlexTensor) -> ([usize; 4], Size) {
    let shape @ [_, _, height, width] = x.shape().dims::<4>();
    (shape, Size { height, width })
}

/// `[batch, channels, height, width]` → `[batch, height, width, channels]`, contiguous; copies if need be.
pub(super) fn to_nhwc(x: &FlexTensor) -> FlexTensor {
    x.permute(&[0, 2, 3, 1]).to_contiguous()
}

/// `[batch, height, width, channels]` → `[batch, channels, height, width]`, a view: no copy.
pub(super) fn to_nchw(x: &FlexTensor) -> FlexTensor {
    x.permute(&[0, 3, 1, 2])
}

/// `[batch, channels, height, width]` of values in the order `[batch, height, width, channels]`.
pub(super) fn nchw_tensor(nhwc: Vec<f32>, channels: usize, size: Size) -> FlexTensor {
    let batch = nhwc.len() / (channels * size.area());
    to_nchw(&tensor(nhwc, [batch, size.height, size.width, channels]))
}

/// The values of a contiguous tensor.
pub(super) fn values(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("`to_contiguous`, and networks are trained in f32")
}

pub(super) fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    Flex::float_from_data(TensorData::new(values, shape), &FlexDevice)
}
