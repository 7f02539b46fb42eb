//! FER+'s votes and FER2013's labels, where both lie beside the project.

mod common;

use std::{path::PathBuf, process::ExitCode};

use model_core::Emotion;
use trainer_native::data::{
    Source,
    ferplus::{self, Votes},
    load,
};

/// Index in [`ferplus::NAMES`] of each label, in [`Emotion::ALL`] order.
const NAME_OF: [usize; Emotion::COUNT] = [4, 5, 6, 1, 3, 2, 0];

fn main() -> ExitCode {
    common::run_all(vec![common::on_shared(
        "the_official_votes_have_the_official_numbers",
        ["data/fer2013.csv.zst", "data/fer2013new.csv"],
        the_official_votes_have_the_official_numbers,
    )])
}

fn the_official_votes_have_the_official_numbers([file, _votes]: [PathBuf; 2]) {
    let data = load(&file).expect("the official file");
    let source = Source::find(&file).expect("a source");
    let votes = ferplus::load(None, &source, &data).expect("its votes");

    let n_with_majority = |votes: &[Votes]| votes.iter().filter(|votes| votes.majority().is_some()).count();
    assert_eq!((n_with_majority(&votes.training), n_with_majority(&votes.public_test)), (25_060, 3_199));

    // Rows that do not belong together would agree on a fifth.
    let is_agreed = |(votes, &label): (&Votes, &Emotion)| Some(votes.majority()? == NAME_OF[label as usize]);
    let agreed: Vec<bool> = votes.training.iter().zip(data.training.labels()).filter_map(is_agreed).collect();
    let share = agreed.iter().filter(|&&agreed| agreed).count() as f64 / agreed.len() as f64;
    assert!((0.6..0.8).contains(&share), "{share}");

    for votes in votes.training.iter().chain(&votes.public_test) {
        let Some(distribution) = votes.distribution() else { continue };
        assert!((distribution.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }
}
