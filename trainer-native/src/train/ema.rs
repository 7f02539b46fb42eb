//! A moving average of the weights: less noise than the weights of any one step.

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    tensor::Tensor,
};
use model_core::Network;

/// `average` moved towards `network` after `n_steps` steps: each number keeps the share `decay`, at first less
/// (as TensorFlow's `ExponentialMovingAverage` with `num_updates`), so that the first weights are soon forgotten.
/// Running means and variances are averaged as well.
pub(super) fn ema_update(average: Network, network: &Network, decay: f64, n_steps: usize) -> Network {
    let decay = decay.min((1.0 + n_steps as f64) / (10.0 + n_steps as f64));
    let mut collect = Collect(vec![]);
    network.valid().visit(&mut collect);
    average.map(&mut EmaMapper { towards: collect.0.into_iter(), decay })
}

/// Every number of a network, a flat tensor each, in order.
struct Collect(Vec<Tensor<1>>);

impl ModuleVisitor for Collect {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        let len = tensor.shape().num_elements();
        self.0.push(tensor.reshape([len]));
    }
}

struct EmaMapper {
    towards: std::vec::IntoIter<Tensor<1>>,
    decay: f64,
}

impl ModuleMapper for EmaMapper {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let target = self.towards.next().expect("both are of one architecture");
        param.map(|tensor| {
            let target = target.reshape(tensor.shape());
            tensor.mul_scalar(self.decay) + target.mul_scalar(1.0 - self.decay)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::{Architecture, Device, INPUT_SIDE};

    fn numbers(network: &Network) -> Vec<f32> {
        let mut collect = Collect(vec![]);
        network.visit(&mut collect);
        collect.0.into_iter().flat_map(|tensor| tensor.into_data().try_into_vec::<f32>().unwrap()).collect()
    }

    #[test]
    fn each_number_moves_by_its_share() {
        let device = Device::flex();
        let [old, new] = [1, 2].map(|seed| Network::seeded(Architecture::Ferrum, seed, &device));
        let trained = new.train();
        trained.forward(Tensor::ones([2, 1, INPUT_SIDE, INPUT_SIDE], &device)); // moves the running means
        let (before, towards) = (numbers(&old), numbers(&trained.valid()));
        for (n_steps, decay) in [(10_000, 0.9), (0, 0.1)] {
            // `valid`: clones share their running means.
            let after = numbers(&ema_update(old.valid(), &trained, 0.9, n_steps));
            let expected = before.iter().zip(&towards).map(|(a, b)| decay * a + (1.0 - decay) * b);
            assert!(after.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{n_steps}");
        }
    }
}
