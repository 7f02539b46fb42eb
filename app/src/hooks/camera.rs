//! Starts and stops the camera.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use pipeline::TrackId;
use wasm_bindgen_futures::spawn_local;
use web_time::Instant;
use yew::prelude::*;

use crate::live::Live;
use crate::problem::Problem;
use crate::state::{Action, CameraProblem, State};
use crate::web::ImageBitmap;
use crate::web::camera::{self, Camera, Stream, Video};
use crate::web::recorder::StreamRecorder;

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
    /// Records its picture, if a person asked for that.
    recorder: RefCell<Option<StreamRecorder>>,
    n_requests: Cell<u32>,
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
    CameraController { in_use, live, video, on_frame, dispatcher: state.dispatcher() }
}

impl CameraController {
    /// Ask for a camera: that of this id, or any.
    pub(super) fn start(&self, id: Option<String>) {
        let was_running = self.in_use.is_running();
        self.release();
        if !was_running {
            // Changing from camera to camera goes on counting.
            self.live.borrow_mut().start();
        }
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
                self.live.borrow_mut().note_camera_recording(Instant::now());
                self.dispatcher.dispatch(Action::RecordCamera(true));
            }
            Some(Err(reason)) => self.dispatcher.dispatch(Action::Complain(not_recorded(&reason))),
            None => {}
        }
    }

    fn save_recording(&self) {
        let Some(recorder) = self.in_use.recorder.take() else { return };
        self.dispatcher.dispatch(Action::RecordCamera(false));
        let dispatcher = self.dispatcher.clone();
        spawn_local(async move {
            if let Err(reason) = recorder.save("camera").await {
                dispatcher.dispatch(Action::Complain(not_recorded(&reason)));
            }
        });
    }

    /// Give the camera back, and the one that may still come.
    pub(super) fn release(&self) {
        self.save_recording();
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
            Err(problem) => self.dispatcher.dispatch(Action::LoseCamera(problem)),
        }
    }

    async fn play(&self, stream: Stream) -> Result<Camera, CameraProblem> {
        let video = self.video.cast::<Video>().ok_or(CameraProblem::Unsupported)?;
        let controller = self.clone();
        let on_end = Callback::from(move |()| {
            controller.release();
            controller.dispatcher.dispatch(Action::LoseCamera(CameraProblem::Unplugged));
        });
        Camera::play(stream, video, self.on_frame.clone(), &on_end).await
    }

    async fn show(&self, camera: Camera) {
        let (id, faces_away) = (camera.id(), camera.faces_away());
        *self.in_use.camera.borrow_mut() = Some(camera);
        self.dispatcher.dispatch(Action::StartCamera { id, faces_away });
        self.dispatcher.dispatch(Action::ListCameras(camera::list().await));
    }
}

fn not_recorded(reason: &str) -> Problem {
    let title = "The camera's picture could not be recorded";
    Problem::new(title, reason, "What was read goes on and can be exported; use a current browser for the picture")
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
