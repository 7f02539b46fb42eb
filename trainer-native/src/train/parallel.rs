//! A step's loss and gradients, by several devices at once: data parallelism, as Burn's own learner does it for many
//! devices. Each shard of a batch goes through a replica of the network; the gradients are summed on the first device.

use std::{panic::resume_unwind, thread};

use burn::{
    module::Module,
    optim::{GradientsAccumulator, GradientsParams},
    tensor::{Device, Tensor},
};
use model_core::{ConvMethod, Network};

use super::{batch::Batch, objective, recipe::Recipe};

/// A device on which a copy of the network does its shards of each batch, with copies of the teachers.
pub(super) struct Replica {
    pub(super) device: Device,
    pub(super) teachers: Vec<Network>,
}

impl Replica {
    pub(super) fn new(device: &Device, teachers: &[Network], method: ConvMethod) -> Self {
        // `valid`: clones share their running means, which would move as well.
        let teachers = teachers.iter().map(|teacher| teacher.valid().to_device(device).with_method(method));
        Self { device: device.clone(), teachers: teachers.collect() }
    }

    /// Loss and gradients of `network`, which is on this device. `share` is that of `batch` in the whole step.
    fn gradients(&self, network: &Network, batch: Batch, share: f32, recipe: &Recipe) -> (Loss, GradientsParams) {
        let loss = objective::loss(network, batch.on(&self.device.clone().autodiff()), &self.teachers, recipe);
        let loss = if share < 1.0 { loss * share } else { loss };
        let value = loss.clone().without_autodiff();
        (value, GradientsParams::from_grads(loss.backward(), network))
    }
}

/// A loss that is still on its device, so that the device need not be waited for. Shape `[1]`.
pub(super) type Loss = Tensor<1>;

/// Mean loss of a batch that is cut into `n_shards`, and the gradients of `network`, which is on the first of `replicas`.
///
/// Each shard is normalised by its own statistics; the running ones are those of the first, as in PyTorch's
/// `DistributedDataParallel`. So the result depends on the number of shards, and not on that of devices.
pub(super) fn gradients(
    network: &Network,
    batch: Batch,
    n_shards: usize,
    recipe: &Recipe,
    replicas: &[Replica],
) -> (Loss, GradientsParams) {
    let n = batch.n as f32;
    let mut shards = batch.split(n_shards).into_iter();
    let (first, here) = (shards.next().expect("a batch has pictures"), &replicas[0]);
    let mut others: Vec<Vec<(usize, Batch)>> = replicas.iter().map(|_| vec![]).collect();
    shards.enumerate().for_each(|(i, shard)| others[(i + 1) % replicas.len()].push((i, shard)));
    let copy_to = |device: &Device| network.valid().fork(device).train();
    let of_replicas = |replica: &Replica, shards: Vec<(usize, Batch)>| {
        let found = shards.into_iter().map(|(i, shard)| {
            let (network, share) = (copy_to(&replica.device), shard.n as f32 / n);
            (i, replica.gradients(&network, shard, share, recipe))
        });
        found.collect::<Vec<_>>()
    };
    let mut queues = others.into_iter();
    let own = queues.next().expect("there is a device");
    let (found, mut more) = thread::scope(|scope| {
        let busy =
            replicas[1..].iter().zip(queues).map(|(replica, shards)| scope.spawn(|| of_replicas(replica, shards)));
        let busy: Vec<_> = busy.collect();
        let share = first.n as f32 / n;
        let found = here.gradients(network, first, share, recipe);
        let mut more = of_replicas(here, own);
        more.extend(busy.into_iter().flat_map(|device| device.join().unwrap_or_else(|panic| resume_unwind(panic))));
        (found, more)
    });
    if more.is_empty() {
        return found;
    }
    more.sort_by_key(|(i, _)| *i); // always the same sum
    let (mut loss, grads) = found;
    let mut sum = GradientsAccumulator::new();
    sum.accumulate(network, grads);
    for (_, (more_loss, grads)) in more {
        loss = loss + more_loss.to_device(&here.device);
        sum.accumulate(network, grads.to_device(&here.device, network));
    }
    (loss, sum.grads())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        data::{FACE_LEN, Split},
        train::{Optimizer, batch::Batcher},
    };
    use model_core::{Architecture, Emotion};

    /// Loss and filters after a step on four pictures, the last two those of the first two.
    fn step(n_shards: usize, n_devices: usize) -> (f32, Vec<f32>) {
        let mut pictures = Split::default();
        for i in 0..2 {
            let face: Vec<u8> = (0..FACE_LEN).map(|at| (at * (i + 3) % 251) as u8).collect();
            pictures.push(&face, Emotion::ALL[i]);
        }
        let recipe = Recipe::study();
        let batcher = Batcher {
            recipe: &recipe,
            pictures: &pictures,
            seed: 1,
            epoch: 0,
            n_epochs: 1,
            n_features: 1,
            priors: None,
        };
        let device = Device::flex();
        let replicas: Vec<Replica> =
            (0..n_devices).map(|_| Replica::new(&device, &[], ConvMethod::default())).collect();
        let network = Network::seeded(Architecture::Small, 1, &device.autodiff());
        let (loss, grads) = gradients(&network, batcher.batch(0, &[0, 1, 0, 1]), n_shards, &recipe, &replicas);
        let mut optimizer = Optimizer::Sgd { momentum: 0.9, weight_decay: 0.0 }.build();
        let filters = optimizer.step(0.1, network, grads).filters();
        (
            loss.into_scalar(),
            filters.into_iter().flat_map(|maps| maps.into_data().try_into_vec::<f32>().unwrap()).collect(),
        )
    }

    #[test]
    fn shards_of_the_same_statistics_give_the_step_of_the_whole_batch() {
        let (whole, expected) = step(1, 1);
        for n_devices in [1, 2] {
            let (loss, filters) = step(2, n_devices);
            assert!((loss - whole).abs() < 1e-5, "{loss} for {whole}");
            assert!(filters.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-4), "{n_devices} devices");
        }
        assert_ne!(step(4, 1).1, expected, "shards of one picture have other statistics");
    }
}
