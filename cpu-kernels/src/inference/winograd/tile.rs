//! Winograd's minimal filtering of 3 taps: A. Lavin and S. Gray, "Fast Algorithms for Convolutional Neural Networks",
//! 2015, section 4. A one-dimensional step; the two-dimensional one does it to rows, then to columns.

use wide::f32x4;

/// Taps of a filter along a side.
pub(super) const TAPS: usize = 3;

/// F(2, 3): four inputs to two outputs.
pub(super) mod two {
    use super::{TAPS, f32x4};

    /// G.
    pub(in super::super) const FILTER: [[f64; TAPS]; 4] =
        [[1.0, 0.0, 0.0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0.0, 0.0, 1.0]];

    /// Bᵀ·x.
    #[inline(always)]
    pub(in super::super) fn input(x: [f32x4; 4]) -> [f32x4; 4] {
        [x[0] - x[2], x[1] + x[2], x[2] - x[1], x[1] - x[3]]
    }

    /// Aᵀ·x.
    #[inline(always)]
    pub(in super::super) fn output(x: [f32x4; 4]) -> [f32x4; 2] {
        [x[0] + x[1] + x[2], x[1] - x[2] - x[3]]
    }
}

/// F(4, 3): six inputs to four outputs.
pub(super) mod four {
    use super::{TAPS, f32x4};

    /// G.
    pub(in super::super) const FILTER: [[f64; TAPS]; 6] = [
        [1.0 / 4.0, 0.0, 0.0],
        [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
        [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
        [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
        [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
        [0.0, 0.0, 1.0],
    ];

    /// Bᵀ·x.
    #[inline(always)]
    pub(in super::super) fn input(x: [f32x4; 6]) -> [f32x4; 6] {
        let [two, four, five] = [2.0, 4.0, 5.0].map(f32x4::splat);
        let (inner_even, inner_odd) = (x[4] - four * x[2], x[3] - four * x[1]);
        let (outer_even, outer_odd) = (x[4] - x[2], two * (x[3] - x[1]));
        [
            four * x[0] - five * x[2] + x[4],
            inner_even + inner_odd,
            inner_even - inner_odd,
            outer_even + outer_odd,
            outer_even - outer_odd,
            four * x[1] - five * x[3] + x[5],
        ]
    }

    /// Aᵀ·x.
    #[inline(always)]
    pub(in super::super) fn output(x: [f32x4; 6]) -> [f32x4; 4] {
        let [two, four, eight] = [2.0, 4.0, 8.0].map(f32x4::splat);
        let (inner_sum, inner_difference) = (x[1] + x[2], x[1] - x[2]);
        let (outer_sum, outer_difference) = (x[3] + x[4], x[3] - x[4]);
        [
            x[0] + inner_sum + outer_sum,
            inner_difference + two * outer_difference,
            inner_sum + four * outer_sum,
            inner_difference + eight * outer_difference + x[5],
        ]
    }
}
