//! Batch normalisation over the batch at hand, an optional addition, and ReLU: `max(0, γ·(x − μ)/σ + β + skip)`.
//! Everything is `[batch, height, width, channels]`.

use std::iter;

use rayon::prelude::*;

use super::{pixels::Pixels, simd::vectorised};

/// Values, about, of which a table of what belongs to channels has one each: long enough for vectors, and in the
/// first-level cache.
const TABLE: usize = 512;

/// Tables' lengths that one thread does at a time.
const CHUNK_TABLES: usize = 64;

/// Mean and squared deviations from it of each channel of some pictures.
#[derive(Clone, Debug)]
pub struct Moments {
    n_pixels: usize,
    means: Vec<f32>,
    squares: Vec<f32>,
}

impl Moments {
    /// The moments of whole pixels, which should be few enough to be in a cache.
    pub(super) fn of(pixels: &[f32], channels: usize) -> Self {
        let n_pixels = pixels.len() / channels;
        let (mut sums, mut squares) = (zeros(channels), zeros(channels));
        vectorised(
            #[inline(always)]
            || {
                for pixels in pixels.chunks(sums.len()) {
                    sums.iter_mut().zip(pixels).for_each(|(sum, pixel)| *sum += pixel);
                }
            },
        );
        let means: Vec<f32> = folded(&sums, channels).map(|sum| (sum / n_pixels as f64) as f32).collect();
        let table = table(&means);
        vectorised(
            #[inline(always)]
            || {
                for pixels in pixels.chunks(table.len()) {
                    for ((square, pixel), mean) in squares.iter_mut().zip(pixels).zip(&table) {
                        *square += (pixel - mean) * (pixel - mean);
                    }
                }
            },
        );
        Self { n_pixels, means, squares: folded(&squares, channels).map(|sum| sum as f32).collect() }
    }
}

/// A table's worth of zeros.
fn zeros(channels: usize) -> Vec<f32> {
    vec![0.0; table_len(channels)]
}

fn table_len(channels: usize) -> usize {
    channels * (TABLE / channels).max(1)
}

/// The numbers of the channels, over and over.
fn table(of_channels: &[f32]) -> Vec<f32> {
    of_channels.iter().copied().cycle().take(table_len(of_channels.len())).collect()
}

/// Sums of what a table has of each channel.
fn folded(table: &[f32], channels: usize) -> impl Iterator<Item = f64> {
    (0..channels).map(move |channel| table.iter().skip(channel).step_by(channels).map(|&sum| f64::from(sum)).sum())
}

/// Statistics of each channel over batch and pixels.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// Mean.
    pub mean: Vec<f32>,
    /// Variance, divided by the number of values (not one less).
    pub variance: Vec<f32>,
}

impl Statistics {
    /// From those of parts of the batch, merged (Chan et al. 1983, equation 2.1).
    pub fn of(parts: &[Moments]) -> Self {
        let n_channels = parts.first().map_or(0, |part| part.means.len());
        let n_pixels = parts.iter().map(|part| part.n_pixels as f64).sum::<f64>();
        let of_channel = |channel: usize| {
            let own = || {
                parts
                    .iter()
                    .map(|part| [part.n_pixels as f64, part.means[channel].into(), part.squares[channel].into()])
            };
            let mean = own().map(|[n, mean, _]| n * mean).sum::<f64>() / n_pixels;
            let squares: f64 = own().map(|[n, part_mean, squares]| squares + n * (part_mean - mean).powi(2)).sum();
            (mean as f32, (squares / n_pixels) as f32)
        };
        let (mean, variance) = (0..n_channels).map(of_channel).unzip();
        Self { mean, variance }
    }
}

/// A multiplication and an addition for each channel, and ReLU.
#[derive(Clone, Debug)]
pub struct Scale {
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl Scale {
    /// A factor and an addend for each channel.
    pub fn new(scale: &[f32], shift: &[f32]) -> Self {
        Self { scale: table(scale), shift: table(shift) }
    }

    /// `y = max(0, scale·y + shift + skip)` of whole pixels.
    pub(super) fn apply(&self, y: &mut [f32], skip: Option<&[f32]>) {
        vectorised(
            #[inline(always)]
            || {
                let chunks = y.chunks_mut(self.scale.len());
                match skip {
                    None => chunks.for_each(|y| self.apply_to_table(y, iter::repeat(&0.0))),
                    Some(skip) => {
                        let chunks = chunks.zip(skip.chunks(self.scale.len()));
                        chunks.for_each(|(y, skip)| self.apply_to_table(y, skip));
                    }
                }
            },
        );
    }

    /// A table's worth of values.
    #[inline(always)]
    fn apply_to_table<'a>(&self, y: &mut [f32], skip: impl IntoIterator<Item = &'a f32>) {
        for (((y, scale), shift), skip) in y.iter_mut().zip(&self.scale).zip(&self.shift).zip(skip) {
            *y = relu(scale * *y + shift + skip);
        }
    }
}

/// The normalisation as one multiplication and one addition a value.
#[derive(Clone, Debug)]
pub struct Norm {
    /// `γ / σ` of each channel.
    scale: Vec<f32>,
    /// `β − μ·γ/σ`.
    shift: Vec<f32>,
    mean: Vec<f32>,
    /// `σ`, with ε under the root.
    deviation: Vec<f32>,
}

impl Norm {
    /// γ and β of each channel, the ε under the root, and the statistics of the batch.
    pub fn new(gamma: &[f32], beta: &[f32], epsilon: f64, at: &Statistics) -> Self {
        let deviation: Vec<f32> =
            at.variance.iter().map(|&variance| (f64::from(variance) + epsilon).sqrt() as f32).collect();
        let scale: Vec<f32> = gamma.iter().zip(&deviation).map(|(gamma, deviation)| gamma / deviation).collect();
        let shift = beta.iter().zip(&scale).zip(&at.mean).map(|((beta, scale), mean)| beta - scale * mean).collect();
        Self { scale, shift, mean: at.mean.clone(), deviation }
    }

    fn channels(&self) -> usize {
        self.scale.len()
    }

    /// The output.
    pub fn forward(&self, x: &[f32], skip: Option<&[f32]>) -> Vec<f32> {
        let mut y = vec![0.0; x.len()];
        let scale = Scale::new(&self.scale, &self.shift);
        let chunk = CHUNK_TABLES * scale.scale.len();
        y.par_chunks_mut(chunk).zip(x.par_chunks(chunk)).enumerate().for_each(|(i, (y, x))| {
            y.copy_from_slice(x);
            scale.apply(y, skip.map(|skip| &skip[i * chunk..][..x.len()]));
        });
        y
    }

    /// The gradients of the input (made when it is read), and of γ and β, from `grad`, that of the output.
    /// `output_with_skip` is the output, if the step had a `skip`; `grad` is then masked by the ReLU in place and so
    /// becomes the gradient of `skip`. Ioffe and Szegedy 2015, section 3, with the sums taken together.
    pub fn backward<'a>(
        &self,
        grad: &'a mut [f32],
        x: &'a [f32],
        output_with_skip: Option<&[f32]>,
    ) -> (Gradient<'a>, [Vec<f32>; 2]) {
        let [scale, shift, mean] = [&self.scale, &self.shift, &self.mean].map(|values| table(values));
        let chunk = CHUNK_TABLES * scale.len();
        let parts: Vec<[Vec<f64>; 2]> = grad
            .par_chunks_mut(chunk)
            .zip(x.par_chunks(chunk))
            .enumerate()
            .map(|(i, (grad, x))| {
                let y = output_with_skip.map(|y| &y[i * chunk..][..x.len()]);
                let mut sums = [0; 2].map(|_| vec![0.0; scale.len()]);
                vectorised(
                    #[inline(always)]
                    || add_sums(grad, x, y, [&scale, &shift, &mean], &mut sums),
                );
                sums.map(|sums| folded(&sums, self.channels()).collect())
            })
            .collect();
        let total = |which: usize, channel: usize| parts.iter().map(|part| part[which][channel]).sum::<f64>();
        let beta: Vec<f32> = (0..self.channels()).map(|channel| total(0, channel) as f32).collect();
        let gamma: Vec<f32> = (0..self.channels())
            .map(|channel| (total(1, channel) / f64::from(self.deviation[channel])) as f32)
            .collect();
        (self.gradient(grad, x, output_with_skip.is_some(), [&gamma, &beta]), [gamma, beta])
    }

    fn gradient<'a>(&self, grad: &'a [f32], x: &'a [f32], is_masked: bool, [gamma, beta]: [&[f32]; 2]) -> Gradient<'a> {
        let n_values = (x.len() / self.channels()) as f32;
        let of_channel = |channel: usize| {
            let (scale, deviation) = (self.scale[channel], self.deviation[channel]);
            let by_x = -scale * gamma[channel] / (n_values * deviation);
            (by_x, -scale * beta[channel] / n_values - by_x * self.mean[channel])
        };
        let (by_x, constant): (Vec<f32>, Vec<f32>) = (0..self.channels()).map(of_channel).unzip();
        Gradient {
            grad,
            x,
            is_masked,
            scale: table(&self.scale),
            shift: table(&self.shift),
            by_x: table(&by_x),
            constant: table(&constant),
        }
    }
}

/// Unlike `f32::max`, lets NaN through: a run that diverges is seen in its loss.
#[inline(always)]
fn relu(value: f32) -> f32 {
    if value < 0.0 { 0.0 } else { value }
}

/// Adds the sums of the gradient where the output is above zero, and of its products with `x − μ`. With an output `y`,
/// the gradient becomes zero elsewhere; without, the output is `x` normed.
#[inline(always)]
fn add_sums(
    grad: &mut [f32],
    x: &[f32],
    y: Option<&[f32]>,
    [scale, shift, mean]: [&[f32]; 3],
    [sums, with_x]: &mut [Vec<f32>; 2],
) {
    let len = scale.len();
    let chunks = grad.chunks_mut(len).zip(x.chunks(len));
    match y {
        None => chunks.for_each(|(grad, x)| {
            let norm = scale.iter().zip(shift).zip(mean);
            let sums = sums.iter_mut().zip(with_x.iter_mut());
            for (((grad, x), ((scale, shift), mean)), (sum, with_x)) in grad.iter().zip(x).zip(norm).zip(sums) {
                let own = if scale * x + shift > 0.0 { *grad } else { 0.0 };
                *sum += own;
                *with_x += own * (x - mean);
            }
        }),
        Some(y) => chunks.zip(y.chunks(len)).for_each(|((grad, x), y)| {
            let sums = sums.iter_mut().zip(with_x.iter_mut());
            for ((((grad, x), y), mean), (sum, with_x)) in grad.iter_mut().zip(x).zip(y).zip(mean).zip(sums) {
                let own = if *y > 0.0 { *grad } else { 0.0 };
                *grad = own;
                *sum += own;
                *with_x += own * (x - mean);
            }
        }),
    }
}

/// The gradient of the input, made when it is read.
#[derive(Debug)]
pub struct Gradient<'a> {
    /// Gradient of the output.
    grad: &'a [f32],
    x: &'a [f32],
    /// Whether `grad` is zero already where the output is.
    is_masked: bool,
    scale: Vec<f32>,
    shift: Vec<f32>,
    by_x: Vec<f32>,
    constant: Vec<f32>,
}

impl<'a> Gradient<'a> {
    /// The gradient of `skip`, if the step had one.
    pub fn of_skip(&self) -> Option<&'a [f32]> {
        self.is_masked.then_some(self.grad)
    }
}

impl Pixels for Gradient<'_> {
    #[inline(always)]
    fn read(&self, start: usize, row: &mut [f32]) {
        let len = self.scale.len();
        let (grad, x) = (&self.grad[start..start + row.len()], &self.x[start..start + row.len()]);
        for ((row, grad), x) in row.chunks_mut(len).zip(grad.chunks(len)).zip(x.chunks(len)) {
            let values = row.iter_mut().zip(grad).zip(x);
            let norm = self.scale.iter().zip(&self.by_x).zip(&self.constant);
            if self.is_masked {
                for (((own, grad), x), ((scale, by_x), constant)) in values.zip(norm) {
                    *own = scale * grad + by_x * x + constant;
                }
            } else {
                for ((((own, grad), x), ((scale, by_x), constant)), shift) in values.zip(norm).zip(&self.shift) {
                    let grad = if scale * x + shift > 0.0 { *grad } else { 0.0 };
                    *own = scale * grad + by_x * x + constant;
                }
            }
        }
    }
}
