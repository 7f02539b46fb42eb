//! The weights in `www/models`.

use model_core::{Architecture, Device, INPUT_SIDE, ModelCard};
use trainer_native::weights::Weights;

#[test]
fn every_network_has_weights_that_fit_its_card_and_its_table() {
    for architecture in Architecture::ALL {
        let weights = Weights::shipped(architecture).unwrap();
        let ModelCard { figures, training, form, filter_steps, calibration, note, .. } = weights.card.clone();
        let expected = ModelCard {
            figures,
            form,
            filter_steps,
            calibration,
            note,
            ..ModelCard::new(architecture, &weights.bytes, training)
        };
        assert_eq!(expected, weights.card);
        let classifier = weights.classifier(Device::flex()).unwrap();
        let face = vec![128; INPUT_SIDE * INPUT_SIDE];
        assert_eq!(pollster::block_on(classifier.classify(&[&face])).unwrap().len(), 1, "{architecture}");
    }
}
