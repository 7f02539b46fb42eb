//! The product of two matrices, in blocks that stay in the registers.

use wide::f32x4;

use super::maps::LANES;

/// Rows of a block.
const ROWS: usize = 3;

/// Most vectors of a row of a block. Three times three sums, three weights, a factor and a product fill 14 of the 16
/// registers that wasm and SSE have on x86; the networks' widths are multiples of three vectors.
const VECTORS: usize = 3;

/// The right-hand matrix, in the order in which it is used: block of columns by block of columns, row by row.
#[derive(Debug)]
pub(crate) struct Weights {
    n_in: usize,
    /// Vectors of a row.
    depth: usize,
    values: Vec<f32x4>,
}

impl Weights {
    /// `value(row, column)` of a matrix of `n_in` rows and `depth` vectors of columns.
    pub(crate) fn new(n_in: usize, depth: usize, value: impl Fn(usize, usize) -> f32) -> Self {
        let mut values = Vec::with_capacity(n_in * depth);
        for start in (0..depth).step_by(VECTORS) {
            for row in 0..n_in {
                for vector in start..depth.min(start + VECTORS) {
                    values.push(f32x4::new(std::array::from_fn(|lane| value(row, vector * LANES + lane))));
                }
            }
        }
        Self { n_in, depth, values }
    }

    /// # Shapes
    /// `x`: `[rows, n_in]`; `y`: `[rows, depth]` vectors, overwritten.
    pub(crate) fn multiply(&self, x: &[f32], y: &mut [f32x4]) {
        for (block, weights) in self.values.chunks(VECTORS * self.n_in).enumerate() {
            let y = &mut y[block * VECTORS..];
            match weights.len() / self.n_in {
                3 => self.columns::<3>(x, weights, y),
                2 => self.columns::<2>(x, weights, y),
                _ => self.columns::<1>(x, weights, y),
            }
        }
    }

    /// `V` vectors of every row; `y` starts at the first of them.
    #[inline(always)]
    fn columns<const V: usize>(&self, x: &[f32], weights: &[f32x4], y: &mut [f32x4]) {
        let whole = x.chunks_exact(ROWS * self.n_in);
        let rest = whole.remainder();
        let n_whole = whole.len() * ROWS;
        for (x, y) in whole.zip(y.chunks_mut(ROWS * self.depth)) {
            let rows: [&[f32]; ROWS] = std::array::from_fn(|row| &x[row * self.n_in..][..self.n_in]);
            self.block::<ROWS, V>(rows, weights, y);
        }
        for (x, y) in rest.chunks_exact(self.n_in).zip(y.chunks_mut(self.depth).skip(n_whole)) {
            self.block::<1, V>([x], weights, y);
        }
    }

    #[inline(always)]
    fn block<const R: usize, const V: usize>(&self, rows: [&[f32]; R], weights: &[f32x4], y: &mut [f32x4]) {
        let mut sums = [[f32x4::ZERO; V]; R];
        for (i, weights) in weights.as_chunks::<V>().0.iter().enumerate() {
            for (sums, row) in sums.iter_mut().zip(rows) {
                let factor = f32x4::splat(row[i]);
                for (sum, &weight) in sums.iter_mut().zip(weights) {
                    *sum += factor * weight;
                }
            }
        }
        for (sums, y) in sums.iter().zip(y.chunks_mut(self.depth)) {
            y[..V].copy_from_slice(sums);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_that_of_the_definition() {
        // Whole blocks and none, rows and vectors left over.
        for [n_rows, n_in, depth] in [[3, 4, 3], [1, 1, 1], [2, 5, 2], [7, 9, 5], [36, 48, 12]] {
            let weight = |row: usize, column: usize| ((row * 31 + column * 17) % 23) as f32 - 11.0;
            let x: Vec<f32> = (0..n_rows * n_in).map(|i| (i * 13 % 19) as f32 - 9.0).collect();
            let mut y = vec![f32x4::splat(f32::NAN); n_rows * depth];
            Weights::new(n_in, depth, weight).multiply(&x, &mut y);
            let actual: Vec<f32> = y.iter().flat_map(|vector| vector.to_array()).collect();
            let sum = |row: usize, column| (0..n_in).map(|i| x[row * n_in + i] * weight(i, column)).sum::<f32>();
            let n_columns = depth * LANES;
            let expected: Vec<f32> = (0..n_rows * n_columns).map(|i| sum(i / n_columns, i % n_columns)).collect();
            assert_eq!(actual, expected, "whole numbers, so exact: {n_rows}×{n_in}×{n_columns}");
        }
    }
}
