//! Cards of networks, as they come from the page's server.

use model_core::{Architecture, ModelCard};

use crate::{asset::Asset, problem::Problem};

/// The card in `json`, if it is that of `network`.
pub(crate) fn read_card(network: Architecture, json: &[u8]) -> Result<ModelCard, Problem> {
    let part = Asset::Network(network);
    let card = ModelCard::from_json(json).map_err(|error| Problem::unfit(part, error))?;
    if card.architecture == network {
        return Ok(card);
    }
    let came = card.architecture;
    Err(Problem::unfit(part, format!("expected the card of the network `{network}`, got that of `{came}`")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::Training;

    #[test]
    fn a_card_of_another_network_is_refused() {
        let card = ModelCard::new(Architecture::Small, b"", Training::default());
        let json = serde_json::to_vec(&card).unwrap();
        assert_eq!(read_card(Architecture::Small, &json), Ok(card));
        let problem = read_card(Architecture::UNet, &json).unwrap_err();
        assert!(problem.detail.contains("of the network `unet`, got that of `small`"), "{problem:?}");
        let problem = read_card(Architecture::UNet, b"{").unwrap_err();
        assert!(problem.detail.contains("expected the JSON of a model card"), "{problem:?}");
    }
}
