//! A 3×3 convolution of each channel by itself.

use wide::f32x4;

use super::{
    maps::{FeatureMaps, LANES, vectors},
    pointwise::{Pointwise, RowBuffers, Skip},
};

/// Taps of a filter.
const TAPS: usize = 9;

/// With bias, of stride 1 or 2, on maps of even sides at stride 2.
#[derive(Debug)]
pub struct Depthwise {
    stride: usize,
    /// Taps of each vector of channels.
    weights: Vec<[f32x4; TAPS]>,
    bias: Vec<f32x4>,
}

impl Depthwise {
    /// `weight`: `[3, 3, channels]`; `bias`: `[channels]`; `stride`: 1 or 2.
    pub fn new(weight: &[f32], bias: &[f32], stride: usize) -> Self {
        let taps: Vec<Vec<f32x4>> = weight.chunks_exact(bias.len()).map(vectors).collect();
        let bias = vectors(bias);
        let weights = (0..bias.len()).map(|vector| std::array::from_fn(|tap| taps[tap][vector])).collect();
        Self { stride, weights, bias }
    }

    /// 1 or 2.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// `pointwise` after this convolution of `x`, into `y`, a few rows at a time, which stay in the cache.
    pub fn then(
        &self,
        x: &FeatureMaps,
        pointwise: &Pointwise,
        skip: &Skip<'_>,
        y: &mut FeatureMaps,
        rows: &mut RowBuffers,
    ) {
        let sides = [x.height, x.width].map(|side| side / self.stride);
        y.frame(sides, pointwise.depth());
        pointwise.rows(sides, self.weights.len(), skip, y, rows, |y, inputs| match self.stride {
            1 => self.row::<1>(x, y, inputs),
            _ => self.row::<2>(x, y, inputs),
        });
    }

    /// Row `y` of what comes out: `[width, vectors]`.
    #[inline(always)]
    fn row<const STRIDE: usize>(&self, x: &FeatureMaps, y: usize, row: &mut [[f32; LANES]]) {
        let depth = self.weights.len();
        // The maps have a border of one pixel, which TensorFlow's `SAME` has only at the end if the stride is 2.
        let first = STRIDE - 1;
        let lines: [&[f32x4]; 3] = std::array::from_fn(|line| &x.line(STRIDE * y + first + line)[first * depth..]);
        for (vector, (weights, &bias)) in self.weights.iter().zip(&self.bias).enumerate() {
            let [above, at, below] = lines.map(|line| line.chunks_exact(depth));
            let mut columns = above.zip(at).zip(below).map(|((a, b), c)| [a[vector], b[vector], c[vector]]);
            // The border reaches beyond the last pixel.
            let mut next = || columns.next().unwrap_or([f32x4::ZERO; 3]);
            // Columns that the pixel before has read as well.
            let mut seen = [next(), if STRIDE == 1 { next() } else { [f32x4::ZERO; 3] }];
            for pixel in row.chunks_exact_mut(depth) {
                let columns = if STRIDE == 1 { [seen[0], seen[1], next()] } else { [seen[0], next(), next()] };
                let mut sum = bias;
                for (line, weights) in weights.as_chunks::<3>().0.iter().enumerate() {
                    for (column, &weight) in columns.iter().zip(weights) {
                        sum += column[line] * weight;
                    }
                }
                pixel[vector] = sum.to_array();
                seen = if STRIDE == 1 { [columns[1], columns[2]] } else { [columns[2], columns[2]] };
            }
        }
    }
}
