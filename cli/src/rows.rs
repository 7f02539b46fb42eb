//! Every face of every frame as CSV.

use std::{fs::File, io::BufWriter, path::Path};

use anyhow::{Context, Result};
use csv::Writer;
use model_core::Emotion;
use pipeline::{Shown, TrackedFace};
use vision::Flaw;

/// Columns before the probabilities.
const HEAD: [&str; 10] = ["video", "frame", "seconds", "face", "x", "y", "width", "height", "label", "confidence"];

/// A CSV file with a row for each face of each frame: as it was read in this frame, then whose it is and what it shows
/// when scores are smoothed in time.
pub(crate) struct FaceRows(Writer<BufWriter<File>>);

impl FaceRows {
    /// Into the new file `path`.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut writer = Writer::from_writer(BufWriter::new(file));
        let labels = Emotion::ALL.map(Emotion::name);
        let smoothed = labels.map(|label| format!("smoothed_{label}"));
        // Later columns are at the end, where they move no column for those who read files of earlier versions.
        let later = ["is_sure", "person", "smoothed_label"].into_iter().chain(smoothed.iter().map(String::as_str));
        writer.write_record(HEAD.into_iter().chain(labels).chain(later).chain(["flaws"]))?;
        Ok(Self(writer))
    }

    /// The faces of frame `frame`, from 0, at `secs`.
    pub(crate) fn write(&mut self, video: &str, frame: u64, secs: f64, faces: &[TrackedFace]) -> Result<()> {
        for (face_idx, face) in faces.iter().enumerate() {
            let head = [video.to_owned(), (frame + 1).to_string(), format!("{secs:.6}"), (face_idx + 1).to_string()];
            let flaws = face.face.quality.flaws().map(Flaw::name).collect::<Vec<_>>().join(" ");
            self.0.write_record(head.into_iter().chain(raw(face)).chain(smoothed(face)).chain([flaws]))?;
        }
        Ok(())
    }

    /// Everything is in the file now.
    pub(crate) fn flush(&mut self) -> Result<()> {
        self.0.flush().context("cannot write the CSV file")
    }
}

/// Box, label and probabilities of this frame alone.
fn raw(TrackedFace { face, .. }: &TrackedFace) -> impl Iterator<Item = String> {
    let rect = face.detection.rect;
    let pixels = [rect.x, rect.y, rect.width, rect.height].map(|pixels| pixels.to_string());
    let (label, confidence) = face.reading.scores.top();
    let label = [label.to_string(), format!("{confidence:.6}")];
    let is_sure = [face.reading.is_sure.to_string()];
    pixels.into_iter().chain(label).chain(face.reading.scores.probabilities().map(probability)).chain(is_sure)
}

/// Person, label or unsure, and probabilities, smoothed.
fn smoothed(face: &TrackedFace) -> impl Iterator<Item = String> {
    let label = face.label.map_or(Shown::Unsure, Shown::Label);
    [face.id.to_string(), label.to_string()].into_iter().chain(face.smoothed.probabilities().map(probability))
}

fn probability(p: f32) -> String {
    format!("{p:.6}")
}
