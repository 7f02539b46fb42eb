//! The first convolution, of stride 2, from the three colours.

use wide::f32x4;

use super::{
    maps::{FeatureMaps, relu, vectors},
    matrix::{PackedMatrix, StridedRows},
    pointwise::RowBuffers,
};

/// Red, green, blue.
const COLORS: usize = 3;

/// With bias, for square pictures of an even side.
#[derive(Debug)]
pub struct Stem {
    /// Side of the filters.
    kernel: usize,
    /// Side of the picture.
    side: usize,
    weights: PackedMatrix,
    bias: Vec<f32x4>,
}

impl Stem {
    /// `weight`: `[channels out, kernel, kernel, 3]`; `bias`: `[channels out]`; `side`: of the pictures, pixels.
    pub fn new(weight: &[f32], bias: &[f32], kernel: usize, side: usize) -> Self {
        let (n_out, n_taps) = (bias.len(), kernel * kernel * COLORS);
        let bias = vectors(bias);
        let tap = |tap: usize, output: usize| if output < n_out { weight[output * n_taps + tap] } else { 0.0 };
        Self { kernel, side, weights: PackedMatrix::new(n_taps, bias.len(), tap), bias }
    }

    /// ReLU of the convolution of `picture`, `[side, side, 3]`, into `y`.
    pub fn run(&self, picture: &[f32], y: &mut FeatureMaps, rows: &mut RowBuffers) {
        let (side, depth) = (self.side / 2, self.bias.len());
        let bordered = self.bordered(picture);
        y.frame([side; 2], depth);
        rows.products.resize(side * depth, f32x4::ZERO);
        // A filter sees as many parts of the picture as it has rows; those of the next pixel lie two pixels on.
        let line = self.stride() * COLORS;
        let at = StridedRows { n_rows: side, stride: 2 * COLORS, n_parts: self.kernel, part_stride: line };
        for row in 0..side {
            self.weights.multiply_strided(&bordered[2 * row * line..], at, &mut rows.products);
            for (sums, out) in rows.products.chunks_exact(depth).zip(y.row_mut(row).chunks_exact_mut(depth)) {
                sums.iter().zip(&self.bias).zip(out).for_each(|((&sum, &bias), out)| *out = relu(sum + bias));
            }
        }
    }

    /// Pixels of a row of the picture with its border.
    fn stride(&self) -> usize {
        self.side + self.kernel - 2
    }

    /// The picture with a border of zeros: TensorFlow's `SAME` of an even side, whose greater half is at the end.
    fn bordered(&self, picture: &[f32]) -> Vec<f32> {
        let (stride, before) = (self.stride(), (self.kernel - 2) / 2);
        let mut bordered = vec![0.0; stride * stride * COLORS];
        for (y, row) in picture.chunks_exact(self.side * COLORS).enumerate() {
            bordered[((y + before) * stride + before) * COLORS..][..row.len()].copy_from_slice(row);
        }
        bordered
    }
}
