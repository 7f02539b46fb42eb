//! The gradient of the filters: input and output gradient correlated.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::{
    convolve::{GROUP, TAPS},
    plane::{KERNEL, Plane},
};

/// Pictures whose sums stay in registers; few enough that their planes stay in the second-level cache.
const CHUNK: usize = 8;

/// Gradient `[n_out, n_in, 3, 3]` of the filters, from the inputs `[batch, n_in, height, width]` and the gradient
/// `[batch, n_out, height, width]` of the outputs.
pub(super) fn correlate(x: &[f32], grad: &[f32], [n_out, n_in]: [usize; 2], plane: Plane) -> Vec<f32> {
    let arch = Arch::new();
    let n_groups = n_out.div_ceil(GROUP);
    let inputs = x.par_chunks(CHUNK * n_in * plane.area());
    let parts: Vec<Vec<f32>> = inputs
        .zip(grad.par_chunks(CHUNK * n_out * plane.area()))
        .map(|(x, grad)| {
            let mut sums = vec![0.0; n_groups * GROUP * n_in * TAPS];
            let (planes, grads) = (plane.enclose(x), enclose_groups(grad, n_out, plane));
            arch.dispatch(Correlate { plane, n_in, n_groups, planes: &planes, grads: &grads, sums: &mut sums });
            sums
        })
        .collect();
    let mut weight = vec![0.0; n_out * n_in * TAPS];
    for part in parts {
        weight.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
    }
    weight
}

/// As [`Plane::enclose`], the maps of each picture filled up with zeros to whole groups.
fn enclose_groups(grad: &[f32], n_out: usize, plane: Plane) -> Vec<f32> {
    let n_filled = n_out.next_multiple_of(GROUP);
    let pictures = grad.chunks_exact(n_out * plane.area());
    let mut planes = vec![0.0; pictures.len() * n_filled * plane.len()];
    for (maps, planes) in pictures.zip(planes.chunks_exact_mut(n_filled * plane.len())) {
        plane.enclose_into(maps, planes);
    }
    planes
}

struct Correlate<'a> {
    plane: Plane,
    n_in: usize,
    n_groups: usize,
    /// `[pictures, n_in, Plane::len]`.
    planes: &'a [f32],
    /// `[pictures, n_groups * GROUP, Plane::len]`; their borders make the products at borders zero.
    grads: &'a [f32],
    /// `[n_groups * GROUP, n_in, TAPS]`.
    sums: &'a mut [f32],
}

impl WithSimd for Correlate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { plane, n_in, n_groups, planes, grads, sums } = self;
        let len = plane.len();
        for (group, sums) in sums.chunks_exact_mut(GROUP * n_in * TAPS).enumerate() {
            for input in 0..n_in {
                for ky in 0..KERNEL {
                    let mut row = [[simd.splat_f32s(0.0); KERNEL]; GROUP];
                    let pictures = planes.chunks_exact(n_in * len).zip(grads.chunks_exact(n_groups * GROUP * len));
                    for (planes, grads) in pictures {
                        let plane_row = &planes[input * len..][ky * plane.stride()..len];
                        add_row(simd, plane, plane_row, &grads[group * GROUP * len..], &mut row);
                    }
                    for (filter, row) in row.into_iter().enumerate() {
                        let at = (filter * n_in + input) * TAPS + ky * KERNEL;
                        for (sum, vector) in sums[at..at + KERNEL].iter_mut().zip(row) {
                            *sum = simd.reduce_sum_f32s(vector);
                        }
                    }
                }
            }
        }
    }
}

/// Add one row of taps of a group of filters over one picture.
#[inline(always)]
fn add_row<S: Simd>(simd: S, plane: Plane, input: &[f32], grads: &[f32], row: &mut [[S::f32s; KERNEL]; GROUP]) {
    let n_pixels = plane.span().next_multiple_of(S::F32_LANES);
    // Not `array::from_fn`, which is not inlined: the loop below must see that all have one length.
    let inputs: [_; KERNEL] =
        [vectors::<S>(input, 0, n_pixels), vectors::<S>(input, 1, n_pixels), vectors::<S>(input, 2, n_pixels)];
    let (len, first) = (plane.len(), plane.origin());
    let grads: [_; GROUP] = [
        vectors::<S>(grads, first, n_pixels),
        vectors::<S>(grads, first + len, n_pixels),
        vectors::<S>(grads, first + 2 * len, n_pixels),
        vectors::<S>(grads, first + 3 * len, n_pixels),
    ];
    let mut sums = *row; // in registers
    for i in 0..n_pixels / S::F32_LANES {
        let inputs = [inputs[0][i], inputs[1][i], inputs[2][i]];
        for (sums, grads) in sums.iter_mut().zip(&grads) {
            for (sum, &input) in sums.iter_mut().zip(&inputs) {
                *sum = simd.mul_add_f32s(grads[i], input, *sum);
            }
        }
    }
    *row = sums;
}

#[inline(always)]
fn vectors<S: Simd>(values: &[f32], start: usize, n_pixels: usize) -> &[S::f32s] {
    S::as_simd_f32s(&values[start..start + n_pixels]).0
}
