//! A closer look at one face: the inside of the network in use, and what other networks say.

use model_core::{Architecture, Classifier};
use web_time::Instant;

use super::{Broken, Opened, Reader, classifier, too_early};
use crate::{
    problem::Problem,
    protocol::{Answer, Comparison, GreyBytes, LayerInspection, Weights},
};

impl Reader {
    /// The output of `layer` of the network in use for `face`.
    pub async fn look(&self, face: GreyBytes, layer: usize, with_weights: bool) -> Result<LayerInspection, Broken> {
        let (classifier, device) = self.network_in_use()?;
        let model_core::Look { prediction, layer, maps } = classifier.look(&face.0, layer).await?;
        let weights = if with_weights { Some(Weights::from(classifier.learned_weights().await?)) } else { None };
        let network = classifier.card().architecture;
        Ok(LayerInspection { face, network, device, prediction, layer, maps: maps.into(), weights })
    }

    /// Load `network` beside the one in use.
    pub async fn preload(
        &mut self,
        network: Architecture,
        card: &[u8],
        weights: &[u8],
    ) -> Result<Result<(), Problem>, Broken> {
        let Opened { device, .. } = self.opened.as_ref().ok_or_else(too_early)?;
        let classifier = match classifier(network, card, weights, device.clone()).await? {
            Ok(classifier) => classifier,
            Err(problem) => return Ok(Err(problem)),
        };
        self.beside.retain(|other| other.card().architecture != network);
        self.beside.push(classifier);
        Ok(Ok(()))
    }

    /// The reading of every network that is here of `face`.
    pub async fn compare(&self, face: GreyBytes) -> Result<Comparison, Broken> {
        let (in_use, device) = self.network_in_use()?;
        let mut answers = vec![];
        for network in Architecture::ALL {
            let is_it = |classifier: &&Classifier| classifier.card().architecture == network;
            let here = Some(in_use).filter(is_it).or_else(|| self.beside.iter().find(is_it));
            if let Some(classifier) = here {
                answers.push(answer(classifier, &face).await?);
            }
        }
        Ok(Comparison { face, device, answers })
    }
}

async fn answer(classifier: &Classifier, face: &GreyBytes) -> Result<Answer, Broken> {
    let start = Instant::now();
    let predictions = classifier.classify(&[&face.0[..]]).await?;
    let ms = 1000.0 * start.elapsed().as_secs_f64();
    let prediction = *predictions.first().ok_or_else(|| Broken("expected the reading of a face, got none".into()))?;
    Ok(Answer { network: classifier.card().architecture, prediction, ms })
}
