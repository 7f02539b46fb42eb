//! What the instructions do, in loops: the same to the last bit, but for subnormal numbers, which they take for 0.

use super::{
    super::{super::simd::vectorised, DEPTH, SIDE},
    Operand,
};

/// [`super::Registers::multiply`].
pub(super) fn multiply<'a, const ROWS: usize, const COLUMNS: usize>(
    steps: impl Iterator<Item = ([Operand<'a>; ROWS], [Operand<'a>; COLUMNS])>,
    sums: &mut [f32],
    stride: usize,
) {
    (0..ROWS * SIDE).for_each(|row| sums[row * stride..][..COLUMNS * SIDE].fill(0.0));
    for (left, right) in steps {
        for row in 0..ROWS * SIDE {
            let left = row_of(left[row / SIDE], row % SIDE);
            for (column, right) in right.iter().enumerate() {
                let sums = &mut sums[row * stride + column * SIDE..][..SIDE];
                vectorised(
                    #[inline(always)]
                    || add_products(sums, left, *right),
                );
            }
        }
    }
}

fn row_of(operand: Operand<'_>, i: usize) -> &[u16] {
    &operand.values[i * operand.stride..][..DEPTH]
}

/// Adds a row's products with a matrix: those of even and of odd places are summed for themselves first, as the
/// instruction does it.
#[inline(always)]
fn add_products(sums: &mut [f32], left: &[u16], right: Operand<'_>) {
    let (mut even, mut odd) = ([0.0; SIDE], [0.0; SIDE]);
    for (pair, left) in left.as_chunks::<2>().0.iter().enumerate() {
        let [left_even, left_odd] = left.map(value);
        let right = row_of(right, pair).as_chunks::<2>().0;
        for ((even, odd), right) in even.iter_mut().zip(&mut odd).zip(right) {
            // Exact: each factor has eight bits of significand.
            *even += left_even * value(right[0]);
            *odd += left_odd * value(right[1]);
        }
    }
    for (sum, (even, odd)) in sums.iter_mut().zip(even.iter().zip(odd)) {
        *sum += even + odd;
    }
}

fn value(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}
