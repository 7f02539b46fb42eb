//! Gradients of the operations.

use burn::backend::{
    Autodiff, AutodiffBackend, Flex,
    autodiff::{
        NodeId,
        checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
        grads::Gradients,
        ops::{Backward, Ops, OpsKind},
    },
    flex::FlexTensor,
    tensor::FloatTensor,
};
use cpu_kernels::training::{OutputGrad, ProductPrecision, pool};

use super::{
    extension::NativeOps,
    flex::{Forward, NormState, forward, nchw_tensor, scaled, shape_and_size, tensor, to_nchw, to_nhwc, values},
};

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

/// Give `grad` to a parent, if its gradient is needed.
fn register(grads: &mut Gradients, parent: Option<NodeId>, grad: FlexTensor) {
    if let Some(id) = parent {
        grads.register::<Flex>(id, grad);
    }
}

#[derive(Debug)]
struct NormBackward;

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
