//! Starts the engine and hands out what it says.

use std::cell::RefCell;
use std::rc::Rc;

use web_time::Instant;
use yew::prelude::*;

use super::{camera, photo};
use crate::engine::{Benchmarks, Engine, EngineEvent, EngineSettings, FrameResult, Listener, PhotoResult};
use crate::inspection::InspectionState;
use crate::live::{self, FrameFacts, Live};
use crate::protocol;
use crate::state::{Action, Loading, State, ToolAction};
use crate::web::canvas::Surface;
use crate::web::storage;

/// Key in the store of what was measured on this machine.
const PACES: &str = "ferrum.paces";

/// Where the engine's answers go.
#[derive(Clone)]
pub(super) struct Receiver {
    /// The state.
    pub dispatcher: UseReducerDispatcher<State>,
    /// The frames.
    pub live: Rc<RefCell<Live>>,
    /// What is found in the selected face.
    pub inspection: Rc<RefCell<InspectionState>>,
    /// The pictures.
    pub surface: Rc<Surface>,
    /// Whether frames are wanted.
    pub camera: Rc<camera::Slot>,
    /// Whether a photo is wanted.
    pub photo: Rc<photo::Slot>,
}

/// The engine, started once.
#[hook]
pub(super) fn use_engine(settings: EngineSettings, receiver: Receiver) -> Rc<Engine> {
    use_ref(move || {
        let paces = Benchmarks::from_text(storage::read(PACES).as_deref());
        let on_paces = Callback::from(|paces: Benchmarks| storage::write(PACES, &paces.to_text()));
        let live = Rc::clone(&receiver.live);
        let on_plan = Callback::from(move |(at, longer_side)| live.borrow().plan(at, longer_side));
        let on_event = Callback::from(move |event| receiver.receive(event));
        Engine::start(settings, paces, Listener { on_paces, on_plan, on_event })
    })
}

impl Receiver {
    fn receive(&self, event: EngineEvent) {
        let action = match event {
            EngineEvent::Loading { what, loaded, total } => Action::Load(Loading { what, loaded, total }),
            EngineEvent::Ready { device, why, card } => {
                let threshold = card.calibration.as_ref().map(|calibration| calibration.threshold);
                self.live.borrow_mut().set_threshold(card.architecture, threshold);
                Action::BecomeReady { device, why, card: Rc::from(card) }
            }
            EngineEvent::Notice(notice) => Action::Notify(notice),
            EngineEvent::Stopped => Action::StopReading,
            EngineEvent::Wished(network) => Action::FollowEngine(network),
            EngineEvent::DetectorStatus(detecting) => Action::TellDetecting(detecting),
            EngineEvent::WishedDetector(detector) => Action::FollowDetector(detector),
            EngineEvent::Checked(checked) => Action::EndCheck(checked),
            EngineEvent::Failed(problem) => Action::FailToLoad(problem),
            EngineEvent::Photo(_) if !self.photo.is_taken() => return, // it has left the stage
            EngineEvent::Photo(Ok(photo)) => return self.show(photo),
            EngineEvent::Photo(Err(problem)) => Action::RefusePhoto(problem),
            EngineEvent::Frame(frame) => return self.paint(frame),
            EngineEvent::Looked(looked) => return self.tell(|inspection| inspection.look(*looked)),
            EngineEvent::Compared(comparison) => return self.tell(|inspection| inspection.compare(comparison)),
            EngineEvent::Held(network) => Action::Tool(ToolAction::Hold(network)),
            EngineEvent::NotHeld(network, problem) => Action::Tool(ToolAction::FailToHold(network, problem)),
        };
        self.dispatcher.dispatch(action);
    }

    fn show(&self, PhotoResult { photo, pixels }: PhotoResult) {
        self.surface.show_photo(&pixels);
        self.dispatcher.dispatch(Action::ShowPhoto(Rc::new(photo)));
    }

    /// The frame that was analysed is painted, whatever the camera has seen since: boxes never lag behind the picture.
    fn paint(&self, result: FrameResult) {
        let FrameResult { frame, bitmap, at, task } = result;
        let protocol::Frame { analysis, crops, read_ms, detector, network, device } = frame;
        if !self.camera.is_running() || !self.live.borrow().is_awaited(at) {
            // The stage may show a photo or another camera by now.
            return bitmap.close();
        }
        let (width, height) = (bitmap.width(), bitmap.height());
        self.surface.show_frame(bitmap);
        let about = FrameFacts { width, height, detector, network, device };
        let mut live = self.live.borrow_mut();
        live.record(live::Frame { at, task, analysis, crops, read_ms, about }, Instant::now());
        if let Some(frame) = live.frame() {
            self.surface.paint(&frame.faces, Some(live.selected()));
        }
        let crop = live.crop().cloned();
        drop(live);
        // Of the frame that is painted now, before the next one is read.
        let asked = crop.and_then(|crop| self.inspection.borrow_mut().ask_in_time(&crop, Instant::now()));
        if let Some((on_question, question)) = asked {
            on_question.emit(question);
        }
    }

    fn tell(&self, news: impl FnOnce(&mut InspectionState)) {
        news(&mut self.inspection.borrow_mut());
        let listener = self.inspection.borrow().listener();
        listener.emit(());
    }
}
