//! A convolution of each pixel by itself: a product of matrices.

use wide::f32x4;

use super::{
    maps::{FeatureMaps, LANES, greater, relu, vectors},
    matrix::PackedMatrix,
};

/// Pixels that are multiplied at once, at least: enough for the weights to be worth loading, and few enough to stay in
/// the cache.
const N_PIXELS: usize = 64;

/// With bias.
#[derive(Debug)]
pub struct Pointwise {
    n_out: usize,
    weights: PackedMatrix,
    bias: Vec<f32x4>,
}

/// Added to a product before ReLU, or after it.
#[derive(Debug)]
pub enum Skip<'a> {
    /// Nothing.
    None,
    /// These maps, with zeros for channels that they lack.
    Same(&'a FeatureMaps),
    /// The greatest of each 2×2 pixels of these.
    Pooled(&'a FeatureMaps),
    /// After ReLU: these, twice as large.
    Upsampled(&'a FeatureMaps),
}

/// Room for some rows.
#[derive(Debug, Default)]
pub struct RowBuffers {
    pub(super) inputs: Vec<[f32; LANES]>,
    pub(super) products: Vec<f32x4>,
}

impl Pointwise {
    /// `weight`: `[channels out, channels in]`; `bias`: `[channels out]`.
    pub fn new(weight: &[f32], bias: &[f32]) -> Self {
        let n_out = bias.len();
        let n_in = weight.len() / n_out;
        let weights = PackedMatrix::new(n_in.next_multiple_of(LANES), n_out.div_ceil(LANES), |input, output| {
            if input < n_in && output < n_out { weight[output * n_in + input] } else { 0.0 }
        });
        Self { n_out, weights, bias: vectors(bias) }
    }

    /// Vectors of a pixel that come out.
    pub(super) fn depth(&self) -> usize {
        self.bias.len()
    }

    /// `relu(product + bias)` with `skip`, into `y`.
    pub fn run(&self, x: &FeatureMaps, skip: &Skip<'_>, y: &mut FeatureMaps, rows: &mut RowBuffers) {
        let sides = [x.height, x.width];
        y.frame(sides, self.depth());
        self.rows(sides, x.depth, skip, y, rows, |y, inputs| copy(x.row(y), inputs));
    }

    /// As [`Self::run`], of rows `[width, vectors]` that `fill` gives; `y` has room for `sides`.
    #[inline(always)]
    pub(super) fn rows(
        &self,
        [height, width]: [usize; 2],
        n_in: usize,
        skip: &Skip<'_>,
        y: &mut FeatureMaps,
        RowBuffers { inputs, products }: &mut RowBuffers,
        mut fill: impl FnMut(usize, &mut [[f32; LANES]]),
    ) {
        let n_rows = N_PIXELS.div_ceil(width).min(height);
        inputs.resize(n_rows * width * n_in, [0.0; LANES]);
        products.resize(n_rows * width * self.depth(), f32x4::ZERO);
        for top in (0..height).step_by(n_rows) {
            let n_rows = n_rows.min(height - top);
            let inputs = &mut inputs[..n_rows * width * n_in];
            inputs.chunks_exact_mut(width * n_in).enumerate().for_each(|(row, inputs)| fill(top + row, inputs));
            self.weights.multiply(inputs.as_flattened(), products);
            for (row, products) in products.chunks_exact(width * self.depth()).take(n_rows).enumerate() {
                self.finish(products, skip, top + row, y.row_mut(top + row));
            }
        }
    }

    /// Row `y` of maps from its products.
    fn finish(&self, products: &[f32x4], skip: &Skip<'_>, y: usize, out: &mut [f32x4]) {
        let depth = self.depth();
        let pixels = products.chunks_exact(depth).zip(out.chunks_exact_mut(depth));
        match *skip {
            Skip::None => pixels.for_each(|(sums, out)| self.add(sums, out, |_| f32x4::ZERO)),
            Skip::Same(x) => {
                for ((sums, out), x) in pixels.zip(x.row(y).chunks_exact(x.depth)) {
                    self.add(sums, out, |channels| x.get(channels).copied().unwrap_or(f32x4::ZERO));
                }
            }
            Skip::Pooled(x) => {
                let [above, below] = [2 * y, 2 * y + 1].map(|y| x.row(y).chunks_exact(2 * x.depth));
                for ((sums, out), (above, below)) in pixels.zip(above.zip(below)) {
                    self.add(sums, out, |channels| {
                        if channels >= x.depth {
                            return f32x4::ZERO;
                        }
                        let [above, below] = [above, below].map(|two| greater(two[channels], two[channels + x.depth]));
                        greater(above, below)
                    });
                }
            }
            Skip::Upsampled(x) => {
                for (at, (sums, out)) in pixels.enumerate() {
                    self.add(sums, out, |_| f32x4::ZERO);
                    let more = |channels: usize| twice_as_large(x, [y, at], channels);
                    out.iter_mut().enumerate().for_each(|(channels, out)| *out += more(channels));
                }
            }
        }
    }

    /// `relu(sums + bias + skip)` of a pixel.
    #[inline(always)]
    fn add(&self, sums: &[f32x4], out: &mut [f32x4], skip: impl Fn(usize) -> f32x4) {
        for (channels, ((&sum, &bias), out)) in sums.iter().zip(&self.bias).zip(out).enumerate() {
            *out = relu(sum + bias + skip(channels));
        }
    }

    /// `product + bias`: `[pixels, channels out]`.
    pub fn values(&self, x: &FeatureMaps, RowBuffers { inputs, products }: &mut RowBuffers) -> Vec<f32> {
        inputs.resize(x.width * x.depth, [0.0; LANES]);
        products.resize(x.width * self.depth(), f32x4::ZERO);
        let mut values = Vec::with_capacity(x.height * x.width * self.n_out);
        for y in 0..x.height {
            copy(x.row(y), inputs);
            self.weights.multiply(inputs.as_flattened(), products);
            for sums in products.chunks_exact(self.depth()) {
                let channels = sums.iter().zip(&self.bias).flat_map(|(&sum, &bias)| (sum + bias).to_array());
                values.extend(channels.take(self.n_out));
            }
        }
        values
    }
}

fn copy(x: &[f32x4], inputs: &mut [[f32; LANES]]) {
    inputs.iter_mut().zip(x).for_each(|(input, x)| *input = x.to_array());
}

/// A pixel of maps of twice the size: three quarters of the nearest one and a quarter of the next, down and across.
fn twice_as_large(x: &FeatureMaps, [y, at]: [usize; 2], channels: usize) -> f32x4 {
    let near_and_next = |at: usize, n: usize| {
        let near = at / 2;
        [near, if at.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(n - 1) }]
    };
    let columns = near_and_next(at, x.width);
    let across = |y: usize| {
        let [near, next] = columns.map(|at| x.row(y)[at * x.depth + channels]);
        near * 0.75 + next * 0.25
    };
    let [near, next] = near_and_next(y, x.height).map(across);
    near * 0.75 + next * 0.25
}
