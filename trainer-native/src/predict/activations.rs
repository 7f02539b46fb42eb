//! The inside of the network for each face of a photo, as the page's inspector shows it.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use model_core::Maps;
use pipeline::Task;
use serde::Serialize;
use vision::{DecodeLimits, decode};

use super::Predictor;

/// What every layer makes of the faces of a photo. An entry of the JSON of `predict --activations`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhotoActivations {
    /// The file as it was given.
    pub photo: String,
    /// Id of the weights.
    pub network: String,
    /// Every face, the surest detection first.
    pub faces: Vec<FaceActivations>,
}

/// What every layer makes of one face.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaceActivations {
    /// The 48×48 grey levels that the network takes, row by row.
    pub crop: Vec<u8>,
    /// Activation maps of each layer of the convolutional part.
    pub layers: Vec<Maps>,
}

impl Predictor {
    /// What every layer makes of the faces in the file `photo`.
    pub fn activations(&self, photo: &Path) -> Result<PhotoActivations> {
        let bytes = fs::read(photo).with_context(|| format!("cannot read {}", photo.display()))?;
        let picture = decode(&bytes, DecodeLimits::default())?;
        let (_, crops) = pollster::block_on(self.engine.analyze_with_crops(picture.view(), Task::default()))?;
        let card = self.engine.classifier().card();
        let faces = crops.iter().map(|crop| self.face(crop.pixels())).collect::<Result<_>>()?;
        Ok(PhotoActivations { photo: photo.display().to_string(), network: card.id.clone(), faces })
    }

    fn face(&self, crop: &[u8]) -> Result<FaceActivations> {
        let classifier = self.engine.classifier();
        let n_layers = classifier.card().architecture.table().features.len();
        let maps = |layer| Ok(pollster::block_on(classifier.look(crop, layer))?.maps);
        Ok(FaceActivations { crop: crop.to_vec(), layers: (0..n_layers).map(maps).collect::<Result<_>>()? })
    }
}
