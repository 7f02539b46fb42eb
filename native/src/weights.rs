//! Files of weights with their cards.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use model_core::ModelCard;

/// Where the page's weights are, under the project's folder.
pub const SHIPPED: &str = "www/models";

/// The card and the bytes of the weights in the file `path`, a `.bpk`, with the card, a `.json`, beside it. They are not yet
/// checked against each other.
pub fn read_weights(path: &Path) -> Result<(ModelCard, Vec<u8>)> {
    let bytes = read_file(path)?;
    let card_path = path.with_extension("json");
    let card = ModelCard::from_json(&read_file(&card_path)?);
    Ok((card.with_context(|| card_path.display().to_string())?, bytes))
}

/// `www/models` here, or where this was built.
pub fn shipped_folder() -> PathBuf {
    let here = PathBuf::from(SHIPPED);
    if here.is_dir() { here } else { Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(SHIPPED) }
}

/// The bytes of a file, or an error that names it.
pub fn read_file(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
