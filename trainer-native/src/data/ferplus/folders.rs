//! FER+'s own layout, which `generate_training_data.py` of <https://github.com/microsoft/FERPlus> writes: a folder a
//! split with `label.csv`, whose rows are `fer0000000.png,"(0, 0, 48, 48)",4,0,0,1,3,2,0,0,0,0`, and the pictures.

use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord, Trim};
use model_core::Emotion;

use super::{Votes, counts};
use crate::data::{DataError, Fer2013, Split, error::RowError, folder::read_face, names, notes::Notes};

/// Folders of the layout with the split that each holds.
const FOLDERS: [(&str, names::SplitName); 3] = [
    ("FER2013Train", names::SplitName::Training),
    ("FER2013Valid", names::SplitName::PublicTest),
    ("FER2013Test", names::SplitName::PrivateTest),
];

/// The file with the votes in each folder.
const LABELS: &str = "label.csv";

/// Columns before the votes: the picture's name, and the face's box in it, which is all of it.
const N_BEFORE: usize = 2;

/// Whether `root` has one of the folders.
pub(in crate::data) fn is_one(root: &Path) -> bool {
    FOLDERS.iter().any(|(folder, _)| root.join(folder).join(LABELS).is_file())
}

/// Pictures and votes of the folders under `root`. FER2013's own labels are not there: the label is what most raters say.
/// A picture on which they are even, or see contempt, no face or nothing they know, is left out and counted.
pub(in crate::data) fn read(root: &Path) -> Result<Fer2013, DataError> {
    let mut data = Fer2013::default();
    let mut notes = Notes::default();
    for (folder, name) in FOLDERS {
        let folder = root.join(folder);
        if folder.join(LABELS).is_file() {
            *data.split_mut(name) = read_split(&folder, &mut notes)?;
        }
    }
    if data.splits().iter().all(|(_, split)| split.is_empty()) {
        return Err(DataError::Empty { path: root.into() });
    }
    data.notes = notes.lines();
    data.notes.push("Labels are those of most of FER+'s raters: this layout has none of FER2013's".into());
    Ok(data)
}

fn read_split(folder: &Path, notes: &mut Notes) -> Result<Split, DataError> {
    let path = folder.join(LABELS);
    let row_error = |line, reason| DataError::Row { path: path.clone(), line, reason };
    let mut rows = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_path(&path)
        .map_err(|error| cut(&path, &error))?;
    let (mut split, mut votes) = (Split::default(), vec![]);
    for row in rows.records() {
        let row = row.map_err(|error| cut(&path, &error))?;
        let line = row.position().map_or(0, csv::Position::line);
        let (file, counts) = read_row(folder, &row).map_err(|reason| row_error(line, reason))?;
        let Some(label) = label(counts) else {
            notes.add(1, "Pictures left out, as FER+'s raters are even or say none of the seven labels");
            continue;
        };
        if !file.is_file() {
            notes.add(1, "Pictures left out, as label.csv names them but they are not there");
            continue;
        }
        split.push(&read_face(&file, notes)?, label);
        votes.push(counts);
    }
    Ok(split.with_votes(votes))
}

fn read_row(folder: &Path, row: &StringRecord) -> Result<(PathBuf, Votes), RowError> {
    let expected = N_BEFORE + 10;
    if row.len() != expected {
        return Err(RowError::Columns { expected, actual: row.len() });
    }
    let name = &row[0];
    if name.is_empty() || name.contains(['/', '\\']) {
        return Err(RowError::File(name.into()));
    }
    let counts = counts(row, N_BEFORE).map_err(RowError::Votes)?;
    Ok((folder.join(name), Votes::new(counts)))
}

/// The one of the seven labels that more raters said than anything else.
fn label(votes: Votes) -> Option<Emotion> {
    let counts = votes.counts();
    let most = *counts.iter().max()?;
    let mut said = (0..counts.len()).filter(|&i| counts[i] == most);
    let first = said.next()?;
    let name = super::NAMES.get(first).filter(|_| said.next().is_none())?;
    names::label(name)
}

fn cut(path: &Path, error: &csv::Error) -> DataError {
    let line = error.position().map_or(0, |position| position.line().saturating_sub(1));
    DataError::Cut { path: path.into(), line, reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_is_what_most_say() {
        let cases = [
            ([4, 0, 0, 1, 3, 2, 0, 0, 0, 0], Some(Emotion::Neutral)),
            ([0, 0, 0, 0, 6, 4, 0, 0, 0, 0], Some(Emotion::Angry)),
            ([5, 5, 0, 0, 0, 0, 0, 0, 0, 0], None),
            ([0, 0, 0, 0, 0, 4, 0, 6, 0, 0], None),
            ([0, 0, 0, 0, 0, 0, 0, 0, 0, 10], None),
            ([0; 10], None),
        ];
        for (counts, expected) in cases {
            assert_eq!(label(Votes::new(counts)), expected, "{counts:?}");
        }
    }
}
