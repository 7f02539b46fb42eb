//! The steps as Burn has them.

use burn::{
    nn::{BatchNorm, conv::Conv2d, pool::MaxPool2dConfig},
    tensor::{Tensor, activation::relu},
};

/// [`super::conv_norm_relu`].
pub(super) fn conv_norm_relu(conv: &Conv2d, norm: &BatchNorm, x: Tensor<4>, skip: Option<Tensor<4>>) -> Tensor<4> {
    norm_relu(norm, conv.forward(x), skip)
}

/// [`super::conv_relu`].
pub(super) fn conv_relu(conv: &Conv2d, x: Tensor<4>, skip: Option<Tensor<4>>) -> Tensor<4> {
    add_relu(conv.forward(x), skip)
}

/// `relu(maps + bias + skip)`; `bias` has a number for each channel.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn add_bias_relu(maps: Tensor<4>, bias: Tensor<1>, skip: Option<Tensor<4>>) -> Tensor<4> {
    let n_out = bias.dims()[0];
    add_relu(maps + bias.reshape([1, n_out, 1, 1]), skip)
}

/// `relu(maps + skip)`.
fn add_relu(maps: Tensor<4>, skip: Option<Tensor<4>>) -> Tensor<4> {
    relu(match skip {
        None => maps,
        Some(skip) => maps + skip,
    })
}

/// `relu(norm(maps) + skip)`.
pub(super) fn norm_relu(norm: &BatchNorm, maps: Tensor<4>, skip: Option<Tensor<4>>) -> Tensor<4> {
    add_relu(norm.forward(maps), skip)
}

/// The greatest of each 2×2 pixels.
///
/// # Shapes
/// `[batch, channels, height, width]` → `[batch, channels, height / 2, width / 2]`.
pub(crate) fn max_pool(x: Tensor<4>) -> Tensor<4> {
    MaxPool2dConfig::new([2, 2]).init().forward(x)
}
