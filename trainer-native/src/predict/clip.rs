//! Expression shares of a video: the study's Table 5, and by time for each person.

use std::{fmt, path::Path};

use anyhow::Result;
use comfy_table::Table;
use indicatif::{ProgressBar, ProgressStyle};
use model_core::Emotion;
use pipeline::{
    Analysis, Share, ShareSettings, Shares, SharesByPerson, Sighting, Task, TimeShare, Track, TrackSettings, Tracker,
    Unsure,
};
use serde::{Deserialize, Serialize};

use super::{FaceRows, PersonReport, Predictor, people, video::Video};
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
    /// How long what was shown, by labels that are smoothed in time; those of all faces add up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub times: Vec<TimeShare>,
    /// The same for each person, in the order in which they came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<PersonReport>,
    /// Why not all of it could be read; `None` if all was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken_off: Option<String>,
}

/// What is gathered while a video is read.
struct Record {
    frames_per_sec: f64,
    frames: u64,
    frames_without_face: u64,
    shares: Shares,
    tracker: Tracker,
    by_person: SharesByPerson,
}

impl Record {
    fn new(frames_per_sec: f64, threshold: Option<f32>) -> Self {
        let settings = ShareSettings::default();
        // A frame of a file is shown until the next one, however long that takes.
        let settings = ShareSettings { longest_secs: settings.longest_secs.max(1.0 / frames_per_sec), ..settings };
        Self {
            frames_per_sec,
            frames: 0,
            frames_without_face: 0,
            shares: Shares::default(),
            tracker: Tracker::new(track_settings(frames_per_sec), threshold),
            by_person: SharesByPerson::new(settings),
        }
    }

    /// Of the next frame, in seconds from the video's start.
    fn at_secs(&self) -> f64 {
        self.frames as f64 / self.frames_per_sec
    }

    /// The faces of the next frame, whose they are.
    fn frame(&mut self, task: &Task, analysis: &Analysis) -> Vec<Track> {
        let tracks = self.tracker.update(self.at_secs(), task, analysis);
        let sightings: Vec<_> = tracks.iter().map(Sighting::from).collect();
        self.by_person.record(self.at_secs(), &sightings);
        self.shares.record(&analysis.faces);
        self.frames_without_face += u64::from(tracks.is_empty());
        self.frames += 1;
        tracks
    }
}

/// Whoever is in the next frame of a slow video has not been away.
fn track_settings(frames_per_sec: f64) -> TrackSettings {
    let settings = TrackSettings::default();
    let [forget_secs, pause_secs] =
        [settings.forget_secs, settings.pause_secs].map(|secs| secs.max(1.5 / frames_per_sec));
    TrackSettings { forget_secs, pause_secs, ..settings }
}

impl Predictor {
    /// The shares of the video in the file `path`; with `rows`, every face of it as well. What was read of a video that
    /// breaks off after some frames counts, and the report says so.
    pub fn shares(&self, path: &Path, mut rows: Option<&mut FaceRows>) -> Result<VideoReport> {
        let mut video = Video::open(path)?;
        let threshold = self.engine.classifier().card().calibration.map(|calibration| calibration.threshold);
        let mut record = Record::new(video.frames_per_sec(), threshold);
        let name = path.display().to_string();
        let bar = progress(&name);
        // Every frame is searched, none followed: what is said of a video must not depend on how fast the machine is, and
        // a box that was moved without a look is no measurement.
        let task = Task::Search(self.video_search);
        let broken_off = loop {
            let frame = match video.next_frame() {
                Ok(Some(frame)) => frame,
                Ok(None) => break None,
                Err(error) if record.frames > 0 => break Some(format!("{error:#}")),
                Err(error) => return Err(error),
            };
            let analysis = pollster::block_on(self.engine.analyze(frame, task.clone()))?;
            let (frame, at_secs) = (record.frames, record.at_secs());
            let tracks = record.frame(&task, &analysis);
            if let Some(rows) = &mut rows {
                rows.write(&name, frame, at_secs, &tracks)?;
            }
            bar.inc(1);
        };
        bar.finish_and_clear();
        rows.map_or(Ok(()), FaceRows::flush)?;
        Ok(self.video_report(name, record, broken_off))
    }

    fn video_report(&self, video: String, mut record: Record, broken_off: Option<String>) -> VideoReport {
        record.by_person.pause(record.at_secs());
        let Record { frames_per_sec, frames, frames_without_face, shares, by_person, .. } = record;
        let card = self.engine.classifier().card();
        VideoReport {
            video,
            frames,
            frames_without_face,
            frames_per_sec,
            network: card.id.clone(),
            detector: self.detector.id().to_owned(),
            shares: shares.rows(),
            unsure: card.calibration.map(|_| shares.unsure()),
            times: by_person.all().times(),
            people: people::reports(&by_person),
            broken_off,
        }
    }
}

/// Frames so far and their pace: how many there are is not known before the end.
fn progress(name: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(name.to_owned());
    let style = ProgressStyle::with_template("{spinner} {msg}: frame {pos}, {per_sec}");
    bar.set_style(style.expect("the template is well-formed"));
    bar
}

/// In words, for a terminal: the study's Table 5, then by time.
impl fmt::Display for VideoReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [frames, without] = [self.frames, self.frames_without_face].map(|n| thousands(n as usize));
        writeln!(f, "{}: {frames} frames, {without} of them without a face", self.video)?;
        write!(f, "{}", self.counts_table())?;
        match self.people.len() {
            0 => {}
            1 => write!(f, "\n1 person, by time, scores smoothed")?,
            n => write!(f, "\n{} persons, by time, scores smoothed", thousands(n))?,
        }
        if !self.people.is_empty() {
            write!(f, "\n{}", people::words(&self.times, &self.people))?;
        }
        match &self.broken_off {
            Some(why) => write!(f, "\nnot all of it: {why} after frame {frames}"),
            None => Ok(()),
        }
    }
}

impl VideoReport {
    /// The most frequent label first, as in the study's Table 5, unsure faces last.
    fn counts_table(&self) -> Table {
        let mut rows = self.shares;
        rows.sort_by_key(|row| std::cmp::Reverse(row.count));
        let labels = rows.iter().map(|row| (row.emotion.name(), row.count, row.relative));
        let unsure = self.unsure.map(|unsure| ("unsure", unsure.count, unsure.relative));
        let rows = labels
            .chain(unsure)
            .map(|(label, count, relative)| [label.to_owned(), thousands(count as usize), format!("{relative:.3}")]);
        table(&["label", "count", "share"], rows)
    }
}
