//! The greatest of each 2×2 pixels.

use rayon::prelude::*;

use super::{plane::Plane, vectorised::vectorised};

/// # Shapes
/// `[maps, height, width]` of `plane` → `[maps, height / 2, width / 2]`; an odd last row or column is left out.
pub(super) fn forward(x: &[f32], plane: Plane) -> Vec<f32> {
    let half = half(plane);
    let mut y = vec![0.0; x.len() / plane.area() * half.area()];
    y.par_chunks_exact_mut(half.area()).zip(x.par_chunks_exact(plane.area())).for_each(|(y, x)| {
        vectorised(
            #[inline(always)]
            || {
                for (y, rows) in y.chunks_exact_mut(half.width).zip(x.chunks_exact(2 * plane.width)) {
                    let (upper, lower) = rows.split_at(plane.width);
                    for ((y, upper), lower) in y.iter_mut().zip(upper.as_chunks::<2>().0).zip(lower.as_chunks::<2>().0)
                    {
                        *y = upper[0].max(upper[1]).max(lower[0].max(lower[1]));
                    }
                }
            },
        );
    });
    y
}

/// Gradient of `x`: that of `y` where `x` is the greatest of its four, at the first of equals.
#[allow(clippy::needless_bitwise_bool, reason = "without a branch the loop is done in vectors")]
pub(super) fn backward(grad: &[f32], x: &[f32], plane: Plane) -> Vec<f32> {
    let half = half(plane);
    let mut x_grad = vec![0.0; x.len()];
    let maps = x_grad.par_chunks_exact_mut(plane.area()).zip(x.par_chunks_exact(plane.area()));
    maps.zip(grad.par_chunks_exact(half.area())).for_each(|((x_grad, x), grad)| {
        vectorised(
            #[inline(always)]
            || {
                let rows = x_grad.chunks_exact_mut(2 * plane.width).zip(x.chunks_exact(2 * plane.width));
                for ((x_grad, x), grad) in rows.zip(grad.chunks_exact(half.width)) {
                    let (upper_grad, lower_grad) = x_grad.split_at_mut(plane.width);
                    let (upper, lower) = x.split_at(plane.width);
                    let grads = upper_grad.as_chunks_mut::<2>().0.iter_mut().zip(lower_grad.as_chunks_mut::<2>().0);
                    let values = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
                    for (((upper_grad, lower_grad), (upper, lower)), &grad) in grads.zip(values).zip(grad) {
                        let upper_wins = upper[0].max(upper[1]) >= lower[0].max(lower[1]);
                        let (left_above, left_below) = (upper[0] >= upper[1], lower[0] >= lower[1]);
                        upper_grad[0] = if upper_wins & left_above { grad } else { 0.0 };
                        upper_grad[1] = if upper_wins & !left_above { grad } else { 0.0 };
                        lower_grad[0] = if !upper_wins & left_below { grad } else { 0.0 };
                        lower_grad[1] = if !upper_wins & !left_below { grad } else { 0.0 };
                    }
                }
            },
        );
    });
    x_grad
}

fn half(plane: Plane) -> Plane {
    Plane { height: plane.height / 2, width: plane.width / 2 }
}
