//! The study's own figures (Vico and Gianzina, Computer Vision, Assignment 2): Tables 1 to 5 and the text of 3.1.

use model_core::{Architecture, Emotion};
use report::Confusion;

/// The study's figures of one network on PublicTest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reference {
    /// Its row of Table 1.
    pub figures: StudyFigures,
    /// Tables 2 to 4: rows are labels, columns what they were called.
    pub confusion: Confusion,
    /// The epoch of least validation loss.
    pub least_val_loss: usize,
}

/// A row of the study's Table 1, with two decimals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StudyFigures {
    /// Share of all pictures that are called as they are labelled.
    pub accuracy: f64,
    /// Mean of the recalls of all labels.
    pub macro_recall: f64,
    /// Mean of their precisions.
    pub macro_precision: f64,
    /// Mean of their F1.
    pub macro_f1: f64,
}

/// Table 1: the dummy that calls every picture happy.
pub const BASELINE: StudyFigures =
    StudyFigures { accuracy: 0.24, macro_recall: 0.14, macro_precision: 0.04, macro_f1: 0.05 };

/// Table 5: how often each label was predicted in a video, and its share of all predictions, with two decimals.
pub const SHARES: [(Emotion, u64, f64); 6] = [
    (Emotion::Neutral, 715, 0.53),
    (Emotion::Sad, 474, 0.35),
    (Emotion::Happy, 100, 0.07),
    (Emotion::Fear, 50, 0.04),
    (Emotion::Angry, 19, 0.01),
    (Emotion::Surprise, 1, 0.00),
];

impl Reference {
    /// The figures of `network`; `None` if it is not the study's.
    pub fn of(network: Architecture) -> Option<&'static Self> {
        match network {
            Architecture::Small => Some(&SMALL),
            Architecture::Residual => Some(&RESIDUAL),
            Architecture::UNet => Some(&UNET),
            Architecture::Ferrum => None,
        }
    }
}

const SMALL: Reference = Reference {
    figures: StudyFigures { accuracy: 0.47, macro_recall: 0.40, macro_precision: 0.47, macro_f1: 0.40 },
    confusion: Confusion([
        [178, 2, 32, 98, 66, 16, 75],
        [21, 5, 4, 11, 8, 1, 6],
        [88, 1, 97, 89, 98, 53, 70],
        [59, 0, 20, 695, 53, 20, 48],
        [124, 0, 54, 135, 211, 28, 101],
        [31, 0, 38, 40, 27, 253, 26],
        [89, 1, 31, 120, 91, 20, 255],
    ]),
    least_val_loss: 21,
};

const RESIDUAL: Reference = Reference {
    figures: StudyFigures { accuracy: 0.51, macro_recall: 0.46, macro_precision: 0.50, macro_f1: 0.47 },
    confusion: Confusion([
        [178, 2, 46, 76, 72, 15, 78],
        [16, 15, 3, 8, 7, 0, 7],
        [64, 5, 131, 64, 92, 54, 86],
        [37, 0, 25, 711, 32, 19, 71],
        [88, 1, 58, 120, 223, 10, 153],
        [28, 3, 36, 28, 17, 268, 35],
        [63, 1, 31, 100, 87, 12, 313],
    ]),
    least_val_loss: 11,
};

const UNET: Reference = Reference {
    figures: StudyFigures { accuracy: 0.44, macro_recall: 0.36, macro_precision: 0.36, macro_f1: 0.34 },
    confusion: Confusion([
        [137, 0, 42, 131, 38, 28, 91],
        [17, 0, 9, 11, 6, 1, 12],
        [63, 0, 93, 123, 38, 72, 107],
        [29, 0, 28, 720, 32, 24, 62],
        [98, 0, 57, 207, 105, 32, 154],
        [25, 0, 31, 56, 11, 257, 35],
        [64, 0, 46, 150, 41, 25, 281],
    ]),
    least_val_loss: 16,
};

#[cfg(test)]
mod tests {
    use super::*;
    use report::{Summary, confusion_words};

    #[test]
    fn shares_are_those_of_the_counts() {
        let n: u64 = SHARES.iter().map(|(_, count, _)| count).sum();
        assert!(SHARES.iter().all(|&(_, count, share)| (count as f64 / n as f64 - share).abs() <= 0.005), "{n}");
    }

    #[test]
    fn words_say_what_the_study_says_of_its_second_network() {
        // The study: disgust "is most of the time classified as angry", "sad is confused with neutral or happy".
        let expected = [
            "Found most often is happy (79 %), least often fear (26 %)",
            "29 % of disgust is called angry",
            "23 % of sad is called neutral",
            "19 % of fear is called sad",
            "18 % of sad is called happy",
        ];
        assert_eq!(confusion_words(&RESIDUAL.confusion), expected);
    }

    /// Confusion matrices give accuracy, macro recall, macro precision and macro-F1 within `tolerance`.
    fn assert_summary(confusion: &Confusion, expected: StudyFigures, tolerance: f64) {
        let Summary { accuracy, macro_recall, macro_precision, macro_f1, .. } = confusion.summary();
        let pairs = [
            (accuracy, expected.accuracy),
            (macro_recall, expected.macro_recall),
            (macro_precision, expected.macro_precision),
            (macro_f1, expected.macro_f1),
        ];
        for (actual, expected) in pairs {
            assert!((actual - expected).abs() <= tolerance, "expected {expected}, got {actual} of {confusion:?}");
        }
    }

    /// Rows of PublicTest, by label.
    const PUBLIC_TEST: [u64; 7] = [467, 56, 496, 895, 653, 415, 607];

    #[test]
    fn the_study_s_confusion_matrices_give_the_study_s_figures() {
        for network in Architecture::STUDY {
            let Reference { confusion, figures, .. } = *Reference::of(network).unwrap();
            assert_eq!(confusion.0.map(|row| row.iter().sum::<u64>()), PUBLIC_TEST);
            assert_summary(&confusion, figures, 0.005); // the study gives two decimals
        }
    }

    #[test]
    fn always_happy_is_the_study_s_baseline() {
        let mut rows = [[0; 7]; 7];
        for (row, n) in rows.iter_mut().zip(PUBLIC_TEST) {
            row[Emotion::Happy as usize] = n;
        }
        let share = 895.0 / 3589.0;
        let exact = StudyFigures {
            accuracy: share,
            macro_recall: 1.0 / 7.0,
            macro_precision: share / 7.0,
            macro_f1: 2.0 * share / (1.0 + share) / 7.0,
        };
        assert_summary(&Confusion(rows), exact, 1e-12);
        // Two of the study's four are cut, not rounded.
        assert_summary(&Confusion(rows), BASELINE, 0.01);
    }
}
