//! Products of small matrices, in registers.

use pulp::Simd;

/// Vectors of a row of the result that are summed together, at most.
const VECTORS: usize = 2;

/// A multiple of the rows of every result. As many are left over after blocks of 6 or 12, once to three times.
pub(super) const ROWS: usize = 4;

/// A matrix `[depth, columns]` in the order in which [`multiply`] reads it: in panels of a few vectors of columns.
#[derive(Clone, Copy)]
pub(super) struct Panels<'a> {
    pub(super) values: &'a [f32],
    pub(super) depth: usize,
    pub(super) columns: usize,
}

/// First column and number of columns of each panel.
pub(super) fn panels(columns: usize, lanes: usize) -> impl Iterator<Item = (usize, usize)> {
    let width = VECTORS * lanes;
    (0..columns).step_by(width).map(move |start| (start, width.min(columns - start)))
}

/// Does a panel of so many columns: most rows in the largest blocks that fit into the registers, the others in small
/// ones. 16 registers hold twelve sums and the factors that are added to them, 32 hold twice as many.
macro_rules! in_blocks {
    ($S:ident, $width:expr, $panel:ident, $rows:tt, $rest:tt) => {
        match ($width / $S::F32_LANES, $S::F32_LANES) {
            (VECTORS, 16) => $panel::<$S, 12, VECTORS> $rows,
            (VECTORS, _) => $panel::<$S, 6, VECTORS> $rows,
            _ => $panel::<$S, 12, 1> $rows,
        }
        match $width / $S::F32_LANES {
            VECTORS => $panel::<$S, ROWS, VECTORS> $rest,
            _ => $panel::<$S, ROWS, 1> $rest,
        }
    };
}

/// `out = a · b`.
///
/// # Shapes
/// `a` has rows of `b.depth` values and `out` of `b.columns`, a multiple of the lanes; each row begins a stride after the
/// one before. The rows of `out` are a multiple of [`ROWS`].
#[inline(always)]
pub(super) fn multiply<S: Simd>(simd: S, a: &[f32], out: &mut [f32], strides: [usize; 2], b: Panels<'_>) {
    let n_whole = whole(out.len() / strides[1]);
    let (a, a_rest) = a.split_at(n_whole * strides[0]);
    let (out, rest) = out.split_at_mut(n_whole * strides[1]);
    for (start, width) in panels(b.columns, S::F32_LANES) {
        let panel = &b.values[start * b.depth..][..width * b.depth];
        let at = [strides[0], strides[1], start];
        in_blocks!(S, width, multiply_panel, (simd, a, panel, at, out), (simd, a_rest, panel, at, rest));
    }
}

/// Rows that are done in large blocks.
#[inline(always)]
fn whole(n_rows: usize) -> usize {
    n_rows / (3 * ROWS) * (3 * ROWS)
}

#[inline(always)]
fn multiply_panel<S: Simd, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    a: &[f32],
    panel: &[f32],
    [a_stride, stride, start]: [usize; 3],
    out: &mut [f32],
) {
    let (panel, _) = S::as_simd_f32s(panel).0.as_chunks::<VECTORS>();
    for (a, out) in a.chunks_exact(ROWS * a_stride).zip(out.chunks_exact_mut(ROWS * stride)) {
        let mut rows = [&a[..panel.len()]; ROWS];
        for (row, values) in rows.iter_mut().zip(a.chunks_exact(a_stride)) {
            *row = &values[..panel.len()];
        }
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
        for (i, b) in panel.iter().enumerate() {
            for (sums, row) in sums.iter_mut().zip(&rows) {
                add_product(simd, row[i], b, sums);
            }
        }
        for (out, sums) in out.chunks_exact_mut(stride).zip(sums) {
            let (out, _) = S::as_mut_simd_f32s(&mut out[start..start + VECTORS * S::F32_LANES]);
            out.copy_from_slice(&sums);
        }
    }
}

#[inline(always)]
fn add_product<S: Simd, const VECTORS: usize>(simd: S, a: f32, b: &[S::f32s; VECTORS], sums: &mut [S::f32s; VECTORS]) {
    let a = simd.splat_f32s(a);
    for (sum, &b) in sums.iter_mut().zip(b) {
        *sum = simd.mul_add_f32s(a, b, *sum);
    }
}

/// `out += aᵀ · b`, the sum over all pairs of `a` and `b`.
///
/// # Shapes
/// Every `a` has rows of as many values as `out` has rows, a multiple of [`ROWS`], its `b` of as many as `out` has
/// columns, a multiple of the lanes; each row begins a stride after the one before.
#[inline(always)]
pub(super) fn correlate<'a, S: Simd>(
    simd: S,
    pairs: &(impl Iterator<Item = [&'a [f32]; 2]> + Clone),
    strides: [usize; 2],
    columns: usize,
    out: &mut [f32],
) {
    let n_whole = whole(out.len() / columns);
    let (out, rest) = out.split_at_mut(n_whole * columns);
    for (start, width) in panels(columns, S::F32_LANES) {
        let (at, at_rest) = ([0, start, columns], [n_whole, start, columns]);
        in_blocks!(S, width, correlate_panel, (simd, pairs, strides, at, out), (simd, pairs, strides, at_rest, rest));
    }
}

#[inline(always)]
fn correlate_panel<'a, S: Simd, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    pairs: &(impl Iterator<Item = [&'a [f32]; 2]> + Clone),
    [a_stride, b_stride]: [usize; 2],
    [first, start, columns]: [usize; 3],
    out: &mut [f32],
) {
    for (block, out) in out.chunks_exact_mut(ROWS * columns).enumerate() {
        let first = first + block * ROWS;
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
        for [a, b] in pairs.clone() {
            for (a, b) in a.chunks_exact(a_stride).zip(b.chunks_exact(b_stride)) {
                let (b, _) = S::as_simd_f32s(&b[start..start + VECTORS * S::F32_LANES]);
                for (sums, &a) in sums.iter_mut().zip(&a[first..first + ROWS]) {
                    add_product(simd, a, &b.as_chunks::<VECTORS>().0[0], sums);
                }
            }
        }
        for (out, sums) in out.chunks_exact_mut(columns).zip(sums) {
            let (out, _) = S::as_mut_simd_f32s(&mut out[start..start + VECTORS * S::F32_LANES]);
            for (out, sum) in out.iter_mut().zip(sums) {
                *out = simd.add_f32s(*out, sum);
            }
        }
    }
}
