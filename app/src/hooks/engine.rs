//! Starts the engine and hands out what it says.

use std::cell::RefCell;
use std::rc::Rc;

use web_time::Instant;
use yew::prelude::*;

use super::camera::Slot;
use crate::engine::{Engine, EngineEvent, EngineSettings, FrameResult, PhotoResult};
use crate::live::{Cost, Live, LiveFrame};
use crate::state::{Action, Loading, Shown, State};
use crate::web::Blob;
use crate::web::canvas::Surface;

/// Where the engine's answers go.
#[derive(Clone)]
pub(super) struct Receiver {
    /// The state.
    pub dispatcher: UseReducerDispatcher<State>,
    /// The frames.
    pub live: Rc<RefCell<Live>>,
    /// The pictures.
    pub surface: Rc<Surface>,
    /// Whether frames are wanted.
    pub slot: Rc<Slot>,
    /// Whether a photo is wanted.
    pub file: Rc<RefCell<Option<Blob>>>,
    /// Zero of the frames' clock.
    pub start: Instant,
}

/// The engine, started once.
#[hook]
pub(super) fn use_engine(settings: EngineSettings, receiver: Receiver) -> Rc<Engine> {
    use_ref(move || Engine::start(settings, Callback::from(move |event| receiver.receive(event))))
}

impl Receiver {
    fn receive(&self, event: EngineEvent) {
        let action = match event {
            EngineEvent::Loading { what, loaded, total } => Action::Load(Loading { what, loaded, total }),
            EngineEvent::Ready { device, why, card } => Action::BecomeReady { device, why, card: Rc::from(card) },
            EngineEvent::Notice(notice) => Action::Notify(notice),
            EngineEvent::Failed { problem, still } => Action::FailToLoad { problem, still },
            EngineEvent::Photo(Ok(photo)) => return self.show(&photo),
            EngineEvent::Photo(Err(problem)) => Action::RefusePhoto(problem),
            EngineEvent::Frame(frame) => return self.paint(frame),
        };
        self.dispatcher.dispatch(action);
    }

    /// A photo that has left the stage is not shown.
    fn show(&self, photo: &PhotoResult) {
        if self.file.borrow().is_some() {
            self.surface.show_photo(&photo.pixels);
            self.dispatcher.dispatch(Action::ShowPhoto(Rc::new(Shown::from(photo))));
        }
    }

    /// The frame that was analysed is painted, whatever the camera has seen since: boxes never lag behind the picture.
    fn paint(&self, result: FrameResult) {
        let FrameResult { analysis, bitmap, read_ms, network, device } = result;
        let cost = Cost { capture: read_ms, stages: analysis.ms };
        let (width, height) = (bitmap.width(), bitmap.height());
        self.surface.show_frame(bitmap);
        if !self.slot.is_running() {
            return self.surface.clear();
        }
        let mut live = self.live.borrow_mut();
        let now_ms = 1000.0 * self.start.elapsed().as_secs_f64();
        live.record(LiveFrame { faces: analysis.faces, width, height, cost, network, device }, now_ms);
        if let Some(frame) = live.frame() {
            self.surface.paint(&frame.faces, Some(live.selected()));
        }
    }
}
