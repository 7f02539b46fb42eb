//! The 3×3 convolution of stride 1 with a border of zeros as products of matrices of `bfloat16`, summed in single
//! precision. On processors with instructions for such products (Intel's AMX) it is faster than [`super::winograd`];
//! elsewhere it gives the same, slowly.
//!
//! The pictures of a chunk lie in a [`Grid`]: with a column of zeros after each row and a row of zeros after each picture.
//! So the three neighbours of a pixel in a row, all channels of each, are one piece of memory, and the factors of a
//! product are read where they lie.

mod amx;
mod filters;
mod grid;

use std::ops::Range;

use rayon::prelude::*;

use self::{
    amx::{Operand, Tiles},
    filters::PackedFilters,
    grid::Grid,
};
use super::{
    conv::InputGrad,
    pixels::{KERNEL, Pixels, Size, TAPS},
};

pub(super) use amx::is_fast;

/// Rows and columns of a sum that is held in a register.
const SIDE: usize = 16;

/// Products that go into each number of such a sum at a time.
const DEPTH: usize = 32;

/// The outputs `[batch, height, width, n_out]`, and the results of `note` on them, some whole pictures at a time.
pub(super) fn forward<R: Send>(
    x: &[f32],
    weight: &[f32],
    [n_out, n_in]: [usize; 2],
    size: Size,
    note: impl Fn(&[f32]) -> R + Sync,
) -> (Vec<f32>, Vec<R>) {
    let grid = Grid::new(size);
    let filters = PackedFilters::forward(weight, [n_out, n_in]);
    let mut y = vec![0.0; x.len() / n_in * n_out];
    let n_pixels = grid.n_pictures * size.area();
    let chunks = y.par_chunks_mut(n_pixels * n_out).zip(x.par_chunks(n_pixels * n_in));
    let scratch = || (grid.padded(n_in), grid.sums(n_out));
    let notes = chunks.map_init(scratch, |(padded, sums), (y, x)| {
        grid.pad(&x, 0..x.len() / (n_in * size.area()), n_in, padded);
        convolve(grid, padded, &filters, sums);
        grid.unpad(sums, n_out, y, None);
        note(y)
    });
    let notes = notes.collect();
    (y, notes)
}

/// The gradient of filters, and that of inputs if it is asked for.
pub(super) fn backward(
    x: &[f32],
    weight: &[f32],
    grad: &impl Pixels,
    [n_out, n_in]: [usize; 2],
    size: Size,
    x_grad: Option<InputGrad<'_>>,
) -> Vec<f32> {
    let grid = Grid::new(size);
    let filters = PackedFilters::back(weight, [n_out, n_in]);
    let n_values = grid.n_pictures * size.area() * n_in;
    let (mut values, plus) = x_grad.map_or((None, None), |into| (Some(into.values), into.plus));
    let mut chunks: Vec<Option<&mut [f32]>> = match &mut values {
        Some(values) => values.chunks_mut(n_values).map(Some).collect(),
        None => (0..x.len().div_ceil(n_values)).map(|_| None).collect(),
    };
    let scratch = || (grid.padded(n_in), grid.padded(n_out), grid.sums(n_in));
    let parts = chunks.par_iter_mut().enumerate().map_init(scratch, |(inputs, grads, sums), (chunk, x_grad)| {
        let first = chunk * grid.n_pictures;
        let pictures = first..(x.len() / (n_in * size.area())).min(first + grid.n_pictures);
        if pictures.len() < grid.n_pictures {
            inputs.fill(0);
            grads.fill(0);
        }
        grid.pad(&x, pictures.clone(), n_in, inputs);
        grid.pad(grad, pictures, n_out, grads);
        if let Some(x_grad) = x_grad {
            convolve(grid, grads, &filters, sums);
            grid.unpad(sums, n_in, x_grad, plus.map(|plus| &plus[chunk * n_values..]));
        }
        correlate(grid, &grid.transposed(inputs, n_in), &grid.paired(grads, n_out), [n_out, n_in])
    });
    let parts: Vec<Vec<f32>> = parts.collect();
    filter_gradient(&parts, [n_out, n_in])
}

/// The sums `[place, channel]` of the products of `padded` and filters.
fn convolve(grid: Grid, padded: &[u16], filters: &PackedFilters, sums: &mut [f32]) {
    let mut tiles = Tiles::new();
    let stride = filters.n_columns * SIDE;
    for column in (0..filters.n_columns).step_by(2) {
        for place in (0..grid.n_places()).step_by(2 * SIDE) {
            let rows = |(row, block)| {
                [0, SIDE].map(|more| {
                    let start = (place + more + row * grid.pitch()) * filters.n_in + block * DEPTH;
                    Operand::new(&padded[start..], filters.n_in)
                })
            };
            let steps = filters.steps().map(|step| (rows(step), step));
            let sums = &mut sums[place * stride + column * SIDE..];
            if column + 1 < filters.n_columns {
                let steps = steps.map(|(rows, step)| (rows, [0, 1].map(|next| filters.of_step(column + next, step))));
                tiles.multiply(steps, sums, stride);
            } else {
                tiles.multiply(steps.map(|(rows, step)| (rows, [filters.of_step(column, step)])), sums, stride);
            }
        }
    }
}

/// The gradient `[tap, n_in, n_out]` of filters, both filled up to whole registers.
fn correlate(grid: Grid, inputs: &[u16], grads: &[u16], [n_out, n_in]: [usize; 2]) -> Vec<f32> {
    let mut tiles = Tiles::new();
    let [n_out, n_in] = [n_out, n_in].map(|channels| channels.next_multiple_of(SIDE));
    let mut sums = vec![0.0; TAPS * n_in * n_out];
    for (tap, sums) in sums.chunks_exact_mut(n_in * n_out).enumerate() {
        let shift = tap / KERNEL * grid.pitch() + tap % KERNEL;
        let input = |channel: usize, place: usize| {
            Operand::new(&inputs[channel * grid.transposed_stride() + place + shift..], grid.transposed_stride())
        };
        let grad = |channel: usize, place: usize| Operand::new(&grads[place * n_out + 2 * channel..], 2 * n_out);
        for (from, to) in pairs(n_in).flat_map(|from| pairs(n_out).map(move |to| (from.clone(), to))) {
            let places = (0..grid.n_places()).step_by(DEPTH);
            let sums = &mut sums[from.start * n_out + to.start..];
            let [from, to] =
                [from, to].map(|range: Range<usize>| (range.start, range.start + SIDE, range.len() > SIDE));
            match (from.2, to.2) {
                (true, true) => {
                    let both =
                        |place| ([from.0, from.1].map(|at| input(at, place)), [to.0, to.1].map(|at| grad(at, place)));
                    tiles.multiply(places.map(both), sums, n_out);
                }
                (true, false) => {
                    let both = |place| ([from.0, from.1].map(|at| input(at, place)), [grad(to.0, place)]);
                    tiles.multiply(places.map(both), sums, n_out);
                }
                (false, true) => {
                    let both = |place| ([input(from.0, place)], [to.0, to.1].map(|at| grad(at, place)));
                    tiles.multiply(places.map(both), sums, n_out);
                }
                (false, false) => {
                    tiles.multiply(places.map(|place| ([input(from.0, place)], [grad(to.0, place)])), sums, n_out);
                }
            }
        }
    }
    sums
}

/// Ranges of two registers' channels, or of one that is left over.
fn pairs(channels: usize) -> impl Iterator<Item = Range<usize>> {
    (0..channels).step_by(2 * SIDE).map(move |start| start..channels.min(start + 2 * SIDE))
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
