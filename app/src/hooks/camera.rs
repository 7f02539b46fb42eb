//! Starts and stops the camera.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use pipeline::TrackId;
use wasm_bindgen_futures::spawn_local;
use web_time::Instant;
use yew::prelude::*;

use crate::live::Live;
use crate::problem::Problem;
use crate::state::{Action, CameraProblem, CameraTrouble, State};
use crate::web::ImageBitmap;
use crate::web::camera::{self, Camera, CameraEvent, Stream, Video};
use crate::web::recorder::StreamRecorder;
use crate::web::visibility::{self, Visibility};

/// Starts and stops the camera.
#[derive(Clone)]
pub(super) struct CameraController {
    in_use: Rc<CameraInUse>,
    live: Rc<RefCell<Live>>,
    video: NodeRef,
    on_frame: Callback<ImageBitmap>,
    dispatcher: UseReducerDispatcher<State>,
}

/// The camera in use, and how often one was asked for: an answer to an older request is dropped.
#[derive(Default)]
pub(super) struct CameraInUse {
    camera: RefCell<Option<Camera>>,
    /// Since when the page is hidden, if it is.
    hidden_since: Cell<Option<Instant>>,
    /// Records its picture, if a person asked for that.
    recorder: RefCell<Option<StreamRecorder>>,
    /// The number of the newest recording of the session, from 1.
    n_recordings: Cell<usize>,
    n_requests: Cell<u32>,
    /// Whether one was asked for and not given back.
    is_wanted: Cell<bool>,
}

impl CameraInUse {
    /// Whether frames are awaited.
    pub(super) fn is_running(&self) -> bool {
        self.camera.borrow().is_some()
    }
}

/// `video` is where the camera plays; each frame goes to `on_frame`.
#[hook]
pub(super) fn use_camera(
    state: &UseReducerHandle<State>,
    in_use: Rc<CameraInUse>,
    live: Rc<RefCell<Live>>,
    video: NodeRef,
    on_frame: Callback<ImageBitmap>,
) -> CameraController {
    use_listing(state);
    let controller = CameraController { in_use, live, video, on_frame, dispatcher: state.dispatcher() };
    use_visibility(&controller);
    controller
}

impl CameraController {
    /// Ask for a camera: that of this id, or any.
    pub(super) fn start(&self, id: Option<String>) {
        let was_running = self.in_use.is_running();
        self.release();
        if !was_running {
            self.live.borrow_mut().start();
        }
        self.in_use.is_wanted.set(true);
        self.dispatcher.dispatch(Action::AskCamera);
        let (controller, request) = (self.clone(), self.in_use.n_requests.get());
        spawn_local(async move { controller.open(id, request).await });
    }

    /// Keep the picture from now on, or no more: what was kept is saved as a file.
    pub(super) fn set_recording(&self, is_recorded: bool) {
        if !is_recorded {
            return self.save_recording();
        }
        let begun = self.in_use.camera.borrow().as_ref().map(Camera::record);
        match begun {
            Some(Ok(recorder)) => {
                self.in_use.recorder.replace(Some(recorder));
                self.in_use.n_recordings.set(self.live.borrow_mut().note_camera_recording(Instant::now()));
                self.dispatcher.dispatch(Action::RecordCamera(true));
            }
            Some(Err(reason)) => self.dispatcher.dispatch(Action::ShowProblem(not_recorded(&reason))),
            None => {}
        }
    }

    fn save_recording(&self) {
        let Some(recorder) = self.in_use.recorder.take() else { return };
        self.dispatcher.dispatch(Action::RecordCamera(false));
        let dispatcher = self.dispatcher.clone();
        let name = match self.in_use.n_recordings.get() {
            0 | 1 => "camera".to_owned(),
            n => format!("camera-{n}"),
        };
        spawn_local(async move {
            if let Err(reason) = recorder.save(&name).await {
                dispatcher.dispatch(Action::ShowProblem(not_recorded(&reason)));
            }
        });
    }

    /// Give the camera back, and the one that may still come.
    pub(super) fn release(&self) {
        self.save_recording();
        self.in_use.is_wanted.set(false);
        self.in_use.camera.take();
        self.in_use.n_requests.set(self.in_use.n_requests.get() + 1);
        self.live.borrow_mut().pause(Instant::now());
    }

    /// Select a person.
    pub(super) fn select(&self, id: TrackId) {
        self.live.borrow_mut().select(id);
    }

    /// Count shares from nothing.
    pub(super) fn reset_shares(&self) {
        self.live.borrow_mut().reset_shares();
    }

    async fn open(self, id: Option<String>, request: u32) {
        let is_stale = || self.in_use.n_requests.get() != request;
        let opened = match Stream::ask(id.as_deref()).await {
            // A stream that is not wanted any more must not touch the video, which may show another by now.
            Ok(_) | Err(_) if is_stale() => return,
            Ok(stream) => self.play(stream).await,
            Err(problem) => Err(problem),
        };
        match opened {
            _ if is_stale() => {}
            Ok(camera) => self.show(camera).await,
            Err(problem) => self.lose(problem),
        }
    }

    fn lose(&self, problem: CameraProblem) {
        self.release();
        self.dispatcher.dispatch(Action::LoseCamera(problem));
    }

    fn on_event(&self, event: CameraEvent) {
        match event {
            CameraEvent::Ended => self.lose(CameraProblem::Unplugged),
            CameraEvent::Trouble(trouble) => {
                if trouble == Some(CameraTrouble::Interrupted) {
                    self.live.borrow_mut().pause(Instant::now());
                }
                self.dispatcher.dispatch(Action::SetCameraTrouble(trouble));
            }
        }
    }

    /// The browser shows no frames of a hidden page: that time is not counted. A page that was left gives the camera
    /// back, and if it is brought back, the camera can be started again.
    fn on_visibility(&self, visibility: Visibility) {
        match visibility {
            _ if !self.in_use.is_wanted.get() => {}
            Visibility::Left => {
                self.release();
                self.dispatcher.dispatch(Action::StopCamera);
            }
            Visibility::Hidden if !self.in_use.is_running() => {}
            Visibility::Hidden => {
                let now = Instant::now();
                self.in_use.hidden_since.set(Some(now));
                self.live.borrow_mut().pause(now);
            }
            Visibility::Shown => {
                let secs = self.in_use.hidden_since.take().map_or(0, |since| since.elapsed().as_secs());
                if secs > 0 {
                    let words = format!("The camera waited while the page was hidden; these {secs} s are not counted");
                    self.dispatcher.dispatch(Action::Notify(words));
                }
            }
        }
    }

    async fn play(&self, stream: Stream) -> Result<Camera, CameraProblem> {
        let video = self.video.cast::<Video>().ok_or(CameraProblem::Unsupported)?;
        let controller = self.clone();
        let on_event = Callback::from(move |event| controller.on_event(event));
        Camera::play(stream, video, self.on_frame.clone(), on_event).await
    }

    async fn show(&self, camera: Camera) {
        let (id, faces_away, is_interrupted) = (camera.id(), camera.faces_away(), camera.is_interrupted());
        *self.in_use.camera.borrow_mut() = Some(camera);
        self.dispatcher.dispatch(Action::StartCamera { id, faces_away });
        self.dispatcher.dispatch(Action::SetCameraTrouble(is_interrupted.then_some(CameraTrouble::Interrupted)));
        self.dispatcher.dispatch(Action::ListCameras(camera::list().await));
    }
}

fn not_recorded(reason: &str) -> Problem {
    let title = "The camera's video could not be recorded";
    Problem::new(title, reason, "The analysis is kept and can be exported; use a current browser to record video")
}

/// Hear when the page is hidden, shown or left.
#[hook]
fn use_visibility(controller: &CameraController) {
    let controller = controller.clone();
    use_effect_with((), move |()| {
        let listening = visibility::on_change(move |visibility| controller.on_visibility(visibility));
        move || drop(listening)
    });
}

/// List the cameras again when one comes or goes.
#[hook]
fn use_listing(state: &UseReducerHandle<State>) {
    let dispatcher = state.dispatcher();
    use_effect_with((), move |()| {
        let on_change = Callback::from(move |()| {
            let dispatcher = dispatcher.clone();
            spawn_local(async move { dispatcher.dispatch(Action::ListCameras(camera::list().await)) });
        });
        let listening = camera::on_change(on_change);
        move || drop(listening)
    });
}
