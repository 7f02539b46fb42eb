//! Products of matrices by Intel's AMX, and the same without it.

use super::{DEPTH, SIDE};

/// A matrix of `bfloat16` that fills a register: 16 rows of 32 values. As the right factor of a product it is `[32, 16]`,
/// whose rows lie in pairs, value beside value.
#[derive(Clone, Copy)]
pub(super) struct Operand<'a> {
    values: &'a [u16],
    stride: usize,
}

impl<'a> Operand<'a> {
    /// Rows that begin `stride` values one after the other.
    #[inline(always)]
    pub(super) fn new(values: &'a [u16], stride: usize) -> Self {
        assert!(values.len() >= (SIDE - 1) * stride + DEPTH, "rows of an operand");
        Self { values, stride }
    }

    fn row(self, i: usize) -> &'a [u16] {
        &self.values[i * self.stride..][..DEPTH]
    }
}

/// Whether this processor has instructions for the products, and the system lets this program use them.
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
pub(in super::super) fn is_fast() -> bool {
    false
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub(in super::super) use instructions::is_fast;

/// A thread's registers.
pub(super) struct Tiles {
    has_instructions: bool,
}

impl Tiles {
    pub(super) fn new() -> Self {
        let has_instructions = is_fast();
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        if has_instructions {
            instructions::begin();
        }
        Self { has_instructions }
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
        const { assert!(ROWS <= 2 && COLUMNS <= 2, "as the registers are shared out") };
        assert!(sums.len() >= (ROWS * SIDE - 1) * stride + COLUMNS * SIDE, "rows of sums");
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        if self.has_instructions {
            instructions::multiply(steps, sums, stride);
            return;
        }
        multiply_plainly(steps, sums, stride);
    }
}

impl Drop for Tiles {
    fn drop(&mut self) {
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        if self.has_instructions {
            instructions::end();
        }
    }
}

fn multiply_plainly<'a, const ROWS: usize, const COLUMNS: usize>(
    steps: impl Iterator<Item = ([Operand<'a>; ROWS], [Operand<'a>; COLUMNS])>,
    sums: &mut [f32],
    stride: usize,
) {
    let value = |bits: u16| f32::from_bits(u32::from(bits) << 16);
    let rows = || (0..ROWS * SIDE).map(|row| row * stride);
    rows().for_each(|start| sums[start..][..COLUMNS * SIDE].fill(0.0));
    for (left, right) in steps {
        for (row, start) in rows().enumerate() {
            for (pair, factors) in left[row / SIDE].row(row % SIDE).as_chunks::<2>().0.iter().enumerate() {
                let [even, odd] = factors.map(value);
                for (column, right) in right.iter().enumerate() {
                    let sums = sums[start + column * SIDE..].iter_mut();
                    for (sum, right) in sums.zip(right.row(pair).as_chunks::<2>().0) {
                        *sum += even * value(right[0]) + odd * value(right[1]);
                    }
                }
            }
        }
    }
}

/// Registers 0 to 3 hold sums, 4 and 5 left factors, 6 and 7 right ones.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[allow(unsafe_code, reason = "the intrinsics of AMX are not stable, and would be `unsafe` as well")]
mod instructions {
    use std::{
        arch::{asm, x86_64::__cpuid_count},
        sync::LazyLock,
    };

    use super::{DEPTH, Operand, SIDE};

    /// Bits of EDX of leaf 7 of `cpuid`: products of `bfloat16`, and registers.
    const FEATURES: u32 = 1 << 22 | 1 << 24;

    /// Linux gives room for the registers to programs that ask for it: `arch_prctl(ARCH_REQ_XCOMP_PERM, XTILEDATA)`.
    const ARCH_PRCTL: i64 = 158;
    const REQUEST: i64 = 0x1023;
    const TILE_DATA: i64 = 18;

    pub(in super::super::super) fn is_fast() -> bool {
        static HAS: LazyLock<bool> = LazyLock::new(|| {
            if __cpuid_count(7, 0).edx & FEATURES != FEATURES {
                return false;
            }
            let mut result = ARCH_PRCTL;
            // SAFETY: a system call that touches no memory of this program; the kernel overwrites RCX and R11.
            unsafe {
                asm!(
                    "syscall",
                    inlateout("rax") result, in("rdi") REQUEST, in("rsi") TILE_DATA, out("rcx") _, out("r11") _,
                    options(nostack)
                );
            }
            result == 0
        });
        *HAS
    }

    /// The sizes of the registers, as `ldtilecfg` takes them.
    #[repr(C, align(64))]
    struct Config {
        palette: u8,
        start_row: u8,
        reserved: [u8; 14],
        row_bytes: [u16; 16],
        rows: [u8; 16],
    }

    pub(super) fn begin() {
        let mut config = Config { palette: 1, start_row: 0, reserved: [0; 14], row_bytes: [0; 16], rows: [0; 16] };
        config.row_bytes[..8].fill(2 * DEPTH as u16);
        config.rows[..8].fill(SIDE as u8);
        // SAFETY: `is_fast` was true; the instruction reads 64 bytes, which `Config` has.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const config, options(nostack, readonly)) };
    }

    pub(super) fn end() {
        // SAFETY: `is_fast` was true.
        unsafe { asm!("tilerelease", options(nostack, nomem)) };
    }

    macro_rules! zero {
        ($register:tt) => {
            // SAFETY: after `begin`.
            unsafe { asm!(concat!("tilezero ", $register), out($register) _, options(nostack, nomem)) }
        };
    }

    macro_rules! load {
        ($register:tt, $operand:expr) => {
            // SAFETY: after `begin`; `Operand::new` saw that 16 rows of 64 bytes are there.
            unsafe {
                asm!(
                    concat!("tileloadd ", $register, ", [{start} + {stride}]"),
                    start = in(reg) $operand.values.as_ptr(), stride = in(reg) 2 * $operand.stride, out($register) _,
                    options(nostack, readonly)
                );
            }
        };
    }

    macro_rules! add_product {
        ($sum:tt, $left:tt, $right:tt) => {
            // SAFETY: after `begin`.
            unsafe {
                asm!(
                    concat!("tdpbf16ps ", $sum, ", ", $left, ", ", $right),
                    out($sum) _,
                    options(nostack, nomem)
                );
            }
        };
    }

    macro_rules! store {
        ($register:tt, $row:expr, $column:expr, $sums:expr, $stride:expr) => {{
            let start = $sums[$row * SIDE * $stride + $column * SIDE..].as_mut_ptr();
            // SAFETY: after `begin`; `Tiles::multiply` saw that there are as many rows of sums.
            unsafe {
                asm!(
                    concat!("tilestored [{start} + {stride}], ", $register),
                    start = in(reg) start, stride = in(reg) 4 * $stride,
                    options(nostack)
                );
            }
        }};
    }

    /// [`super::Tiles::multiply`], between [`begin`] and [`end`].
    #[inline(always)]
    pub(super) fn multiply<'a, const ROWS: usize, const COLUMNS: usize>(
        steps: impl Iterator<Item = ([Operand<'a>; ROWS], [Operand<'a>; COLUMNS])>,
        sums: &mut [f32],
        stride: usize,
    ) {
        zero!("tmm0");
        zero!("tmm1");
        zero!("tmm2");
        zero!("tmm3");
        for (left, right) in steps {
            load!("tmm4", left[0]);
            load!("tmm6", right[0]);
            add_product!("tmm0", "tmm4", "tmm6");
            if COLUMNS > 1 {
                load!("tmm7", right[1]);
                add_product!("tmm1", "tmm4", "tmm7");
            }
            if ROWS > 1 {
                load!("tmm5", left[1]);
                add_product!("tmm2", "tmm5", "tmm6");
                if COLUMNS > 1 {
                    add_product!("tmm3", "tmm5", "tmm7");
                }
            }
        }
        store!("tmm0", 0, 0, sums, stride);
        if COLUMNS > 1 {
            store!("tmm1", 0, 1, sums, stride);
        }
        if ROWS > 1 {
            store!("tmm2", 1, 0, sums, stride);
            if COLUMNS > 1 {
                store!("tmm3", 1, 1, sums, stride);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_and_loops_sum_the_same() {
        const STEPS: usize = 3;
        let of = |len: usize, step: usize| -> Vec<u16> {
            (0..len).map(|i| super::super::grid::bf16(((i * step % 97) as f32 - 48.0) / 16.0)).collect()
        };
        let (left, right) = (of(STEPS * 2 * SIDE * 40, 31), of(STEPS * 2 * SIDE * 48, 57));
        let sums_of = |has_instructions: bool| {
            let mut tiles = if has_instructions { Tiles::new() } else { Tiles { has_instructions } };
            let steps = (0..STEPS).map(|step| {
                let left = [0, 1].map(|row| Operand::new(&left[(step * 2 + row) * SIDE * 40..], 40));
                (left, [0, 1].map(|column| Operand::new(&right[(step * 2 + column) * SIDE * 48..], 48)))
            });
            let mut sums = vec![f32::NAN; 2 * SIDE * 35];
            tiles.multiply(steps, &mut sums, 35);
            sums
        };
        let (expected, found) = (sums_of(false), sums_of(true));
        for (i, (expected, found)) in expected.iter().zip(&found).enumerate() {
            // The factors have few digits: no sum is rounded.
            assert!(expected == found || expected.is_nan() && i % 35 >= 2 * SIDE, "{found} for {expected} at {i}");
        }
    }
}
