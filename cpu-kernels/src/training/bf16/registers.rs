//! Products of matrices that fill registers: by Intel's AMX, and the same without it.

#[cfg(all(target_arch = "x86_64", target_pointer_width = "64", target_os = "linux"))]
mod amx;
#[cfg(not(all(target_arch = "x86_64", target_pointer_width = "64", target_os = "linux")))]
#[path = "registers/no_amx.rs"]
mod amx;
mod plain;

pub(crate) use amx::has_amx;

use super::{DEPTH, SIDE};

/// A matrix of `bfloat16` that fills a register: 16 rows of 32 values. As the right factor of a product it is `[32, 16]`,
/// whose rows lie in pairs, value beside value.
#[derive(Clone, Copy)]
pub(super) struct Operand<'a> {
    /// At least up to the end of the last row.
    values: &'a [u16],
    stride: usize,
}

impl<'a> Operand<'a> {
    /// Rows that begin `stride` values one after the other.
    #[inline(always)]
    pub(super) fn new(values: &'a [u16], stride: usize) -> Self {
        assert!(values.len() >= (SIDE - 1).saturating_mul(stride).saturating_add(DEPTH), "rows of an operand");
        Self { values, stride }
    }
}

/// A thread's registers, if it has them.
pub(super) struct Registers(Option<amx::Registers>);

impl Registers {
    pub(super) fn new() -> Self {
        Self(amx::Registers::new())
    }

    /// Writes the sum of the steps' products into `sums`, rows of which begin `stride` values one after the other: left
    /// factors are one below the other, right ones beside each other.
    #[inline(always)]
    pub(super) fn multiply<'a, const ROWS: usize, const COLUMNS: usize>(
        &mut self,
        steps: impl Iterator<Item = ([Operand<'a>; ROWS], [Operand<'a>; COLUMNS])>,
        sums: &mut [f32],
        stride: usize,
    ) {
        const { assert!(1 <= ROWS && ROWS <= 2 && 1 <= COLUMNS && COLUMNS <= 2, "as the registers are shared out") };
        let len = (ROWS * SIDE - 1).saturating_mul(stride).saturating_add(COLUMNS * SIDE);
        assert!(sums.len() >= len, "rows of sums");
        match &mut self.0 {
            Some(registers) => registers.multiply(steps, sums, stride),
            None => plain::multiply(steps, sums, stride),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::array;

    use super::{super::grid::bf16, *};

    const STEPS: usize = 3;
    const STRIDES: [usize; 3] = [40, 48, 35];

    fn numbers(len: usize, step: f32) -> Vec<u16> {
        (0..len).map(|i| bf16((i as f32 * step).sin() + 0.1)).collect()
    }

    /// The sums of one way, and those in double precision.
    fn sums<const ROWS: usize, const COLUMNS: usize>(registers: &mut Registers) -> (Vec<f32>, Vec<f64>) {
        let [left_stride, right_stride, stride] = STRIDES;
        let len = |stride: usize, n: usize| STEPS * n * SIDE * stride;
        let (left, right) = (numbers(len(left_stride, ROWS), 0.37), numbers(len(right_stride, COLUMNS), 0.53));
        let left_start = |step: usize, row: usize| (step * ROWS + row) * SIDE * left_stride;
        let right_start = |step: usize, column: usize| (step * COLUMNS + column) * SIDE * right_stride;
        let steps = (0..STEPS).map(|step| {
            let left = array::from_fn(|row| Operand::new(&left[left_start(step, row)..], left_stride));
            (left, array::from_fn(|column| Operand::new(&right[right_start(step, column)..], right_stride)))
        });
        let mut found = vec![f32::NAN; ROWS * SIDE * stride];
        registers.multiply::<ROWS, COLUMNS>(steps, &mut found, stride);
        let mut exact = vec![f64::NAN; found.len()];
        let value = |bits: u16| f64::from(f32::from_bits(u32::from(bits) << 16));
        for (row, column) in (0..ROWS * SIDE).flat_map(|row| (0..COLUMNS * SIDE).map(move |column| (row, column))) {
            let products = (0..STEPS * DEPTH).map(|i| {
                let (step, i) = (i / DEPTH, i % DEPTH);
                let left = left[left_start(step, row / SIDE) + row % SIDE * left_stride + i];
                let pair = right_start(step, column / SIDE) + i / 2 * right_stride;
                value(left) * value(right[pair + column % SIDE * 2 + i % 2])
            });
            exact[row * stride + column] = products.sum();
        }
        (found, exact)
    }

    fn both_ways<const ROWS: usize, const COLUMNS: usize>() {
        let (plain, exact) = sums::<ROWS, COLUMNS>(&mut Registers(None));
        for (i, (plain, exact)) in plain.iter().zip(&exact).enumerate() {
            let close = (f64::from(*plain) - exact).abs() < 1e-4;
            assert!(close || plain.is_nan() && exact.is_nan(), "{ROWS}×{COLUMNS}: {plain} for {exact} at {i}");
        }
        // The same as `plain` where there is no AMX.
        let (found, _) = sums::<ROWS, COLUMNS>(&mut Registers::new());
        for (i, (found, plain)) in found.iter().zip(&plain).enumerate() {
            assert_eq!(found.to_bits(), plain.to_bits(), "{ROWS}×{COLUMNS}: {found} for {plain} at {i}");
        }
    }

    #[test]
    fn both_ways_give_the_same_to_the_last_bit() {
        both_ways::<1, 1>();
        both_ways::<1, 2>();
        both_ways::<2, 1>();
        both_ways::<2, 2>();
    }
}
