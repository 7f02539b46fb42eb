//! The steps of a network that cost most: convolution with batch normalisation and ReLU, and max-pooling.
//!
//! `burn_ops` asks Burn for them. Natively on Burn's CPU back-end, `native` has the kernels of `cpu_kernels::training` do
//! them, as operations of their own (`extension`), on `flex` and with gradients (`autodiff`): `flex` of Burn 0.22 has no
//! convolution backward of its own, and makes a pass over memory for each elementary operation. `products` makes products
//! of matrices of a convolution, for GPUs.

#[cfg(not(target_arch = "wasm32"))]
mod autodiff;
mod burn_ops;
#[cfg(not(target_arch = "wasm32"))]
mod extension;
#[cfg(not(target_arch = "wasm32"))]
mod flex;
mod method;
#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(not(target_arch = "wasm32"))]
mod products;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

use burn::{
    nn::{BatchNorm, conv::Conv2d},
    tensor::Tensor,
};

#[cfg(target_arch = "wasm32")]
pub(crate) use burn_ops::max_pool;
pub use method::{ConvMethod, Kernel, Precision};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::max_pool;

/// What `norm` multiplies each channel by, by its running statistics. Shape `[channels]`.
pub(crate) fn running_scale(norm: &BatchNorm) -> Tensor<1> {
    norm.gamma.val() / (norm.running_var.value_sync() + norm.epsilon).sqrt()
}

/// `relu(norm(conv(x)) + skip)`. `conv` has stride 1, keeps the size and has no bias.
///
/// In the browser, where no network is trained, always as Burn does it. [`Kernel`] says what else does which filters.
///
/// # Shapes
/// `[batch, channels in, height, width]` → `[batch, channels out, height, width]`, which is also the shape of `skip`.
pub(crate) fn conv_norm_relu(
    conv: &Conv2d,
    norm: &BatchNorm,
    x: Tensor<4>,
    skip: Option<Tensor<4>>,
    method: ConvMethod,
) -> Tensor<4> {
    #[cfg(not(target_arch = "wasm32"))]
    if products::does(conv, method) {
        let maps = products::convolve(x, conv.weight.val(), method);
        return burn_ops::norm_relu(norm, maps, skip);
    } else if native::does(conv, method, &x) {
        return native::conv_norm_relu(conv, norm, x, skip, method.precision);
    }
    let _ = method;
    burn_ops::conv_norm_relu(conv, norm, x, skip)
}

/// `relu(conv(x) + skip)`; as [`conv_norm_relu`], but `conv` has a bias.
pub(crate) fn conv_relu(conv: &Conv2d, x: Tensor<4>, skip: Option<Tensor<4>>, method: ConvMethod) -> Tensor<4> {
    #[cfg(not(target_arch = "wasm32"))]
    if let Some(bias) = conv.bias.as_ref().map(burn::module::Param::val) {
        if products::does(conv, method) {
            let maps = products::convolve(x, conv.weight.val(), method);
            return burn_ops::add_bias_relu(maps, bias, skip);
        } else if native::does(conv, method, &x) && !x.device().is_autodiff() {
            return native::conv_relu(conv, bias, x, skip, method.precision);
        }
    }
    let _ = method;
    burn_ops::conv_relu(conv, x, skip)
}
