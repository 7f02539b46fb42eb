//! Which photos of one face get its label: the whole path from a file, as people drop it, to a word.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use model_core::{Classifier, Device, Emotion, Prediction, Vote};
use native::{ShippedDetector, table};
use pipeline::{Detector, Engine};
use vision::{DecodeLimits, decode};

/// File of the labels in the folder, with the columns `photo` and `label`, FER+'s words.
const LABELS: &str = "labels.csv";

/// Folder of the photos in it.
const PHOTOS: &str = "photos";

/// The answers of other programs to the same photos: of each, by the name of a photo, the label of its largest face, `None`
/// if that was given none. Photos without a face are not there.
type Others = BTreeMap<String, BTreeMap<String, Option<Emotion>>>;

/// A photo that was searched.
struct Searched {
    /// Its file's name.
    photo: String,
    label: Emotion,
    /// The answer to its largest face; `None` if no face was found.
    prediction: Option<Prediction>,
}

/// The table of every head on the labelled photos of `folder`, each of which shows one face.
///
/// A photo is right if its largest face gets its label. Photos of contempt, which no label is, do not count. `others` is a
/// file with the answers of other programs, which get a table of their own.
pub(crate) fn measure(folder: &Path, classifier: Classifier, others: Option<&Path>) -> Result<String> {
    let others = others.map_or_else(|| Ok(Others::new()), read_others)?;
    let labels = labels(folder)?;
    let n_all = labels.len();
    let device = Device::flex();
    let engine = Engine::new(ShippedDetector::Blazeface.open(&device)?, classifier);
    let bar = ProgressBar::new(n_all as u64);
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos} of {len} photos, {eta} left").context("a template")?);
    let search = |(photo, vote): (PathBuf, Vote)| -> Option<Result<Searched>> {
        let name = || photo.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let searched =
            vote.label().map(|label| Ok(Searched { photo: name(), label, prediction: largest(&engine, &photo)? }));
        bar.inc(1);
        searched
    };
    let searched = labels.into_iter().filter_map(search).collect::<Result<Vec<_>>>()?;
    bar.finish_and_clear();
    Ok(report(&searched, n_all - searched.len()) + &beside(&searched, &others))
}

fn read_others(path: &Path) -> Result<Others> {
    let json = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let others = serde_json::from_slice(&json);
    others.with_context(|| format!("{}: expected labels by program and photo", path.display()))
}

/// The answer to the largest face of the photo in the file `path`.
fn largest(engine: &Engine<Detector, Classifier>, path: &Path) -> Result<Option<Prediction>> {
    let read = || -> Result<Option<Prediction>> {
        let picture = decode(&fs::read(path)?, DecodeLimits::default())?;
        let (analysis, _) = pollster::block_on(engine.analyze_image(picture.view()))?;
        let area = |face: &&pipeline::Face| face.detection.rect.area();
        let largest = analysis.faces.iter().max_by(|a, b| area(a).total_cmp(&area(b)));
        Ok(largest.map(|face| face.prediction))
    };
    read().with_context(|| path.display().to_string())
}

/// Photos and labels, by the order of the file.
fn labels(folder: &Path) -> Result<Vec<(PathBuf, Vote)>> {
    let path = folder.join(LABELS);
    let mut rows = csv::Reader::from_path(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let row = |row: csv::Result<(String, String)>| -> Result<(PathBuf, Vote)> {
        let (photo, word) = row?;
        let Some(vote) = Vote::ALL.into_iter().find(|vote| vote.name() == word) else {
            bail!("expected one of {}, got `{word}` for {photo}", Vote::ALL.map(Vote::name).join(", "));
        };
        Ok((folder.join(PHOTOS).join(photo), vote))
    };
    let labels = rows.deserialize().map(row).collect::<Result<Vec<_>>>();
    labels.with_context(|| format!("{}: expected the columns photo and label", path.display()))
}

/// The table of Ferrum beside other programs; empty without.
fn beside(searched: &[Searched], others: &Others) -> String {
    if others.is_empty() {
        return String::new();
    }
    let ours = searched.iter().map(|it| it.prediction.map(|prediction| Some(prediction.scores.top().0))).collect();
    let theirs = others.iter().map(|(program, answers)| {
        let answers = searched.iter().map(|it| answers.get(&it.photo).copied()).collect();
        (program.as_str(), answers)
    });
    let row = |(program, answers): (&str, Vec<Option<Option<Emotion>>>)| {
        let n_found = answers.iter().flatten().count();
        let called: Vec<_> =
            searched.iter().zip(&answers).filter_map(|(it, answer)| Some((it.label, (*answer)??))).collect();
        let n_right = called.iter().filter(|(label, called)| label == called).count();
        let f1 = macro_f1(searched.iter().map(|it| it.label), &called);
        let n = searched.len();
        [program.into(), share(n_found, n), share(n_right, n), share(n_right, n_found), format!("{f1:.3}")]
    };
    let rows = std::iter::once(("Ferrum", ours)).chain(theirs).map(row);
    let head = ["program", "found", "right, of all", "right, of found", "macro-F1, of all"];
    format!("\n{}\n\nEach by its own settings.\n", table(&head, rows))
}

/// The label that a head, or both, gives.
type Answer = fn(&Prediction) -> Option<Emotion>;

fn report(searched: &[Searched], n_contempt: usize) -> String {
    let n = searched.len();
    let found: Vec<_> = searched.iter().filter_map(|it| Some((it.label, it.prediction?))).collect();
    let n_unsure = found.iter().filter(|(_, prediction)| !prediction.is_sure).count();
    let heads: [(&str, Answer); 3] = [
        ("both heads", |prediction| Some(prediction.scores.top().0)),
        ("labels", |prediction| Some(prediction.label_head.unwrap_or(prediction.scores).top().0)),
        ("votes", |prediction| prediction.votes.map(|votes| top_vote(&Vote::ALL.map(|vote| votes.of(vote))))),
    ];
    let row = |(head, answer): (&str, Answer)| {
        let called: Vec<_> =
            found.iter().filter_map(|(label, prediction)| Some((*label, answer(prediction)?))).collect();
        let n_right = called.iter().filter(|(label, called)| label == called).count();
        let f1 = macro_f1(searched.iter().map(|it| it.label), &called);
        [head.into(), share(n_right, n), share(n_right, found.len()), format!("{f1:.3}")]
    };
    format!(
        "{n} photos of one face each; {n_contempt} of contempt left out. Found: {} of the faces; of these {} are unsure.\n\n{}\n\n\
         Right: the largest face gets the label of the photo. Macro-F1 over the seven labels, of all.\n",
        share(found.len(), n),
        share(n_unsure, found.len()),
        table(&["answer of", "right, of all", "right, of found", "macro-F1, of all"], heads.map(row)),
    )
}

fn share(part: usize, all: usize) -> String {
    format!("{:.3}", part as f64 / all.max(1) as f64)
}

/// The label that most raters are expected to give, contempt left out.
fn top_vote(shares: &[f32; Vote::COUNT]) -> Emotion {
    let labels = Vote::ALL.into_iter().zip(shares).filter_map(|(vote, share)| Some((vote.label()?, *share)));
    labels.fold((Emotion::Neutral, f32::MIN), |best, it| if it.1 > best.1 { it } else { best }).0
}

/// Mean F1 of the labels; a face that was not found is missed by its label and called nothing.
fn macro_f1(labels: impl Iterator<Item = Emotion>, called: &[(Emotion, Emotion)]) -> f64 {
    let mut counts = [[0_usize; 3]; Emotion::COUNT]; // are so, are called so, both
    labels.for_each(|label| counts[label as usize][0] += 1);
    for &(label, called) in called {
        counts[called as usize][1] += 1;
        counts[called as usize][2] += usize::from(label == called);
    }
    let f1 = |[are, called, both]: [usize; 3]| 2.0 * both as f64 / (are + called).max(1) as f64;
    counts.map(f1).iter().sum::<f64>() / Emotion::COUNT as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::Scores;

    fn scores(label: Emotion) -> Scores {
        Scores::from_logits(Emotion::ALL.map(|other| if other == label { 9.0 } else { 0.0 })).unwrap()
    }

    fn searched(label: Emotion, called: Option<Emotion>) -> Searched {
        let prediction = called.map(|called| Prediction {
            scores: scores(called),
            label_head: Some(scores(Emotion::Fear)),
            is_sure: called != Emotion::Sad,
            votes: None,
        });
        Searched { photo: format!("{label}.jpg"), label, prediction }
    }

    #[test]
    fn other_programs_stand_beside_in_a_table_of_their_own() {
        use Emotion::{Happy, Sad};
        let photos = [searched(Happy, Some(Happy)), searched(Sad, None)];
        assert_eq!(beside(&photos, &Others::new()), "");
        let others = r#"{"Other 1.0": {"happy.jpg": null, "sad.jpg": "sad", "unknown.jpg": "sad"}}"#;
        let text = beside(&photos, &serde_json::from_str(others).unwrap());
        let row = |program: &str| text.lines().find(|line| line.trim_start().starts_with(program)).unwrap().to_owned();
        let cells =
            |program: &str| row(program).split_whitespace().rev().take(4).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(cells("Ferrum"), ["0.143", "1.000", "0.500", "0.500"], "{text}");
        assert_eq!(cells("Other 1.0"), ["0.143", "0.500", "0.500", "1.000"], "{text}");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("others.json");
        fs::write(&file, r#"{"Other": {"a.jpg": "glad"}}"#).unwrap();
        let error = format!("{:#}", read_others(&file).unwrap_err());
        assert!(error.contains("expected labels by program and photo") && error.contains("glad"), "{error}");
    }

    #[test]
    fn a_face_that_is_not_found_is_not_right() {
        use Emotion::{Happy, Sad};
        let photos =
            [searched(Happy, Some(Happy)), searched(Sad, Some(Sad)), searched(Sad, Some(Happy)), searched(Happy, None)];
        let text = report(&photos, 2);
        assert!(text.starts_with("4 photos of one face each; 2 of contempt left out. Found: 0.750"), "{text}");
        assert!(text.contains("of these 0.333 are unsure"), "{text}");
        let row = |head: &str| text.lines().find(|line| line.trim_start().starts_with(head)).unwrap().to_owned();
        // F1 of happy 2·1 / (2 + 2), of sad 2·1 / (2 + 1), of five others 0.
        let cells: Vec<String> = row("both heads").split_whitespace().skip(2).map(str::to_owned).collect();
        assert_eq!(cells, ["0.500", "0.667", "0.167"], "{text}");
        assert!(row("labels").contains("0.000"), "{text}");
    }

    #[test]
    fn labels_are_words_of_fer_plus() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(LABELS), "photo,label\na.jpg,sadness\n").unwrap();
        assert_eq!(labels(folder.path()).unwrap(), [(folder.path().join("photos/a.jpg"), Vote::Sadness)]);
        fs::write(folder.path().join(LABELS), "photo,label\na.jpg,sad\n").unwrap();
        let error = format!("{:#}", labels(folder.path()).unwrap_err());
        assert!(error.contains("got `sad` for a.jpg") && error.contains("neutral, happiness"), "{error}");
    }
}
