//! Weights with their card: the shipped ones, a file, or the best epoch of a run.

use std::path::Path;

use anyhow::{Result, bail};
use model_core::{Architecture, Classifier, ConvMethod, Device, Form, ModelCard, Network, TrainOn, Training, input};
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
        let bytes = self.network(device)?.fused().to_eight_bits()?;
        let Self { card, .. } = self;
        let fused = ModelCard { form: Form::Fused, ..ModelCard::new(card.architecture, &bytes, card.training) };
        Ok(Self { card: ModelCard { id: card.id, ..fused }, bytes })
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
        let training = training(&config, epochs.len(), chosen.epoch);
        Ok(Self { card: ModelCard::new(config.network, &bytes, training), bytes })
    }

    /// The last epoch of the run in the folder `run`, in half precision, as a card without figures.
    pub fn last_of_run(run: &Path, device: &Device) -> Result<Self> {
        let config = train::read_config(run)?;
        let epochs = train::read_metrics(&run.join(train::METRICS))?.len();
        let Some(network) = train::last_network(run, device)? else {
            bail!("{}: expected a run with a checkpoint, got none", run.display())
        };
        let bytes = network.to_half_precision()?;
        let training = training(&config, epochs, epochs);
        Ok(Self { card: ModelCard::new(config.network, &bytes, training), bytes })
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
    let default = ConvMethod::default();
    let kernel = (method.kernel != default.kernel).then(|| format!(" --kernel {}", method.kernel));
    let precision = (method.precision != default.precision).then(|| format!(" --precision {}", method.precision));
    let method = kernel.into_iter().chain(precision).collect::<String>();
    let all = if train_on == TrainOn::All { " --train-on all" } else { "" };
    let command = format!(
        "cargo run -p trainer-native -- train {network}{recipe} --epochs {epochs} --batch-size {batch_size} \
         --lr {learning_rate} --seed {seed}{devices}{method}{others}{all}"
    );
    Training { command, train_on, n: n_train, epochs, chosen_epoch, seed, data_sha256 }
}
