//! The product of two matrices, in blocks that stay in the registers.

use wide::f32x4;

use super::maps::LANES;

/// Most vectors of a row of a block. Two times four sums, two factors, a weight and a product fill 12 of the 16 registers
/// that wasm and SSE have on x86, and leave room for an order of loads that is not the best.
const VECTORS: usize = 4;

/// Vectors of the next block, of `left` ones. A block of a single vector is the slowest: its weights are used the least.
fn width(left: usize) -> usize {
    if left == VECTORS + 1 { 3 } else { left.min(VECTORS) }
}

/// The right-hand matrix, in the order in which it is used: block of columns by block of columns, row by row.
#[derive(Debug)]
pub(super) struct PackedMatrix {
    n_in: usize,
    /// Vectors of a row.
    depth: usize,
    values: Vec<f32x4>,
}

impl PackedMatrix {
    /// `value(row, column)` of a matrix of `n_in` rows and `depth` vectors of columns.
    pub(super) fn new(n_in: usize, depth: usize, value: impl Fn(usize, usize) -> f32) -> Self {
        let mut values = Vec::with_capacity(n_in * depth);
        let mut start = 0;
        while start < depth {
            let end = start + width(depth - start);
            for row in 0..n_in {
                for vector in start..end {
                    values.push(f32x4::new(std::array::from_fn(|lane| value(row, vector * LANES + lane))));
                }
            }
            start = end;
        }
        Self { n_in, depth, values }
    }

    /// # Shapes
    /// `x`: `[rows, n_in]`; `y`: `[rows, depth]` vectors, overwritten.
    pub(super) fn multiply(&self, x: &[f32], y: &mut [f32x4]) {
        let rows = StridedRows { n_rows: x.len() / self.n_in, stride: self.n_in, n_parts: 1, part_stride: 0 };
        self.multiply_strided(x, rows, y);
    }

    /// As [`Self::multiply`], with the rows of the left-hand matrix anywhere in `x`.
    pub(super) fn multiply_strided(&self, x: &[f32], at: StridedRows, y: &mut [f32x4]) {
        let mut start = 0;
        while start < self.depth {
            let n_vectors = width(self.depth - start);
            let (weights, y) = (&self.values[start * self.n_in..][..n_vectors * self.n_in], &mut y[start..]);
            // As many rows as there are registers for.
            match n_vectors {
                4 => self.columns::<2, 4>(x, at, weights, y),
                3 => self.columns::<2, 3>(x, at, weights, y),
                2 => self.columns::<4, 2>(x, at, weights, y),
                _ => self.columns::<8, 1>(x, at, weights, y),
            }
            start += n_vectors;
        }
    }

    /// `V` vectors of every row; `y` starts at the first of them. A function by itself for each shape of blocks: the fewer
    /// values one has, the better they are laid out in registers.
    #[inline(never)]
    fn columns<const R: usize, const V: usize>(&self, x: &[f32], at: StridedRows, weights: &[f32x4], y: &mut [f32x4]) {
        let n_whole = at.n_rows / R * R;
        for row in (0..n_whole).step_by(R) {
            self.block::<R, V>(&x[row * at.stride..], at, weights, &mut y[row * self.depth..]);
        }
        for row in n_whole..at.n_rows {
            self.block::<1, V>(&x[row * at.stride..], at, weights, &mut y[row * self.depth..]);
        }
    }

    #[inline(always)]
    fn block<const R: usize, const V: usize>(&self, x: &[f32], at: StridedRows, weights: &[f32x4], y: &mut [f32x4]) {
        let n = self.n_in / at.n_parts;
        let mut sums = [[f32x4::ZERO; V]; R];
        for part in 0..at.n_parts {
            // All of one length, so that the loop has no checks: with two ways out of it, V8 ran out of registers.
            let weights = &weights.as_chunks::<V>().0[part * n..][..n];
            let rows: [&[f32]; R] = std::array::from_fn(|row| &x[row * at.stride + part * at.part_stride..][..n]);
            for i in 0..n {
                for (sums, row) in sums.iter_mut().zip(rows) {
                    let factor = f32x4::splat(row[i]);
                    for (sum, &weight) in sums.iter_mut().zip(&weights[i]) {
                        *sum += factor * weight;
                    }
                }
            }
        }
        for (sums, y) in sums.iter().zip(y.chunks_mut(self.depth)) {
            y[..V].copy_from_slice(sums);
        }
    }
}

/// Where the rows of a left-hand matrix lie: each in parts of the same length.
#[derive(Clone, Copy, Debug)]
pub(super) struct StridedRows {
    pub(super) n_rows: usize,
    /// Distance from a row to the next.
    pub(super) stride: usize,
    /// Parts of a row.
    pub(super) n_parts: usize,
    /// Distance from a part to the next.
    pub(super) part_stride: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_that_of_the_definition() {
        // Whole blocks and none, rows and vectors left over.
        for [n_rows, n_in, depth] in [[3, 4, 3], [1, 1, 1], [2, 5, 2], [7, 9, 5], [5, 3, 9], [9, 4, 4], [36, 48, 12]] {
            let weight = |row: usize, column: usize| ((row * 31 + column * 17) % 23) as f32 - 11.0;
            let x: Vec<f32> = (0..n_rows * n_in).map(|i| (i * 13 % 19) as f32 - 9.0).collect();
            let mut y = vec![f32x4::splat(f32::NAN); n_rows * depth];
            PackedMatrix::new(n_in, depth, weight).multiply(&x, &mut y);
            let actual: Vec<f32> = y.iter().flat_map(|vector| vector.to_array()).collect();
            let sum = |row: usize, column| (0..n_in).map(|i| x[row * n_in + i] * weight(i, column)).sum::<f32>();
            let n_columns = depth * LANES;
            let expected: Vec<f32> = (0..n_rows * n_columns).map(|i| sum(i / n_columns, i % n_columns)).collect();
            assert_eq!(actual, expected, "whole numbers, so exact: {n_rows}×{n_in}×{n_columns}");
        }
    }

    #[test]
    fn rows_may_overlap_and_lie_in_parts() {
        // A filter of 2×2 at every second pixel of a picture of 2×6.
        let picture: Vec<f32> = (1..=12).map(|i| i as f32).collect();
        let mut y = [f32x4::ZERO; 3];
        let at = StridedRows { n_rows: 3, stride: 2, n_parts: 2, part_stride: 6 };
        let weight = |row: usize, column: usize| [1.0, 10.0, 100.0, 1000.0][row] * (column + 1) as f32;
        PackedMatrix::new(4, 1, weight).multiply_strided(&picture, at, &mut y);
        let sums = [8721.0, 10943.0, 13165.0];
        assert_eq!(y.map(f32x4::to_array), sums.map(|sum| [1.0, 2.0, 3.0, 4.0].map(|column| sum * column)));
    }
}
