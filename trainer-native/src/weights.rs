//! Weights with their card: the shipped ones, a file, or the best epoch of a run.

use std::path::Path;

use anyhow::{Result, bail};
use model_core::{
    Architecture, Classifier, ConvMethod, Device, Emotion, Form, Kernel, ModelCard, Network, Normalisation, TrainOn,
    Training, input, sha256_hex,
};
pub use native::{SHIPPED, shipped_folder};
use native::{read_file, read_weights};

use crate::{
    data::Split,
    outputs::EVAL_BATCH,
    train::{self, RecipeFile, TrainConfig},
};

/// A card and the bytes that it speaks of; not yet checked against each other.
#[derive(Clone, Debug)]
pub struct Weights {
    /// Their card.
    pub card: ModelCard,
    /// The file of weights.
    pub bytes: Vec<u8>,
}

impl Weights {
    /// The weights of `architecture` that come with the project.
    pub fn shipped(architecture: Architecture) -> Result<Self> {
        Self::file(&shipped_folder().join(format!("{architecture}.bpk")))
    }

    /// Weights of `architecture` at `path`: a `.bpk` with its card, a `.json`, beside it; or the folder of a run.
    pub fn at(path: &Path, architecture: Architecture) -> Result<Self> {
        let weights = Self::of_any(path)?;
        let found = weights.card.architecture;
        if found != architecture {
            bail!("{}: expected weights of the network {architecture}, got those of {found}", path.display());
        }
        Ok(weights)
    }

    /// Weights of whatever network at `path`, a file or the folder of a run as for [`Weights::at`].
    pub fn of_any(path: &Path) -> Result<Self> {
        if path.is_dir() { Self::of_run(path) } else { Self::file(path) }
    }

    /// The network in the form that is trained, to go on training it on `pictures`.
    pub fn trained_network(&self, pictures: &Split, device: &Device) -> Result<Network> {
        let faces: Vec<&[u8]> = pictures.faces().take(EVAL_BATCH).collect();
        Ok(self.network(device)?.unfused(&input::batch(&faces, self.card.normalisation, device)))
    }

    /// The same weights as they are shipped: all convolutions fused, and filters in eight bits.
    pub fn fused(self, device: &Device) -> Result<Self> {
        let bytes = self.network(device)?.fused().to_eight_bits(self.card.filter_steps)?;
        let (sha256, n_bytes) = (sha256_hex(&bytes), bytes.len());
        let fused =
            ModelCard { form: Form::Fused, sha256, bytes: n_bytes, calibration: None, figures: vec![], ..self.card };
        Ok(Self { card: fused, bytes })
    }

    /// Refuses weights that must not be begun with or learned from: that have seen the pictures which a run measures on, or
    /// whose outputs or inputs are in another form than a run's.
    pub fn check_for_training(&self, train_on: TrainOn) -> Result<()> {
        let ModelCard { id, labels, normalisation, training, .. } = &self.card;
        if train_on == TrainOn::Training && training.train_on == TrainOn::All {
            bail!(
                "expected weights that have not seen the test pictures, got `{id}`, which was trained on all of them: no \
                 figures could be had of the result; --train-on all takes them"
            );
        }
        if (*labels, *normalisation) != (Emotion::ALL, Normalisation::SYMMETRIC) {
            bail!("expected weights with this program's order of labels and normalisation, got `{id}` with others");
        }
        Ok(())
    }

    /// The weights at `path` if it is given, else the shipped ones.
    pub fn at_or_shipped(path: Option<&Path>, architecture: Architecture) -> Result<Self> {
        path.map_or_else(|| Self::shipped(architecture), |path| Self::at(path, architecture))
    }

    /// The best epoch of the run in the folder `run`, as a card without figures.
    pub fn of_run(run: &Path) -> Result<Self> {
        let config = train::read_config(run)?;
        let epochs = train::read_metrics(&run.join(train::METRICS))?;
        let Some(chosen) = train::chosen(&epochs) else {
            bail!("{}: expected a run with a whole epoch, got none", run.display())
        };
        let bytes = read_file(&run.join(train::best_file(chosen.epoch)))?;
        Ok(Self::trained(&config, epochs.len(), chosen.epoch, bytes))
    }

    /// The last epoch of the run in the folder `run`, in half precision, as a card without figures.
    pub fn last_of_run(run: &Path, device: &Device) -> Result<Self> {
        let config = train::read_config(run)?;
        let epochs = train::read_metrics(&run.join(train::METRICS))?.len();
        let Some(network) = train::last_network(run, device)? else {
            bail!("{}: expected a run with a checkpoint, got none", run.display())
        };
        Ok(Self::trained(&config, epochs, epochs, network.to_half_precision()?))
    }

    /// The weights of an epoch of the run by `config`, with a card without figures.
    fn trained(config: &TrainConfig, epochs: usize, epoch: usize, bytes: Vec<u8>) -> Self {
        let card = ModelCard::new(config.network, &bytes, training(config, epochs, epoch));
        let filter_steps = config.recipe.filter_steps.unwrap_or(card.filter_steps);
        Self { card: ModelCard { filter_steps, ..card }, bytes }
    }

    /// The network with these weights, checked against the card.
    pub fn network(&self, device: &Device) -> Result<Network> {
        Ok(Network::load(&self.card, &self.bytes, device)?)
    }

    /// The same, ready for pictures of faces.
    pub fn classifier(self, device: Device) -> Result<Classifier> {
        Ok(Classifier::new(self.card, &self.bytes, device)?)
    }

    fn file(path: &Path) -> Result<Self> {
        let (card, bytes) = read_weights(path)?;
        Ok(Self { card, bytes })
    }
}

fn training(config: &TrainConfig, epochs: usize, chosen_epoch: usize) -> Training {
    let TrainConfig { network, batch_size, learning_rate, seed, train_on, n_train, data_sha256, method, .. } =
        config.clone();
    // Files are not named by path, which says nothing on another machine.
    let recipe = if config.recipe == RecipeFile::of(network).recipe { "" } else { " --recipe FILE" };
    let weights = |flag: &str, sha256: &String| format!(" --{flag} WEIGHTS-OF-SHA256-{sha256}");
    let from = config.begun_from.iter().map(|sha256| weights("from", sha256));
    let others: String = from.chain(config.teachers.iter().map(|sha256| weights("teacher", sha256))).collect();
    let devices = if config.shards > 1 { format!(" --devices {}", config.shards) } else { String::new() };
    let ConvMethod { kernel, precision } = method;
    let kernel = if kernel == Kernel::default() { String::new() } else { format!(" --kernel {kernel}") };
    let all = if train_on == TrainOn::All { " --train-on all" } else { "" };
    let command = format!(
        "cargo run -p trainer-native -- train {network}{recipe} --epochs {epochs} --batch-size {batch_size} \
         --lr {learning_rate} --seed {seed}{devices}{kernel} --precision {precision}{others}{all}"
    );
    Training { command, train_on, n: n_train, epochs, chosen_epoch, seed, data_sha256 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_that_spoil_a_run_s_figures_or_mean_something_else_are_refused() {
        let shipped = Weights::shipped(Architecture::Small).unwrap();
        shipped.check_for_training(TrainOn::Training).unwrap();
        let mut of_all = shipped.clone();
        of_all.card.training.train_on = TrainOn::All;
        let error = of_all.check_for_training(TrainOn::Training).unwrap_err().to_string();
        assert!(error.contains("got `small`, which was trained on all of them"), "{error}");
        of_all.check_for_training(TrainOn::All).unwrap();
        let mut turned = shipped;
        turned.card.labels.reverse();
        let error = turned.check_for_training(TrainOn::Training).unwrap_err().to_string();
        assert!(error.ends_with("got `small` with others"), "{error}");
    }

    #[test]
    fn what_a_card_says_of_its_weights_survives_fusion() {
        let mut weights = Weights::shipped(Architecture::Small).unwrap();
        weights.card.labels.reverse();
        weights.card.note = Some("known".into());
        weights.card.filter_steps = 15;
        let fused = weights.fused(&Device::flex()).unwrap();
        assert_eq!((fused.card.labels[0], fused.card.note.as_deref()), (Emotion::ALL[6], Some("known")));
        assert_eq!((fused.card.bytes, &fused.card.sha256), (fused.bytes.len(), &sha256_hex(&fused.bytes)));
        assert_eq!((fused.clone().fused(&Device::flex()).unwrap().bytes, fused.card.filter_steps), (fused.bytes, 15));
    }
}
