//! Filters in the order in which products read them.

use super::{
    super::pixels::{KERNEL, TAPS},
    DEPTH, SIDE,
    grid::bf16,
    registers::Operand,
};

/// Values of an operand.
const LEN: usize = SIDE * DEPTH;

/// `[n_registers, 3, n_blocks]` of operands: for some outputs, the weights of a row of the filter, three taps with all
/// channels of each, cut into blocks and filled up with zeros.
pub(super) struct PackedFilters {
    values: Vec<u16>,
    pub(super) n_in: usize,
    /// Registers that hold a pixel's outputs.
    pub(super) n_registers: usize,
    n_blocks: usize,
}

impl PackedFilters {
    /// Packs `weight`, `[n_out, n_in, 3, 3]`.
    pub(super) fn forward(weight: &[f32], [n_out, n_in]: [usize; 2]) -> Self {
        Self::of([n_out, n_in], |output, input, tap| weight[(output * n_in + input) * TAPS + tap])
    }

    /// Packs it turned round, to carry gradients back from outputs to inputs.
    pub(super) fn back(weight: &[f32], [n_out, n_in]: [usize; 2]) -> Self {
        Self::of([n_in, n_out], |input, output, tap| weight[(output * n_in + input) * TAPS + TAPS - 1 - tap])
    }

    fn of([n_out, n_in]: [usize; 2], weight: impl Fn(usize, usize, usize) -> f32) -> Self {
        let (n_registers, n_blocks) = (n_out.div_ceil(SIDE), (KERNEL * n_in).div_ceil(DEPTH));
        let mut values = vec![0; n_registers * KERNEL * n_blocks * LEN];
        for (output, row) in (0..n_out).flat_map(|output| (0..KERNEL).map(move |row| (output, row))) {
            let operands = &mut values[(output / SIDE * KERNEL + row) * n_blocks * LEN..];
            for at in 0..KERNEL * n_in {
                let tap = row * KERNEL + at / n_in;
                operands[at / 2 * DEPTH + output % SIDE * 2 + at % 2] = bf16(weight(output, at % n_in, tap));
            }
        }
        Self { values, n_in, n_registers, n_blocks }
    }

    /// Row and block of every step of a sum.
    pub(super) fn steps(&self) -> impl Iterator<Item = (usize, usize)> {
        let n_blocks = self.n_blocks;
        (0..KERNEL).flat_map(move |row| (0..n_blocks).map(move |block| (row, block)))
    }

    /// The operand of a step for a register of outputs.
    pub(super) fn of_step(&self, register: usize, (row, block): (usize, usize)) -> Operand<'_> {
        Operand::new(&self.values[((register * KERNEL + row) * self.n_blocks + block) * LEN..], DEPTH)
    }
}
