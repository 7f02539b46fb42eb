//! The steps on the CPU by `cpu_kernels`, where these have them; else as in [`burn_ops`].

use burn::{
    nn::{BatchNorm, conv::Conv2d},
    tensor::{Device, Tensor},
};
use cpu_kernels::training::KERNEL;

use super::{autodiff, burn_ops};

/// [`burn_ops::conv_norm_relu`]. The kernels are for 3×3 filters.
pub(crate) fn conv_norm_relu(conv: &Conv2d, norm: &BatchNorm, x: Tensor<4>, skip: Option<Tensor<4>>) -> Tensor<4> {
    let device = x.device();
    if !is_flex(&device) || conv.kernel_size != [KERNEL; 2] {
        return burn_ops::conv_norm_relu(conv, norm, x, skip);
    }
    if device.is_autodiff() {
        autodiff::conv_norm_relu(norm, x, conv.weight.val(), skip)
    } else {
        burn_ops::norm_relu(norm, autodiff::convolve(x, conv.weight.val()), skip)
    }
}

/// [`burn_ops::conv_relu`]. The kernels are for 3×3 filters.
pub(crate) fn conv_relu(conv: &Conv2d, x: Tensor<4>, skip: Option<Tensor<4>>) -> Tensor<4> {
    match &conv.bias {
        Some(bias) if is_flex(&x.device()) && conv.kernel_size == [KERNEL; 2] => {
            let maps = autodiff::convolve(x, conv.weight.val());
            let n_out = bias.val().dims()[0];
            burn_ops::add_relu(maps + bias.val().reshape([1, n_out, 1, 1]), skip)
        }
        _ => burn_ops::conv_relu(conv, x, skip),
    }
}

/// [`burn_ops::max_pool`].
pub(crate) fn max_pool(x: Tensor<4>) -> Tensor<4> {
    if is_flex(&x.device()) { autodiff::max_pool(x) } else { burn_ops::max_pool(x) }
}

/// Whether `device` is `flex`, to train or to measure on.
fn is_flex(device: &Device) -> bool {
    device.clone().inner() == Device::flex()
}

#[cfg(test)]
mod tests {
    use burn::{
        module::Param,
        nn::{BatchNormConfig, PaddingConfig2d, conv::Conv2dConfig},
        tensor::{TensorData, Tolerance},
    };

    use super::*;

    type Step = fn(&Conv2d, &BatchNorm, Tensor<4>, Option<Tensor<4>>) -> Tensor<4>;

    fn convolution(n_in: usize, n_out: usize, device: &Device) -> Conv2d {
        Conv2dConfig::new([n_in, n_out], [KERNEL, KERNEL])
            .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
            .with_bias(false)
            .init(device)
    }

    /// Not random: Burn's generator belongs to the device, which tests share.
    fn numbers(shape: [usize; 4], step: f32, device: &Device) -> Tensor<4> {
        let values: Vec<f32> = (0..shape.iter().product()).map(|i: usize| (i as f32 * step).sin() + 0.3).collect();
        Tensor::from_data(TensorData::new(values, shape), device)
    }

    /// Added to the normalised maps.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Skip {
        Nothing,
        Input,
        Other,
    }

    /// Output, gradients of input, skip, filters, γ and β, and running mean and variance after one step.
    fn taken(step: Step, [batch, n_in, n_out]: [usize; 3], sides: [usize; 2], kind: Skip) -> Vec<TensorData> {
        let device = Device::flex().autodiff();
        let [height, width] = sides;
        let mut conv = convolution(n_in, n_out, &device);
        conv.weight = Param::from_tensor(numbers([n_out, n_in, KERNEL, KERNEL], 0.41, &device));
        let norm = BatchNormConfig::new(n_out).init(&device);
        let x = numbers([batch, n_in, height, width], 0.37, &device).require_grad();
        let other = numbers([batch, n_out, height, width], 0.53, &device).require_grad();
        let skip = match kind {
            Skip::Nothing => None,
            Skip::Input => Some(x.clone()),
            Skip::Other => Some(other.clone()),
        };
        let weights = numbers([batch, n_out, height, width], 0.71, &device); // every output's gradient is another
        let y = step(&conv, &norm, x.clone(), skip);
        let grads = (y.clone() * weights).sum().backward();
        let mut found = vec![y.into_data(), x.grad(&grads).unwrap().into_data()];
        found.extend(other.grad(&grads).map(Tensor::into_data));
        found.push(conv.weight.val().grad(&grads).unwrap().into_data());
        found.extend([&norm.gamma, &norm.beta].map(|param| param.val().grad(&grads).unwrap().into_data()));
        found.extend([&norm.running_mean, &norm.running_var].map(|running| running.value_sync().into_data()));
        found
    }

    #[test]
    fn a_step_and_its_gradients_are_those_of_burn() {
        // None has an output so close to zero that rounding says whether it is above.
        let cases = [
            ([1, 1, 1], [2, 3]),
            ([2, 3, 5], [5, 7]),    // channels that fill no vector
            ([1, 1, 24], [22, 22]), // the first layer
            ([3, 17, 40], [13, 9]),
            ([33, 96, 24], [5, 5]),
            ([2, 8, 8], [17, 14]),
        ];
        for (sizes, sides) in cases {
            for skip in [Skip::Nothing, Skip::Input, Skip::Other] {
                if skip == Skip::Input && sizes[1] != sizes[2] {
                    continue;
                }
                let actual = taken(conv_norm_relu, sizes, sides, skip);
                let expected = taken(burn_ops::conv_norm_relu, sizes, sides, skip);
                assert_eq!(actual.len(), expected.len());
                for (actual, expected) in actual.iter().zip(&expected) {
                    // Burn sums thousands of values in f32, one after the other.
                    actual.assert_approx_eq::<f32>(expected, Tolerance::rel_abs(1e-3, 2e-3));
                }
            }
        }
    }

    #[test]
    fn without_training_the_running_statistics_are_used_as_by_burn() {
        let device = Device::flex();
        let mut conv = convolution(3, 6, &device);
        conv.weight = Param::from_tensor(numbers([6, 3, KERNEL, KERNEL], 0.41, &device));
        let norm = BatchNormConfig::new(6).init(&device);
        norm.running_mean.update(Tensor::full([6], 0.5, &device));
        let taken = |step: Step| {
            let [x, skip] = [3, 6].map(|channels| numbers([2, channels, 12, 12], 0.37, &device));
            step(&conv, &norm, x, Some(skip)).into_data()
        };
        let (actual, expected) = (taken(conv_norm_relu), taken(burn_ops::conv_norm_relu));
        actual.assert_approx_eq::<f32>(&expected, Tolerance::rel_abs(1e-4, 1e-4));
    }

    #[test]
    fn pooling_and_its_gradient_are_those_of_burn() {
        let device = Device::flex().autodiff();
        // Whole numbers: many equals. An odd last row and column.
        let x = (numbers([2, 3, 7, 9], 0.37, &device) * 2.0).floor();
        let taken = |step: fn(Tensor<4>) -> Tensor<4>| {
            let x = x.clone().require_grad();
            let y = step(x.clone());
            let weights = Tensor::<1, burn::tensor::Int>::arange(0..72, &device).float().reshape([2, 3, 3, 4]);
            let grads = (y.clone() * weights).sum().backward();
            [y.into_data(), x.grad(&grads).unwrap().into_data()]
        };
        for (actual, expected) in taken(max_pool).iter().zip(taken(burn_ops::max_pool)) {
            actual.assert_eq(&expected, true);
        }
    }

    #[test]
    fn a_step_is_the_same_to_the_last_bit_on_any_number_of_threads() {
        for sizes in [[20, 3, 6], [70, 9, 17]] {
            let with_threads = |n_threads| {
                let threads = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
                threads.install(|| taken(conv_norm_relu, sizes, [12, 12], Skip::Other))
            };
            for (one, several) in with_threads(1).iter().zip(with_threads(5)) {
                one.assert_eq(&several, true);
            }
        }
    }

    #[test]
    fn what_is_not_a_number_is_not_hidden() {
        let device = Device::flex().autodiff();
        let norm = BatchNormConfig::new(1).init(&device);
        let y = conv_norm_relu(&convolution(1, 1, &device), &norm, Tensor::full([1, 1, 4, 4], f32::NAN, &device), None);
        assert!(y.contains_nan().into_scalar::<bool>());
    }
}
