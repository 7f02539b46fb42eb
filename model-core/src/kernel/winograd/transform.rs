//! Tiles to products and back, for a vector of channels at a time. Each way and its transpose, which carries gradients.

#![allow(clippy::float_cmp, reason = "numbers of the matrices that are 0 or 1 are exact")]

use pulp::Simd;

use super::{
    super::plane::KERNEL,
    points::{Matrix, Scheme},
};

/// What every pixel of a tile of inputs becomes before the product.
#[inline(always)]
pub(super) fn inputs<S: Simd, T: Scheme<IN, OUT>, const IN: usize, const OUT: usize>(
    simd: S,
    pixel: impl Fn(usize, usize) -> S::f32s,
    store: impl FnMut(usize, usize, S::f32s),
) {
    both_ways::<S, IN, IN>(
        simd,
        #[inline(always)]
        |values| butterfly(simd, T::TILE.pairs, sparse(simd, &T::TILE.inputs, values)),
        pixel,
        store,
    );
}

/// The transpose of [`inputs`].
#[inline(always)]
pub(super) fn inputs_back<S: Simd, T: Scheme<IN, OUT>, const IN: usize, const OUT: usize>(
    simd: S,
    product: impl Fn(usize, usize) -> S::f32s,
    store: impl FnMut(usize, usize, S::f32s),
) {
    both_ways::<S, IN, IN>(
        simd,
        #[inline(always)]
        |values| sparse(simd, &T::TILE.inputs_transposed, butterfly(simd, T::TILE.pairs, values)),
        product,
        store,
    );
}

/// The outputs of a tile from the products.
#[inline(always)]
pub(super) fn outputs<S: Simd, T: Scheme<IN, OUT>, const IN: usize, const OUT: usize>(
    simd: S,
    product: impl Fn(usize, usize) -> S::f32s,
    store: impl FnMut(usize, usize, S::f32s),
) {
    both_ways::<S, IN, OUT>(
        simd,
        #[inline(always)]
        |values| sparse(simd, &T::TILE.outputs, butterfly(simd, T::TILE.pairs, values)),
        product,
        store,
    );
}

/// The transpose of [`outputs`].
#[inline(always)]
pub(super) fn outputs_back<S: Simd, T: Scheme<IN, OUT>, const IN: usize, const OUT: usize>(
    simd: S,
    pixel: impl Fn(usize, usize) -> S::f32s,
    store: impl FnMut(usize, usize, S::f32s),
) {
    both_ways::<S, OUT, IN>(
        simd,
        #[inline(always)]
        |values| butterfly(simd, T::TILE.pairs, sparse(simd, &T::TILE.outputs_transposed, values)),
        pixel,
        store,
    );
}

/// The other factors of the products.
#[inline(always)]
pub(super) fn filter<S: Simd, T: Scheme<IN, OUT>, const IN: usize, const OUT: usize>(
    simd: S,
    tap: impl Fn(usize, usize) -> S::f32s,
    store: impl FnMut(usize, usize, S::f32s),
) {
    both_ways::<S, KERNEL, IN>(
        simd,
        #[inline(always)]
        |values| sparse(simd, &T::TILE.filter, values),
        tap,
        store,
    );
}

/// The transpose of [`filter`].
#[inline(always)]
pub(super) fn filter_back<S: Simd, T: Scheme<IN, OUT>, const IN: usize, const OUT: usize>(
    simd: S,
    product: impl Fn(usize, usize) -> S::f32s,
    store: impl FnMut(usize, usize, S::f32s),
) {
    both_ways::<S, IN, KERNEL>(
        simd,
        #[inline(always)]
        |values| sparse(simd, &T::TILE.filter_transposed, values),
        product,
        store,
    );
}

/// `body` for every index below `n`, which is at most 8, written out: the compiler then knows every number of a matrix.
macro_rules! each {
    ($index:ident in 0..$n:expr, $body:block) => {
        each!(@ $index, $n, $body, 0 1 2 3 4 5 6 7)
    };
    (@ $index:ident, $n:expr, $body:block, $($value:literal)*) => {
        $(
            #[allow(clippy::absurd_extreme_comparisons, reason = "written out for every index")]
            if $value < $n {
                let $index: usize = $value;
                $body
            }
        )*
    };
}

/// `row` on the columns, then on the rows.
#[inline(always)]
fn both_ways<S: Simd, const FROM: usize, const TO: usize>(
    simd: S,
    row: impl Fn([S::f32s; FROM]) -> [S::f32s; TO],
    load: impl Fn(usize, usize) -> S::f32s,
    mut store: impl FnMut(usize, usize, S::f32s),
) {
    let zero = simd.splat_f32s(0.0);
    let mut half = [[zero; FROM]; TO];
    #[allow(clippy::needless_range_loop, reason = "it is the columns that are walked through")]
    for j in 0..FROM {
        let mut column = [zero; FROM];
        each!(i in 0..FROM, { column[i] = load(i, j) });
        let column = row(column);
        each!(i in 0..TO, { half[i][j] = column[i] });
    }
    for (i, half) in half.into_iter().enumerate() {
        let half = row(half);
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
