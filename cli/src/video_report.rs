//! Apparent expression shares of a video: the study's Table 5, and by time for each person.

use std::{fmt, path::Path};

use anyhow::Result;
use comfy_table::Table;
use indicatif::{ProgressBar, ProgressStyle};
use model_core::Emotion;
use native::{table, thousands};
use pipeline::{
    FrameReport, FrameTask, PoorFramePolicy, Session, SessionSettings, Share, TimeShare, TrackedFace, Unsure,
};
use serde::Serialize;
use vision::RgbaView;

use crate::{
    people::{self, PersonReport},
    predictor::Predictor,
    rows::FaceRows,
    video::{Frame, Video},
};

/// The shares of one video. An entry of the JSON of `--json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct VideoReport {
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
    pub detector: &'static str,
    /// How often each label was the most probable one; every face of every frame counts once.
    pub shares: [Share; Emotion::COUNT],
    /// How often none was probable enough; `None` if the network has no calibration, which is never unsure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsure: Option<Unsure>,
    /// How long each thing was shown, by labels that are smoothed in time; those of all faces add up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub times: Vec<TimeShare>,
    /// The same for each person, in the order in which they came.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<PersonReport>,
    /// Why not all of it could be read; `None` if all was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken_off: Option<String>,
}

impl Predictor {
    /// Who shows what in the video in the file `path`; with `rows`, every face of it as well. If it breaks off after some
    /// frames, these frames count, and the report says so.
    pub(crate) fn video(&self, path: &Path, mut rows: Option<&mut FaceRows>) -> Result<VideoReport> {
        let mut video = Video::open(path)?;
        let (name, rate) = (path.display().to_string(), video.frames_per_sec());
        let card = self.engine.classifier().card();
        // Rows are written as they come, so that a video of any length can be read.
        let settings = SessionSettings { max_observations: 0, ..SessionSettings::for_video(rate) };
        let mut session = Session::new(settings);
        session.set_threshold(card.architecture, card.calibration.map(|calibration| calibration.threshold));
        let bar = progress(&name);
        let broken_off = loop {
            let Frame { time_secs, view } = match video.next_frame() {
                Ok(Some(frame)) => frame,
                Ok(None) => break None,
                Err(error) if session.n_frames() > 0 => break Some(format!("{error:#}")),
                Err(error) => return Err(error),
            };
            let n = session.n_frames();
            let faces = self.watch(view, time_secs, &mut session)?;
            if let Some(rows) = &mut rows {
                rows.write(&name, n, time_secs, faces)?;
            }
            bar.inc(1);
        };
        session.pause(video.end_secs());
        bar.finish_and_clear();
        rows.map_or(Ok(()), FaceRows::flush)?;
        Ok(self.video_report(name, rate, &session, broken_off))
    }

    /// Take in the next frame. Every frame is searched, none followed: a report must not depend on how fast the machine is,
    /// and a box that was moved without a look is no measurement.
    fn watch<'a>(&self, frame: RgbaView<'_>, time_secs: f64, session: &'a mut Session) -> Result<&'a [TrackedFace]> {
        let longer_side = frame.width().max(frame.height());
        let search = self.video_search.unwrap_or_else(|| session.plan_search(time_secs, longer_side));
        let task = FrameTask::Search(search);
        let (analysis, _) = pollster::block_on(self.engine.analyze_frame(frame, &task))?;
        let network = self.engine.classifier().card().architecture;
        Ok(session.push(&FrameReport { time_secs, task, network, analysis }))
    }

    fn video_report(
        &self,
        video: String,
        frames_per_sec: f64,
        session: &Session,
        broken_off: Option<String>,
    ) -> VideoReport {
        let card = self.engine.classifier().card();
        VideoReport {
            video,
            frames: session.n_frames(),
            frames_without_face: session.n_frames_without_face(),
            frames_per_sec,
            network: card.id.clone(),
            detector: self.detector.id(),
            shares: session.label_counts().rows(),
            unsure: card.calibration.map(|_| session.label_counts().unsure()),
            times: session.shares().times(PoorFramePolicy::Separate),
            people: people::reports(session),
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
