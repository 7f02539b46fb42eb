//! The network that reads the faces: the shipped one, a file of weights, or the best epoch of a run.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};
use model_core::{Architecture, Classifier, Device, ModelCard, Training};
use native::{read_file, read_weights, shipped_folder};
use serde::Deserialize;

/// The classifier with the weights at `path`, which must be of `network` if that is given; the shipped weights without a
/// path.
pub(crate) fn classifier(path: Option<&Path>, network: Option<Architecture>, device: Device) -> Result<Classifier> {
    let (card, bytes) = match path {
        Some(path) if path.is_dir() => read_run(path)?,
        Some(path) => read_weights(path)?,
        None => read_weights(&shipped_folder().join(format!("{}.bpk", network.unwrap_or_default())))?,
    };
    let found = card.architecture;
    if let (Some(path), Some(network)) = (path, network)
        && found != network
    {
        bail!("{}: expected weights of the network {network}, got those of {found}", path.display());
    }
    Ok(Classifier::new(card, &bytes, device)?)
}

/// The best epoch of the run in the folder `run`, as `trainer-native train` leaves it: `best-EEEE.bpk`, the latest if there
/// are several, of the network that `run.json` names.
fn read_run(run: &Path) -> Result<(ModelCard, Vec<u8>)> {
    #[derive(Deserialize)]
    struct Config {
        network: Architecture,
    }
    let path = run.join("run.json");
    let json =
        fs::read(&path).with_context(|| format!("cannot read {}; is it the folder of a run?", path.display()))?;
    let Config { network } = serde_json::from_slice(&json)
        .with_context(|| format!("{}: expected the configuration of a run", path.display()))?;
    let entries = fs::read_dir(run).with_context(|| format!("cannot read {}", run.display()))?;
    let is_best =
        |name: &String| name.starts_with("best-") && Path::new(name).extension().is_some_and(|it| it == "bpk");
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let Some(best) = names.filter(is_best).max() else {
        bail!("{}: expected a run with a whole epoch, got none", run.display())
    };
    let bytes = read_file(&run.join(best))?;
    Ok((ModelCard::new(network, &bytes, Training::default()), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::Network;

    #[test]
    fn a_run_gives_its_latest_best_epoch() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path();
        let open = || classifier(Some(run), Some(Architecture::Small), Device::flex());
        let error = |result: Result<Classifier>| format!("{:#}", result.err().unwrap());
        assert!(error(open()).contains("is it the folder of a run?"));
        fs::write(run.join("run.json"), r#"{"network": "small", "epochs": 3}"#).unwrap();
        assert!(error(open()).contains("expected a run with a whole epoch, got none"));
        for (name, seed) in [("best-0001.bpk", 1), ("best-0010.bpk", 2)] {
            let network = Network::seeded(Architecture::Small, seed, &Device::flex());
            fs::write(run.join(name), network.to_half_precision().unwrap()).unwrap();
        }
        let latest = model_core::sha256_hex(&fs::read(run.join("best-0010.bpk")).unwrap());
        assert_eq!(open().unwrap().card().sha256, latest);
        let other = classifier(Some(run), Some(Architecture::UNet), Device::flex());
        assert!(error(other).contains("expected weights of the network unet, got those of small"));
    }
}
