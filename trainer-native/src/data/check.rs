//! Summary of the data, for a person to look at before hours of training.

use std::fmt;

use model_core::Emotion;

use super::{Copies, Fer2013, SIDE, Source, Split, copies_across, copies_inside, ferplus::NAMES};
use crate::table::{table, thousands};

/// Pictures of the official file by split and label, in [`Emotion::ALL`] order (Goodfellow et al. 2013, section 3.1,
/// and the file itself).
const OFFICIAL: [(&str, [usize; Emotion::COUNT]); 3] = [
    ("Training", [3995, 436, 4097, 7215, 4830, 3171, 4965]),
    ("PublicTest", [467, 56, 496, 895, 653, 415, 607]),
    ("PrivateTest", [491, 55, 528, 879, 594, 416, 626]),
];

/// The output of `data check`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataCheck {
    source: Source,
    /// Name and pictures of each label, of every split that has pictures.
    splits: Vec<(&'static str, [usize; Emotion::COUNT])>,
    /// Where copies were looked for, and what was found.
    copies: Vec<(String, Copies)>,
    /// Split, number from 1, label and the raters' majority, of some pictures.
    samples: Vec<[String; 4]>,
    /// Notes of the reader.
    notes: Vec<String>,
}

/// Pictures whose labels are shown in words, so that a person sees whether the numbers mean what they should.
const N_SAMPLES: usize = 10;

impl DataCheck {
    /// Count `data`, which were read from `source`.
    pub fn of(source: Source, data: &Fer2013) -> Self {
        let splits: Vec<_> = data.splits().into_iter().filter(|(_, split)| !split.is_empty()).collect();
        let mut copies = vec![];
        for (i, (name, split)) in splits.iter().enumerate() {
            copies.push((format!("{name}, of an earlier picture of it"), copies_inside(split)));
            for (earlier_name, earlier) in &splits[..i] {
                copies.push((format!("{name}, of a picture of {earlier_name}"), copies_across(split, earlier)));
            }
        }
        let samples = splits.first().map(|(name, split)| samples(name, split)).unwrap_or_default();
        let splits = splits.iter().map(|(name, split)| (*name, split.counts())).collect();
        Self { source, splits, copies, samples, notes: data.notes.clone() }
    }

    /// Splits with other pictures than the official file has.
    fn unofficial(&self) -> impl Iterator<Item = String> {
        OFFICIAL.iter().filter_map(|(name, official)| {
            let counts =
                self.splits.iter().find(|(split, _)| split == name).map_or([0; Emotion::COUNT], |split| split.1);
            let [n, n_official] = [&counts, official].map(|counts| counts.iter().sum());
            let relabelled = format!("{name} has as many pictures as the official file, but other labels");
            let other = format!("{name} has {}, the official file {}", thousands(n), thousands(n_official));
            (counts != *official).then_some(if n == n_official { relabelled } else { other })
        })
    }
}

/// Sample rows of a [`DataCheck`], of pictures that are spread evenly over `split`.
fn samples(name: &str, split: &Split) -> Vec<[String; 4]> {
    let n = split.len().min(N_SAMPLES);
    let row = |i| {
        let raters = split.votes(i).map_or("–", |votes| votes.majority().map_or("no majority", |most| NAMES[most]));
        [name.to_owned(), thousands(i + 1), split.label(i).name().to_owned(), raters.to_owned()]
    };
    (0..n).map(|sample| row(sample * split.len() / n)).collect()
}

impl fmt::Display for DataCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Source { path, form } = &self.source;
        writeln!(f, "{}: {}, pictures of {SIDE}×{SIDE} grey pixels\n", path.display(), form.name())?;
        let header = [&["split"], &Emotion::ALL.map(Emotion::name)[..], &["in all"]].concat();
        let rows = self.splits.iter().map(|(name, counts)| {
            let total = counts.iter().sum();
            [vec![(*name).to_owned()], counts.map(thousands).to_vec(), vec![thousands(total)]].concat()
        });
        writeln!(f, "{}\n", table(&header, rows))?;
        let rows = self
            .copies
            .iter()
            .map(|(place, copies)| [place.clone(), thousands(copies.pictures), thousands(copies.relabelled)]);
        writeln!(f, "{}\n", table(&["exact copies in", "pictures", "with another label"], rows))?;
        let header = ["some pictures of", "number", "label", "most of FER+'s raters"];
        write!(f, "{}", table(&header, self.samples.iter().map(|sample| sample.to_vec())))?;
        let unofficial: Vec<_> = self.unofficial().collect();
        let unofficial = (!unofficial.is_empty()).then(|| unofficial.join("; "));
        self.notes.iter().chain(&unofficial).try_for_each(|note| write!(f, "\n\nNote: {note}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{FACE_LEN, Form};

    fn check(data: &Fer2013) -> DataCheck {
        DataCheck::of(Source { path: "fer2013.csv".into(), form: Form::Csv }, data)
    }

    #[test]
    fn counts_copies_and_differences_are_shown() {
        let mut data = Fer2013 { notes: vec!["something".into()], ..Fer2013::default() };
        data.training.push(&[1; FACE_LEN], Emotion::Angry);
        data.training.push(&[1; FACE_LEN], Emotion::Sad);
        data.public_test.push(&[1; FACE_LEN], Emotion::Sad);
        let check = check(&data);
        let copies: Vec<_> = check.copies.iter().map(|(_, copies)| (copies.pictures, copies.relabelled)).collect();
        assert_eq!(copies, [(1, 1), (0, 0), (1, 0)]);
        let labels: Vec<_> =
            check.samples.iter().map(|[split, number, label, _]| format!("{split} {number} {label}")).collect();
        assert_eq!(labels, ["Training 1 angry", "Training 2 sad"]);
        let text = check.to_string();
        for part in [
            "fer2013.csv: CSV, pictures of 48×48",
            "Training has 2, the official file 28,709",
            "PrivateTest has 0",
            "Note: something",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn the_official_numbers_are_recognised() {
        let mut data = Fer2013::default();
        for (split, (_, counts)) in
            [&mut data.training, &mut data.public_test, &mut data.private_test].into_iter().zip(OFFICIAL)
        {
            for (label, n) in Emotion::ALL.into_iter().zip(counts) {
                (0..n).for_each(|_| split.push(&[0; FACE_LEN], label));
            }
        }
        assert_eq!(data.splits().map(|(_, split)| split.len()), [28_709, 3_589, 3_589, 0]);
        let splits = data.splits().into_iter().take(3).map(|(name, split)| (name, split.counts())).collect();
        let check = DataCheck {
            source: Source { path: "x".into(), form: Form::Csv },
            splits,
            copies: vec![],
            samples: vec![],
            notes: vec![],
        };
        assert_eq!(check.unofficial().count(), 0);
    }
}
