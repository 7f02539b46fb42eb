//! The steps on the CPU by `cpu_kernels`, where these have them; else as in [`burn_ops`].

use burn::{
    nn::{BatchNorm, conv::Conv2d},
    tensor::{Device, Tensor},
};
use cpu_kernels::training::{KERNEL, ProductPrecision};

use super::{ConvMethod, Kernel, Precision, burn_ops, extension, running_scale};

/// Whether the convolution of `x` is done here: the kernels are for 3×3 filters on the CPU.
pub(super) fn does(conv: &Conv2d, method: ConvMethod, x: &Tensor<4>) -> bool {
    method.kernel == Kernel::Native && conv.kernel_size == [KERNEL; 2] && is_flex(&x.device())
}

/// [`super::conv_norm_relu`].
pub(super) fn conv_norm_relu(
    conv: &Conv2d,
    norm: &BatchNorm,
    x: Tensor<4>,
    skip: Option<Tensor<4>>,
    precision: Precision,
) -> Tensor<4> {
    let precision = product_precision(precision);
    if x.device().is_autodiff() {
        return extension::conv_norm_relu(norm, x, conv.weight.val(), skip, precision);
    }
    let scale = running_scale(norm);
    let shift = norm.beta.val() - norm.running_mean.value_sync() * scale.clone();
    extension::conv_scale_relu(x, conv.weight.val(), [scale, shift], skip, precision)
}

/// [`super::conv_relu`] with `bias`.
pub(super) fn conv_relu(
    conv: &Conv2d,
    bias: Tensor<1>,
    x: Tensor<4>,
    skip: Option<Tensor<4>>,
    precision: Precision,
) -> Tensor<4> {
    let scale_and_shift = [bias.ones_like(), bias];
    extension::conv_scale_relu(x, conv.weight.val(), scale_and_shift, skip, product_precision(precision))
}

/// # Panics
/// If it is half precision, which [`Kernel::Native`] does not have.
fn product_precision(precision: Precision) -> ProductPrecision {
    match precision {
        Precision::F32 => ProductPrecision::F32,
        Precision::Bf16 => ProductPrecision::Bf16,
        Precision::F16 => panic!("expected f32 or bf16 for the CPU's own kernels, got f16"),
    }
}

/// [`burn_ops::max_pool`].
pub(crate) fn max_pool(x: Tensor<4>) -> Tensor<4> {
    if is_flex(&x.device()) { extension::max_pool(x) } else { burn_ops::max_pool(x) }
}

/// Whether `device` is `flex`, to train or to measure on.
fn is_flex(device: &Device) -> bool {
    device.clone().inner() == Device::flex()
}
