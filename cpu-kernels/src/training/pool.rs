//! The greatest of each 2×2 pixels, of `[batch, height, width, channels]`.

use rayon::prelude::*;

use super::{pixels::Size, simd::vectorised};

/// Half the sides; an odd last row or column is left out.
pub fn forward(x: &[f32], size: Size, channels: usize) -> Vec<f32> {
    let half = half(size);
    let mut y = vec![0.0; x.len() / size.area() * half.area()];
    let pictures = y.par_chunks_exact_mut(half.area() * channels).zip(x.par_chunks_exact(size.area() * channels));
    pictures.for_each(|(y, x)| {
        vectorised(
            #[inline(always)]
            || {
                let rows = y.chunks_exact_mut(half.width * channels).zip(x.chunks_exact(2 * size.width * channels));
                for (y, rows) in rows {
                    let (upper, lower) = rows.split_at(size.width * channels);
                    let pairs = upper.chunks_exact(2 * channels).zip(lower.chunks_exact(2 * channels));
                    for (y, (upper, lower)) in y.chunks_exact_mut(channels).zip(pairs) {
                        let above = upper[..channels].iter().zip(&upper[channels..]);
                        let below = lower[..channels].iter().zip(&lower[channels..]);
                        for ((y, above), below) in y.iter_mut().zip(above).zip(below) {
                            *y = above.0.max(*above.1).max(below.0.max(*below.1));
                        }
                    }
                }
            },
        );
    });
    y
}

/// Gradient of `x`: that of `y` where `x` is the greatest of its four, at the first of equals.
pub fn backward(grad: &[f32], x: &[f32], size: Size, channels: usize) -> Vec<f32> {
    let half = half(size);
    let mut x_grad = vec![0.0; x.len()];
    let len = size.area() * channels;
    let pictures = x_grad.par_chunks_exact_mut(len).zip(x.par_chunks_exact(len));
    pictures.zip(grad.par_chunks_exact(half.area() * channels)).for_each(|((x_grad, x), grad)| {
        vectorised(
            #[inline(always)]
            || {
                let len = 2 * size.width * channels;
                let rows = x_grad.chunks_exact_mut(len).zip(x.chunks_exact(len));
                for ((x_grad, x), grad) in rows.zip(grad.chunks_exact(half.width * channels)) {
                    let (upper_grad, lower_grad) = x_grad.split_at_mut(len / 2);
                    let (upper, lower) = x.split_at(len / 2);
                    let pairs = upper.chunks_exact(2 * channels).zip(lower.chunks_exact(2 * channels));
                    let grads =
                        upper_grad.chunks_exact_mut(2 * channels).zip(lower_grad.chunks_exact_mut(2 * channels));
                    for ((values, grads), grad) in pairs.zip(grads).zip(grad.chunks_exact(channels)) {
                        let (values, grads) = ([values.0, values.1], [grads.0, grads.1]);
                        scatter_grad(values, grads, grad);
                    }
                }
            },
        );
    });
    x_grad
}

/// The gradient of two pairs of pixels, above and below, from that of the greatest of them.
#[inline(always)]
#[expect(clippy::needless_bitwise_bool, reason = "without a branch the loop is done in vectors")]
fn scatter_grad(values: [&[f32]; 2], grads: [&mut [f32]; 2], grad: &[f32]) {
    let [above, below] = values.map(|pair| pair.split_at(grad.len()));
    let [above_grad, below_grad] = grads.map(|pair| pair.split_at_mut(grad.len()));
    let above = above.0.iter().zip(above.1).zip(above_grad.0.iter_mut().zip(above_grad.1));
    let below = below.0.iter().zip(below.1).zip(below_grad.0.iter_mut().zip(below_grad.1));
    for ((above, below), &grad) in above.zip(below).zip(grad) {
        let (((above, above_right), above_grads), ((below, below_right), below_grads)) = (above, below);
        let above_wins = above.max(*above_right) >= below.max(*below_right);
        let (left_above, left_below) = (above >= above_right, below >= below_right);
        *above_grads.0 = if above_wins & left_above { grad } else { 0.0 };
        *above_grads.1 = if above_wins & !left_above { grad } else { 0.0 };
        *below_grads.0 = if !above_wins & left_below { grad } else { 0.0 };
        *below_grads.1 = if !above_wins & !left_below { grad } else { 0.0 };
    }
}

fn half(size: Size) -> Size {
    Size { height: size.height / 2, width: size.width / 2 }
}
