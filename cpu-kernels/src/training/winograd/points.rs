//! The small convolutions that tiles are made of, from the points at which their polynomials are evaluated.

#![allow(clippy::float_cmp, reason = "points and their products are exact")]

use super::super::pixels::KERNEL;

/// Rows of numbers.
pub(super) type Matrix<const ROWS: usize, const COLUMNS: usize> = [[f32; COLUMNS]; ROWS];

/// How many outputs a tile has, and its matrices.
pub(super) trait Scheme<const IN: usize, const OUT: usize> {
    /// Its matrices.
    const TILE: Tile<IN, OUT>;
}

/// 5 outputs of 7 inputs.
pub(super) struct Five;

/// 6 outputs of 8 inputs.
pub(super) struct Six;

// The points that gave the smallest errors of those that keep the matrices exact in f32.
impl Scheme<7, 5> for Five {
    const TILE: Tile<7, 5> = Tile::new([0.0, 1.0, -1.0, 0.5, -0.5, 2.0, f64::INFINITY]);
}

impl Scheme<8, 6> for Six {
    const TILE: Tile<8, 6> = Tile::new([0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, f64::INFINITY]);
}

/// `OUT` outputs of a correlation with three taps from `IN = OUT + 2` inputs, with `IN` products: Toom and Cook's way,
/// in Winograd's order (Lavin and Gray 2016, section 4).
///
/// A row of outputs is `outputs · ((filter · taps) ∘ (inputs · values))`. For a pair of points `±a`, half the sum and
/// half the difference of its rows or columns are stored, which are sparse; a butterfly in `transform` restores both.
pub(super) struct Tile<const IN: usize, const OUT: usize> {
    pub(super) inputs: Matrix<IN, IN>,
    pub(super) inputs_transposed: Matrix<IN, IN>,
    pub(super) outputs: Matrix<OUT, IN>,
    pub(super) outputs_transposed: Matrix<IN, OUT>,
    /// Without such pairs: a filter is transformed once for all tiles.
    pub(super) filter: Matrix<IN, KERNEL>,
    pub(super) filter_transposed: Matrix<KERNEL, IN>,
    /// Whether a point is the first of a pair.
    pub(super) pairs: [bool; IN],
}

impl<const IN: usize, const OUT: usize> Tile<IN, OUT> {
    /// The last point is infinity.
    const fn new(points: [f64; IN]) -> Self {
        let mut inputs = [[0.0; IN]; IN];
        let mut outputs = [[0.0; IN]; OUT];
        let mut filter = [[0.0; KERNEL]; IN];
        let mut pairs = [false; IN];
        let mut j = 0;
        while j < IN {
            pairs[j] = j + 2 < IN && points[j] == -points[j + 1];
            inputs[j] = without(points, j);
            let mut i = 0;
            while i < OUT {
                outputs[i][j] = power(points, j, i, OUT) as f32;
                i += 1;
            }
            let mut tap = 0;
            while tap < KERNEL {
                filter[j][tap] = (power(points, j, tap, KERNEL) / slope(points, j)) as f32;
                tap += 1;
            }
            j += 1;
        }
        let inputs = transpose(halves(transpose(inputs), pairs));
        let outputs = halves(outputs, pairs);
        Self {
            inputs,
            inputs_transposed: transpose(inputs),
            outputs,
            outputs_transposed: transpose(outputs),
            filter,
            filter_transposed: transpose(filter),
            pairs,
        }
    }
}

/// Half the sum and half the difference of the two columns of every pair.
const fn halves<const R: usize, const C: usize>(mut matrix: Matrix<R, C>, pairs: [bool; C]) -> Matrix<R, C> {
    let mut i = 0;
    while i < R * C {
        let (row, column) = (i / C, i % C);
        if pairs[column] {
            let [plus, minus] = [matrix[row][column], matrix[row][column + 1]];
            matrix[row][column] = plus.midpoint(minus);
            matrix[row][column + 1] = (plus - minus) / 2.0;
        }
        i += 1;
    }
    matrix
}

const fn transpose<const R: usize, const C: usize>(matrix: Matrix<R, C>) -> Matrix<C, R> {
    let mut transposed = [[0.0; R]; C];
    let mut i = 0;
    while i < R * C {
        transposed[i % C][i / C] = matrix[i / C][i % C];
        i += 1;
    }
    transposed
}

/// Power of a point; at infinity, the coefficient of the highest of `n` powers.
const fn power<const N: usize>(points: [f64; N], j: usize, exponent: usize, n: usize) -> f64 {
    if j == N - 1 {
        return if exponent == n - 1 { 1.0 } else { 0.0 };
    }
    let mut power = 1.0;
    let mut i = 0;
    while i < exponent {
        power *= points[j];
        i += 1;
    }
    power
}

/// Product of the differences of a point to the other finite ones; 1 for infinity.
const fn slope<const N: usize>(points: [f64; N], j: usize) -> f64 {
    let mut product = 1.0;
    let mut other = 0;
    while other + 1 < N && j + 1 < N {
        if other != j {
            product *= points[j] - points[other];
        }
        other += 1;
    }
    product
}

/// Coefficients of the polynomial whose roots are the finite points but the `j`th; for infinity, all.
const fn without<const N: usize>(points: [f64; N], j: usize) -> [f32; N] {
    let mut product = [0.0; N];
    product[0] = 1.0;
    let mut root = 0;
    while root + 1 < N {
        if root != j {
            let mut i = N - 1;
            while i > 0 {
                product[i] = product[i - 1] - points[root] * product[i];
                i -= 1;
            }
            product[0] *= -points[root];
        }
        root += 1;
    }
    let mut coefficients = [0.0; N];
    let mut i = 0;
    while i < N {
        coefficients[i] = product[i] as f32;
        i += 1;
    }
    coefficients
}
