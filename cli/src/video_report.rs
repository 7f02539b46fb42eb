//! Apparent expression shares of a video: the study's Table 5, and by time for each person.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use anyhow::{Result, bail};
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
    args::PartArgs,
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
    /// Frames between those that could not be decoded.
    #[serde(skip_serializing_if = "is_zero")]
    pub frames_lost: u64,
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
    /// Why it could not be written, or what it lacks.
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
        let PartArgs { from, to, every } = self.part;
        // A file may begin before 0.
        let first_secs = if from > 0.0 { from } else { f64::NEG_INFINITY };
        let mut video = Video::open(path, first_secs)?;
        let (name, rate) = (path.display().to_string(), video.frames_per_sec() / f64::from(every));
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
        let end_secs = video.length_secs().map(|secs| secs.min(to.unwrap_or(secs)));
        let bar = progress(&name, end_secs);
        let (mut n_in_part, mut newest_secs) = (0_u64, [None; 2]);
        let broken_off = loop {
            let frame = match video.next_frame() {
                Ok(Some(frame)) if to.is_some_and(|to| frame.time_secs >= to) => break None,
                Ok(Some(frame)) => frame,
                Ok(None) => break None,
                Err(error) if session.n_frames() > 0 => break Some(format!("{error:#}")),
                Err(error) => return Err(error),
            };
            show_progress(&bar, &name, session.n_frames(), frame.time_secs);
            n_in_part += u64::from(frame.time_secs >= first_secs);
            if frame.time_secs < first_secs || !(n_in_part - 1).is_multiple_of(every.into()) {
                continue;
            }
            newest_secs = [newest_secs[1], Some(frame.time_secs)];
            let faces = self.watch(&frame, &mut session)?;
            // Some settings are known only when a network has read something.
            let provenance = || self.video_provenance(path, &file_sha256, &session);
            annotation = annotation.with(path, &frame, &faces, provenance);
        };
        bar.finish_and_clear();
        if n_in_part == 0 && (from > 0.0 || to.is_some()) {
            bail!("expected frames from {from} s{}, got none", to.map_or(String::new(), |to| format!(" to {to} s")));
        }
        let frames_lost = video.n_lost();
        // Where it breaks off, its newest frame lasts as long as the one before it, as in the page.
        let whole_secs = video.end_secs().min(to.unwrap_or(f64::INFINITY));
        let end_secs = broken_off.as_ref().map_or(whole_secs, |_| end_of(newest_secs, rate));
        session.pause(end_secs);
        if is_traced {
            let provenance = self.video_provenance(path, &file_sha256, &session);
            session.set_provenance(with_what_is_missing(provenance, broken_off.as_deref(), frames_lost));
        }
        let is_cut = broken_off.is_some() || from > 0.0 || to.is_some();
        let (annotated, annotation_error) = annotation.finish(is_cut.then_some([from, end_secs]));
        let report = VideoReport::of(name, rate, &session);
        let report = VideoReport { frames_lost, broken_off, annotated, annotation_error, ..report };
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
        settings.extend(self.part.in_words());
        self.provenance(path, file_sha256.to_owned(), settings)
    }
}

impl PartArgs {
    /// What exports say of it, in the page's words; nothing if all frames are read.
    fn in_words(self) -> BTreeMap<String, String> {
        let Self { from, to, every } = self;
        let words = [
            ("from_secs", (from > 0.0).then(|| from.to_string())),
            ("to_secs", to.map(|to| to.to_string())),
            ("every", (every > 1).then(|| every.to_string())),
        ];
        words.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
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

    /// Where it was written, and why it could not be or what it lacks. Its sound is that of the time
    /// `part`, seconds, if not all of the video is in it.
    fn finish(self, part: Option<[f64; 2]>) -> (Option<PathBuf>, Option<String>) {
        let written = match self {
            Self::Unwanted | Self::Wanted(_) => return (None, None),
            Self::Begun(video) => video.finish(part),
            Self::Failed(error) => Err(error),
        };
        written.map_or_else(|error| (None, Some(format!("{error:#}"))), |(path, lacks)| (Some(path), lacks))
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
            frames_lost: provenance.settings.get("frames_lost").and_then(|n| n.parse().ok()).unwrap_or_default(),
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

/// How far a video is read, in time; of one that is `length_secs` long, if that is known.
fn progress(name: &str, length_secs: Option<f64>) -> ProgressBar {
    let (bar, template) = match length_secs {
        Some(secs) => (ProgressBar::new((1000.0 * secs) as u64), "{msg} {wide_bar} {percent:>3} %, {eta} left"),
        None => (ProgressBar::new_spinner(), "{spinner} {msg}, {elapsed}"),
    };
    bar.set_style(ProgressStyle::with_template(template).expect("the template is well-formed"));
    bar.with_message(name.to_owned())
}

fn show_progress(bar: &ProgressBar, name: &str, n_frames: u64, time_secs: f64) {
    bar.set_message(format!("{name}: {n_frames} frames, at {time_secs:.1} s"));
    bar.set_position((1000.0 * time_secs.max(0.0)) as u64);
}

/// `provenance`, with what is missing of the video.
fn with_what_is_missing(mut provenance: Provenance, broken_off: Option<&str>, frames_lost: u64) -> Provenance {
    let lost = (frames_lost > 0).then(|| frames_lost.to_string());
    let missing = [("broken_off", broken_off.map(str::to_owned)), ("frames_lost", lost)];
    provenance.settings.extend(missing.into_iter().filter_map(|(name, words)| Some((name.to_owned(), words?))));
    provenance
}

/// The end of the newer of two frames, seconds: it lasts as long as the other one.
fn end_of([before, newest]: [Option<f64>; 2], frames_per_sec: f64) -> f64 {
    let newest = newest.unwrap_or_default();
    newest + before.map_or(1.0 / frames_per_sec, |before| (newest - before).max(0.0))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(n: &u64) -> bool {
    *n == 0
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
            n => write!(f, "\n{} people, by time, scores smoothed", thousands(n))?,
        }
        if !self.people.is_empty() {
            write!(f, "\n{}", people::words(&self.times, &self.people))?;
        }
        if self.frames_lost > 0 {
            write!(f, "\n{} more frames could not be decoded", thousands(self.frames_lost as usize))?;
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
        match &self.annotation_error {
            Some(lacks) if self.annotated.is_some() => write!(f, ", but {lacks}"),
            Some(error) => write!(f, "\nnot annotated: {error}"),
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
