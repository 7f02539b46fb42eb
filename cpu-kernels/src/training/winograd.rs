//! The 3×3 convolution of stride 1 with a border of zeros, by tiles: with a fifth of the multiplications (Lavin and Gray
//! 2016). Pictures are [`Pixels`].

mod filters;
mod layer;
mod points;
mod product;
mod tiles;
mod transform;

use self::{
    layer::Layer,
    points::{Five, Six},
};
use super::{
    conv::InputGrad,
    pixels::{Pixels, Size},
};

/// The outputs, some whole pictures at a time given to `finish` with the place of the first value, and its results.
pub(super) fn forward<R: Send>(
    x: &[f32],
    weight: &[f32],
    sizes: [usize; 2],
    size: Size,
    finish: impl Fn(usize, &mut [f32]) -> R + Sync,
) -> (Vec<f32>, Vec<R>) {
    if prefers_five(size) {
        Layer::<Five, 7, 5>::new(sizes, size).forward(x, weight, finish)
    } else {
        Layer::<Six, 8, 6>::new(sizes, size).forward(x, weight, finish)
    }
}

/// The gradient of `weight`, and that of `x`, if it is asked for, from that of the outputs.
pub(super) fn backward(
    x: &[f32],
    weight: &[f32],
    grad: &impl Pixels,
    sizes: [usize; 2],
    size: Size,
    x_grad: Option<InputGrad<'_>>,
) -> Vec<f32> {
    if prefers_five(size) {
        Layer::<Five, 7, 5>::new(sizes, size).backward(x, weight, grad, x_grad)
    } else {
        Layer::<Six, 8, 6>::new(sizes, size).backward(x, weight, grad, x_grad)
    }
}

/// Whether tiles of five take fewer multiplications than tiles of six.
fn prefers_five(size: Size) -> bool {
    let products = |out: usize| size.height.div_ceil(out) * size.width.div_ceil(out) * (out + 2) * (out + 2);
    products(5) < products(6)
}
