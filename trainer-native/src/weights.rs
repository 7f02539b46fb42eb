//! Weights with their card: the shipped ones, a file, or the best epoch of a run.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use model_core::{
    Architecture, Classifier, Device, Emotion, INPUT_SIDE, LayerSummary, ModelCard, Network, Normalisation, Training,
    sha256_hex,
};

use crate::train::{self, EpochMetrics, TrainConfig};

/// Where the page's weights are, under the project's folder.
pub const SHIPPED: &str = "www/models";

/// A card and the bytes that it speaks of; not yet checked against each other.
#[derive(Clone, Debug)]
pub struct Weights {
    /// What is known of them.
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
        let weights = if path.is_dir() { Self::of_run(path)? } else { Self::file(path)? };
        let found = weights.card.architecture;
        if found != architecture {
            bail!("{}: expected weights of the network {architecture}, got those of {found}", path.display());
        }
        Ok(weights)
    }

    /// Those given by `path` if there is one, else the shipped ones.
    pub fn at_or_shipped(path: Option<&Path>, architecture: Architecture) -> Result<Self> {
        path.map_or_else(|| Self::shipped(architecture), |path| Self::at(path, architecture))
    }

    /// The best epoch of the run in the folder `run`, as a card without figures.
    pub fn of_run(run: &Path) -> Result<Self> {
        let config = train::read_config(run)?;
        let epochs = train::read_metrics(&run.join(train::JOURNAL))?;
        let Some(chosen) = chosen(&epochs) else {
            bail!("{}: expected a run with a whole epoch, got none", run.display())
        };
        let bytes = read(&run.join(train::BEST))?;
        Ok(Self { card: card(&config, epochs.len(), chosen.epoch, &bytes), bytes })
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
        let bytes = read(path)?;
        let card_path = path.with_extension("json");
        let card = ModelCard::from_json(&read(&card_path)?);
        Ok(Self { card: card.with_context(|| card_path.display().to_string())?, bytes })
    }
}

/// `www/models` here, or where this was built.
pub fn shipped_folder() -> PathBuf {
    let here = PathBuf::from(SHIPPED);
    if here.is_dir() { here } else { Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(SHIPPED) }
}

/// The epoch that training kept: the greatest held-out accuracy, then the least held-out loss, then the first.
fn chosen(epochs: &[EpochMetrics]) -> Option<&EpochMetrics> {
    let better = |a: &EpochMetrics, b: &EpochMetrics| (b.val_accuracy, -b.val_loss) > (a.val_accuracy, -a.val_loss);
    epochs.iter().reduce(|best, epoch| if better(best, epoch) { epoch } else { best })
}

fn card(config: &TrainConfig, epochs: usize, chosen_epoch: usize, bytes: &[u8]) -> ModelCard {
    let layers = config.network.table().summary();
    let sum = |of: fn(&LayerSummary) -> usize| layers.iter().map(of).sum();
    let TrainConfig { network, batch_size, learning_rate, seed, n_train, .. } = *config;
    ModelCard {
        format: ModelCard::FORMAT,
        id: network.id().into(),
        architecture: network,
        sha256: sha256_hex(bytes),
        bytes: bytes.len(),
        labels: Emotion::ALL,
        input_side: INPUT_SIDE,
        normalisation: Normalisation::SYMMETRIC,
        parameters: sum(|layer| layer.parameters),
        macs: sum(|layer| layer.macs),
        figures: vec![],
        training: Training {
            command: format!(
                "cargo run -p trainer-native -- train {network} --epochs {epochs} --batch-size {batch_size} \
                 --lr {learning_rate} --seed {seed}"
            ),
            n: n_train,
            epochs,
            chosen_epoch,
            seed,
        },
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(epoch: usize, val_accuracy: f64, val_loss: f64) -> EpochMetrics {
        EpochMetrics { epoch, train_loss: 1.0, val_loss, val_accuracy, secs: 1.0, images_per_sec: 1.0 }
    }

    #[test]
    fn the_chosen_epoch_is_the_most_accurate_then_the_surest_then_the_first() {
        let epochs = [(0.4, 1.2), (0.5, 1.4), (0.5, 1.3), (0.5, 1.3), (0.45, 1.1)];
        let epochs: Vec<_> = (1..).zip(epochs).map(|(i, (accuracy, loss))| epoch(i, accuracy, loss)).collect();
        assert_eq!(chosen(&epochs).map(|epoch| epoch.epoch), Some(3));
        assert_eq!(chosen(&epochs[..1]).map(|epoch| epoch.epoch), Some(1));
        assert!(chosen(&[]).is_none());
    }
}
