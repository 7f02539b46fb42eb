//! The steps as Burn has them.

use burn::{
    nn::{BatchNorm, conv::Conv2d, pool::MaxPool2dConfig},
    tensor::{Tensor, activation::relu},
};

/// `relu(norm(conv(x)) + skip)`. `conv` has stride 1, keeps the size and has no bias.
///
/// # Shapes
/// `[batch, channels in, height, width]` → `[batch, channels out, height, width]`, which is also the shape of `skip`.
pub(crate) fn conv_norm_relu(conv: &Conv2d, norm: &BatchNorm, x: Tensor<4>, skip: Option<Tensor<4>>) -> Tensor<4> {
    norm_relu(norm, conv.forward(x), skip)
}

/// `relu(norm(maps) + skip)`.
pub(super) fn norm_relu(norm: &BatchNorm, maps: Tensor<4>, skip: Option<Tensor<4>>) -> Tensor<4> {
    let normed = norm.forward(maps);
    relu(match skip {
        None => normed,
        Some(skip) => normed + skip,
    })
}

/// The greatest of each 2×2 pixels.
///
/// # Shapes
/// `[batch, channels, height, width]` → `[batch, channels, height / 2, width / 2]`.
pub(crate) fn max_pool(x: Tensor<4>) -> Tensor<4> {
    MaxPool2dConfig::new([2, 2]).init().forward(x)
}
