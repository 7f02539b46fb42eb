//! The inside of the network for each face of a photo, as the page's inspector shows it.

use std::path::Path;

use anyhow::Result;
use model_core::Maps;
use serde::Serialize;
use vision::FaceCrop;

use crate::predictor::Predictor;

/// The activation maps of all faces of a photo. An entry of the JSON of `--activations`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct PhotoActivations {
    /// The file as it was given.
    pub photo: String,
    /// Id of the weights.
    pub network: String,
    /// Every face, in the order of their numbers.
    pub faces: Vec<FaceActivations>,
}

/// The activation maps of one face.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct FaceActivations {
    /// The 48×48 grey levels that the network takes, row by row.
    pub crop: Vec<u8>,
    /// Activation maps of each layer of the convolutional part.
    pub layers: Vec<Maps>,
}

impl Predictor {
    /// The activation maps of the faces with these `crops` in the file `photo`.
    pub(crate) fn activations(&self, photo: &Path, crops: &[FaceCrop]) -> Result<PhotoActivations> {
        let network = self.engine.classifier().card().id.clone();
        let faces = crops.iter().map(|crop| self.face(crop.pixels())).collect::<Result<_>>()?;
        Ok(PhotoActivations { photo: photo.display().to_string(), network, faces })
    }

    fn face(&self, crop: &[u8]) -> Result<FaceActivations> {
        let classifier = self.engine.classifier();
        let n_layers = classifier.card().architecture.table().features.len();
        let maps = |layer| Ok(pollster::block_on(classifier.look(crop, layer))?.maps);
        Ok(FaceActivations { crop: crop.to_vec(), layers: (0..n_layers).map(maps).collect::<Result<_>>()? })
    }
}
