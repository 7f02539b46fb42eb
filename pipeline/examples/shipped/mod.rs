//! The detector and the network that come with the project.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use model_core::{BlazeFace, BlazeRange, Classifier, Device, ModelCard};
use pipeline::{BlazeDetector, Engine};

/// `BlazeFace` and the default network from `www/models`, on the CPU.
pub(crate) fn engine() -> Result<Engine<BlazeDetector, Classifier>> {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../www/models");
    let read = |name: &str| fs::read(models.join(name)).with_context(|| format!("cannot read {name}"));
    let device = Device::flex();
    let (card, weights) = (read("blazeface-short.json")?, read("blazeface-short.safetensors")?);
    let mut detector = BlazeDetector::new(BlazeFace::load(BlazeRange::Short, &card, &weights, &device)?);
    let (card, weights) = (read("blazeface-full.json")?, read("blazeface-full.safetensors")?);
    detector.add_full(BlazeFace::load(BlazeRange::Full, &card, &weights, &device)?);
    let card = ModelCard::from_json(&read("ferrum.json")?)?;
    Ok(Engine::new(detector, Classifier::new(card, &read("ferrum.bpk")?, device)?))
}
