//! The kernels as operations with gradients (autodiff) of Burn's CPU back-end `flex`.
//!
//! Tensors are `[batch, channels, height, width]`, as everywhere. The kernels take the channels-last (NHWC) layout, which
//! tensors that come from here have in memory; others are copied into it.

use burn::{
    backend::{
        Autodiff, AutodiffBackend, Backend, Dispatch, Flex, TensorMetadata,
        autodiff::{
            NodeId,
            checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
            grads::Gradients,
            ops::{Backward, Ops, OpsKind},
        },
        backend_extension,
        flex::{FlexDevice, FlexTensor},
        ops::FloatTensorOps,
        tensor::FloatTensor,
    },
    nn::BatchNorm,
    tensor::{Tensor, TensorData},
};
use cpu_kernels::training::{
    self, InputGrad, KERNEL, Norm, OutputGrad, ProductPrecision, Scale, Size, Statistics, pool,
};

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

impl NativeOps for Flex {
    fn native_conv_scale_relu(
        x: FlexTensor,
        weight: FlexTensor,
        scale: FlexTensor,
        shift: FlexTensor,
        precision: ProductPrecision,
    ) -> FlexTensor {
        scaled([x, weight, scale, shift], None, precision)
    }

    fn native_conv_scale_add_relu(
        x: FlexTensor,
        weight: FlexTensor,
        scale: FlexTensor,
        shift: FlexTensor,
        skip: FlexTensor,
        precision: ProductPrecision,
    ) -> FlexTensor {
        scaled([x, weight, scale, shift], Some(&skip), precision)
    }

    fn native_conv_norm_relu(
        x: FlexTensor,
        weight: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        epsilon: f64,
        precision: ProductPrecision,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let Forward { y, statistics, .. } = forward([x, weight, gamma, beta], None, epsilon, precision);
        output_and_statistics(y, statistics)
    }

    fn native_conv_norm_add_relu(
        x: FlexTensor,
        weight: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        skip: FlexTensor,
        epsilon: f64,
        precision: ProductPrecision,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let Forward { y, statistics, .. } = forward([x, weight, gamma, beta], Some(&skip), epsilon, precision);
        output_and_statistics(y, statistics)
    }

    fn native_max_pool(x: FlexTensor) -> FlexTensor {
        let ([_, channels, ..], size) = shape_and_size(&x);
        let y = pool::forward(values(&to_nhwc(&x)), size, channels);
        nchw_tensor(y, channels, Size { height: size.height / 2, width: size.width / 2 })
    }
}

fn scaled(
    [x, weight, scale, shift]: [FlexTensor; 4],
    skip: Option<&FlexTensor>,
    precision: ProductPrecision,
) -> FlexTensor {
    let conv = ConvShape::of(&x, &weight, precision);
    let ConvShape { channels, picture, .. } = conv;
    let [weight, scale, shift] = [weight, scale, shift].map(|tensor| tensor.to_contiguous());
    let scale = Scale::new(values(&scale), values(&shift));
    let (x, skip) = (to_nhwc(&x), skip.map(to_nhwc));
    let skip = skip.as_ref().map(values);
    let y = training::convolve_scaled(values(&x), values(&weight), channels, picture, precision, &scale, skip);
    nchw_tensor(y, conv.n_out(), picture)
}

fn output_and_statistics(
    y: FlexTensor,
    Statistics { mean, variance }: Statistics,
) -> (FlexTensor, FlexTensor, FlexTensor) {
    let n = mean.len();
    (y, tensor(mean, [n]), tensor(variance, [n]))
}

impl<C: CheckpointStrategy> NativeOps for Autodiff<Flex, C> {
    fn native_conv_scale_relu(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        precision: ProductPrecision,
    ) -> FloatTensor<Self> {
        Self::from_inner(scaled([x, weight, scale, shift].map(Self::inner), None, precision))
    }

    fn native_conv_scale_add_relu(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        skip: FloatTensor<Self>,
        precision: ProductPrecision,
    ) -> FloatTensor<Self> {
        let skip = Self::inner(skip);
        Self::from_inner(scaled([x, weight, scale, shift].map(Self::inner), Some(&skip), precision))
    }

    fn native_conv_norm_relu(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
        precision: ProductPrecision,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        tracked_conv_norm_relu::<C, _>([x, weight, gamma, beta], epsilon, precision)
    }

    fn native_conv_norm_add_relu(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        skip: FloatTensor<Self>,
        epsilon: f64,
        precision: ProductPrecision,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        tracked_conv_norm_relu::<C, _>([x, weight, gamma, beta, skip], epsilon, precision)
    }

    fn native_max_pool(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let y = Flex::native_max_pool(x.clone());
        match PoolBackward.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(x, y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }
}

/// A tensor of `flex` that autodiff tracks.
type AutodiffTensor = FloatTensor<Autodiff<Flex>>;

/// Output, mean and variance of `x`, filters, γ, β and, if there are five inputs, `skip`; [`NormBackward`] gives the
/// gradients.
fn tracked_conv_norm_relu<C: CheckpointStrategy, const N: usize>(
    inputs: [AutodiffTensor; N],
    epsilon: f64,
    precision: ProductPrecision,
) -> (AutodiffTensor, AutodiffTensor, AutodiffTensor) {
    let mut tensors = Vec::with_capacity(N);
    let nodes = inputs.map(|input| {
        let (tensor, node) = input.into_parts();
        tensors.push(tensor);
        node
    });
    let skip = if N > 4 { tensors.pop() } else { None };
    let Ok(inputs) = tensors.try_into() else { unreachable!("`x`, filters, γ and β, and perhaps `skip`") };
    let Forward { y, statistics, mut state } = forward(inputs, skip.as_ref(), epsilon, precision);
    state.skip_is_input = nodes.get(4).is_some_and(|skip| skip.id() == nodes[0].id());
    let y = match NormBackward.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(state, y),
        OpsKind::UnTracked(prep) => prep.finish(y),
    };
    let (y, mean, variance) = (y, statistics.mean, statistics.variance);
    let [mean, variance] = [mean, variance].map(|values| {
        let n = values.len();
        Autodiff::<Flex, C>::from_inner(tensor(values, [n]))
    });
    (y, mean, variance)
}

/// Output and batch statistics of the forward pass, and what the backward pass needs.
struct Forward {
    y: FlexTensor,
    statistics: Statistics,
    state: NormState,
}

fn forward(
    [x, weight, gamma, beta]: [FlexTensor; 4],
    skip: Option<&FlexTensor>,
    epsilon: f64,
    precision: ProductPrecision,
) -> Forward {
    let conv = ConvShape::of(&x, &weight, precision);
    let (x, weight) = (to_nhwc(&x), weight.to_contiguous());
    let ConvShape { channels, picture, .. } = conv;
    let (maps, moments) = training::convolve_with_moments(values(&x), values(&weight), channels, picture, precision);
    let statistics = Statistics::of(&moments);
    let norm = Norm::new(values(&gamma.to_contiguous()), values(&beta.to_contiguous()), epsilon, &statistics);
    let skip = skip.map(to_nhwc);
    let y = nchw_tensor(norm.forward(&maps, skip.as_ref().map(values)), conv.n_out(), conv.picture);
    let output_with_skip = skip.map(|_| y.clone());
    let n_values = maps.len();
    let maps = tensor(maps, [n_values]);
    Forward { y, statistics, state: NormState { conv, x, weight, maps, output_with_skip, skip_is_input: false, norm } }
}

/// The shape of a convolution, and how its products are taken.
#[derive(Clone, Copy, Debug)]
struct ConvShape {
    /// `[n_out, n_in]`.
    channels: [usize; 2],
    /// Size of a picture, in and out.
    picture: Size,
    precision: ProductPrecision,
}

impl ConvShape {
    fn of(x: &FlexTensor, weight: &FlexTensor, precision: ProductPrecision) -> Self {
        let [n_out, n_in, kernel_height, kernel_width] = weight.shape().dims();
        assert_eq!([kernel_height, kernel_width], [KERNEL; 2], "expected 3×3 filters");
        Self { channels: [n_out, n_in], picture: shape_and_size(x).1, precision }
    }

    fn n_out(self) -> usize {
        self.channels[0]
    }

    /// Gradients of `x`, if it is needed, with `skip_grad` added to it, and of `weight`. `x` is NHWC; its gradient is not.
    fn backward(
        self,
        x: &FlexTensor,
        weight: &FlexTensor,
        grad: &OutputGrad<'_>,
        needs_x_grad: bool,
        skip_grad: Option<&[f32]>,
    ) -> (Option<FlexTensor>, FlexTensor) {
        let x = values(x);
        let mut x_grad = needs_x_grad.then(|| vec![0.0; x.len()]);
        let [n_out, n_in] = self.channels;
        let into = x_grad.as_mut().map(|values| InputGrad { values, plus: skip_grad });
        let weight_grad =
            training::backward(x, values(weight), grad, self.channels, self.picture, into, self.precision);
        let weight_grad = tensor(weight_grad, [n_out, n_in, KERNEL, KERNEL]);
        (x_grad.map(|x_grad| nchw_tensor(x_grad, n_in, self.picture)), weight_grad)
    }
}

/// Give `grad` to a parent, if its gradient is needed.
fn register(grads: &mut Gradients, parent: Option<NodeId>, grad: FlexTensor) {
    if let Some(id) = parent {
        grads.register::<Flex>(id, grad);
    }
}

#[derive(Debug)]
struct NormBackward;

#[derive(Clone, Debug)]
struct NormState {
    conv: ConvShape,
    /// `[batch, height, width, n_in]`.
    x: FlexTensor,
    weight: FlexTensor,
    /// Values of the convolution's output, in the order `[batch, height, width, n_out]`.
    maps: FlexTensor,
    /// The output, if the step had a `skip`: then `maps` alone do not tell where the ReLU is 0.
    output_with_skip: Option<FlexTensor>,
    /// Whether `skip` is `x` itself, whose gradient is the sum of both then.
    skip_is_input: bool,
    norm: Norm,
}

/// With four parents there is no `skip`.
impl<const N: usize> Backward<Flex, N> for NormBackward {
    type State = NormState;

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let mut grad = to_nhwc(&grads.consume::<Flex>(&ops.node));
        let NormState { conv, x, weight, maps, output_with_skip, skip_is_input, norm } = ops.state;
        let mut parents = ops.parents.into_iter();
        let [x_id, weight_id, gamma_id, beta_id, skip_id] =
            [(); 5].map(|()| parents.next().flatten().map(|node| node.id));
        let output = output_with_skip.as_ref().map(to_nhwc);
        // With a `skip`, masks `grad` by the ReLU in place: it is the gradient of `skip` from here on.
        let (norm_grad, [gamma, beta]) = norm.backward(grad.storage_mut(), values(&maps), output.as_ref().map(values));
        let skip_grad = if skip_is_input { norm_grad.of_skip() } else { None };
        let output_grad = OutputGrad::Norm(norm_grad);
        let (x_grad, weight_grad) = conv.backward(&x, &weight, &output_grad, x_id.is_some(), skip_grad);
        register(grads, weight_id, weight_grad);
        register(grads, gamma_id, tensor(gamma, [conv.n_out()]));
        register(grads, beta_id, tensor(beta, [conv.n_out()]));
        if let Some(x_grad) = x_grad {
            register(grads, x_id, x_grad);
        }
        // Else it is part of `x_grad`.
        if !skip_is_input {
            register(grads, skip_id, to_nchw(&grad));
        }
    }
}

#[derive(Debug)]
struct PoolBackward;

impl Backward<Flex, 1> for PoolBackward {
    type State = FlexTensor;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = to_nhwc(&grads.consume::<Flex>(&ops.node));
        let ([_, channels, ..], size) = shape_and_size(&ops.state);
        if let [Some(x_node)] = ops.parents {
            let x_grad = pool::backward(values(&grad), values(&to_nhwc(&ops.state)), size, channels);
            grads.register::<Flex>(x_node.id, nchw_tensor(x_grad, channels, size));
        }
    }
}

/// The shape, and the size of a picture.
fn shape_and_size(x: &FlexTensor) -> ([usize; 4], Size) {
    let shape @ [_, _, height, width] = x.shape().dims::<4>();
    (shape, Size { height, width })
}

/// `[batch, channels, height, width]` → `[batch, height, width, channels]`, contiguous; copies if need be.
fn to_nhwc(x: &FlexTensor) -> FlexTensor {
    x.permute(&[0, 2, 3, 1]).to_contiguous()
}

/// `[batch, height, width, channels]` → `[batch, channels, height, width]`, a view: no copy.
fn to_nchw(x: &FlexTensor) -> FlexTensor {
    x.permute(&[0, 3, 1, 2])
}

/// `[batch, channels, height, width]` of values in the order `[batch, height, width, channels]`.
fn nchw_tensor(nhwc: Vec<f32>, channels: usize, size: Size) -> FlexTensor {
    let batch = nhwc.len() / (channels * size.area());
    to_nchw(&tensor(nhwc, [batch, size.height, size.width, channels]))
}

/// The values of a contiguous tensor.
fn values(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("`to_contiguous`, and networks are trained in f32")
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    Flex::float_from_data(TensorData::new(values, shape), &FlexDevice)
}
