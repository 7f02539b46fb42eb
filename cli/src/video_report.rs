//! Apparent expression shares of a video: the study's Table 5, and by time for each person.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use anyhow::Result;
use comfy_table::Table;
use indicatif::{ProgressBar, ProgressStyle};
use model_core::Emotion;
use native::{table, thousands};
use pipeline::{
    FrameReport, FrameTask, PoorFramePolicy, Provenance, Search, Session, SessionSettings, Share, TimeShare,
    TrackedFace, Unsure,
};
use serde::Serialize;

use crate::{
    annotated_video::AnnotatedVideo,
    people::{self, PersonReport},
    predict::Outputs,
    predictor::Predictor,
    session_files::{self, SessionFiles},
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
    pub detector: String,
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
    /// The files that were made of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exported: Vec<PathBuf>,
    /// Why not all of them could be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub export_error: Option<String>,
    /// Where the annotated video was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotated: Option<PathBuf>,
    /// Why it could not be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotation_error: Option<String>,
}

/// The annotated video, from its first frame on.
enum Annotation {
    Unwanted,
    /// To be written there.
    Wanted(PathBuf),
    Begun(Box<AnnotatedVideo>),
    Failed(anyhow::Error),
}

impl Predictor {
    /// Report on the video in the file `path`; everything that `outputs` asks for is written. If it breaks off after some
    /// frames, these frames count, and the report says so.
    pub(crate) fn video(&self, path: &Path, outputs: &mut Outputs) -> Result<VideoReport> {
        let mut video = Video::open(path)?;
        let (name, rate) = (path.display().to_string(), video.frames_per_sec());
        let card = self.engine.classifier().card();
        let settings = SessionSettings::for_video(rate);
        let files = &mut outputs.session_files;
        // Without files nobody asks for single frames, so that a video of any length can be read.
        let max_rows = if files.are_wanted() { usize::MAX } else { 0 };
        let mut session = Session::new(SessionSettings { max_rows, ..settings });
        session.set_threshold(card.architecture, card.calibration.map(|calibration| calibration.threshold));
        let is_traced = files.are_wanted() || outputs.annotations.is_some();
        let file_sha256 = if is_traced { session_files::file_sha256(path)? } else { String::new() };
        let annotated = outputs.annotations.as_mut().map(|annotations| annotations.video(path));
        let mut annotation = annotated.map_or(Annotation::Unwanted, Annotation::Wanted);
        let bar = progress(&name);
        let broken_off = loop {
            let frame = match video.next_frame() {
                Ok(Some(frame)) => frame,
                Ok(None) => break None,
                Err(error) if session.n_frames() > 0 => break Some(format!("{error:#}")),
                Err(error) => return Err(error),
            };
            let faces = self.watch(&frame, &mut session)?;
            // Some settings are known only when a network has read something.
            let provenance = || self.video_provenance(path, &file_sha256, &session);
            annotation = annotation.with(path, &frame, &faces, provenance);
            bar.inc(1);
        };
        session.pause(video.end_secs());
        bar.finish_and_clear();
        if is_traced {
            let mut provenance = self.video_provenance(path, &file_sha256, &session);
            provenance.settings.extend(broken_off.clone().map(|why| ("broken_off".to_owned(), why)));
            session.set_provenance(provenance);
        }
        let (annotated, annotation_error) = annotation.finish();
        let report = VideoReport { broken_off, annotated, annotation_error, ..VideoReport::of(name, rate, &session) };
        let (network, detector) = (card.id.clone(), self.detector.id().to_owned());
        let unsure = card.calibration.map(|_| session.label_counts().unsure());
        Ok(VideoReport { network, detector, unsure, ..report }.with_files(&session, files))
    }

    /// Take in the next frame. Faces are found in every frame, none is followed: a report must not depend on how fast the
    /// machine is, and a box that was moved without a look is no measurement.
    fn watch(&self, frame: &Frame<'_>, session: &mut Session) -> Result<Vec<TrackedFace>> {
        let Frame { time_secs, view } = *frame;
        let longer_side = view.width().max(view.height());
        let planned = || session.plan_search(time_secs, longer_side);
        let task = self.video_search.map_or_else(planned, FrameTask::Search);
        let (analysis, _) = pollster::block_on(self.engine.analyze_frame(view, &task))?;
        let network = self.engine.classifier().card().architecture;
        Ok(session.push(&FrameReport { time_secs, task, network, analysis }))
    }

    fn video_provenance(&self, path: &Path, file_sha256: &str, session: &Session) -> Provenance {
        let search = if self.video_search == Some(Search::Photo) { "photo" } else { "planned" };
        let mut settings = session.settings_in_words();
        settings.insert("search".to_owned(), search.to_owned());
        self.provenance(path, file_sha256.to_owned(), settings)
    }
}

impl Annotation {
    /// The same with the next frame of the video `original`; the first one asks for the `provenance`.
    fn with(
        self,
        original: &Path,
        frame: &Frame<'_>,
        faces: &[TrackedFace],
        provenance: impl FnOnce() -> Provenance,
    ) -> Self {
        let begun = match self {
            Self::Wanted(path) => {
                let size = [frame.view.width() as u32, frame.view.height() as u32];
                AnnotatedVideo::create(path, original, size, &provenance()).map(Box::new)
            }
            Self::Begun(video) => Ok(video),
            Self::Unwanted | Self::Failed(_) => return self,
        };
        let pushed = begun.and_then(|mut video| {
            video.push(frame.time_secs, frame.view, faces)?;
            Ok(video)
        });
        pushed.map_or_else(Self::Failed, Self::Begun)
    }

    /// Where it was written, or why it could not be.
    fn finish(self) -> (Option<PathBuf>, Option<String>) {
        let written = match self {
            Self::Unwanted | Self::Wanted(_) => return (None, None),
            Self::Begun(video) => video.finish(),
            Self::Failed(error) => Err(error),
        };
        written.map_or_else(|error| (None, Some(format!("{error:#}"))), |path| (Some(path), None))
    }
}

/// Report on the session that was saved in the file `path`; `files` are made of it.
pub(crate) fn saved(path: &Path, files: &mut SessionFiles) -> Result<VideoReport> {
    let session = session_files::open(path)?;
    let (from, to) = session.timeline().span().unwrap_or_default();
    let rate = if to > from { session.n_frames() as f64 / (to - from) } else { 0.0 };
    Ok(VideoReport::of(path.display().to_string(), rate, &session).with_files(&session, files))
}

impl VideoReport {
    /// The report of a session that says where it comes from; `video` is the name of the file.
    fn of(video: String, frames_per_sec: f64, session: &Session) -> Self {
        let provenance = session.provenance();
        Self {
            video,
            frames: session.n_frames(),
            frames_without_face: session.n_frames_without_face(),
            frames_per_sec,
            network: provenance.network.clone(),
            detector: provenance.detector.clone(),
            shares: session.label_counts().rows(),
            unsure: provenance.settings.contains_key("threshold").then(|| session.label_counts().unsure()),
            times: session.shares().times(PoorFramePolicy::Separate),
            people: people::reports(session),
            broken_off: provenance.settings.get("broken_off").cloned(),
            exported: vec![],
            export_error: None,
            annotated: None,
            annotation_error: None,
        }
    }

    /// Whether something that was asked could not be done.
    pub(crate) fn is_failed(&self) -> bool {
        self.broken_off.is_some() || self.export_error.is_some() || self.annotation_error.is_some()
    }

    /// The same, with what is said of the files that are made of the session.
    fn with_files(self, session: &Session, files: &mut SessionFiles) -> Self {
        let (exported, export_error) = files.write(session);
        Self { exported, export_error, ..self }
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
        if let Some(why) = &self.broken_off {
            write!(f, "\nnot all of it: {why} after frame {frames}")?;
        }
        if !self.exported.is_empty() {
            let names: Vec<_> = self.exported.iter().map(|path| path.display().to_string()).collect();
            write!(f, "\nexported: {}", names.join(", "))?;
        }
        if let Some(error) = &self.export_error {
            write!(f, "\nnot all exported: {error}")?;
        }
        if let Some(path) = &self.annotated {
            write!(f, "\nannotated: {}", path.display())?;
        }
        self.annotation_error.as_ref().map_or(Ok(()), |error| write!(f, "\nnot annotated: {error}"))
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
