//! Tiles to products and back, for a vector of channels at a time. Each way and its transpose, which carries gradients.

#![allow(clippy::float_cmp, reason = "numbers of the matrices that are 0 or 1 are exact")]

use std::marker::PhantomData;

use pulp::Simd;

use super::{
    super::pixels::KERNEL,
    points::{Matrix, Scheme},
};

/// A linear map of a row of values, known to the compiler. A tile has it on its columns, then on its rows.
pub(super) trait Map<const FROM: usize, const TO: usize> {
    /// The map, on vectors of channels.
    fn row<S: Simd>(simd: S, values: [S::f32s; FROM]) -> [S::f32s; TO];
}

/// Inputs of a tile to transformed of products.
pub(super) struct Inputs<T, const OUT: usize>(PhantomData<T>);

/// The transpose of [`Inputs`].
pub(super) struct InputsBack<T, const OUT: usize>(PhantomData<T>);

/// Products to outputs of a tile.
pub(super) struct Outputs<T>(PhantomData<T>);

/// The transpose of [`Outputs`].
pub(super) struct OutputsBack<T>(PhantomData<T>);

/// Taps of a filter to transformed of products.
pub(super) struct Filter<T, const OUT: usize>(PhantomData<T>);

/// The transpose of [`Filter`].
pub(super) struct FilterBack<T, const OUT: usize>(PhantomData<T>);

impl<T: Scheme<IN, OUT>, const IN: usize, const OUT: usize> Map<IN, IN> for Inputs<T, OUT> {
    #[inline(always)]
    fn row<S: Simd>(simd: S, values: [S::f32s; IN]) -> [S::f32s; IN] {
        butterfly(simd, T::TILE.pairs, sparse(simd, &T::TILE.inputs, values))
    }
}

impl<T: Scheme<IN, OUT>, const IN: usize, const OUT: usize> Map<IN, IN> for InputsBack<T, OUT> {
    #[inline(always)]
    fn row<S: Simd>(simd: S, values: [S::f32s; IN]) -> [S::f32s; IN] {
        sparse(simd, &T::TILE.inputs_transposed, butterfly(simd, T::TILE.pairs, values))
    }
}

impl<T: Scheme<IN, OUT>, const IN: usize, const OUT: usize> Map<IN, OUT> for Outputs<T> {
    #[inline(always)]
    fn row<S: Simd>(simd: S, values: [S::f32s; IN]) -> [S::f32s; OUT] {
        sparse(simd, &T::TILE.outputs, butterfly(simd, T::TILE.pairs, values))
    }
}

impl<T: Scheme<IN, OUT>, const IN: usize, const OUT: usize> Map<OUT, IN> for OutputsBack<T> {
    #[inline(always)]
    fn row<S: Simd>(simd: S, values: [S::f32s; OUT]) -> [S::f32s; IN] {
        butterfly(simd, T::TILE.pairs, sparse(simd, &T::TILE.outputs_transposed, values))
    }
}

impl<T: Scheme<IN, OUT>, const IN: usize, const OUT: usize> Map<KERNEL, IN> for Filter<T, OUT> {
    #[inline(always)]
    fn row<S: Simd>(simd: S, values: [S::f32s; KERNEL]) -> [S::f32s; IN] {
        sparse(simd, &T::TILE.filter, values)
    }
}

impl<T: Scheme<IN, OUT>, const IN: usize, const OUT: usize> Map<IN, KERNEL> for FilterBack<T, OUT> {
    #[inline(always)]
    fn row<S: Simd>(simd: S, values: [S::f32s; IN]) -> [S::f32s; KERNEL] {
        sparse(simd, &T::TILE.filter_transposed, values)
    }
}

/// `body` for every index below `n`, which is at most 8, written out: the compiler then knows every number of a matrix.
macro_rules! each {
    ($index:ident in 0..$n:expr, $body:block) => {
        each!(@ $index, $n, $body, 0 1 2 3 4 5 6 7)
    };
    (@ $index:ident, $n:expr, $body:block, $($value:literal)*) => {
        $(
            if $value < $n {
                let $index: usize = $value;
                $body
            }
        )*
    };
}

/// The map on the columns, then on the rows, of the values that `load` gives by row and column.
#[inline(always)]
pub(super) fn transform_tile<S: Simd, M: Map<FROM, TO>, const FROM: usize, const TO: usize>(
    simd: S,
    load: impl Fn(usize, usize) -> S::f32s,
    mut store: impl FnMut(usize, usize, S::f32s),
) {
    let zero = simd.splat_f32s(0.0);
    let mut half = [[zero; FROM]; TO];
    #[expect(clippy::needless_range_loop, reason = "it is the columns that are walked through")]
    for j in 0..FROM {
        let mut column = [zero; FROM];
        each!(i in 0..FROM, { column[i] = load(i, j) });
        let column = M::row(simd, column);
        each!(i in 0..TO, { half[i][j] = column[i] });
    }
    for (i, half) in half.into_iter().enumerate() {
        let half = M::row(simd, half);
        each!(j in 0..TO, { store(i, j, half[j]) });
    }
}

/// `matrix · values`. Zeros of the matrix cost nothing.
#[inline(always)]
fn sparse<S: Simd, const FROM: usize, const TO: usize>(
    simd: S,
    matrix: &Matrix<TO, FROM>,
    values: [S::f32s; FROM],
) -> [S::f32s; TO] {
    let mut out = [simd.splat_f32s(0.0); TO];
    each!(i in 0..TO, {
        let mut sum = None;
        each!(j in 0..FROM, {
            if matrix[i][j] == 1.0 {
                sum = Some(match sum {
                    None => values[j],
                    Some(sum) => simd.add_f32s(sum, values[j]),
                });
            }
        });
        each!(j in 0..FROM, {
            if matrix[i][j] != 0.0 && matrix[i][j] != 1.0 {
                let weight = simd.splat_f32s(matrix[i][j]);
                sum = Some(match sum {
                    None => simd.mul_f32s(weight, values[j]),
                    Some(sum) => simd.mul_add_f32s(weight, values[j], sum),
                });
            }
        });
        if let Some(sum) = sum {
            out[i] = sum;
        }
    });
    out
}

/// Sum and difference of the two values of every pair.
#[inline(always)]
fn butterfly<S: Simd, const N: usize>(simd: S, pairs: [bool; N], mut values: [S::f32s; N]) -> [S::f32s; N] {
    each!(i in 0..N, {
        if pairs[i] {
            let [even, odd] = [values[i], values[i + 1]];
            values[i] = simd.add_f32s(even, odd);
            values[i + 1] = simd.sub_f32s(even, odd);
        }
    });
    values
}
