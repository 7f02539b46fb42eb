//! Filters rounded while they are trained, as they will be shipped, so that training makes up for it (Jacob et al. 2018,
//! [arXiv:1712.05877](https://arxiv.org/abs/1712.05877), section 3).

use burn::tensor::Tensor;

use super::{ConvNorm, Network, fuse::identity};
use crate::{ModelCard, ops::running_scale, weights::eight_bit};

impl Network {
    /// The same network, in the same form, with filters that are, once fused, what [`Network::to_eight_bits`] keeps of
    /// them with as many `steps`, but for the half precision of its factors. 1 to 127 steps; others are taken as the
    /// nearest of these.
    ///
    /// Parameters keep their ids, so that an optimiser applies the gradients of the rounded filters to those of `self`
    /// (straight through, as if nothing were rounded). Both share running statistics: a step of either moves them.
    #[must_use]
    pub fn with_rounded_filters(&self, steps: u8) -> Self {
        let steps = f32::from(steps.clamp(1, ModelCard::MAX_FILTER_STEPS));
        let mut network = self.clone();
        for (layer, adds_input) in network.convolutions.iter_mut().zip(self.adds_input()) {
            layer.round_filters(adds_input, steps);
        }
        network
    }
}

impl ConvNorm {
    /// Rounds the filters as they will be once fused.
    ///
    /// Fusing multiplies whole channels, which changes no step; but the branch, if there is one, is added to the filters,
    /// and is part of what is rounded.
    fn round_filters(&mut self, adds_input: bool, steps: f32) {
        /// A channel that fusing multiplies by less than this is as good as zero; it is left as it is, and not divided by it.
        const LEAST_SCALE: f32 = 1e-6;
        let scale = self.norm.as_ref().filter(|_| adds_input);
        let scale = scale.map(|norm| running_scale(norm).without_autodiff().reshape([-1, 1, 1, 1]));
        self.conv.weight = self.conv.weight.clone().map(|weight| {
            let is_trainable = weight.is_require_grad();
            let weight = weight.without_autodiff();
            let rounded = match scale {
                Some(scale) => {
                    let branch = identity(&weight);
                    let fused = round_groups(weight.clone() * scale.clone() + branch.clone(), steps);
                    let is_zero = scale.clone().abs().lower_elem(LEAST_SCALE).expand(weight.dims());
                    ((fused - branch) / scale).mask_where(is_zero, weight)
                }
                None => round_groups(weight, steps),
            };
            if is_trainable { rounded.autodiff().require_grad() } else { rounded }
        });
    }
}

/// The nearest of `steps` steps each way of the greatest number of each group ([`eight_bit::GROUP`]).
fn round_groups(filters: Tensor<4>, steps: f32) -> Tensor<4> {
    let shape = filters.dims();
    let [n_out, channel_len] = [shape[0], shape[1] * shape[2] * shape[3]];
    let padded_len = channel_len.next_multiple_of(eight_bit::GROUP);
    let channels = filters.reshape([n_out, channel_len]).pad((0, padded_len - channel_len, 0, 0), 0.0);
    let groups: Tensor<2> = channels.reshape([n_out * padded_len / eight_bit::GROUP, eight_bit::GROUP]);
    // A group of zeros has any factor.
    let factors = groups.clone().abs().max_dim(1).clamp_min(f32::MIN_POSITIVE) / steps;
    let groups = (groups / factors.clone()).round() * factors;
    groups.reshape([n_out, padded_len]).narrow(1, 0, channel_len).reshape(shape)
}

#[cfg(test)]
mod tests {
    use burn::{
        module::{Module, ModuleMapper, Param},
        optim::GradientsParams,
        tensor::{Device, Tolerance},
    };

    use super::*;
    use crate::{Architecture, Form, Training};

    fn filters(network: &Network) -> impl Iterator<Item = Vec<f32>> {
        let weights = network.convolutions.iter().map(|layer| layer.conv.weight.val());
        weights.map(|weight| weight.without_autodiff().into_data().try_into_vec().unwrap())
    }

    #[test]
    fn rounded_filters_are_those_that_are_read_back_from_eight_bits() {
        const STEPS: u8 = 15;
        let device = Device::flex();
        for architecture in Architecture::ALL {
            let trained = Network::seeded(architecture, 3, &device).varied();
            let bytes = trained.fused().to_eight_bits(STEPS).unwrap();
            let card = ModelCard { form: Form::Fused, ..ModelCard::new(architecture, &bytes, Training::default()) };
            let shipped = Network::load(&card, &bytes, &device).unwrap();
            let rounded = trained.with_rounded_filters(STEPS);
            assert_eq!(rounded.form, Form::Trained);
            for (rounded, shipped) in filters(&rounded.fused()).zip(filters(&shipped)) {
                let largest = shipped.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
                // A factor in half precision is off by 2⁻¹¹: a number about half way between two steps may go to either.
                let off = rounded.iter().zip(&shipped).filter(|(a, b)| (**a - **b).abs() > 1e-3 * largest).count();
                assert!(off * 100 <= shipped.len(), "{architecture}: {off} of {}", shipped.len());
            }
            let again = rounded.with_rounded_filters(STEPS);
            for (again, once) in filters(&again.fused()).zip(filters(&rounded.fused())) {
                assert!(again.iter().zip(once).all(|(a, b)| (a - b).abs() < 1e-4), "{architecture}: rounded twice");
            }
        }
    }

    /// Loss, and the gradient of each convolution's filters, of a step on ramps.
    fn gradients(network: &Network, device: &Device) -> Vec<Tensor<4>> {
        let ramp = Tensor::<1>::from_floats([0.3, -0.2, 0.9], device).reshape([3, 1, 1, 1]).expand([3, 1, 48, 48]);
        let loss = network.forward(ramp).powi_scalar(2).sum();
        let grads = GradientsParams::from_grads(loss.backward(), network);
        let of = |layer: &ConvNorm| grads.get::<4>(layer.conv.weight.id).expect("every layer has part in the loss");
        network.convolutions.iter().map(of).collect()
    }

    /// Copies the tensors of one network into another.
    struct Copied(std::vec::IntoIter<Vec<f32>>);

    impl ModuleMapper for Copied {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            if D < 4 {
                return param;
            }
            let values = self.0.next().expect("as many filters");
            param.map(|old| {
                let new = Tensor::<1>::from_floats(&values[..], &old.device()).reshape(old.dims());
                new.set_require_grad(old.is_require_grad())
            })
        }
    }

    #[test]
    fn gradients_are_those_of_a_network_that_has_the_rounded_filters() {
        let device = Device::flex().autodiff();
        let network = Network::seeded(Architecture::Ferrum, 3, &device);
        let rounded = network.with_rounded_filters(7);
        assert_ne!(filters(&rounded).next(), filters(&network).next());
        // The same seed: the heads are alike.
        let plain = Network::seeded(Architecture::Ferrum, 3, &device);
        let plain = plain.map(&mut Copied(filters(&rounded).collect::<Vec<_>>().into_iter()));
        let expected = gradients(&plain, &device);
        for (actual, expected) in gradients(&rounded, &device).into_iter().zip(expected) {
            actual.into_data().assert_approx_eq::<f32>(&expected.into_data(), Tolerance::rel_abs(1e-3, 1e-4));
        }
    }

    #[test]
    fn running_means_are_shared() {
        let device = Device::flex().autodiff();
        let network = Network::seeded(Architecture::Ferrum, 3, &device);
        let rounded = network.with_rounded_filters(7);
        rounded.forward(Tensor::ones([2, 1, 48, 48], &device));
        let means = |network: &Network| network.valid().convolutions[0].norm.as_ref().unwrap().running_mean.value();
        means(&network).into_data().assert_eq(&means(&rounded).into_data(), true);
        assert!(means(&network).abs().sum().into_scalar::<f32>() > 0.0);
    }

    #[test]
    fn a_channel_that_counts_for_nothing_stays_as_it_is() {
        let network = Network::seeded(Architecture::Ferrum, 3, &Device::flex());
        let mut nothing = network.clone();
        for layer in &mut nothing.convolutions {
            let norm = layer.norm.as_mut().unwrap();
            norm.gamma = norm.gamma.clone().map(|gamma| gamma.zeros_like());
        }
        let rounded = nothing.with_rounded_filters(7);
        assert_eq!(filters(&rounded).nth(2), filters(&network).nth(2), "one with a branch");
        assert!(filters(&rounded).flatten().all(f32::is_finite));
    }
}
