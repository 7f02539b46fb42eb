//! Batch normalisation over the batch at hand, an optional addition, and ReLU: `max(0, γ·(x − μ)/σ + β + skip)`.

use rayon::prelude::*;

use super::vectorised::vectorised;

/// Lanes of a sum; a multiple of every processor's.
const LANES: usize = 16;

/// Sizes of `[batch, channels, height, width]`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Maps {
    /// Channels of a picture.
    pub(super) channels: usize,
    /// Pixels of a map.
    pub(super) area: usize,
}

/// Statistics of each channel over batch and pixels.
#[derive(Clone, Debug)]
pub(super) struct Statistics {
    /// Mean.
    pub(super) mean: Vec<f32>,
    /// Variance, divided by the number of values (not one less).
    pub(super) variance: Vec<f32>,
}

impl Statistics {
    /// Of `x`, in one pass over memory: by map, then merged (Chan et al. 1983, equation 2.1).
    pub(super) fn of(x: &[f32], maps: Maps) -> Self {
        let each: Vec<[f64; 2]> = x
            .par_chunks_exact(maps.area)
            .map(|map| {
                vectorised(
                    #[inline(always)]
                    || {
                        let mean = sum(map, |value| value) / maps.area as f32;
                        [f64::from(mean), f64::from(sum(map, |value| (value - mean) * (value - mean)))]
                    },
                )
            })
            .collect();
        let (mean, variance) = (0..maps.channels).map(|channel| merge(&each, channel, maps)).unzip();
        Self { mean, variance }
    }

    fn deviation(&self, channel: usize, epsilon: f64) -> f32 {
        (f64::from(self.variance[channel]) + epsilon).sqrt() as f32
    }
}

/// Mean and variance of a channel from mean and squared deviations of its maps.
fn merge(each: &[[f64; 2]], channel: usize, maps: Maps) -> (f32, f32) {
    let own = || each.iter().skip(channel).step_by(maps.channels);
    let n_maps = own().count() as f64;
    let mean = own().map(|[mean, _]| mean).sum::<f64>() / n_maps;
    let area = maps.area as f64;
    let squares: f64 = own().map(|[map_mean, squares]| squares + area * (map_mean - mean).powi(2)).sum();
    (mean as f32, (squares / (n_maps * area)) as f32)
}

/// Trained numbers of the normalisation, one of each for a channel.
#[derive(Clone, Copy)]
pub(super) struct Affine<'a> {
    /// γ.
    pub(super) gamma: &'a [f32],
    /// β.
    pub(super) beta: &'a [f32],
    /// ε under the root.
    pub(super) epsilon: f64,
}

/// The output; `x` and `skip` are `[batch, channels, height, width]`.
pub(super) fn forward(x: &[f32], skip: Option<&[f32]>, affine: Affine<'_>, at: &Statistics, maps: Maps) -> Vec<f32> {
    let mut y = vec![0.0; x.len()];
    y.par_chunks_exact_mut(maps.area).zip(x.par_chunks_exact(maps.area)).enumerate().for_each(|(i, (y, x))| {
        let channel = i % maps.channels;
        let scale = affine.gamma[channel] / at.deviation(channel, affine.epsilon);
        let shift = affine.beta[channel] - scale * at.mean[channel];
        let skip = skip.map(|skip| &skip[i * maps.area..][..maps.area]);
        vectorised(
            #[inline(always)]
            || match skip {
                None => y.iter_mut().zip(x).for_each(|(y, x)| *y = relu(scale * x + shift)),
                Some(skip) => {
                    y.iter_mut().zip(x).zip(skip).for_each(|((y, x), skip)| *y = relu(scale * x + shift + skip));
                }
            },
        );
    });
    y
}

/// Unlike `f32::max`, lets NaN through: a run that diverges is seen in its loss.
#[inline(always)]
fn relu(value: f32) -> f32 {
    if value < 0.0 { 0.0 } else { value }
}

/// Gradients of [`forward`].
pub(super) struct Gradients {
    /// Of the input, `[batch, channels, height, width]`.
    pub(super) x: Vec<f32>,
    /// Of `skip`: the gradient of the output where that is above zero.
    pub(super) skip: Vec<f32>,
    /// Of γ, `[channels]`.
    pub(super) gamma: Vec<f32>,
    /// Of β, `[channels]`.
    pub(super) beta: Vec<f32>,
}

/// From the output `y` and its gradient; Ioffe and Szegedy 2015, section 3, with the sums taken together.
pub(super) fn backward(
    grad: &[f32],
    [x, y]: [&[f32]; 2],
    gamma: &[f32],
    epsilon: f64,
    at: &Statistics,
    maps: Maps,
) -> Gradients {
    let mut skip = vec![0.0; x.len()];
    let each: Vec<[f64; 2]> = skip
        .par_chunks_exact_mut(maps.area)
        .enumerate()
        .map(|(i, skip)| {
            let part = i * maps.area..(i + 1) * maps.area;
            let (grad, x, y) = (&grad[part.clone()], &x[part.clone()], &y[part]);
            let mean = at.mean[i % maps.channels];
            vectorised(
                #[inline(always)]
                || {
                    skip.iter_mut()
                        .zip(grad)
                        .zip(y)
                        .for_each(|((own, grad), y)| *own = if *y > 0.0 { *grad } else { 0.0 });
                    let with_x = sum_of_products(skip, x, mean);
                    [f64::from(sum(skip, |value| value)), f64::from(with_x)]
                },
            )
        })
        .collect();
    let own = |channel: usize| each.iter().skip(channel).step_by(maps.channels);
    let beta: Vec<f32> = (0..maps.channels).map(|c| own(c).map(|[sum, _]| sum).sum::<f64>() as f32).collect();
    let slope = |c: usize| own(c).map(|[_, with_x]| with_x).sum::<f64>() / f64::from(at.deviation(c, epsilon));
    let gamma_grad: Vec<f32> = (0..maps.channels).map(|c| slope(c) as f32).collect();
    let n_values = (x.len() / maps.channels) as f32;
    let mut x_grad = vec![0.0; x.len()];
    x_grad.par_chunks_exact_mut(maps.area).enumerate().for_each(|(i, x_grad)| {
        let part = i * maps.area..(i + 1) * maps.area;
        let (skip, x) = (&skip[part.clone()], &x[part]);
        let channel = i % maps.channels;
        let deviation = at.deviation(channel, epsilon);
        let scale = gamma[channel] / deviation;
        let by_x = -scale * gamma_grad[channel] / (n_values * deviation);
        let constant = -scale * beta[channel] / n_values - by_x * at.mean[channel];
        vectorised(
            #[inline(always)]
            || {
                x_grad
                    .iter_mut()
                    .zip(skip)
                    .zip(x)
                    .for_each(|((own, grad), x)| *own = scale * grad + by_x * x + constant);
            },
        );
    });
    Gradients { x: x_grad, skip, gamma: gamma_grad, beta }
}

/// Sum of `f` over `values`, in lanes.
#[inline(always)]
fn sum(values: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let (vectors, rest) = values.as_chunks::<LANES>();
    for vector in vectors {
        lanes.iter_mut().zip(vector).for_each(|(sum, &value)| *sum += f(value));
    }
    lanes.iter_mut().zip(rest).for_each(|(sum, &value)| *sum += f(value));
    lanes.iter().sum()
}

/// Sum of `grad · (x − mean)`, in lanes.
#[inline(always)]
fn sum_of_products(grad: &[f32], x: &[f32], mean: f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let ((grads, grad_rest), (xs, x_rest)) = (grad.as_chunks::<LANES>(), x.as_chunks::<LANES>());
    for (grad, x) in grads.iter().zip(xs) {
        for ((sum, grad), x) in lanes.iter_mut().zip(grad).zip(x) {
            *sum += grad * (x - mean);
        }
    }
    lanes.iter_mut().zip(grad_rest).zip(x_rest).for_each(|((sum, grad), x)| *sum += grad * (x - mean));
    lanes.iter().sum()
}
