//! The 3×3 convolution of stride 1 with a border of zeros, and its gradients, by either way.

use super::{
    bf16,
    norm::{Gradient, Moments, Scale},
    pixels::{Pixels, Size},
    winograd,
};

/// The precision of the factors of a convolution's products. Sums are single precision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProductPrecision {
    /// Single precision: nothing is rounded.
    #[default]
    F32,
    /// `bfloat16`: eight bits of significand. Fast where [`Self::has_fast_bf16`].
    Bf16,
}

impl ProductPrecision {
    /// Whether this processor has instructions for products of `bfloat16`; without them they are slow.
    pub fn has_fast_bf16() -> bool {
        bf16::has_amx()
    }
}

// The public functions are not generic: each is compiled here, with the settings of this crate.

/// The outputs `[batch, height, width, n_out]` of inputs `[batch, height, width, n_in]` and filters
/// `[n_out, n_in, 3, 3]`, and their moments, of some whole pictures each. `sizes`: outputs and inputs.
pub fn convolve_with_moments(
    x: &[f32],
    weight: &[f32],
    sizes: [usize; 2],
    size: Size,
    precision: ProductPrecision,
) -> (Vec<f32>, Vec<Moments>) {
    forward(x, weight, sizes, size, precision, |_, maps| Moments::of(maps, sizes[0]))
}

/// `max(0, scale·y + shift + skip)` of the outputs `y` of [`convolve_with_moments`]; each channel has its scale and its
/// shift.
pub fn convolve_scaled(
    x: &[f32],
    weight: &[f32],
    sizes: [usize; 2],
    size: Size,
    precision: ProductPrecision,
    scale: &Scale,
    skip: Option<&[f32]>,
) -> Vec<f32> {
    let finish = |first: usize, maps: &mut [f32]| scale.apply(maps, skip.map(|skip| &skip[first..][..maps.len()]));
    forward(x, weight, sizes, size, precision, finish).0
}

fn forward<R: Send>(
    x: &[f32],
    weight: &[f32],
    sizes: [usize; 2],
    size: Size,
    precision: ProductPrecision,
    finish: impl Fn(usize, &mut [f32]) -> R + Sync,
) -> (Vec<f32>, Vec<R>) {
    match precision {
        ProductPrecision::F32 => winograd::forward(x, weight, sizes, size, finish),
        ProductPrecision::Bf16 => bf16::forward(x, weight, sizes, size, finish),
    }
}

/// Where the gradient of the inputs goes.
#[derive(Debug)]
pub struct InputGrad<'a> {
    /// Overwritten.
    pub values: &'a mut [f32],
    /// Added to it.
    pub plus: Option<&'a [f32]>,
}

/// The gradient of the outputs of a convolution.
#[derive(Debug)]
pub enum OutputGrad<'a> {
    /// `[batch, height, width, n_out]`.
    Values(&'a [f32]),
    /// Through the normalisation after it.
    Norm(Gradient<'a>),
}

/// The gradient of `weight`, and that of `x`, if it is asked for, from that of the outputs.
pub fn backward(
    x: &[f32],
    weight: &[f32],
    grad: &OutputGrad<'_>,
    sizes: [usize; 2],
    size: Size,
    x_grad: Option<InputGrad<'_>>,
    precision: ProductPrecision,
) -> Vec<f32> {
    match grad {
        OutputGrad::Values(grad) => backward_of(x, weight, grad, sizes, size, x_grad, precision),
        OutputGrad::Norm(grad) => backward_of(x, weight, grad, sizes, size, x_grad, precision),
    }
}

fn backward_of(
    x: &[f32],
    weight: &[f32],
    grad: &impl Pixels,
    sizes: [usize; 2],
    size: Size,
    x_grad: Option<InputGrad<'_>>,
    precision: ProductPrecision,
) -> Vec<f32> {
    match precision {
        ProductPrecision::F32 => winograd::backward(x, weight, grad, sizes, size, x_grad),
        ProductPrecision::Bf16 => bf16::backward(x, weight, grad, sizes, size, x_grad),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::norm::Statistics,
        super::pixels::{KERNEL, TAPS},
        *,
    };

    /// Share of the greatest value: the rounding of sums of up to a thousand products, and some digits for the tiles.
    const TOLERANCE: f64 = 1e-4;

    fn numbers(len: usize, step: f32) -> Vec<f32> {
        (0..len).map(|i| (i as f32 * step).sin() + 0.3).collect()
    }

    /// Outputs, and gradients of inputs and filters, sum by sum.
    fn direct([x, weight, grad]: [Vec<f32>; 3], [n_out, n_in]: [usize; 2], size: Size) -> [Vec<f64>; 3] {
        let Size { height, width } = size;
        let mut sums = [grad.len(), x.len(), weight.len()].map(|len| vec![0.0; len]);
        let batch = x.len() / (n_in * size.area());
        let pixels = (0..batch * size.area()).map(|i| [i / size.area(), i / width % height, i % width]);
        for ([picture, y, x_at], tap) in pixels.flat_map(|pixel| (0..TAPS).map(move |tap| (pixel, tap))) {
            let (from_y, from_x) = ((y + tap / 3).wrapping_sub(1), (x_at + tap % 3).wrapping_sub(1));
            if from_y >= height || from_x >= width {
                continue;
            }
            let at = |y: usize, x: usize| (picture * height + y) * width + x;
            for (output, input) in (0..n_out).flat_map(|output| (0..n_in).map(move |input| (output, input))) {
                let (to, from) = (at(y, x_at) * n_out + output, at(from_y, from_x) * n_in + input);
                let filter = (output * n_in + input) * TAPS + tap;
                let [x, weight, grad] = [x[from], weight[filter], grad[to]].map(f64::from);
                sums[0][to] += x * weight;
                sums[1][from] += grad * weight;
                sums[2][filter] += grad * x;
            }
        }
        sums
    }

    /// As they are when their lower 16 bits are rounded off.
    fn rounded(values: &[f32], precision: ProductPrecision) -> Vec<f32> {
        let round = |value: &f32| match precision {
            ProductPrecision::F32 => *value,
            ProductPrecision::Bf16 => {
                let step = 2.0_f64.powf(f64::from(value.abs()).log2().floor() - 7.0);
                ((f64::from(*value) / step).round_ties_even() * step) as f32
            }
        };
        values.iter().map(round).collect()
    }

    fn assert_close(actual: &[f32], expected: &[f64], what: &str) {
        let greatest = expected.iter().fold(0.0_f64, |greatest, value| greatest.max(value.abs()));
        assert_eq!(actual.len(), expected.len());
        for (&actual, expected) in actual.iter().zip(expected) {
            assert!((f64::from(actual) - expected).abs() < TOLERANCE * greatest, "{what}: {actual} for {expected}");
        }
    }

    #[test]
    fn outputs_and_gradients_are_those_of_the_sums() {
        let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        for (batch, [n_out, n_in], [height, width]) in [
            (1, [1, 1], [1, 1]),
            (2, [24, 1], [13, 6]),   // tiles of six, with room left
            (30, [9, 17], [5, 5]),   // tiles of five; more than a chunk
            (37, [40, 8], [10, 10]), // more chunks than a part
            (3, [8, 33], [12, 7]),
            (1, [48, 40], [40, 30]), // a picture is more than a chunk; one register of outputs is left over
        ] {
            for precision in [ProductPrecision::F32, ProductPrecision::Bf16] {
                // One thread does several chunks in the same room, of which the last is not full.
                one_thread.install(|| is_that_of_the_sums(batch, [n_out, n_in], Size { height, width }, precision));
            }
        }
    }

    fn is_that_of_the_sums(batch: usize, sizes: [usize; 2], size: Size, precision: ProductPrecision) {
        let [n_out, n_in] = sizes;
        let case = format!("{precision:?}, {batch} of {n_in}→{n_out} @{size:?}");
        let [x, grad] = [n_in, n_out].map(|channels| numbers(batch * size.area() * channels, 0.37));
        let weight = numbers(n_out * n_in * KERNEL * KERNEL, 0.41);
        let [y, x_sums, weight_sums] =
            direct([&x, &weight, &grad].map(|values| rounded(values, precision)), sizes, size);
        let (found, moments) = convolve_with_moments(&x, &weight, sizes, size, precision);
        assert_close(&found, &y, &case);
        let n_pixels = (batch * size.area()) as f64;
        let mean = y.iter().step_by(n_out).sum::<f64>() / n_pixels;
        assert_close(&Statistics::of(&moments).mean[..1], &[mean], &case);
        let [scale, shift, skip] = [(n_out, 0.3), (n_out, 0.9), (y.len(), 0.57)].map(|(len, step)| numbers(len, step));
        let normed = |(i, y): (usize, &f64)| {
            (f64::from(scale[i % n_out]) * y + f64::from(shift[i % n_out]) + f64::from(skip[i])).max(0.0)
        };
        let expected: Vec<f64> = y.iter().enumerate().map(normed).collect();
        let scale = Scale::new(&scale, &shift);
        assert_close(&convolve_scaled(&x, &weight, sizes, size, precision, &scale, Some(&skip)), &expected, &case);
        let plus = numbers(x.len(), 0.53);
        let mut x_grad = vec![f32::NAN; x.len()];
        let into = InputGrad { values: &mut x_grad, plus: Some(&plus) };
        let grad = OutputGrad::Values(&grad);
        let found = backward(&x, &weight, &grad, sizes, size, Some(into), precision);
        let x_sums: Vec<f64> = x_sums.iter().zip(plus).map(|(sum, plus)| sum + f64::from(plus)).collect();
        assert_close(&x_grad, &x_sums, &case);
        assert_close(&found, &weight_sums, &case);
        assert_eq!(backward(&x, &weight, &grad, sizes, size, None, precision), found, "{case}");
    }
}
