//! The kernels as operations that Burn's CPU back-end `flex` has beside its own, with gradients.
//!
//! Tensors are `[batch, channels, height, width]`, as everywhere. `flex` has the kernels do them, `autodiff` gives them
//! gradients.

use burn::{
    backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor},
    nn::BatchNorm,
    tensor::Tensor,
};
use cpu_kernels::training::ProductPrecision;

/// `max(0, scale·convolve(x, weight) + shift + skip)`, where `convolve` is the 3×3 convolution of stride 1 with a border of
/// zeros. Without gradients: only pictures that have none come here.
///
/// # Shapes
/// `[batch, n_in, height, width]`, `[n_out, n_in, 3, 3]` and twice `[n_out]` → `[batch, n_out, height, width]`, which is
/// also the shape of `skip`.
pub(super) fn conv_scale_relu(
    x: Tensor<4>,
    weight: Tensor<4>,
    scale_and_shift: [Tensor<1>; 2],
    skip: Option<Tensor<4>>,
    precision: ProductPrecision,
) -> Tensor<4> {
    let [x, weight] = [x, weight].map(Tensor::into_dispatch);
    let [scale, shift] = scale_and_shift.map(Tensor::into_dispatch);
    Tensor::from_dispatch(match skip {
        None => Dispatch::native_conv_scale_relu(x, weight, scale, shift, precision),
        Some(skip) => Dispatch::native_conv_scale_add_relu(x, weight, scale, shift, skip.into_dispatch(), precision),
    })
}

/// `max(0, norm(convolve(x, weight)) + skip)`, normalised by the statistics of the batch.
///
/// They also go into the running statistics: `running = (1 − momentum)·running + momentum·batch`, of the biased variance.
///
/// # Shapes
/// As [`conv_scale_relu`].
pub(super) fn conv_norm_relu(
    norm: &BatchNorm,
    x: Tensor<4>,
    weight: Tensor<4>,
    skip: Option<Tensor<4>>,
    precision: ProductPrecision,
) -> Tensor<4> {
    let [x, weight] = [x, weight].map(Tensor::into_dispatch);
    let [gamma, beta] = [&norm.gamma, &norm.beta].map(|param| param.val().into_dispatch());
    let (y, mean, variance) = match skip {
        None => Dispatch::native_conv_norm_relu(x, weight, gamma, beta, norm.epsilon, precision),
        Some(skip) => {
            let skip = skip.into_dispatch();
            Dispatch::native_conv_norm_add_relu(x, weight, gamma, beta, skip, norm.epsilon, precision)
        }
    };
    for (running, batch) in [(&norm.running_mean, mean), (&norm.running_var, variance)] {
        let batch = Tensor::<1>::from_dispatch(batch).detach();
        let kept = running.value_sync().to_device(&batch.device()).mul_scalar(1.0 - norm.momentum);
        running.update((kept + batch.mul_scalar(norm.momentum)).detach());
    }
    Tensor::from_dispatch(y)
}

/// The greatest of each 2×2 pixels.
///
/// # Shapes
/// `[batch, channels, height, width]` → `[batch, channels, height / 2, width / 2]`.
pub(super) fn max_pool(x: Tensor<4>) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::native_max_pool(x.into_dispatch()))
}

/// Operations that `flex` and its autodiff have beside those of Burn's own back-ends.
#[backend_extension(Flex, Autodiff)]
pub(crate) trait NativeOps: Backend {
    /// [`conv_scale_relu`] without `skip`.
    fn native_conv_scale_relu(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        precision: ProductPrecision,
    ) -> FloatTensor<Self>;

    /// [`conv_scale_relu`] with `skip`.
    fn native_conv_scale_add_relu(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        skip: FloatTensor<Self>,
        precision: ProductPrecision,
    ) -> FloatTensor<Self>;

    /// [`conv_norm_relu`] without `skip`. Returns `(y, mean, variance)`: shapes `[batch, n_out, height, width]`, `[n_out]`
    /// and `[n_out]`.
    fn native_conv_norm_relu(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
        precision: ProductPrecision,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// [`conv_norm_relu`] with `skip`. Returns the same as [`Self::native_conv_norm_relu`].
    fn native_conv_norm_add_relu(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        skip: FloatTensor<Self>,
        epsilon: f64,
        precision: ProductPrecision,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// [`max_pool`].
    fn native_max_pool(x: FloatTensor<Self>) -> FloatTensor<Self>;
}
