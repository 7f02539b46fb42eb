//! FER2013 itself, where it lies beside the project.

mod common;

use std::{path::PathBuf, process::ExitCode};

use model_core::{Architecture, Device};
use trainer_native::{
    data::{copies_across, hold_out, is_no_copy, load},
    evaluate::{TestSplit, evaluate},
    weights::Weights,
};

fn main() -> ExitCode {
    const FILE: [&str; 1] = ["data/fer2013.csv.zst"];
    common::run_all(vec![
        common::on_shared(
            "the_official_file_has_the_official_numbers",
            FILE,
            the_official_file_has_the_official_numbers,
        ),
        common::on_shared(
            "shipped_weights_are_as_good_as_their_cards_say",
            FILE,
            shipped_weights_are_as_good_as_their_cards_say,
        ),
        common::on_shared("forms_that_people_have_are_read", ["cases"], forms_that_people_have_are_read),
        common::on_shared("a_file_without_labels_is_told_from_others", ["cases"], a_file_without_labels),
    ])
}

/// A file or folder; its pictures of Training, PublicTest, PrivateTest and neither; how its first note begins.
type Form = (&'static str, [usize; 4], &'static str);

const FORMS: [Form; 12] = [
    ("csv_brackets_numpy.csv", [2, 1, 1, 0], ""),
    ("csv_semicolon_excel.csv", [2, 1, 1, 0], ""),
    ("csv_utf16_powershell.csv", [2, 1, 1, 0], ""),
    ("csv_usage_lowercase.csv", [2, 0, 0, 2], "Rows put aside"),
    ("csv_kaggle_train_no_usage.csv", [4, 0, 0, 0], "Rows taken for Training"),
    ("folders/a_luanshiyinyang", [2, 2, 2, 0], ""),
    ("folders/b_kaggle_oheix", [2, 0, 0, 2], ""),
    ("folders/d_numbered_cs230", [2, 0, 0, 2], ""),
    ("folders/e_digits", [7, 0, 0, 7], ""),
    ("folders/g_224_rgb", [1, 0, 0, 1], "Pictures of other sizes, scaled to 48×48 pixels: 2"),
    ("folders/h_ferplus", [1, 0, 0, 0], "Labels are those of most"),
    ("folders/j_no_extension", [2, 1, 1, 0], ""),
];

fn forms_that_people_have_are_read([cases]: [PathBuf; 1]) {
    for (name, lengths, note) in FORMS {
        let data = load(&cases.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(data.splits().map(|(_, split)| split.len()), lengths, "{name}");
        let first = data.notes.first().map_or("", String::as_str);
        assert!(first.is_empty() == note.is_empty() && first.starts_with(note), "{name}: {:?}", data.notes);
    }
}

fn a_file_without_labels([cases]: [PathBuf; 1]) {
    let error = load(&cases.join("csv_test_without_labels.csv")).expect_err("it has no labels").to_string();
    assert!(error.contains("this file has no labels") && error.contains("icml_face_data.csv"), "{error}");
}

fn the_official_file_has_the_official_numbers([file]: [PathBuf; 1]) {
    let data = load(&file).expect("the official file");
    assert_eq!(data.splits().map(|(_, split)| split.len()), [28_709, 3_589, 0, 0]);
    assert_eq!(data.training.counts(), [3995, 436, 4097, 7215, 4830, 3171, 4965]);
    assert_eq!(data.public_test.counts(), [467, 56, 496, 895, 653, 415, 607]);
    // The first pixels of the first rows.
    assert_eq!((&data.training.face(0)[..3], &data.training.face(1)[..3]), (&[70, 80, 82][..], &[151, 150, 147][..]));
    // Near 8 % of PublicTest are exact copies of Training pictures.
    let copies = copies_across(&data.public_test, &data.training).pictures;
    assert!((250..330).contains(&copies), "{copies}");

    let (train, held_out) = hold_out(&data.training, 1);
    assert_eq!(train.len() + held_out.len(), 28_709);
    for (all, held_out) in data.training.counts().into_iter().zip(held_out.counts()) {
        // Copies with another label than the first one's go along with it.
        assert!(held_out.abs_diff(all / 10) <= 5, "{held_out} of {all}");
    }
    assert!(is_no_copy(&held_out, &train).into_iter().all(|is_new| is_new));
}

/// Nearly two pictures of 3,589: another processor may round the logits of a picture between two labels the other way.
const ACCURACY_ATOL: f64 = 0.5e-3;

/// The same for macro-F1, where disgust, of 56 pictures, weighs a seventh: 2 · 2 / (56 + 56) / 7.
const MACRO_F1_ATOL: f64 = 5e-3;

fn shipped_weights_are_as_good_as_their_cards_say([file]: [PathBuf; 1]) {
    let data = load(&file).expect("the official file");
    for architecture in Architecture::STUDY {
        let weights = Weights::shipped(architecture).expect("shipped weights");
        let summary = evaluate(&weights, &data, TestSplit::Public, &Device::flex()).expect("figures").summary;
        let figures = weights.card.figures.iter().find(|figures| figures.split == "PublicTest");
        let figures = figures.unwrap_or_else(|| panic!("{architecture} has no figures of PublicTest"));
        assert_eq!(figures.n, 3_589);
        assert!(
            (figures.accuracy - summary.accuracy).abs() < ACCURACY_ATOL,
            "{architecture}: {figures:?}, got {summary:?}"
        );
        assert!(
            (figures.macro_f1 - summary.macro_f1).abs() < MACRO_F1_ATOL,
            "{architecture}: {figures:?}, got {summary:?}"
        );
    }
}
