//! Starts the engine and hands out its events.

use std::cell::RefCell;
use std::rc::Rc;

use web_time::Instant;
use yew::prelude::*;

use super::camera;
use super::inspect::inspect_newest;
use super::photo::PhotoOnStage;
use super::photos::PhotoFiles;
use super::player::Player;
use super::video::VideoEvents;
use crate::engine::{
    Benchmarks, Browser, Callbacks, Engine, EngineEvent, EngineSettings, FrameResult, PhotoResult, Ready,
};
use crate::inspection::InspectionState;
use crate::live::{self, FrameFacts, Live};
use crate::problem::Problem;
use crate::protocol::{self, Inspection};
use crate::reading_order::in_reading_order;
use crate::state::{Action, PhotosAction, State};
use crate::web::OwnedBitmap;
use crate::web::canvas::{self, Surface};
use crate::web::storage;

/// Key in the store of what was measured on this machine.
const BENCHMARKS: &str = "ferrum.benchmarks";

/// Hands each event of the engine to where it belongs.
#[derive(Clone)]
pub(super) struct EventHandler {
    /// The state.
    pub dispatcher: UseReducerDispatcher<State>,
    /// The frames.
    pub live: Rc<RefCell<Live>>,
    /// The closer look at the selected face.
    pub inspection: Rc<RefCell<InspectionState>>,
    /// The pictures.
    pub surface: Rc<Surface>,
    /// Whether frames are wanted.
    pub camera: Rc<camera::CameraInUse>,
    /// Whether a photo is wanted.
    pub photo: Rc<PhotoOnStage>,
    /// Whether several are.
    pub photos: Rc<PhotoFiles>,
    /// The video.
    pub video: VideoEvents,
    /// Frames of it that are shown again.
    pub player: Player,
}

/// The engine, started once.
#[hook]
pub(super) fn use_engine(settings: EngineSettings, handler: EventHandler) -> Rc<Engine> {
    use_ref(move || {
        let benchmarks = Benchmarks::from_text(storage::read(BENCHMARKS).as_deref());
        let live = Rc::clone(&handler.live);
        let plan =
            Rc::new(move |at, frame: &OwnedBitmap| live.borrow().plan(at, frame.width().max(frame.height()) as usize));
        let live = Rc::clone(&handler.live);
        let plan_video = Rc::new(move |time_secs, [width, height]: [u32; 2]| {
            live.borrow().plan_video(time_secs, width.max(height) as usize)
        });
        let on_event = Rc::new(move |event| handler.handle(event));
        Engine::start(Browser, settings, benchmarks, Callbacks { on_event, plan, plan_video })
    })
}

impl EventHandler {
    fn handle(&self, event: EngineEvent) {
        match event {
            EngineEvent::Measured(benchmarks) => return storage::write(BENCHMARKS, &benchmarks.to_text()),
            EngineEvent::Photo(_) if !self.photo.is_taken() => return, // it has left the stage
            EngineEvent::Photo(result) => return self.on_photo(result),
            EngineEvent::Archive(listed) => return self.on_archive(listed),
            EngineEvent::Frame(frame) => return self.paint(frame),
            EngineEvent::VideoOpened(opened) => return self.video.opened(opened),
            EngineEvent::VideoInexact(why) => return self.video.inexact(why),
            EngineEvent::VideoFrame(frame) => return self.video.frame(frame),
            EngineEvent::VideoEnded(end) => return self.video.ended(end),
            EngineEvent::VideoShown { frame, pixels } if self.video.is_awaited() => {
                return self.player.shown(frame, pixels);
            }
            EngineEvent::VideoShownToEnd(end) if self.video.is_awaited() => return self.player.ended(end),
            EngineEvent::Inspected(answer) => return self.take(answer),
            EngineEvent::Ready(Ready { ref card, .. }) => {
                let threshold = card.calibration.as_ref().map(|calibration| calibration.threshold);
                let mut live = self.live.borrow_mut();
                live.set_threshold(card.architecture, threshold);
                live.set_card(Rc::clone(card));
            }
            _ => {}
        }
        self.dispatcher.dispatch(Action::Engine(event));
    }

    fn on_photo(&self, result: Result<PhotoResult, Problem>) {
        let pixels = result.as_ref().ok().and_then(|result| result.pixels.as_ref());
        let thumbnail = pixels.filter(|_| self.photos.is_taken()).and_then(canvas::thumbnail);
        if let Some(raster) = thumbnail {
            self.dispatcher.dispatch(Action::Photos(PhotosAction::Thumbnail(raster)));
        }
        if let (true, Some(pixels)) = (self.photo.is_given(), pixels) {
            self.surface.show_photo(pixels);
        }
        let result = result.map(|result| Rc::new(in_reading_order(result.photo)));
        let result = result.map_err(|problem| if self.photo.is_given() { self.photo.named(problem) } else { problem });
        if self.photo.is_given() {
            self.dispatcher.dispatch(match &result {
                Ok(photo) => Action::ShowPhoto(Rc::clone(photo)),
                Err(problem) => Action::RefusePhoto(problem.clone()),
            });
        }
        if result.as_ref().map_or(true, |photo| photo.is_done()) {
            self.dispatcher.dispatch(Action::Photos(PhotosAction::End(result)));
        }
    }

    fn on_archive(&self, listed: Result<Vec<String>, Problem>) {
        let action = match listed {
            Ok(names) => self.photos.unpack(names),
            Err(problem) => Some(Action::ShowProblem(self.photos.named(problem))),
        };
        if let Some(action) = action {
            self.dispatcher.dispatch(action);
        }
    }

    /// The frame that was analysed is painted, whatever the camera has seen since: boxes never lag behind the picture.
    fn paint(&self, result: FrameResult) {
        let FrameResult { frame, bitmap, at, task } = result;
        let protocol::AnalyzedFrame { analysis, crops, capture_ms, read_by } = frame;
        if !self.camera.is_running() || !self.live.borrow().is_awaited(at) {
            // The stage may show a photo or another camera by now.
            return;
        }
        let (width, height) = (bitmap.width(), bitmap.height());
        self.surface.show_frame(bitmap);
        let about = FrameFacts { width, height, read_by };
        let mut live = self.live.borrow_mut();
        live.record(live::Frame { at, task, analysis, crops, capture_ms, about }, Instant::now());
        if let Some(frame) = live.frame() {
            self.surface.paint(&frame.faces, Some(live.selected_idx()));
        }
        drop(live);
        // The face is of the frame that is painted now, and comes before the next frame.
        if let Some(engine) = self.player.engine.get() {
            inspect_newest(&self.live, &self.inspection, engine);
        }
    }

    fn take(&self, answer: Inspection) {
        self.inspection.borrow_mut().take(answer);
        let listener = self.inspection.borrow().listener();
        listener.emit(());
    }
}
