//! The convolution, directly: each vector of pixels is read once for a group of filters.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::plane::{KERNEL, Plane};

/// Filters that share one read of the input; with their sums and inputs they fill the registers.
pub(super) const GROUP: usize = 4;

/// Taps of a filter.
pub(super) const TAPS: usize = KERNEL * KERNEL;

/// Filters in the order they are used: `[groups, inputs, TAPS, GROUP]`; the last group is filled up with zeros.
pub(super) struct Filters {
    n_in: usize,
    n_out: usize,
    values: Vec<f32>,
}

impl Filters {
    /// `weight` is `[n_out, n_in, 3, 3]`.
    pub(super) fn new(weight: &[f32], [n_out, n_in]: [usize; 2]) -> Self {
        Self::pack([n_out, n_in], |output, input, tap| weight[(output * n_in + input) * TAPS + tap])
    }

    /// The filters that carry a gradient back: inputs for outputs, turned by half a turn.
    pub(super) fn transposed(weight: &[f32], [n_out, n_in]: [usize; 2]) -> Self {
        Self::pack([n_in, n_out], |output, input, tap| weight[(input * n_in + output) * TAPS + TAPS - 1 - tap])
    }

    fn pack([n_out, n_in]: [usize; 2], value: impl Fn(usize, usize, usize) -> f32) -> Self {
        let mut values = vec![0.0; n_out.next_multiple_of(GROUP) * n_in * TAPS];
        for output in 0..n_out {
            for input in 0..n_in {
                for tap in 0..TAPS {
                    let at = (output / GROUP * n_in + input) * TAPS + tap;
                    values[at * GROUP + output % GROUP] = value(output, input, tap);
                }
            }
        }
        Self { n_in, n_out, values }
    }
}

/// # Shapes
/// `[batch, n_in, height, width]` → `[batch, n_out, height, width]`.
pub(super) fn convolve(x: &[f32], filters: &Filters, plane: Plane) -> Vec<f32> {
    let (input_len, output_len) = (filters.n_in * plane.area(), filters.n_out * plane.area());
    let mut y = vec![0.0; x.len() / input_len * output_len];
    let arch = Arch::new();
    let scratch = || (vec![0.0; filters.n_in * plane.len()], vec![0.0; GROUP * plane.len()]);
    y.par_chunks_exact_mut(output_len).zip(x.par_chunks_exact(input_len)).for_each_init(
        scratch,
        |(planes, rows), (y, x)| {
            plane.enclose_into(x, planes);
            arch.dispatch(Convolve { plane, filters, planes, rows, y });
        },
    );
    y
}

/// The convolution of one picture.
struct Convolve<'a> {
    plane: Plane,
    filters: &'a Filters,
    /// `[n_in, Plane::len]`.
    planes: &'a [f32],
    /// `[GROUP, Plane::len]`, overwritten.
    rows: &'a mut [f32],
    /// `[n_out, height, width]`.
    y: &'a mut [f32],
}

impl WithSimd for Convolve<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // 32 registers hold four times five sums, 16 hold four times three.
        if S::F32_LANES == 16 { self.run::<S, 5>(simd) } else { self.run::<S, 3>(simd) }
    }
}

impl Convolve<'_> {
    #[inline(always)]
    fn run<S: Simd, const VECTORS: usize>(self, simd: S) {
        let Self { plane, filters, planes, rows, y } = self;
        let groups = filters.values.chunks_exact(filters.n_in * TAPS * GROUP);
        for (weights, maps) in groups.zip(y.chunks_mut(GROUP * plane.area())) {
            for start in (0..plane.span()).step_by(VECTORS * S::F32_LANES) {
                let sums = sums::<S, VECTORS>(simd, plane, weights, planes, start);
                for (row, sums) in rows.chunks_exact_mut(plane.len()).zip(sums) {
                    let (row, _) = S::as_mut_simd_f32s(&mut row[start..start + VECTORS * S::F32_LANES]);
                    row.copy_from_slice(&sums);
                }
            }
            for (row, map) in rows.chunks_exact(plane.len()).zip(maps.chunks_exact_mut(plane.area())) {
                plane.disclose(&row[..plane.span()], map);
            }
        }
    }
}

/// What a group of filters makes of the pixels from `start` on.
#[inline(always)]
fn sums<S: Simd, const VECTORS: usize>(
    simd: S,
    plane: Plane,
    weights: &[f32],
    planes: &[f32],
    start: usize,
) -> [[S::f32s; VECTORS]; GROUP] {
    let n_pixels = VECTORS * S::F32_LANES;
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; GROUP];
    for (input, weights) in planes.chunks_exact(plane.len()).zip(weights.chunks_exact(TAPS * GROUP)) {
        for (ky, weights) in weights.chunks_exact(KERNEL * GROUP).enumerate() {
            let row = &input[start + ky * plane.stride()..][..n_pixels + KERNEL - 1];
            for (kx, weights) in weights.chunks_exact(GROUP).enumerate() {
                let (pixels, _) = S::as_simd_f32s(&row[kx..kx + n_pixels]);
                for (sums, &weight) in sums.iter_mut().zip(weights) {
                    let weight = simd.splat_f32s(weight);
                    for (sum, &pixels) in sums.iter_mut().zip(pixels) {
                        *sum = simd.mul_add_f32s(weight, pixels, *sum);
                    }
                }
            }
        }
    }
    sums
}
