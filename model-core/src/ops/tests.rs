use burn::{
    module::Param,
    nn::{BatchNormConfig, PaddingConfig2d, conv::Conv2dConfig},
    tensor::{Device, TensorData, Tolerance},
};

use super::{burn_ops, *};

const SIDE: usize = 3;

/// [`conv_norm_relu`] by a method.
fn by(kernel: Kernel, precision: Precision) -> impl Fn(&Conv2d, &BatchNorm, Tensor<4>, Option<Tensor<4>>) -> Tensor<4> {
    move |conv, norm, x, skip| conv_norm_relu(conv, norm, x, skip, ConvMethod { kernel, precision })
}

fn convolution(n_in: usize, n_out: usize, device: &Device) -> Conv2d {
    Conv2dConfig::new([n_in, n_out], [SIDE, SIDE])
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
fn taken(
    step: impl Fn(&Conv2d, &BatchNorm, Tensor<4>, Option<Tensor<4>>) -> Tensor<4>,
    [batch, n_in, n_out]: [usize; 3],
    sides: [usize; 2],
    kind: Skip,
) -> Vec<TensorData> {
    let device = Device::flex().autodiff();
    let [height, width] = sides;
    let mut conv = convolution(n_in, n_out, &device);
    conv.weight = Param::from_tensor(numbers([n_out, n_in, SIDE, SIDE], 0.41, &device));
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
    let mut found = vec![y.into_data(), x.grad(&grads).expect("`x` has one").into_data()];
    found.extend(other.grad(&grads).map(Tensor::into_data));
    found.push(conv.weight.val().grad(&grads).expect("filters have one").into_data());
    found
        .extend([&norm.gamma, &norm.beta].map(|param| param.val().grad(&grads).expect("γ and β have one").into_data()));
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
            let expected = taken(burn_ops::conv_norm_relu, sizes, sides, skip);
            for kernel in Kernel::ALL {
                let actual = taken(by(kernel, Precision::F32), sizes, sides, skip);
                assert_eq!(actual.len(), expected.len(), "{kernel}");
                for (actual, expected) in actual.iter().zip(&expected) {
                    // Burn sums thousands of values in f32, one after the other.
                    actual.assert_approx_eq::<f32>(expected, Tolerance::rel_abs(1e-3, 2e-3));
                }
            }
        }
    }
}

#[test]
fn without_training_the_running_statistics_are_used_as_by_burn() {
    let device = Device::flex();
    let mut conv = convolution(3, 6, &device);
    conv.weight = Param::from_tensor(numbers([6, 3, SIDE, SIDE], 0.41, &device));
    let mut norm = BatchNormConfig::new(6).init(&device);
    let of_channels = |step| numbers([6, 1, 1, 1], step, &device).flatten(0, 3);
    [norm.gamma, norm.beta] = [0.3, 0.9].map(|step| Param::from_tensor(of_channels(step)));
    for (running, value) in [(&norm.running_mean, of_channels(0.7)), (&norm.running_var, of_channels(0.5).abs() + 0.1)]
    {
        running.update(value);
        running.value_sync(); // else Burn goes on with the one before
    }
    let [x, skip] = [3, 6].map(|channels| numbers([2, channels, 12, 12], 0.37, &device));
    for skip in [None, Some(skip)] {
        let expected = burn_ops::conv_norm_relu(&conv, &norm, x.clone(), skip.clone()).into_data();
        for kernel in Kernel::ALL {
            let actual = by(kernel, Precision::F32)(&conv, &norm, x.clone(), skip.clone()).into_data();
            actual.assert_approx_eq::<f32>(&expected, Tolerance::rel_abs(1e-4, 1e-4));
        }
        let rounded = by(Kernel::Native, Precision::Bf16)(&conv, &norm, x.clone(), skip).into_data();
        rounded.assert_approx_eq::<f32>(&expected, Tolerance::rel_abs(0.05, 0.05));
        assert_ne!(rounded, expected, "rounded");
    }
}

#[test]
fn filters_with_a_bias_are_burn_s() {
    for device in [Device::flex(), Device::flex().autodiff()] {
        let mut conv = convolution(3, 6, &device);
        conv.weight = Param::from_tensor(numbers([6, 3, SIDE, SIDE], 0.41, &device));
        conv.bias = Some(Param::from_tensor(numbers([6, 1, 1, 1], 0.3, &device).flatten(0, 3)));
        let [x, skip] = [3, 6].map(|channels| numbers([2, channels, 12, 12], 0.37, &device));
        for skip in [None, Some(skip)] {
            let expected = burn_ops::conv_relu(&conv, x.clone(), skip.clone()).into_data();
            for kernel in Kernel::ALL {
                let method = ConvMethod { kernel, ..ConvMethod::default() };
                let actual = conv_relu(&conv, x.clone(), skip.clone(), method).into_data();
                actual.assert_approx_eq::<f32>(&expected, Tolerance::rel_abs(1e-4, 1e-4));
            }
        }
    }
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
        [y.into_data(), x.grad(&grads).expect("`x` has one").into_data()]
    };
    for (actual, expected) in taken(max_pool).iter().zip(taken(burn_ops::max_pool)) {
        actual.assert_eq(&expected, true);
    }
}

#[test]
fn a_step_is_the_same_to_the_last_bit_on_any_number_of_threads() {
    for sizes in [[20, 3, 6], [70, 9, 17]] {
        for precision in [Precision::F32, Precision::Bf16] {
            let with_threads = |n_threads| {
                let threads = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
                threads.install(|| taken(by(Kernel::Native, precision), sizes, [12, 12], Skip::Other))
            };
            for (one, several) in with_threads(1).iter().zip(with_threads(5)) {
                one.assert_eq(&several, true);
            }
        }
    }
}

#[test]
fn what_is_not_a_number_is_not_hidden() {
    let device = Device::flex().autodiff();
    let norm = BatchNormConfig::new(1).init(&device);
    let x = Tensor::full([1, 1, 4, 4], f32::NAN, &device);
    let ways =
        Kernel::ALL.map(|kernel| (kernel, Precision::F32)).into_iter().chain([(Kernel::Native, Precision::Bf16)]);
    for (kernel, precision) in ways {
        let y = by(kernel, precision)(&convolution(1, 1, &device), &norm, x.clone(), None);
        assert!(y.contains_nan().into_scalar::<bool>(), "{kernel} {precision}");
    }
}

/// Not quite, as some outputs change their sides of 0.
#[test]
fn factors_of_fewer_bits_give_nearly_the_same() {
    let sizes = [2, 8, 12];
    let expected = taken(burn_ops::conv_norm_relu, sizes, [7, 6], Skip::Nothing);
    for kernel in [Kernel::Native, Kernel::Shifted, Kernel::Unfolded] {
        for (precision, tolerance) in [(Precision::Bf16, 0.25), (Precision::F16, 0.08)] {
            if kernel == Kernel::Native && precision == Precision::F16 {
                continue;
            }
            let actual = taken(by(kernel, precision), sizes, [7, 6], Skip::Nothing);
            let differs = |(a, b): (&TensorData, &TensorData)| {
                let [a, b] = [a, b].map(|data| data.as_slice::<f32>().expect("sums are f32").to_vec());
                let (difference, size) =
                    a.iter().zip(&b).fold((0.0, 0.0), |(d, s), (a, b)| (d + (a - b).powi(2), s + b * b));
                (difference / size).sqrt()
            };
            let differences: Vec<f32> = actual.iter().zip(&expected).map(differs).collect();
            assert!(differences.iter().all(|&it| it < tolerance), "{kernel} {precision}: {differences:?}");
            assert!(differences.iter().any(|&it| it > 1e-5), "{kernel} {precision}: rounded");
        }
    }
}

#[test]
fn filters_of_one_pixel_are_burn_s() {
    let device = Device::flex();
    let conv = Conv2dConfig::new([3, 5], [1, 1]).init(&device);
    let x = numbers([2, 3, 4, 4], 0.37, &device);
    let expected = burn_ops::conv_relu(&conv, x.clone(), None).into_data();
    for kernel in Kernel::ALL {
        let method = ConvMethod { kernel, ..ConvMethod::default() };
        conv_relu(&conv, x.clone(), None, method).into_data().assert_eq(&expected, true);
    }
}
