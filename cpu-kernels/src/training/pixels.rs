//! Pictures with the channels of a pixel side by side: `[batch, height, width, channels]`. The kernels know no other.

/// Side of every filter, pixels.
pub const KERNEL: usize = 3;

/// Taps of a filter.
pub(super) const TAPS: usize = KERNEL * KERNEL;

/// Size of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Pixels from top to bottom.
    pub height: usize,
    /// Pixels from left to right.
    pub width: usize,
}

impl Size {
    /// Pixels.
    pub fn area(self) -> usize {
        self.height * self.width
    }
}

/// Numbers `[batch, height, width, channels]`, or numbers that are made when they are read.
pub(super) trait Pixels: Sync {
    /// Fills `row` with the numbers from `start` on, the first of a row of a picture: at most a row.
    fn read(&self, start: usize, row: &mut [f32]);
}

impl Pixels for &[f32] {
    #[inline(always)]
    fn read(&self, start: usize, row: &mut [f32]) {
        row.copy_from_slice(&self[start..start + row.len()]);
    }
}
