//! The state of the page, as persons and the engine change it: data, actions, and one step from state to state.
//!
//! Data that the camera changes thirty times a second are in [`live`](crate::live) instead.

mod camera;
mod engine;
mod look;
mod mode;
mod photo;
mod photos;
mod source;
mod status;
mod tools;
mod video;

use std::rc::Rc;

use yew::Reducible;

pub(crate) use camera::{Camera, CameraInfo, CameraProblem, CameraStep, CameraTrouble};
pub(crate) use engine::{EngineState, PhotoWait, SelfTestState};
pub(crate) use look::{Look, LookAction};
pub(crate) use mode::Mode;
pub(crate) use photo::{AnalyzedPhoto, Photo};
pub(crate) use photos::{Item, Photos, PhotosAction, Summary};
pub(crate) use source::Source;
pub(crate) use tools::{Beside, Fetched, Tool, ToolAction, Tools};
pub(crate) use video::{KeptFrames, KeptVideo, Playback, Video, VideoStep};

use crate::display::FaceRef;
use crate::engine::{EngineEvent, EngineSettings};
use crate::problem::Problem;
use crate::protocol::{VideoEnd, VideoInfo, VideoRange};
use crate::settings::Settings;

/// The state of the page.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct State {
    /// The person's settings.
    pub settings: Settings,
    /// The state of the engine.
    pub engine: EngineState,
    /// The thing that a person does.
    pub mode: Mode,
    /// The source of the picture on the stage.
    pub source: Source,
    /// The photos, if several were given.
    pub photos: Photos,
    /// The videos that were read before the one on the stage.
    pub kept_videos: Vec<KeptVideo>,
    /// The face that a person points at, in the list or on the picture; it is lit in both.
    pub pointed: Option<FaceRef>,
    /// The views of the selected face.
    pub tools: Tools,
    /// Whether the drawer with the settings is open.
    pub shows_settings: bool,
    /// The cameras that the browser names, once it may.
    pub cameras: Vec<CameraInfo>,
    /// Why the last photo or the camera could not be read.
    pub problem: Option<Problem>,
    /// Something to know that needs no action.
    pub notice: Option<String>,
    /// Why something about the timeline could not be done; it is said beside it.
    pub timeline_problem: Option<Problem>,
}

/// A change of the page's state.
#[derive(Debug)]
pub(crate) enum Action {
    /// News of the engine.
    Engine(EngineEvent),
    /// A person asked whether the engine is right on this device.
    StartSelfTest,
    /// Load again what failed.
    Retry,
    /// Put problem and notice away.
    Dismiss,
    /// Do another of the three things.
    SetMode(Mode),
    /// Open the drawer with the settings.
    OpenSettings,
    /// Close it.
    CloseSettings,
    /// A photo was given.
    ChoosePhoto(String),
    /// The photo on the stage is read again, by another network or on another device.
    RereadPhoto,
    /// The search of the photo is not to go on.
    StopSearch,
    /// The photo was read, or searched a step further.
    ShowPhoto(Rc<AnalyzedPhoto>),
    /// The photo could not be read.
    RefusePhoto(Problem),
    /// Something about several photos.
    Photos(PhotosAction),
    /// Clear the stage, and forget several photos.
    ClosePhotos,
    /// Something to know that needs no action.
    Notify(String),
    /// Say that something cannot be done; the stage stays as it is.
    ShowProblem(Problem),
    /// Why something about the timeline could not be done; `None` once it was done.
    SetTimelineProblem(Option<Problem>),
    /// Select a face of the photo.
    SelectFace(usize),
    /// Point at a face, or at none.
    PointAt(Option<FaceRef>),
    /// A video was given, and the names of those that wait.
    ChooseVideo(String, Vec<String>),
    /// A video was given to show its frames for a session that was opened.
    AttachVideo(String),
    /// Frames of it are played, or no more.
    PlayVideo(Option<Playback>),
    /// These videos wait.
    QueueVideos(Vec<String>),
    /// These videos were read before.
    KeepVideos(Vec<KeptVideo>),
    /// The video is open.
    OpenVideo(VideoInfo),
    /// It is read as the browser plays it, and its times are not exact.
    MarkVideoInexact,
    /// The video could not be opened.
    RefuseVideo(Problem),
    /// Other frames of it are read.
    ReadVideo(VideoRange),
    /// It waits, or goes on.
    PauseVideo(bool),
    /// A person ended it.
    StopVideo,
    /// All frames of it were read, or as many as could be.
    EndVideo(VideoEnd),
    /// The camera was asked for.
    AskCamera,
    /// The camera runs.
    StartCamera {
        /// The browser's id of it.
        id: String,
        /// Whether it looks away from the person, as the one on the back of a phone.
        faces_away: bool,
    },
    /// The camera's picture is being kept, or no more.
    RecordCamera(bool),
    /// Nothing can be read of the camera's picture, or it can again.
    SetCameraTrouble(Option<CameraTrouble>),
    /// These cameras are there.
    ListCameras(Vec<CameraInfo>),
    /// The camera does not run, or no more.
    LoseCamera(CameraProblem),
    /// The camera was given back.
    StopCamera,
    /// Show the camera as in a mirror, or as others see it.
    SetMirror(bool),
    /// Mark eyes, nose, mouth and ears, or not.
    SetKeyPoints(bool),
    /// Leave frames in which a face is poorly seen out of the shares, or not.
    SetLeaveOutPoor(bool),
    /// Something about the views of the selected face.
    Tool(ToolAction),
}

impl State {
    /// The page at first, with the settings of the last visit.
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// Whether frames of a video may still come, or others wait.
    pub(crate) fn is_video_read(&self) -> bool {
        matches!(&self.source, Source::Video(video) if video.is_read() || !video.queue.is_empty())
    }

    /// Whether the camera's picture is shown as in a mirror.
    pub(crate) fn is_mirrored(&self) -> bool {
        self.settings.mirror && matches!(&self.source, Source::Camera(camera) if !camera.faces_away)
    }

    /// Take one step.
    pub(crate) fn apply(&mut self, action: Action) {
        self.change(action);
        self.engine.forget_unawaited(self.settings.engine);
    }

    fn change(&mut self, action: Action) {
        match action {
            Action::Engine(event) => self.on_engine(event),
            Action::StartSelfTest => self.engine.self_test = SelfTestState::Running,
            Action::Retry => (self.engine.failed, self.notice) = (None, None),
            Action::Dismiss => (self.problem, self.notice, self.timeline_problem) = (None, None, None),
            Action::SetMode(mode) => self.set_mode(mode),
            Action::OpenSettings => self.shows_settings = true,
            Action::CloseSettings => self.shows_settings = false,
            Action::ChoosePhoto(name) => self.enter(Source::Photo(Photo::chosen(name))),
            Action::RereadPhoto => {
                self.change_photo(Photo::reread);
                self.photos.reread();
            }
            Action::StopSearch => self.stop_search(),
            Action::Photos(action) => self.photos.apply(action),
            Action::ClosePhotos => {
                self.enter(Source::Nothing);
                self.photos = Photos::default();
            }
            Action::Notify(notice) => self.notice = Some(notice),
            Action::ShowPhoto(shown) => self.change_photo(|photo| photo.show(shown)),
            Action::SelectFace(face_idx) => self.change_photo(|photo| photo.select(face_idx)),
            Action::PointAt(face) => self.pointed = face,
            Action::RefusePhoto(problem) if matches!(self.source, Source::Photo(_)) => self.fail(problem),
            Action::ShowProblem(problem) => self.problem = Some(problem),
            Action::SetTimelineProblem(problem) => self.timeline_problem = problem,
            Action::ChooseVideo(name, queue) => self.enter(Source::Video(Video::chosen(name, queue))),
            Action::AttachVideo(name) => self.enter(Source::Video(Video::attached(name))),
            Action::MarkVideoInexact => self.change_video(|video| video.is_exact = false),
            Action::PlayVideo(playback) => self.change_video(|video| video.playback = playback),
            Action::KeepVideos(kept) => self.kept_videos = kept,
            Action::QueueVideos(queue) => self.change_video(|video| video.queue = queue),
            Action::OpenVideo(info) => self.change_video(|video| video.open(info)),
            Action::RefuseVideo(problem) if matches!(self.source, Source::Video(_)) => self.fail(problem),
            Action::StopCamera if matches!(self.source, Source::Camera(_)) => self.enter(Source::Nothing),
            Action::RefusePhoto(_) | Action::RefuseVideo(_) | Action::StopCamera => {} // of one that has left the stage
            Action::ReadVideo(range) => {
                self.problem = None;
                self.change_video(|video| video.read(range));
            }
            Action::PauseVideo(is_paused) => self.change_video(|video| video.set_paused(is_paused)),
            Action::StopVideo => self.change_video(|video| video.step = VideoStep::Stopped),
            Action::EndVideo(end) => self.end_video(end),
            Action::AskCamera => self.enter(Source::Camera(Camera::asked())),
            Action::StartCamera { id, faces_away } => self.start_camera(id, faces_away),
            Action::RecordCamera(is_recorded) => self.change_camera(|camera| camera.is_recorded = is_recorded),
            Action::SetCameraTrouble(trouble) => self.change_camera(|camera| camera.trouble = trouble),
            Action::ListCameras(cameras) => self.cameras = cameras,
            Action::LoseCamera(problem) => self.fail(problem.into()),
            Action::SetMirror(mirror) => self.settings.mirror = mirror,
            Action::SetKeyPoints(key_points) => self.settings.key_points = key_points,
            Action::SetLeaveOutPoor(leave_out) => self.settings.leave_out_poor = leave_out,
            Action::Tool(action) => self.tools.apply(action),
        }
    }

    fn on_engine(&mut self, event: EngineEvent) {
        match event {
            EngineEvent::Loading(loading) => {
                self.tools.beside.load(loading);
                self.engine.load(loading);
            }
            EngineEvent::Ready(ready) => {
                self.tools.beside.settle(ready.card.architecture);
                self.engine.ready = Some(ready);
            }
            EngineEvent::Stopped => self.engine.ready = None,
            EngineEvent::Settings(settings) => self.set_engine(settings),
            EngineEvent::Detector(status) => self.engine.detector = status,
            EngineEvent::Preloaded(network, result) => self.tools.beside.preloaded(network, result),
            EngineEvent::Notice(notice) => self.notice = Some(notice),
            EngineEvent::Failed(problem) => {
                self.engine.fail(problem);
                // It was about what stood in, or was started again, until this.
                self.notice = None;
            }
            EngineEvent::SelfTested(Ok(report)) => self.engine.self_test = SelfTestState::Done(report),
            EngineEvent::SelfTested(Err(problem)) => self.engine.self_test = SelfTestState::Failed(problem),
            // The hook that handles the engine's events does not give these to the reducer.
            EngineEvent::Measured(_)
            | EngineEvent::Photo(_)
            | EngineEvent::Archive(_)
            | EngineEvent::Frame(_)
            | EngineEvent::VideoOpened(_)
            | EngineEvent::VideoFrame(_)
            | EngineEvent::VideoEnded(_)
            | EngineEvent::VideoInexact(_)
            | EngineEvent::VideoShown { .. }
            | EngineEvent::VideoShownToEnd(_)
            | EngineEvent::Inspected(_) => {}
        }
    }

    /// A new choice tries again what failed, too.
    fn set_engine(&mut self, settings: EngineSettings) {
        self.engine.failed = None;
        if settings.detector != self.settings.engine.detector {
            self.notice = None;
        }
        self.settings.engine = settings;
    }

    /// The picture of another mode leaves the stage.
    fn set_mode(&mut self, mode: Mode) {
        if mode != self.mode {
            self.mode = mode;
            self.enter(Source::Nothing);
        }
    }

    fn enter(&mut self, source: Source) {
        self.mode = Mode::of_source(&source).unwrap_or(self.mode);
        self.source = source;
        (self.pointed, self.problem, self.timeline_problem) = (None, None, None);
    }

    fn fail(&mut self, problem: Problem) {
        self.enter(Source::Nothing);
        self.problem = Some(problem);
    }

    /// Answers to a photo that has left the stage change nothing.
    fn change_photo(&mut self, change: impl FnOnce(&mut Photo)) {
        if let Source::Photo(photo) = &mut self.source {
            change(photo);
        }
    }

    /// News of a video that has left the stage change nothing.
    fn change_video(&mut self, change: impl FnOnce(&mut Video)) {
        if let Source::Video(video) = &mut self.source {
            change(video);
        }
    }

    /// The video stays on the stage.
    fn end_video(&mut self, end: VideoEnd) {
        if matches!(self.source, Source::Video(_)) {
            self.problem.clone_from(&end.problem);
        }
        self.change_video(|video| video.step = VideoStep::Ended(end));
    }

    /// The faces found so far are the result.
    fn stop_search(&mut self) {
        self.change_photo(Photo::stop);
        if let Source::Photo(Photo { shown: Some(shown), .. }) = &self.source {
            self.photos.end_on_stage(shown);
        }
    }

    fn start_camera(&mut self, id: String, faces_away: bool) {
        if let Source::Camera(camera) = &mut self.source {
            *camera = Camera { step: CameraStep::Running, id: id.clone(), faces_away, ..Camera::asked() };
            self.settings.camera = Some(id);
        }
    }

    /// News of a camera that has left the stage change nothing.
    fn change_camera(&mut self, change: impl FnOnce(&mut Camera)) {
        if let Source::Camera(camera) = &mut self.source {
            change(camera);
        }
    }
}

impl Reducible for State {
    type Action = Action;

    fn reduce(mut self: Rc<Self>, action: Action) -> Rc<Self> {
        Rc::make_mut(&mut self).apply(action);
        self
    }
}

#[cfg(test)]
mod tests;
