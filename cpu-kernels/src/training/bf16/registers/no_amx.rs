//! In the place of `amx.rs` where there is none.

use super::Operand;

/// Whether this processor has AMX, and the system lets this program use it.
pub(crate) fn has_amx() -> bool {
    false
}

/// There are none.
pub(super) enum Registers {}

impl Registers {
    pub(super) fn new() -> Option<Self> {
        None
    }

    pub(super) fn multiply<'a, const ROWS: usize, const COLUMNS: usize>(
        &mut self,
        _steps: impl Iterator<Item = ([Operand<'a>; ROWS], [Operand<'a>; COLUMNS])>,
        _sums: &mut [f32],
        _stride: usize,
    ) {
        match *self {}
    }
}
