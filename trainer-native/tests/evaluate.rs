//! Measuring: which pictures, and in which order of labels.

mod common;

use common::{data, face, write_weights};
use model_core::{Architecture, Device, Emotion};
use trainer_native::{
    data::hold_out,
    evaluate::{TestSplit, evaluate},
    weights::Weights,
};

#[test]
fn a_split_is_the_one_asked_for() {
    let mut data = data();
    data.private_test = data.training.subset(&[1, 2]);
    data.mixed_test.push(&face(3), Emotion::Happy);
    let (training, held_out) = hold_out(&data.training, 4);
    let cases = [
        (TestSplit::Public, data.public_test.clone()),
        (TestSplit::Private, data.private_test.clone()),
        (TestSplit::Test, data.mixed_test.clone()),
        (TestSplit::HeldOut, held_out),
    ];
    for (split, expected) in cases {
        assert_eq!(split.of(&data, 4).unwrap(), expected, "{split:?}");
    }
    data.training = training.subset(&[0]);
    let error = TestSplit::HeldOut.of(&data, 4).unwrap_err().to_string();
    assert!(error.starts_with("expected pictures of held-out, but the data have only Training (1), "), "{error}");
}

#[test]
fn outputs_mean_what_the_card_says() {
    let folder = tempfile::tempdir().unwrap();
    write_weights(folder.path(), Architecture::Small);
    let mut weights = Weights::at(&folder.path().join("small.bpk"), Architecture::Small).unwrap();
    let columns = |weights: &Weights| {
        let evaluation = evaluate(weights, &data(), TestSplit::Public, &Device::flex()).unwrap();
        let rows = evaluation.summary.confusion.0;
        Emotion::ALL.map(|emotion| rows.map(|row| row[emotion as usize]))
    };
    let in_order = columns(&weights);
    weights.card.labels.reverse();
    let reversed = columns(&weights);
    assert_ne!(reversed, in_order, "the columns can be told apart");
    assert!(reversed.iter().eq(in_order.iter().rev()), "{reversed:?}");
}
