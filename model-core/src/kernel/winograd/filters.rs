//! Filters as factors of the products, and their gradient.

use pulp::{Arch, Simd, WithSimd};

use super::{
    super::convolve::TAPS,
    super::plane::KERNEL,
    points::Scheme,
    product::{Panels, panels},
    transform,
};

/// For every product of a tile a matrix `[depth, columns]`, in panels.
pub(super) struct Filters {
    values: Vec<f32>,
    depth: usize,
    columns: usize,
}

impl Filters {
    /// From outputs for inputs: `depth` inputs, as many columns as there is room for outputs.
    pub(super) fn forward<T: Scheme<IN, OUT>, const IN: usize, const OUT: usize>(
        weight: &[f32],
        [n_out, n_in]: [usize; 2],
        columns: usize,
    ) -> Self {
        let mut taps = vec![0.0; TAPS * n_in * columns];
        for (output, weight) in weight.chunks_exact(n_in * TAPS).enumerate() {
            for (input, weight) in weight.chunks_exact(TAPS).enumerate() {
                for (tap, &weight) in weight.iter().enumerate() {
                    taps[(tap * n_in + input) * columns + output] = weight;
                }
            }
        }
        debug_assert!(n_out <= columns);
        Self::new::<T, IN, OUT>(&taps, n_in, columns)
    }

    /// The transpose, which carries gradients back.
    pub(super) fn back<T: Scheme<IN, OUT>, const IN: usize, const OUT: usize>(
        weight: &[f32],
        [n_out, n_in]: [usize; 2],
        columns: usize,
    ) -> Self {
        let mut taps = vec![0.0; TAPS * n_out * columns];
        for (output, weight) in weight.chunks_exact(n_in * TAPS).enumerate() {
            for (input, weight) in weight.chunks_exact(TAPS).enumerate() {
                for (tap, &weight) in weight.iter().enumerate() {
                    taps[(tap * n_out + output) * columns + input] = weight;
                }
            }
        }
        Self::new::<T, IN, OUT>(&taps, n_out, columns)
    }

    fn new<T: Scheme<IN, OUT>, const IN: usize, const OUT: usize>(taps: &[f32], depth: usize, columns: usize) -> Self {
        let mut values = vec![0.0; IN * IN * depth * columns];
        Arch::new().dispatch(Transform::<T, IN, OUT> {
            taps,
            depth,
            columns,
            values: &mut values,
            scheme: std::marker::PhantomData,
        });
        Self { values, depth, columns }
    }

    /// Factors of the `i`th product.
    pub(super) fn factors(&self, i: usize) -> Panels<'_> {
        let len = self.depth * self.columns;
        Panels { values: &self.values[i * len..][..len], depth: self.depth, columns: self.columns }
    }
}

struct Transform<'a, T, const IN: usize, const OUT: usize> {
    /// `[TAPS, depth, columns]`.
    taps: &'a [f32],
    depth: usize,
    columns: usize,
    /// `[IN * IN]` of panels.
    values: &'a mut [f32],
    scheme: std::marker::PhantomData<T>,
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
                    transform::filter::<S, T, IN, OUT>(
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

/// Gradient `[n_out, n_in, 3, 3]` of the filters from that of the factors, `[IN * IN, depth, columns]` not in panels.
pub(super) fn gradient<T: Scheme<IN, OUT>, const IN: usize, const OUT: usize>(
    factors: &[f32],
    [depth, columns]: [usize; 2],
    [n_out, n_in]: [usize; 2],
) -> Vec<f32> {
    let mut taps = vec![0.0; TAPS * depth * columns];
    Arch::new().dispatch(Back::<T, IN, OUT> { factors, taps: &mut taps, scheme: std::marker::PhantomData });
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
    factors: &'a [f32],
    /// `[TAPS, depth, columns]`.
    taps: &'a mut [f32],
    scheme: std::marker::PhantomData<T>,
}

impl<T: Scheme<IN, OUT>, const IN: usize, const OUT: usize> WithSimd for Back<'_, T, IN, OUT> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (factors, _) = S::as_simd_f32s(self.factors);
        let (taps, _) = S::as_mut_simd_f32s(self.taps);
        let len = taps.len() / TAPS;
        for at in 0..len {
            transform::filter_back::<S, T, IN, OUT>(
                simd,
                #[inline(always)]
                |i, j| factors[(i * IN + j) * len + at],
                #[inline(always)]
                |i, j, value| taps[(i * KERNEL + j) * len + at] = value,
            );
        }
    }
}
