//! Videos: to the engine, one after the other.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use gloo::render::{AnimationFrame, request_animation_frame};
use web_time::{Duration, Instant};
use yew::prelude::*;

use super::inspect::inspect_newest;
use super::kept_videos::{Kept, KeptVideos};
use super::player::Player;
use crate::engine::{Engine, VideoFrameResult};
use crate::inspection::InspectionState;
use crate::live::{self, FrameFacts, KeptSession, Live};
use crate::problem::Problem;
use crate::protocol::{self, VideoEnd, VideoInfo, VideoRange};
use crate::state::{Action, State};
use crate::web::ImageData;
use crate::web::file::NamedFile;

/// Time between two painted frames: enough to see how far the video is read, and more would take time from reading.
const PAINT_PAUSE: Duration = Duration::from_millis(100);

/// Frames a second where that is not known; it matters for videos of less than one frame a second alone.
const USUAL_RATE: f64 = 25.0;

/// Reads videos.
#[derive(Clone)]
pub(super) struct VideoController {
    pub engine: Rc<Engine>,
    pub on_stage: Rc<VideoOnStage>,
    pub player: Player,
    pub live: Rc<RefCell<Live>>,
    pub dispatcher: UseReducerDispatcher<State>,
}

/// The video on the stage.
#[derive(Default)]
pub(super) struct VideoOnStage {
    file: RefCell<Option<NamedFile>>,
    queue: RefCell<VecDeque<NamedFile>>,
    is_reading: Cell<bool>,
    /// The end of the file, where it is known.
    end_secs: Cell<Option<f64>>,
    /// The frames of the file that are read.
    range: Cell<VideoRange>,
    /// Frames a second of the file, where they are known.
    frames_per_sec: Cell<Option<f64>>,
    painted: RefCell<Option<Instant>>,
    /// The picture of the newest frame, if it is not painted.
    unpainted: RefCell<Option<ImageData>>,
    is_paused: Cell<bool>,
    /// Why it is read as the browser plays it, if it is.
    inexact: RefCell<Option<String>>,
    /// Whether it is only to be shown.
    is_attached: Cell<bool>,
    /// The file that the newest session is of; it may have left the stage.
    of_session: RefCell<Option<NamedFile>>,
    pub kept: KeptVideos,
    /// The painting that is to come.
    painting: RefCell<Option<AnimationFrame>>,
}

impl VideoOnStage {
    /// Whether frames of a video are awaited.
    pub(super) fn is_taken(&self) -> bool {
        self.file.borrow().is_some()
    }

    /// `problem` of the video on the stage, by its name.
    fn named(&self, problem: Problem) -> Problem {
        match &*self.file.borrow() {
            Some(file) => problem.of_file(&file.name),
            None => problem,
        }
    }

    /// Its frames are read from now on.
    fn begin(&self) {
        self.is_reading.set(true);
        self.is_paused.set(false);
        self.unpainted.take();
    }

    /// A session of the range that is read begins. It is told how many frames it gets, not how many there are, and what
    /// exports say: which frames were read, unless it is all of them.
    fn begin_session(&self, live: &mut Live) {
        let VideoRange { from_secs, to_secs, every } = self.range.get();
        live.start_video(self.frames_per_sec.get().unwrap_or(USUAL_RATE) / f64::from(every.max(1)));
        if from_secs > 0.0 {
            live.note("from_secs", from_secs.to_string());
        }
        if let Some(to_secs) = to_secs {
            live.note("to_secs", to_secs.to_string());
        }
        if every > 1 {
            live.note("every", every.to_string());
        }
    }
}

impl VideoController {
    /// Whether frames of a video are still to come.
    pub(super) fn is_reading(&self) -> bool {
        self.on_stage.is_reading.get()
    }

    /// Whether files wait to be read.
    pub(super) fn has_queue(&self) -> bool {
        !self.on_stage.queue.borrow().is_empty()
    }

    /// Read a file after those that wait.
    pub(super) fn queue(&self, file: NamedFile) {
        self.on_stage.queue.borrow_mut().push_back(file);
        self.dispatcher.dispatch(Action::QueueVideos(self.queue_names()));
    }

    /// Read a file now.
    pub(super) fn read(&self, file: NamedFile) {
        self.player.stop();
        self.keep();
        self.on_stage.of_session.replace(Some(file.clone()));
        self.dispatcher.dispatch(Action::ChooseVideo(file.name.clone(), self.queue_names()));
        self.on_stage.begin();
        self.on_stage.is_attached.set(false);
        self.on_stage.inexact.take();
        self.on_stage.end_secs.set(None);
        self.on_stage.frames_per_sec.set(None);
        self.on_stage.range.set(VideoRange::default());
        self.player.begin_picture(0.0);
        self.engine.open_video(file.blob.clone());
        self.on_stage.begin_session(&mut self.live.borrow_mut());
        self.live.borrow_mut().begin_file(&file.name);
        self.on_stage.file.replace(Some(file));
        self.engine.read_video(VideoRange::default());
    }

    /// Keep the newest session: another source takes its place.
    pub(super) fn keep(&self) {
        let file = self.on_stage.of_session.take();
        let session = self.live.borrow_mut().take_session();
        // One that was opened from a file and not changed is opened again from there.
        let is_kept = |session: &KeptSession| file.is_some() || session.is_of_camera || !session.is_saved;
        if let Some(session) = session.filter(is_kept) {
            let said = session.session.provenance().file_name.as_str();
            let name = file.as_ref().map_or(said, |file| &file.name);
            let unnamed = if session.is_of_camera { "Camera" } else { "A session" };
            let name = if name.is_empty() { unnamed } else { name }.to_owned();
            self.on_stage.kept.push(Kept { name, file, result: Ok(session) }, &self.dispatcher);
        }
    }

    /// The video of that index among those that were read before; `None` while another one is read, and of one that could
    /// not be opened.
    pub(super) fn take_kept(&self, idx: usize) -> Option<Kept> {
        let is_free = !self.is_reading() && self.on_stage.queue.borrow().is_empty();
        if is_free { self.on_stage.kept.take(idx) } else { None }
    }

    /// Show a video that was read before, as it was read.
    pub(super) fn show_kept(&self, Kept { file, result, .. }: Kept) {
        let Ok(session) = result else { return };
        self.keep();
        self.on_stage.kept.tell(&self.dispatcher);
        self.live.borrow_mut().show_kept(session);
        self.on_stage.of_session.replace(file.clone());
        if let Some(file) = file {
            self.attach(file);
        }
    }

    /// Keep the frames of a file ready, to be shown with what a session says of them.
    pub(super) fn attach(&self, file: NamedFile) {
        self.dispatcher.dispatch(Action::AttachVideo(file.name.clone()));
        self.on_stage.is_attached.set(true);
        self.player.begin_picture(self.live.borrow().picture_begins_secs(&file.name));
        self.engine.open_video(file.blob.clone());
        self.on_stage.file.replace(Some(file));
    }

    /// Read other frames of the video on the stage, from nothing. What was read of it before is kept, if that took a while
    /// or a person changed it.
    pub(super) fn read_range(&self, range: VideoRange) {
        self.player.stop();
        self.end_reading("another part was read");
        if self.live.borrow().is_worth_keeping() {
            let file = self.on_stage.of_session.borrow().clone();
            self.keep();
            self.on_stage.of_session.replace(file);
        }
        self.on_stage.begin();
        self.on_stage.range.set(range);
        self.on_stage.begin_session(&mut self.live.borrow_mut());
        self.dispatcher.dispatch(Action::ReadVideo(range));
        self.engine.read_video(range);
    }

    pub(super) fn pause(&self) {
        self.on_stage.is_paused.set(true);
        self.engine.pause_video();
        self.player.paint_newest(self.on_stage.unpainted.take());
        self.dispatcher.dispatch(Action::PauseVideo(true));
    }

    pub(super) fn resume(&self) {
        self.on_stage.is_paused.set(false);
        self.engine.resume_video();
        self.dispatcher.dispatch(Action::PauseVideo(false));
    }

    /// End it before its end; what was read stays.
    pub(super) fn stop(&self) {
        self.engine.stop_video();
        self.on_stage.is_reading.set(false);
        self.player.paint_newest(self.on_stage.unpainted.take());
        self.live.borrow_mut().end_video(None);
        self.live.borrow_mut().note("broken_off", "stopped by a person");
        self.dispatcher.dispatch(Action::StopVideo);
    }

    /// Something else takes the stage. Files that wait are read once videos are looked at again.
    pub(super) fn release(&self) {
        self.player.stop();
        self.on_stage.unpainted.take();
        self.end_reading("left before its end");
        if self.on_stage.file.take().is_some() {
            self.engine.close_video();
        }
        self.on_stage.is_reading.set(false);
    }

    /// The session ends where it is, if frames were still to come.
    fn end_reading(&self, why: &str) {
        if self.is_reading() {
            self.live.borrow_mut().end_video(None);
            self.live.borrow_mut().note("broken_off", why);
        }
    }

    /// Files that wait are not read any more. Returns how many.
    pub(super) fn drop_queue(&self) -> usize {
        self.on_stage.queue.take().len()
    }

    /// The next file of the queue, if the video on the stage is done.
    pub(super) fn read_next(&self) {
        let next = self.on_stage.queue.borrow_mut().pop_front();
        if let Some(file) = next {
            self.read(file);
        }
    }

    /// The video on the stage.
    pub(super) fn file(&self) -> Option<NamedFile> {
        self.on_stage.file.borrow().clone()
    }

    fn queue_names(&self) -> Vec<String> {
        self.on_stage.queue.borrow().iter().map(|file| file.name.clone()).collect()
    }
}

/// Takes the engine's events about videos in.
#[derive(Clone)]
pub(super) struct VideoEvents {
    pub on_stage: Rc<VideoOnStage>,
    pub live: Rc<RefCell<Live>>,
    pub inspection: Rc<RefCell<InspectionState>>,
    pub player: Player,
    pub dispatcher: UseReducerDispatcher<State>,
}

impl VideoEvents {
    /// Whether a video is on the stage.
    pub(super) fn is_awaited(&self) -> bool {
        self.on_stage.is_taken()
    }

    pub(super) fn opened(&self, opened: Result<VideoInfo, Problem>) {
        match opened {
            _ if !self.on_stage.is_taken() => {} // it has left the stage
            Ok(info) if self.on_stage.is_attached.get() => {
                self.dispatcher.dispatch(Action::OpenVideo(info));
                let begin_secs = self.live.borrow().begin_secs();
                self.player.go_to(begin_secs);
            }
            Ok(info) => {
                self.on_stage.end_secs.set(info.end_secs);
                self.on_stage.frames_per_sec.set(info.frames_per_sec);
                self.on_stage.begin_session(&mut self.live.borrow_mut());
                self.dispatcher.dispatch(Action::OpenVideo(info));
            }
            Err(problem) => {
                let problem = self.on_stage.named(problem);
                // A session whose frames were to be shown stays.
                if !self.on_stage.is_attached.get() {
                    self.on_stage.of_session.take();
                }
                let file = self.on_stage.file.take();
                self.on_stage.is_reading.set(false);
                self.dispatcher.dispatch(Action::RefuseVideo(problem.clone()));
                // The next one begins at once, and takes its word away.
                if let Some(file) = file.filter(|_| !self.on_stage.queue.borrow().is_empty()) {
                    let kept = Kept { name: file.name.clone(), file: Some(file), result: Err(problem) };
                    self.on_stage.kept.push(kept, &self.dispatcher);
                }
            }
        }
    }

    /// It is read as the browser plays it.
    pub(super) fn inexact(&self, why: String) {
        self.on_stage.inexact.replace(Some(why));
        self.dispatcher.dispatch(Action::MarkVideoInexact);
    }

    /// Every frame is taken in, and some are painted, with their own faces.
    pub(super) fn frame(&self, result: VideoFrameResult) {
        if !self.on_stage.is_taken() {
            return;
        }
        let VideoFrameResult { frame, decoded, task, pixels } = result;
        let protocol::AnalyzedFrame { analysis, crops, capture_ms, read_by } = frame;
        let now = Instant::now();
        let about = FrameFacts { width: decoded.width, height: decoded.height, read_by };
        let frame = live::Frame { at: now, task, analysis, crops, capture_ms, about };
        let mut live = self.live.borrow_mut();
        live.record_video(frame, decoded.time_secs, now);
        if let Some(why) = &*self.on_stage.inexact.borrow() {
            live.note("exact", format!("no, frames may be left out: {why}"));
        }
        drop(live);
        if let Some(engine) = self.player.engine.get() {
            inspect_newest(&self.live, &self.inspection, engine);
        }
        self.on_stage.unpainted.replace(Some(pixels));
        let is_due = self.on_stage.painted.borrow().is_none_or(|painted| now - painted >= PAINT_PAUSE);
        if self.on_stage.is_paused.get() {
            self.player.paint_newest(self.on_stage.unpainted.take());
        } else if is_due {
            self.on_stage.painted.replace(Some(now));
            self.paint_soon();
        }
    }

    /// Paint the newest frame when the screen shows the next picture: the worker is given its next frame before that, and
    /// a hidden page paints nothing.
    fn paint_soon(&self) {
        let (on_stage, player) = (Rc::downgrade(&self.on_stage), self.player.clone());
        let painting = request_animation_frame(move |_| {
            if let Some(on_stage) = on_stage.upgrade() {
                player.paint_newest(on_stage.unpainted.take());
            }
        });
        self.on_stage.painting.replace(Some(painting));
    }

    pub(super) fn ended(&self, mut end: VideoEnd) {
        if self.on_stage.is_taken() {
            end.problem = end.problem.map(|problem| self.on_stage.named(problem));
            self.on_stage.is_reading.set(false);
            self.player.paint_newest(self.on_stage.unpainted.take());
            let mut live = self.live.borrow_mut();
            let ends = [self.on_stage.range.get().to_secs, self.on_stage.end_secs.get()];
            let end_secs = ends.into_iter().flatten().reduce(f64::min);
            live.end_video(end_secs.filter(|_| end.problem.is_none()));
            if let Some(problem) = &end.problem {
                live.note("broken_off", &problem.detail);
            }
            if end.n_lost > 0 {
                live.note("frames_lost", end.n_lost.to_string());
            }
            drop(live);
            self.dispatcher.dispatch(Action::EndVideo(end));
        }
    }
}
