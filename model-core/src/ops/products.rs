//! A 3×3 convolution as products of matrices, of Burn's own operations, whose gradients are Burn's.
//!
//! For GPUs: without its autotuning, Burn's convolution there is a loop over the filter for each output, while its product
//! of matrices works in tiles. On the CPU it is slower than `native`.

use burn::{
    nn::conv::Conv2d,
    tensor::{FloatDType, Tensor},
};

use super::{ConvMethod, Kernel, Precision};

/// Side of the filters.
const SIDE: usize = 3;

/// Whether the convolution is done here.
pub(super) fn does(conv: &Conv2d, method: ConvMethod) -> bool {
    method.kernel.is_products() && conv.kernel_size == [SIDE; 2]
}

/// The convolution of stride 1 with a border of zeros.
///
/// # Shapes
/// `[batch, channels in, height, width]` and `[channels out, channels in, 3, 3]` → `[batch, channels out, height, width]`.
pub(super) fn convolve(x: Tensor<4>, weight: Tensor<4>, ConvMethod { kernel, precision }: ConvMethod) -> Tensor<4> {
    let [batch, n_in, height, width] = x.dims();
    let [n_out, ..] = weight.dims();
    let n_pixels = batch * height * width;
    let taps = taps(x);
    let filters = weight.permute([2, 3, 1, 0]); // [3, 3, channels in, channels out]
    let maps = if kernel == Kernel::Unfolded {
        let rows = Tensor::cat(taps, 3).reshape([n_pixels, SIDE * SIDE * n_in]);
        product(rows, filters.reshape([SIDE * SIDE * n_in, n_out]), precision)
    } else {
        let filters = filters.reshape([SIDE * SIDE, n_in, n_out]);
        let products = taps.into_iter().enumerate().map(|(place, tap)| {
            let weights = filters.clone().narrow(0, place, 1).reshape([n_in, n_out]);
            product(tap.reshape([n_pixels, n_in]), weights, precision)
        });
        products.reduce(|sum, product| sum + product).expect("a filter has nine places")
    };
    maps.reshape([batch, height, width, n_out]).permute([0, 3, 1, 2])
}

/// The neighbour of every pixel at each place of a filter, row by row: `[batch, channels, height, width]` → nine of
/// `[batch, height, width, channels]`.
fn taps(x: Tensor<4>) -> Vec<Tensor<4>> {
    let [batch, _, height, width] = x.dims();
    let padded = x.pad([(1, 1), (1, 1)], 0.0_f32).permute([0, 2, 3, 1]);
    let places = (0..SIDE).flat_map(|row| (0..SIDE).map(move |column| (row, column)));
    places.map(|(row, column)| padded.clone().slice([0..batch, row..row + height, column..column + width])).collect()
}

/// `[n, k]` by `[k, m]` → `[n, m]`, with factors of this precision.
fn product(a: Tensor<2>, b: Tensor<2>, precision: Precision) -> Tensor<2> {
    let of = match precision {
        Precision::F32 => return a.matmul(b),
        Precision::Bf16 => FloatDType::BF16,
        Precision::F16 => FloatDType::F16,
    };
    a.cast(of).matmul(b.cast(of)).cast(FloatDType::F32)
}
