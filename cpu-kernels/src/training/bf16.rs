//! The 3×3 convolution of stride 1 with a border of zeros as products of matrices of `bfloat16`, summed in single
//! precision. On processors with instructions for such products (Intel's AMX) it is faster than [`super::winograd`];
//! elsewhere it gives the same, slowly.
//!
//! The pictures of a chunk lie in a [`Grid`]: with a column of zeros after each row and a row of zeros after each picture.
//! So the three neighbours of a pixel in a row, all channels of each, are one piece of memory, and the factors of a
//! product are read where they lie.

mod filters;
mod grid;
mod registers;

use std::array;

use rayon::prelude::*;

use self::{
    filters::PackedFilters,
    grid::Grid,
    registers::{Operand, Registers},
};
use super::{
    conv::InputGrad,
    pixels::{KERNEL, Pixels, Size, TAPS},
};

pub(crate) use registers::has_amx;

/// Rows and columns of the sums in a register.
const SIDE: usize = 16;

/// Products that go into each sum in a step.
const DEPTH: usize = 32;

/// The outputs `[batch, height, width, n_out]`, some whole pictures at a time given to `finish` with the place of the first
/// value, and its results.
pub(super) fn forward<R: Send>(
    x: &[f32],
    weight: &[f32],
    [n_out, n_in]: [usize; 2],
    size: Size,
    finish: impl Fn(usize, &mut [f32]) -> R + Sync,
) -> (Vec<f32>, Vec<R>) {
    let grid = Grid::new(size);
    let filters = PackedFilters::forward(weight, [n_out, n_in]);
    let mut y = vec![0.0; x.len() / n_in * n_out];
    let n_pixels = grid.n_pictures * size.area();
    let chunks = y.par_chunks_mut(n_pixels * n_out).zip(x.par_chunks(n_pixels * n_in)).enumerate();
    let scratch = || (grid.padded(n_in), grid.sums(n_out));
    let finished = chunks.map_init(scratch, |(padded, sums), (i, (y, x))| {
        grid.pad(&x, 0..x.len() / (n_in * size.area()), n_in, padded);
        convolve(grid, padded, &filters, sums);
        grid.unpad(sums, n_out, y, None);
        finish(i * n_pixels * n_out, y)
    });
    let finished = finished.collect();
    (y, finished)
}

/// The gradient of filters, and that of inputs if it is asked for.
pub(super) fn backward(
    x: &[f32],
    weight: &[f32],
    y_grad: &impl Pixels,
    [n_out, n_in]: [usize; 2],
    size: Size,
    x_grad: Option<InputGrad<'_>>,
) -> Vec<f32> {
    let grid = Grid::new(size);
    let n_values = grid.n_pictures * size.area() * n_in;
    let n_pictures = x.len() / (n_in * size.area());
    let filters = x_grad.is_some().then(|| PackedFilters::back(weight, [n_out, n_in]));
    let (values, plus) = x_grad.map_or((None, None), |into| (Some(into.values), into.plus));
    // A chunk's part of the gradient of inputs.
    let chunks: Vec<Option<&mut [f32]>> = match values {
        Some(values) => values.chunks_mut(n_values).map(Some).collect(),
        None => (0..x.len().div_ceil(n_values)).map(|_| None).collect(),
    };
    let scratch = || (grid.padded(n_in), grid.padded(n_out), grid.sums(n_in));
    let parts = chunks.into_par_iter().enumerate().map_init(scratch, |(inputs, grads, sums), (chunk, x_grad)| {
        let first = chunk * grid.n_pictures;
        let pictures = first..n_pictures.min(first + grid.n_pictures);
        if pictures.len() < grid.n_pictures {
            inputs.fill(0);
            grads.fill(0);
        }
        grid.pad(&x, pictures.clone(), n_in, inputs);
        grid.pad(y_grad, pictures, n_out, grads);
        if let (Some(filters), Some(x_grad)) = (&filters, x_grad) {
            convolve(grid, grads, filters, sums);
            grid.unpad(sums, n_in, x_grad, plus.map(|plus| &plus[chunk * n_values..][..x_grad.len()]));
        }
        correlate(grid, &grid.transposed(inputs, n_in), &grid.paired(grads, n_out), [n_out, n_in])
    });
    let parts: Vec<Vec<f32>> = parts.collect();
    filter_gradient(&parts, [n_out, n_in])
}

/// The sums `[place, channel]` of the products of `padded` and filters.
fn convolve(grid: Grid, padded: &[u16], filters: &PackedFilters, sums: &mut [f32]) {
    let mut registers = Registers::new();
    let stride = filters.n_registers * SIDE;
    for register in (0..filters.n_registers).step_by(2) {
        for place in (0..grid.n_places()).step_by(2 * SIDE) {
            let pixels = |(row, block)| {
                [0, SIDE].map(|more| {
                    let start = (place + more + row * grid.pitch()) * filters.n_in + block * DEPTH;
                    Operand::new(&padded[start..], filters.n_in)
                })
            };
            let steps = filters.steps().map(|step| (pixels(step), step));
            let sums = &mut sums[place * stride + register * SIDE..];
            if register + 1 < filters.n_registers {
                let steps =
                    steps.map(|(pixels, step)| (pixels, [0, 1].map(|next| filters.of_step(register + next, step))));
                registers.multiply(steps, sums, stride);
            } else {
                let steps = steps.map(|(pixels, step)| (pixels, [filters.of_step(register, step)]));
                registers.multiply(steps, sums, stride);
            }
        }
    }
}

/// The gradient `[tap, n_in, n_out]` of filters, channels filled up to whole registers.
fn correlate(grid: Grid, inputs: &[u16], grads: &[u16], channels: [usize; 2]) -> Vec<f32> {
    let [n_out, n_in] = channels.map(|channels| channels.next_multiple_of(SIDE));
    let mut correlation = Correlation { registers: Registers::new(), grid, inputs, grads, n_out };
    let mut sums = vec![0.0; TAPS * n_in * n_out];
    for (tap, sums) in sums.chunks_exact_mut(n_in * n_out).enumerate() {
        for from in (0..n_in).step_by(2 * SIDE) {
            for to in (0..n_out).step_by(2 * SIDE) {
                let sums = &mut sums[from * n_out + to..];
                match (from + SIDE < n_in, to + SIDE < n_out) {
                    (true, true) => correlation.sum::<2, 2>(tap, from, to, sums),
                    (true, false) => correlation.sum::<2, 1>(tap, from, to, sums),
                    (false, true) => correlation.sum::<1, 2>(tap, from, to, sums),
                    (false, false) => correlation.sum::<1, 1>(tap, from, to, sums),
                }
            }
        }
    }
    sums
}

struct Correlation<'a> {
    registers: Registers,
    grid: Grid,
    /// [`Grid::transposed`].
    inputs: &'a [u16],
    /// [`Grid::paired`].
    grads: &'a [u16],
    n_out: usize,
}

impl Correlation<'_> {
    /// The sums of a tap for some registers of channels, from input `from` and output `to` on.
    fn sum<const ROWS: usize, const COLUMNS: usize>(&mut self, tap: usize, from: usize, to: usize, sums: &mut [f32]) {
        let Self { ref mut registers, grid, inputs, grads, n_out } = *self;
        let (shift, stride) = (tap / KERNEL * grid.pitch() + tap % KERNEL, grid.transposed_stride());
        let steps = (0..grid.n_places()).step_by(DEPTH).map(|place| {
            let input = |i| Operand::new(&inputs[(from + i * SIDE) * stride + place + shift..], stride);
            let grad = |i| Operand::new(&grads[place * n_out + 2 * (to + i * SIDE)..], 2 * n_out);
            (array::from_fn(input), array::from_fn(grad))
        });
        registers.multiply::<ROWS, COLUMNS>(steps, sums, n_out);
    }
}

/// The sum of the parts of [`correlate`], in their order, as `[n_out, n_in, 3, 3]`.
fn filter_gradient(parts: &[Vec<f32>], [n_out, n_in]: [usize; 2]) -> Vec<f32> {
    let [columns, rows] = [n_out, n_in].map(|channels| channels.next_multiple_of(SIDE));
    let mut sums = vec![0.0; TAPS * rows * columns];
    for part in parts {
        sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
    }
    let mut weight = vec![0.0; n_out * n_in * TAPS];
    for (output, weight) in weight.chunks_exact_mut(n_in * TAPS).enumerate() {
        for (input, weight) in weight.chunks_exact_mut(TAPS).enumerate() {
            for (tap, weight) in weight.iter_mut().enumerate() {
                *weight = sums[(tap * rows + input) * columns + output];
            }
        }
    }
    weight
}
