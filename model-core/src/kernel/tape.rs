//! The kernels as operations of Burn's tape, for its CPU back-end `flex`.

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

use super::{
    convolve::{self, Filters},
    correlate::correlate,
    norm::{self, Affine, Maps, Statistics},
    plane::{KERNEL, Plane},
    pool, winograd,
};

/// The 3×3 convolution of stride 1 with a border of zeros.
///
/// # Shapes
/// `[batch, n_in, height, width]` and `[n_out, n_in, 3, 3]` → `[batch, n_out, height, width]`.
pub(super) fn convolve(x: Tensor<4>, weight: Tensor<4>) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::direct_convolve(x.into_dispatch(), weight.into_dispatch()))
}

/// `max(0, norm(x) + skip)`, with the statistics of the batch, which also go into the running ones.
///
/// # Shapes
/// `[batch, channels, height, width]`, all three.
pub(super) fn norm_relu(norm: &BatchNorm, x: Tensor<4>, skip: Option<Tensor<4>>) -> Tensor<4> {
    let [x, gamma, beta] = [x.into_dispatch(), norm.gamma.val().into_dispatch(), norm.beta.val().into_dispatch()];
    let (y, mean, variance) = match skip {
        None => Dispatch::direct_norm_relu(x, gamma, beta, norm.epsilon),
        Some(skip) => Dispatch::direct_norm_add_relu(x, gamma, beta, skip.into_dispatch(), norm.epsilon),
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
    Tensor::from_dispatch(Dispatch::direct_max_pool(x.into_dispatch()))
}

/// What `flex` and its tape can do more than Burn's own back-ends.
#[backend_extension(Flex, Autodiff)]
#[allow(missing_docs, reason = "the functions above say it")]
pub(crate) trait DirectOps: Backend {
    fn direct_convolve(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self>;

    fn direct_norm_relu(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    fn direct_norm_add_relu(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        skip: FloatTensor<Self>,
        epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    fn direct_max_pool(x: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// A tensor of `flex`.
type Flat = FlexTensor;

impl DirectOps for Flex {
    fn direct_convolve(x: Flat, weight: Flat) -> Flat {
        let (x, weight) = (x.to_contiguous(), weight.to_contiguous());
        let [n_out, n_in, kernel_height, kernel_width] = weight.shape().dims();
        assert_eq!([kernel_height, kernel_width], [KERNEL; 2], "only 3×3 filters are done directly");
        let ([batch, _, height, width], plane) = planes(&x);
        let (sizes, x, weight) = ([n_out, n_in], values(&x), values(&weight));
        let y = if winograd::pays(sizes) {
            winograd::convolve(x, weight, sizes, plane)
        } else {
            convolve::convolve(x, &Filters::new(weight, sizes), plane)
        };
        tensor(y, [batch, n_out, height, width])
    }

    fn direct_norm_relu(x: Flat, gamma: Flat, beta: Flat, epsilon: f64) -> (Flat, Flat, Flat) {
        norm_forward(&x, &gamma, &beta, None, epsilon)
    }

    fn direct_norm_add_relu(x: Flat, gamma: Flat, beta: Flat, skip: Flat, epsilon: f64) -> (Flat, Flat, Flat) {
        norm_forward(&x, &gamma, &beta, Some(&skip), epsilon)
    }

    fn direct_max_pool(x: Flat) -> Flat {
        let x = x.to_contiguous();
        let ([batch, channels, height, width], plane) = planes(&x);
        tensor(pool::forward(values(&x), plane), [batch, channels, height / 2, width / 2])
    }
}

impl<C: CheckpointStrategy> DirectOps for Autodiff<Flex, C> {
    fn direct_convolve(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self> {
        let (x, x_node) = x.into_parts();
        let (weight, weight_node) = weight.into_parts();
        let y = Flex::direct_convolve(x.clone(), weight.clone());
        match ConvolveBackward.prepare::<C>([x_node, weight_node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish([x, weight], y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }

    fn direct_norm_relu(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        norm_on_tape::<C, _>([x, gamma, beta], epsilon)
    }

    fn direct_norm_add_relu(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        skip: FloatTensor<Self>,
        epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        norm_on_tape::<C, _>([x, gamma, beta, skip], epsilon)
    }

    fn direct_max_pool(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let y = Flex::direct_max_pool(x.clone());
        match PoolBackward.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(x, y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }
}

/// A tensor of `flex` on the tape.
type Taped = FloatTensor<Autodiff<Flex>>;

/// Of input, γ, β and, if there are four, what is added: output, mean and variance.
fn norm_on_tape<C: CheckpointStrategy, const N: usize>(inputs: [Taped; N], epsilon: f64) -> (Taped, Taped, Taped) {
    let mut tensors = Vec::with_capacity(N);
    let nodes = inputs.map(|input| {
        let (tensor, node) = input.into_parts();
        tensors.push(tensor);
        node
    });
    let [x, gamma, beta, skip @ ..] = &tensors[..] else { unreachable!("a normalisation has input, γ and β") };
    let (y, mean, variance) = norm_forward(x, gamma, beta, skip.first(), epsilon);
    let [x, gamma] = [x, gamma].map(FlexTensor::clone);
    let state = NormState { x, y: y.clone(), gamma, mean: mean.clone(), variance: variance.clone(), epsilon };
    let y = match NormBackward.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(state, y),
        OpsKind::UnTracked(prep) => prep.finish(y),
    };
    let [mean, variance] = [mean, variance].map(Autodiff::<Flex, C>::from_inner);
    (y, mean, variance)
}

fn norm_forward(x: &Flat, gamma: &Flat, beta: &Flat, skip: Option<&Flat>, epsilon: f64) -> (Flat, Flat, Flat) {
    let x = x.to_contiguous();
    let skip = skip.map(FlexTensor::to_contiguous);
    let maps = maps(&x);
    let statistics = Statistics::of(values(&x), maps);
    let affine = Affine { gamma: values(gamma), beta: values(beta), epsilon };
    let y = norm::forward(values(&x), skip.as_ref().map(values), affine, &statistics, maps);
    let [mean, variance] = [statistics.mean, statistics.variance].map(|values| tensor(values, [maps.channels]));
    (tensor(y, x.shape().dims::<4>()), mean, variance)
}

#[derive(Debug)]
struct ConvolveBackward;

impl Backward<Flex, 2> for ConvolveBackward {
    type State = [Flat; 2];

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = grads.consume::<Flex>(&ops.node).to_contiguous();
        let [x, weight] = ops.state.map(|tensor| tensor.to_contiguous());
        let (weight_shape @ [n_out, n_in, ..], (x_shape, plane)) = (weight.shape().dims::<4>(), planes(&x));
        let (sizes, x, weight, grad) = ([n_out, n_in], values(&x), values(&weight), values(&grad));
        let [x_node, weight_node] = ops.parents;
        let [x_grad, weight_grad] = if winograd::pays(sizes) {
            winograd::backward(x, weight, grad, sizes, plane).map(Some)
        } else {
            let x_grad = || convolve::convolve(grad, &Filters::transposed(weight, sizes), plane);
            let weight_grad = || correlate(x, grad, sizes, plane);
            [x_node.is_some().then(x_grad), weight_node.is_some().then(weight_grad)]
        };
        if let (Some(node), Some(found)) = (x_node, x_grad) {
            grads.register::<Flex>(node.id, tensor(found, x_shape));
        }
        if let (Some(node), Some(found)) = (weight_node, weight_grad) {
            grads.register::<Flex>(node.id, tensor(found, weight_shape));
        }
    }
}

#[derive(Debug)]
struct NormBackward;

#[derive(Clone, Debug)]
struct NormState {
    x: Flat,
    y: Flat,
    gamma: Flat,
    mean: Flat,
    variance: Flat,
    epsilon: f64,
}

impl NormState {
    fn gradients(self, grad: &Flat) -> [Flat; 4] {
        let [x, y] = [self.x, self.y].map(|tensor| tensor.to_contiguous());
        let [mean, variance] = [self.mean, self.variance].map(|tensor| values(&tensor).to_vec());
        let [x_values, y_values] = [values(&x), values(&y)];
        let (gamma, maps) = (values(&self.gamma), maps(&x));
        let at = Statistics { mean, variance };
        let found = norm::backward(values(grad), [x_values, y_values], gamma, self.epsilon, &at, maps);
        let shape = x.shape().dims::<4>();
        let [gamma, beta] = [found.gamma, found.beta].map(|values| tensor(values, [maps.channels]));
        [tensor(found.x, shape), gamma, beta, tensor(found.skip, shape)]
    }
}

/// With three parents there is no `skip`.
impl<const N: usize> Backward<Flex, N> for NormBackward {
    type State = NormState;

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = grads.consume::<Flex>(&ops.node).to_contiguous();
        for (node, found) in ops.parents.into_iter().zip(ops.state.gradients(&grad)) {
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
        let grad = grads.consume::<Flex>(&ops.node).to_contiguous();
        let x = ops.state.to_contiguous();
        let (shape, plane) = planes(&x);
        if let [Some(node)] = ops.parents {
            grads.register::<Flex>(node.id, tensor(pool::backward(values(&grad), values(&x), plane), shape));
        }
    }
}

fn planes(x: &Flat) -> ([usize; 4], Plane) {
    let shape @ [_, _, height, width] = x.shape().dims::<4>();
    (shape, Plane { height, width })
}

fn maps(x: &Flat) -> Maps {
    let [_, channels, height, width] = x.shape().dims::<4>();
    Maps { channels, area: height * width }
}

fn values(tensor: &Flat) -> &[f32] {
    tensor.as_slice().expect("`to_contiguous`, and networks are trained in f32")
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> Flat {
    Flex::float_from_data(TensorData::new(values, shape), &FlexDevice)
}
