//! The kernels as operations of Burn's autodiff tape, for its CPU back-end `flex`.
//!
//! Tensors are `[batch, channels, height, width]`, as everywhere; those that come from here lie in memory as the kernels
//! know them, with the channels of a pixel side by side. Others are brought into that order.

use burn::{
    backend::{
        Autodiff, AutodiffBackend, Backend, Dispatch, Flex, TensorMetadata,
        autodiff::{
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
use cpu_kernels::training::{self, InputGrad, KERNEL, Norm, OutputGrad, Size, Statistics, pool};

/// The 3×3 convolution of stride 1 with a border of zeros.
///
/// # Shapes
/// `[batch, n_in, height, width]` and `[n_out, n_in, 3, 3]` → `[batch, n_out, height, width]`.
pub(super) fn convolve(x: Tensor<4>, weight: Tensor<4>) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::native_convolve(x.into_dispatch(), weight.into_dispatch()))
}

/// `max(0, norm(convolve(x, weight)) + skip)`, with the statistics of the batch, which also go into the running ones.
///
/// # Shapes
/// As [`convolve`]; `skip` as the output.
pub(super) fn conv_norm_relu(norm: &BatchNorm, x: Tensor<4>, weight: Tensor<4>, skip: Option<Tensor<4>>) -> Tensor<4> {
    let [x, weight] = [x, weight].map(Tensor::into_dispatch);
    let [gamma, beta] = [&norm.gamma, &norm.beta].map(|param| param.val().into_dispatch());
    let (y, mean, variance) = match skip {
        None => Dispatch::native_norm_relu(x, weight, gamma, beta, norm.epsilon),
        Some(skip) => Dispatch::native_norm_add_relu(x, weight, gamma, beta, skip.into_dispatch(), norm.epsilon),
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

/// Operations that `flex` and its autodiff tape have beside those of Burn's own back-ends.
#[backend_extension(Flex, Autodiff)]
pub(crate) trait NativeOps: Backend {
    fn native_convolve(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self>;

    fn native_norm_relu(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    fn native_norm_add_relu(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        skip: FloatTensor<Self>,
        epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    fn native_max_pool(x: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// A tensor of `flex`.
type Flat = FlexTensor;

impl NativeOps for Flex {
    fn native_convolve(x: Flat, weight: Flat) -> Flat {
        let conv = Convolution::of(&x, &weight);
        let y = training::convolve(values(&pixels(&x)), values(&weight.to_contiguous()), conv.sizes, conv.size);
        picture_tensor(y, conv.n_out(), conv.size)
    }

    fn native_norm_relu(x: Flat, weight: Flat, gamma: Flat, beta: Flat, epsilon: f64) -> (Flat, Flat, Flat) {
        let Forward { y, statistics, .. } = forward([x, weight, gamma, beta], None, epsilon);
        of_three(y, statistics)
    }

    fn native_norm_add_relu(
        x: Flat,
        weight: Flat,
        gamma: Flat,
        beta: Flat,
        skip: Flat,
        epsilon: f64,
    ) -> (Flat, Flat, Flat) {
        let Forward { y, statistics, .. } = forward([x, weight, gamma, beta], Some(&skip), epsilon);
        of_three(y, statistics)
    }

    fn native_max_pool(x: Flat) -> Flat {
        let ([_, channels, ..], size) = sizes(&x);
        let y = pool::forward(values(&pixels(&x)), size, channels);
        picture_tensor(y, channels, Size { height: size.height / 2, width: size.width / 2 })
    }
}

fn of_three(y: Flat, Statistics { mean, variance }: Statistics) -> (Flat, Flat, Flat) {
    let n = mean.len();
    (y, tensor(mean, [n]), tensor(variance, [n]))
}

impl<C: CheckpointStrategy> NativeOps for Autodiff<Flex, C> {
    fn native_convolve(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self> {
        let (x, x_node) = x.into_parts();
        let (weight, weight_node) = weight.into_parts();
        let y = Flex::native_convolve(x.clone(), weight.clone());
        match ConvolveBackward.prepare::<C>([x_node, weight_node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish([x, weight], y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }

    fn native_norm_relu(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        norm_on_tape::<C, _>([x, weight, gamma, beta], epsilon)
    }

    fn native_norm_add_relu(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        skip: FloatTensor<Self>,
        epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        norm_on_tape::<C, _>([x, weight, gamma, beta, skip], epsilon)
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

/// A tensor of `flex` on the tape.
type Taped = FloatTensor<Autodiff<Flex>>;

/// Output, mean and variance from input, filters, γ, β and, if there are five, `skip`.
fn norm_on_tape<C: CheckpointStrategy, const N: usize>(inputs: [Taped; N], epsilon: f64) -> (Taped, Taped, Taped) {
    let mut tensors = Vec::with_capacity(N);
    let nodes = inputs.map(|input| {
        let (tensor, node) = input.into_parts();
        tensors.push(tensor);
        node
    });
    let skip = if N > 4 { tensors.pop() } else { None };
    let Ok(inputs) = tensors.try_into() else { unreachable!("input, filters, γ and β, and perhaps what is added") };
    let Forward { y, statistics, mut back } = forward(inputs, skip.as_ref(), epsilon);
    back.adds_input = nodes.get(4).is_some_and(|skip| skip.id() == nodes[0].id());
    let y = match NormBackward.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(back, y),
        OpsKind::UnTracked(prep) => prep.finish(y),
    };
    let (y, mean, variance) = (y, statistics.mean, statistics.variance);
    let [mean, variance] = [mean, variance].map(|values| {
        let n = values.len();
        Autodiff::<Flex, C>::from_inner(tensor(values, [n]))
    });
    (y, mean, variance)
}

/// The results of the step.
struct Forward {
    y: Flat,
    statistics: Statistics,
    back: NormState,
}

fn forward([x, weight, gamma, beta]: [Flat; 4], skip: Option<&Flat>, epsilon: f64) -> Forward {
    let conv = Convolution::of(&x, &weight);
    let (x, weight) = (pixels(&x), weight.to_contiguous());
    let (maps, moments) = training::convolve_with_moments(values(&x), values(&weight), conv.sizes, conv.size);
    let statistics = Statistics::of(&moments);
    let norm = Norm::new(values(&gamma.to_contiguous()), values(&beta.to_contiguous()), epsilon, &statistics);
    let skip = skip.map(pixels);
    let y = picture_tensor(norm.forward(&maps, skip.as_ref().map(values)), conv.n_out(), conv.size);
    let with_skip = skip.map(|_| y.clone());
    let maps = tensor(maps, [conv.n_out() * conv.size.area() * x.shape().dims::<4>()[0]]);
    Forward { y, statistics, back: NormState { conv, x, weight, maps, with_skip, adds_input: false, norm } }
}

/// Sizes of a convolution.
#[derive(Clone, Copy, Debug)]
struct Convolution {
    /// Outputs and inputs.
    sizes: [usize; 2],
    size: Size,
}

impl Convolution {
    fn of(x: &Flat, weight: &Flat) -> Self {
        let [n_out, n_in, kernel_height, kernel_width] = weight.shape().dims();
        assert_eq!([kernel_height, kernel_width], [KERNEL; 2], "only 3×3 filters are done directly");
        Self { sizes: [n_out, n_in], size: sizes(x).1 }
    }

    fn n_out(self) -> usize {
        self.sizes[0]
    }

    /// Gradients of `x`, if it is asked for, with `plus` added to it, and of `weight`.
    fn backward(
        self,
        x: &Flat,
        weight: &Flat,
        grad: &OutputGrad<'_>,
        asked: bool,
        plus: Option<&[f32]>,
    ) -> (Option<Flat>, Flat) {
        let x = values(x);
        let mut x_grad = asked.then(|| vec![0.0; x.len()]);
        let [n_out, n_in] = self.sizes;
        let into = x_grad.as_mut().map(|values| InputGrad { values, plus });
        let weight = training::backward(x, values(weight), grad, self.sizes, self.size, into);
        let weight = tensor(weight, [n_out, n_in, KERNEL, KERNEL]);
        (x_grad.map(|x_grad| picture_tensor(x_grad, n_in, self.size)), weight)
    }
}

#[derive(Debug)]
struct ConvolveBackward;

impl Backward<Flex, 2> for ConvolveBackward {
    type State = [Flat; 2];

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = pixels(&grads.consume::<Flex>(&ops.node));
        let [x, weight] = ops.state;
        let conv = Convolution::of(&x, &weight);
        let [x_node, weight_node] = ops.parents;
        let (x, weight) = (pixels(&x), weight.to_contiguous());
        let (x_grad, weight_grad) =
            conv.backward(&x, &weight, &OutputGrad::Values(values(&grad)), x_node.is_some(), None);
        for (node, found) in [(x_node, x_grad), (weight_node, Some(weight_grad))] {
            if let (Some(node), Some(found)) = (node, found) {
                grads.register::<Flex>(node.id, found);
            }
        }
    }
}

#[derive(Debug)]
struct NormBackward;

#[derive(Clone, Debug)]
struct NormState {
    conv: Convolution,
    /// `[batch, height, width, n_in]`.
    x: Flat,
    weight: Flat,
    /// Values of the convolution's output.
    maps: Flat,
    /// The output, if something was added.
    with_skip: Option<Flat>,
    /// Whether that was the input.
    adds_input: bool,
    norm: Norm,
}

/// With four parents there is no `skip`.
impl<const N: usize> Backward<Flex, N> for NormBackward {
    type State = NormState;

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let mut grad = pixels(&grads.consume::<Flex>(&ops.node));
        let NormState { conv, x, weight, maps, with_skip, adds_input, norm } = ops.state;
        let mut nodes = ops.parents.into_iter();
        let x_node = nodes.next().flatten();
        let with_skip = with_skip.as_ref().map(pixels);
        let (back, [gamma, beta]) = norm.backward(grad.storage_mut(), values(&maps), with_skip.as_ref().map(values));
        let plus = if adds_input { back.of_skip() } else { None };
        let back = OutputGrad::Norm(back);
        let (x_grad, weight_grad) = conv.backward(&x, &weight, &back, x_node.is_some(), plus);
        if let (Some(node), Some(found)) = (x_node, x_grad) {
            grads.register::<Flex>(node.id, found);
        }
        let nodes = nodes.take(if adds_input { 3 } else { 4 }); // the input has its gradient already
        let [gamma, beta] = [gamma, beta].map(|values| tensor(values, [conv.n_out()]));
        for (node, found) in nodes.zip([weight_grad, gamma, beta, pictures(&grad)]) {
            if let Some(node) = node {
                grads.register::<Flex>(node.id, found);
            }
        }
    }
}

#[derive(Debug)]
struct PoolBackward;

impl Backward<Flex, 1> for PoolBackward {
    type State = Flat;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = pixels(&grads.consume::<Flex>(&ops.node));
        let ([_, channels, ..], size) = sizes(&ops.state);
        if let [Some(node)] = ops.parents {
            let found = pool::backward(values(&grad), values(&pixels(&ops.state)), size, channels);
            grads.register::<Flex>(node.id, picture_tensor(found, channels, size));
        }
    }
}

/// Shape, and size of a picture.
fn sizes(x: &Flat) -> ([usize; 4], Size) {
    let shape @ [_, _, height, width] = x.shape().dims::<4>();
    (shape, Size { height, width })
}

/// `[batch, channels, height, width]` → `[batch, height, width, channels]`, contiguous.
fn pixels(x: &Flat) -> Flat {
    x.permute(&[0, 2, 3, 1]).to_contiguous()
}

/// The opposite of [`pixels`].
fn pictures(pixels: &Flat) -> Flat {
    pixels.permute(&[0, 3, 1, 2])
}

/// `[batch, channels, height, width]` of values `[batch, height, width, channels]`.
fn picture_tensor(pixels: Vec<f32>, channels: usize, size: Size) -> Flat {
    let batch = pixels.len() / (channels * size.area());
    pictures(&tensor(pixels, [batch, size.height, size.width, channels]))
}

fn values(tensor: &Flat) -> &[f32] {
    tensor.as_slice().expect("`to_contiguous`, and networks are trained in f32")
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> Flat {
    Flex::float_from_data(TensorData::new(values, shape), &FlexDevice)
}
