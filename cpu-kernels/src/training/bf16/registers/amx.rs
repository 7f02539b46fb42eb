//! Intel's Advanced Matrix Extensions: eight registers of a thread, `tmm0` to `tmm7`, each 16 rows of 64 bytes. Here 0 to 3
//! hold sums, 4 and 5 left factors, 6 and 7 right ones.
//!
//! Values stay in the registers from one `asm!` to the next. Rust does not promise this; it holds because the compiler
//! itself never uses them. The intrinsics for them, which would be `unsafe` as well, are not stable yet.

#![allow(unsafe_code, reason = "instructions that Rust has no stable function for")]

use std::{
    arch::{asm, x86_64::__cpuid_count},
    cell::Cell,
    marker::PhantomData,
    sync::LazyLock,
};

use super::{DEPTH, Operand, SIDE};

/// Bits of EDX of leaf 7 of `cpuid`: products of `bfloat16`, and the registers.
const FEATURES: u32 = 1 << 22 | 1 << 24;

/// Linux gives room for the registers to programs that ask for it: `arch_prctl(ARCH_REQ_XCOMP_PERM, XTILEDATA)`.
const ARCH_PRCTL: i64 = 158;
const ARCH_REQ_XCOMP_PERM: i64 = 0x1023;
const XTILEDATA: i64 = 18;

/// Whether this processor has AMX, and the system lets this program use it.
pub(crate) fn has_amx() -> bool {
    static HAS: LazyLock<bool> = LazyLock::new(|| {
        if __cpuid_count(7, 0).edx & FEATURES != FEATURES {
            return false;
        }
        let mut result = ARCH_PRCTL;
        // SAFETY: a system call that touches no memory of this program; the kernel overwrites RCX and R11.
        unsafe {
            asm!(
                "syscall",
                inlateout("rax") result, in("rdi") ARCH_REQ_XCOMP_PERM, in("rsi") XTILEDATA, out("rcx") _, out("r11") _,
                options(nostack)
            );
        }
        result == 0
    });
    *HAS
}

thread_local! {
    static IN_USE: Cell<bool> = const { Cell::new(false) };
}

/// This thread's registers, set up; one at a time on a thread, which it cannot leave.
pub(super) struct Registers(PhantomData<*const ()>);

/// The sizes of the registers, as `ldtilecfg` takes them.
#[repr(C, align(64))]
struct Config {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

/// `ldtilecfg` and `tilerelease` set all registers to 0.
macro_rules! of_all {
    ($($instruction:tt)*) => {
        asm!(
            $($instruction)*,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack)
        )
    };
}

/// Sets a register to 0.
macro_rules! zero {
    ($register:tt) => {
        // SAFETY: the registers are set up.
        unsafe { asm!(concat!("tilezero ", $register), out($register) _, options(nostack, nomem)) }
    };
}

macro_rules! load {
    ($register:tt, $operand:expr) => {
        // SAFETY: the registers are set up; `Operand::new` saw that 16 rows of 64 bytes are there.
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
        // SAFETY: the registers are set up.
        unsafe {
            asm!(concat!("tdpbf16ps ", $sum, ", ", $left, ", ", $right), out($sum) _, options(nostack, nomem));
        }
    };
}

macro_rules! store {
    ($register:tt, $sums:expr, $stride:expr) => {
        // SAFETY: the registers are set up; the caller saw that 16 rows of 64 bytes are there.
        unsafe {
            asm!(
                concat!("tilestored [{start} + {stride}], ", $register),
                start = in(reg) $sums.as_mut_ptr(), stride = in(reg) 4 * $stride,
                options(nostack)
            );
        }
    };
}

impl Registers {
    pub(super) fn new() -> Option<Self> {
        if !has_amx() {
            return None;
        }
        assert!(!IN_USE.replace(true), "one at a time on a thread");
        let mut config = Config { palette: 1, start_row: 0, reserved: [0; 14], row_bytes: [0; 16], rows: [0; 16] };
        config.row_bytes[..8].fill(2 * DEPTH as u16);
        config.rows[..8].fill(SIDE as u8);
        // SAFETY: there is AMX; the instruction reads 64 bytes, which `Config` has.
        unsafe { of_all!("ldtilecfg [{}]", in(reg) &raw const config) };
        Some(Self(PhantomData))
    }

    /// [`super::Registers::multiply`], which saw that the rows of sums are there.
    #[inline(always)]
    #[expect(clippy::unused_self, reason = "only who has the registers may use them")]
    pub(super) fn multiply<'a, const ROWS: usize, const COLUMNS: usize>(
        &mut self,
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
        store!("tmm0", sums, stride);
        if COLUMNS > 1 {
            store!("tmm1", sums[SIDE..], stride);
        }
        if ROWS > 1 {
            store!("tmm2", sums[SIDE * stride..], stride);
            if COLUMNS > 1 {
                store!("tmm3", sums[SIDE * stride + SIDE..], stride);
            }
        }
    }
}

impl Drop for Registers {
    fn drop(&mut self) {
        // SAFETY: they were set up on this thread.
        unsafe { of_all!("tilerelease") };
        IN_USE.set(false);
    }
}
