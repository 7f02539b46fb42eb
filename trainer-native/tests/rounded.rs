//! Filters that are rounded in training are the ones that are shipped.

use anyhow::Result;
use indicatif::MultiProgress;
use model_core::{Architecture, Device, ModelCard, Normalisation, input};
use trainer_native::{
    device::NamedDevice,
    study::generated,
    train::{self, Initialisation, Recipe, RecipeFile, RunDefaults, TrainConfig, TrainObserver},
    weights::Weights,
};

/// So few that rounding changes much.
const STEPS: u8 = 3;

/// The greatest difference of a logit of the weights that a run kept, and of those that are shipped of them, in as few steps.
fn loss_by_shipping(filter_steps: Option<u8>) -> Result<f32> {
    let pictures = generated().training.subset(&(0..16).collect::<Vec<_>>());
    let run = RunDefaults { epochs: 1, batch_size: 8, learning_rate: 1e-3 };
    let recipe = Recipe { filter_steps, average: Some(0.9), ..Recipe::study() };
    let config = TrainConfig::new(Architecture::Ferrum, RecipeFile { run, recipe }, &pictures);
    let (folder, device) = (tempfile::tempdir()?, Device::flex());
    let devices = [NamedDevice { device: device.clone(), name: "CPU" }];
    let observer = TrainObserver { bars: &MultiProgress::new(), interrupted: &|| false };
    let nothing = Initialisation::default();
    train::train(&config, [&pictures, &pictures], &nothing, folder.path(), &devices, &observer)?;
    let kept = Weights::of_run(folder.path())?;
    assert_eq!(kept.card.filter_steps, filter_steps.unwrap_or(ModelCard::MAX_FILTER_STEPS));
    let card = ModelCard { filter_steps: STEPS, ..kept.card.clone() };
    let shipped = Weights { card, ..kept.clone() }.fused(&device)?;
    assert_eq!(shipped.card.filter_steps, STEPS);
    let faces: Vec<&[u8]> = pictures.faces().collect();
    let logits = |weights: &Weights| -> Result<_> {
        Ok(weights.network(&device)?.forward(input::batch(&faces, Normalisation::SYMMETRIC, &device)))
    };
    Ok((logits(&kept)? - logits(&shipped)?).abs().max().into_scalar())
}

#[test]
fn a_run_that_rounds_loses_nothing_by_shipping() {
    let (rounded, unrounded) = (loss_by_shipping(Some(STEPS)).unwrap(), loss_by_shipping(None).unwrap());
    // Half precision alone.
    assert!(rounded < 0.02 && unrounded > 10.0 * rounded, "{rounded} rounded, {unrounded} unrounded");
}
