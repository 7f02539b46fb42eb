//! Filters transformed for the products, and their gradient.

use std::marker::PhantomData;

use pulp::{Arch, Simd, WithSimd};

use super::{
    super::pixels::{KERNEL, TAPS},
    points::Scheme,
    product::{Panels, panels},
    transform::{Filter, FilterBack, transform_tile},
};

/// For every product of a tile a matrix `[depth, columns]`, in panels.
pub(super) struct TransformedFilters {
    values: Vec<f32>,
    depth: usize,
    columns: usize,
}

impl TransformedFilters {
    /// Inputs by outputs, from `weight`, `[n_out, n_in, 3, 3]`; with room for so many columns.
    pub(super) fn forward<T: Scheme<IN, OUT>, const IN: usize, const OUT: usize>(
        weight: &[f32],
        [_, n_in]: [usize; 2],
        columns: usize,
    ) -> Self {
        let mut taps = vec![0.0; TAPS * n_in * columns];
        each_tap(weight, n_in, |[output, input, tap], weight| taps[(tap * n_in + input) * columns + output] = weight);
        Self::of::<T, IN, OUT>(&taps, n_in, columns)
    }

    /// The transposes, which carry gradients back: outputs by inputs.
    pub(super) fn back<T: Scheme<IN, OUT>, const IN: usize, const OUT: usize>(
        weight: &[f32],
        [n_out, n_in]: [usize; 2],
        columns: usize,
    ) -> Self {
        let mut taps = vec![0.0; TAPS * n_out * columns];
        each_tap(weight, n_in, |[output, input, tap], weight| taps[(tap * n_out + output) * columns + input] = weight);
        Self::of::<T, IN, OUT>(&taps, n_out, columns)
    }

    fn of<T: Scheme<IN, OUT>, const IN: usize, const OUT: usize>(taps: &[f32], depth: usize, columns: usize) -> Self {
        let mut values = vec![0.0; IN * IN * depth * columns];
        Arch::new().dispatch(Transform::<T, IN, OUT> {
            taps,
            depth,
            columns,
            values: &mut values,
            scheme: PhantomData,
        });
        Self { values, depth, columns }
    }

    /// The matrix of the `i`th product.
    pub(super) fn of_product(&self, i: usize) -> Panels<'_> {
        let len = self.depth * self.columns;
        Panels { values: &self.values[i * len..][..len], depth: self.depth, columns: self.columns }
    }
}

fn each_tap(weight: &[f32], n_in: usize, mut f: impl FnMut([usize; 3], f32)) {
    for (output, weight) in weight.chunks_exact(n_in * TAPS).enumerate() {
        for (input, weight) in weight.chunks_exact(TAPS).enumerate() {
            for (tap, &weight) in weight.iter().enumerate() {
                f([output, input, tap], weight);
            }
        }
    }
}

struct Transform<'a, T, const IN: usize, const OUT: usize> {
    /// `[TAPS, depth, columns]`.
    taps: &'a [f32],
    depth: usize,
    columns: usize,
    /// `[IN, IN]` of panels.
    values: &'a mut [f32],
    scheme: PhantomData<T>,
}

impl<T: Scheme<IN, OUT>, const IN: usize, const OUT: usize> WithSimd for Transform<'_, T, IN, OUT> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (taps, _) = S::as_simd_f32s(self.taps);
        let (values, _) = S::as_mut_simd_f32s(self.values);
        let n_vectors = self.columns / S::F32_LANES;
        for (start, width) in panels(self.columns, S::F32_LANES) {
            let (start, width) = (start / S::F32_LANES, width / S::F32_LANES);
            for row in 0..self.depth {
                for column in 0..width {
                    let from = row * n_vectors + start + column;
                    let to = start * self.depth + row * width + column;
                    transform_tile::<S, Filter<T, OUT>, KERNEL, IN>(
                        simd,
                        #[inline(always)]
                        |i, j| taps[(i * KERNEL + j) * self.depth * n_vectors + from],
                        #[inline(always)]
                        |i, j, value| values[(i * IN + j) * self.depth * n_vectors + to] = value,
                    );
                }
            }
        }
    }
}

/// Gradient `[n_out, n_in, 3, 3]` of the filters from that of the transformed ones, `[IN, IN, depth, columns]` not in panels.
pub(super) fn gradient<T: Scheme<IN, OUT>, const IN: usize, const OUT: usize>(
    transformed: &[f32],
    [depth, columns]: [usize; 2],
    [n_out, n_in]: [usize; 2],
) -> Vec<f32> {
    let mut taps = vec![0.0; TAPS * depth * columns];
    Arch::new().dispatch(Back::<T, IN, OUT> { transformed, taps: &mut taps, scheme: PhantomData });
    let mut weight = vec![0.0; n_out * n_in * TAPS];
    for (output, weight) in weight.chunks_exact_mut(n_in * TAPS).enumerate() {
        for (input, weight) in weight.chunks_exact_mut(TAPS).enumerate() {
            for (tap, weight) in weight.iter_mut().enumerate() {
                *weight = taps[(tap * depth + input) * columns + output];
            }
        }
    }
    weight
}

struct Back<'a, T, const IN: usize, const OUT: usize> {
    transformed: &'a [f32],
    /// `[TAPS, depth, columns]`.
    taps: &'a mut [f32],
    scheme: PhantomData<T>,
}

impl<T: Scheme<IN, OUT>, const IN: usize, const OUT: usize> WithSimd for Back<'_, T, IN, OUT> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (transformed, _) = S::as_simd_f32s(self.transformed);
        let (taps, _) = S::as_mut_simd_f32s(self.taps);
        let len = taps.len() / TAPS;
        for at in 0..len {
            transform_tile::<S, FilterBack<T, OUT>, IN, KERNEL>(
                simd,
                #[inline(always)]
                |i, j| transformed[(i * IN + j) * len + at],
                #[inline(always)]
                |i, j, value| taps[(i * KERNEL + j) * len + at] = value,
            );
        }
    }
}
