//! Expression shares of a video: the study's Table 5, and every face of every frame as CSV.

use std::{fmt, fs::File, io::BufWriter, path::Path};

use anyhow::{Context, Result};
use csv::Writer;
use indicatif::{ProgressBar, ProgressStyle};
use model_core::Emotion;
use pipeline::{Face, Share, Shares, Task, Unsure};
use serde::{Deserialize, Serialize};
use vision::Flaw;

use super::{Predictor, video::Video};
use crate::table::{table, thousands};

/// What was found in one video. An entry of the JSON of `predict --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VideoReport {
    /// The file as it was given.
    pub video: String,
    /// Frames in it, all of them searched; those before the place where it breaks off.
    pub frames: u64,
    /// Frames in which no face was found.
    pub frames_without_face: u64,
    /// Frames a second.
    pub frames_per_sec: f64,
    /// Id of the weights.
    pub network: String,
    /// Id of the detector.
    pub detector: String,
    /// How often each label was the most probable one; every face of every frame counts once.
    pub shares: [Share; Emotion::COUNT],
    /// How often none was probable enough; `None` if the network has no calibration, which is never unsure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsure: Option<Unsure>,
    /// Why not all of it could be read; `None` if all was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken_off: Option<String>,
}

/// A CSV file with a row for each face of each frame.
pub struct FaceRows(Writer<BufWriter<File>>);

impl FaceRows {
    /// Into the new file `path`.
    pub fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut writer = Writer::from_writer(BufWriter::new(file));
        let header = ["video", "frame", "seconds", "face", "x", "y", "width", "height", "label", "confidence"];
        // At the end, where it moves no column of those who read files of earlier versions.
        writer.write_record(header.iter().chain(&Emotion::ALL.map(Emotion::name)).chain(&["is_sure", "flaws"]))?;
        Ok(Self(writer))
    }

    fn write(&mut self, video: &str, frame: u64, secs: f64, faces: &[Face]) -> Result<()> {
        for (face_idx, face) in faces.iter().enumerate() {
            let (label, confidence) = face.scores.top();
            let rect = face.detection.rect;
            let numbers = [rect.x, rect.y, rect.width, rect.height].map(|pixels| pixels.to_string());
            let head = [video.to_owned(), (frame + 1).to_string(), format!("{secs:.3}"), (face_idx + 1).to_string()];
            let scores = face.scores.probabilities().map(|probability| format!("{probability:.6}"));
            let label = [label.to_string(), format!("{confidence:.6}")];
            let flaws = face.flaws().map(Flaw::name).collect::<Vec<_>>().join(" ");
            let tail = [face.is_sure.to_string(), flaws];
            self.0.write_record(head.iter().chain(&numbers).chain(&label).chain(&scores).chain(&tail))?;
        }
        Ok(())
    }
}

impl Predictor {
    /// The shares of the video in the file `path`; with `rows`, every face of it as well. What was read of a video that
    /// breaks off after some frames counts, and the report says so.
    pub fn shares(&self, path: &Path, mut rows: Option<&mut FaceRows>) -> Result<VideoReport> {
        let mut video = Video::open(path)?;
        let frames_per_sec = video.frames_per_sec();
        let name = path.display().to_string();
        let bar = progress(&name);
        let (mut shares, mut frames, mut frames_without_face) = (Shares::default(), 0, 0);
        let broken_off = loop {
            let frame = match video.next_frame() {
                Ok(Some(frame)) => frame,
                Ok(None) => break None,
                Err(error) if frames > 0 => break Some(format!("{error:#}")),
                Err(error) => return Err(error),
            };
            let faces = pollster::block_on(self.engine.analyze(frame, Task::default()))?.faces;
            shares.record(&faces);
            frames_without_face += u64::from(faces.is_empty());
            if let Some(rows) = &mut rows {
                rows.write(&name, frames, frames as f64 / frames_per_sec, &faces)?;
            }
            frames += 1;
            bar.inc(1);
        };
        bar.finish_and_clear();
        if let Some(rows) = rows {
            rows.0.flush().context("cannot write the CSV file")?;
        }
        let card = self.engine.classifier().card();
        Ok(VideoReport {
            video: name,
            frames,
            frames_without_face,
            frames_per_sec,
            network: card.id.clone(),
            detector: self.detector.id().to_owned(),
            shares: shares.rows(),
            unsure: card.calibration.map(|_| shares.unsure()),
            broken_off,
        })
    }
}

/// Frames so far and their pace: how many there are is not known before the end.
fn progress(name: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(name.to_owned());
    let style = ProgressStyle::with_template("{spinner} {msg}: frame {pos}, {per_sec}");
    bar.set_style(style.expect("the template is well-formed"));
    bar
}

/// In words, for a terminal; the most frequent label first, as in the study's Table 5, unsure faces last.
impl fmt::Display for VideoReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { video, frames, frames_without_face, broken_off, .. } = self;
        let [frames, without] = [*frames, *frames_without_face].map(|n| thousands(n as usize));
        writeln!(f, "{video}: {frames} frames, {without} of them without a face")?;
        let mut rows = self.shares;
        rows.sort_by_key(|row| std::cmp::Reverse(row.count));
        let labels = rows.iter().map(|row| (row.emotion.name(), row.count, row.relative));
        let unsure = self.unsure.map(|unsure| ("unsure", unsure.count, unsure.relative));
        let rows = labels
            .chain(unsure)
            .map(|(label, count, relative)| [label.to_owned(), thousands(count as usize), format!("{relative:.3}")]);
        write!(f, "{}", table(&["label", "count", "share"], rows))?;
        match broken_off {
            Some(why) => write!(f, "\nnot all of it: {why} after frame {frames}"),
            None => Ok(()),
        }
    }
}
