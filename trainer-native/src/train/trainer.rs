//! Steps and epochs.

use std::{path::Path, thread, time::Instant};

use anyhow::{Context, Result, bail};
use burn::tensor::{Device, Tensor};
use model_core::Network;
use native::write_file;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::{
    TrainConfig,
    batch::{Batch, Batcher, priors},
    checkpoint::{Checkpoint, Position},
    ema::ema_update,
    folder::{best_file, is_best_file, remove_files},
    metrics_log::{EpochMetrics, MetricsLog},
    parallel::{Loss, Replica, gradients},
    prefetcher::Prefetcher,
    progress::Progress,
};
use crate::{data::Split, outputs::Reader};

/// A run that goes on.
pub(super) struct Trainer<'a> {
    pub(super) config: &'a TrainConfig,
    pub(super) training: &'a Split,
    /// Steps of an epoch.
    pub(super) n_steps: usize,
    pub(super) run: &'a Path,
    /// The first has the network.
    pub(super) replicas: &'a [Replica],
    /// Their names.
    pub(super) device_name: &'a str,
    pub(super) checkpoint: Checkpoint,
    /// Losses of the last steps that are not in the position's sum yet.
    pub(super) unread: Vec<Loss>,
    pub(super) progress: Progress,
}

/// Steps after which losses are read: reading waits for the device, which could do the next steps meanwhile.
const READ_LOSSES_EVERY: usize = 10;

impl Trainer<'_> {
    /// The rest of the current epoch; `false` if interrupted. While a step is done, the next batches are made.
    pub(super) fn epoch(&mut self, interrupted: &dyn Fn() -> bool) -> Result<bool> {
        let Self { config, training: pictures, .. } = *self;
        let TrainConfig { recipe, seed, epochs: n_epochs, batch_size, .. } = config;
        let (epoch, done) = (self.checkpoint.position.epoch, self.checkpoint.position.step);
        let order = order(pictures.len(), *seed, epoch);
        let n_features = config.network.table().output().channels;
        let priors = priors(recipe, pictures);
        let batcher = Batcher { recipe, pictures, seed: *seed, epoch, n_epochs: *n_epochs, n_features, priors };
        let steps = order.chunks(*batch_size).enumerate().skip(done);
        thread::scope(|scope| {
            let make = move |(step, indices): (usize, &[usize])| batcher.batch(step, indices);
            let prefetched = Prefetcher::start(scope, steps, make).context("cannot start a thread")?;
            let mut start = Instant::now();
            for batch in prefetched {
                if interrupted() {
                    self.read_losses(&mut start)?;
                    return Ok(false);
                }
                self.step_and_count(batch, &mut start)?;
            }
            self.read_losses(&mut start)?;
            Ok(true)
        })
    }

    /// Do a step and count it; `start` is when the last one ended.
    fn step_and_count(&mut self, batch: Batch, start: &mut Instant) -> Result<()> {
        let loss = self.step(batch);
        self.unread.push(loss);
        self.checkpoint.position.step += 1;
        if self.unread.len() >= READ_LOSSES_EVERY {
            self.read_losses(start)?;
        }
        let position = &mut self.checkpoint.position;
        position.secs += start.elapsed().as_secs_f64();
        *start = Instant::now();
        let n_seen = (position.step * self.config.batch_size) as f64;
        self.progress.step(position.epoch + 1, n_seen / position.secs);
        Ok(())
    }

    /// Add the losses of the last steps to the position's sum, which waits until the device has done them.
    fn read_losses(&mut self, start: &mut Instant) -> Result<()> {
        if self.unread.is_empty() {
            return Ok(());
        }
        let losses = Tensor::cat(std::mem::take(&mut self.unread), 0).into_data();
        let position = &mut self.checkpoint.position;
        for loss in losses.iter::<f64>() {
            check_finite(loss, position.epoch)?;
            position.loss_sum += loss;
        }
        position.secs += start.elapsed().as_secs_f64();
        *start = Instant::now();
        Ok(())
    }

    /// One step on `batch`; its mean loss before it.
    fn step(&mut self, batch: Batch) -> Loss {
        let TrainConfig { recipe, epochs, learning_rate, .. } = self.config;
        let Position { epoch, step, .. } = self.checkpoint.position;
        let n_done = epoch * self.n_steps + step;
        let rate = learning_rate * recipe.schedule.share(n_done, epochs * self.n_steps, self.n_steps);
        let network = self.checkpoint.network.clone();
        let (loss, grads) = gradients(&recipe.rounded(&network), batch, self.config.shards, recipe, self.replicas);
        self.checkpoint.network = self.checkpoint.optimizer.step(rate, network, grads);
        if let (Some(decay), Some(average)) = (recipe.average, self.checkpoint.average.take()) {
            self.checkpoint.average = Some(ema_update(average, &self.checkpoint.network, decay, n_done));
        }
        loss
    }

    /// Measure the epoch that is done: its figures, and the network that has them.
    pub(super) fn measure(&self, held_out: &Split) -> Result<(EpochMetrics, Network)> {
        let network = self.config.recipe.rounded(&self.checkpoint.to_measure());
        let (val_loss, val_accuracy) =
            validate(&network, held_out, &self.replicas[0].device, self.checkpoint.position.epoch)?.unzip();
        let Position { epoch, step, loss_sum, secs } = self.checkpoint.position;
        let metrics = EpochMetrics {
            epoch: epoch + 1,
            train_loss: loss_sum / step as f64,
            val_loss,
            val_accuracy,
            secs,
            images_per_sec: self.training.len() as f64 / secs,
            device: Some(self.device_name.into()),
        };
        Ok((metrics, network))
    }

    /// Note and save the epoch that is done.
    pub(super) fn keep(
        &mut self,
        metrics: &EpochMetrics,
        network: &Network,
        metrics_log: &mut MetricsLog,
    ) -> Result<()> {
        // Weights, then the metrics that choose them, then the checkpoint: a kill anywhere loses at most this epoch.
        let is_best = metrics_log.would_choose(metrics);
        if is_best {
            write_file(&self.run.join(best_file(metrics.epoch)), &network.to_half_precision()?)?;
        }
        metrics_log.append(metrics.clone())?;
        self.checkpoint.position = Position { epoch: metrics.epoch, ..Position::default() };
        self.checkpoint.save(self.run)?;
        if is_best {
            remove_files(self.run, |name| is_best_file(name) && name != best_file(metrics.epoch))?;
        }
        self.progress.epoch(metrics, is_best);
        Ok(())
    }
}

/// Loss and accuracy on `held_out`; `None` if it is empty.
fn validate(network: &Network, held_out: &Split, device: &Device, epoch: usize) -> Result<Option<(f64, f64)>> {
    if held_out.is_empty() {
        return Ok(None);
    }
    let outputs = Reader::of_network(network.clone(), device).read(held_out);
    let outputs = outputs.with_context(|| format!("after epoch {}; try a smaller --lr", epoch + 1))?;
    outputs.loss_and_accuracy(held_out).map(Some)
}

fn check_finite(loss: f64, epoch: usize) -> Result<()> {
    if !loss.is_finite() {
        bail!("the loss became {loss} in epoch {}; try a smaller --lr", epoch + 1);
    }
    Ok(())
}

/// The pictures of `n` in the order of `epoch`; the same for the same seed on every machine.
fn order(n: usize, seed: u64, epoch: usize) -> Vec<usize> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(epoch as u64);
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(&mut rng);
    order
}
