//! Does what the supervisor decides: fetches, workers and messages.

use std::{
    cell::{OnceCell, RefCell},
    rc::{Rc, Weak},
};

use gloo::timers::callback::Interval;
use model_core::DeviceKind;
use pipeline::Task;
use wasm_bindgen_futures::spawn_local;
use web_time::Instant;

use super::{
    EngineEvent, EngineSettings, FrameResult, Listener, PhotoResult,
    effect::{Ask, Effect, Word},
    files::{self, Files},
    paces::Benchmarks,
    supervisor::Supervisor,
};
use crate::{
    asset::Asset,
    problem::Problem,
    protocol::{self, Request, Response},
    web::{
        Blob, ImageBitmap, Payload,
        fetch::Freshness,
        gpu::find_adapter,
        worker::{Heard, Worker},
    },
};

/// A frame on its way to a worker. Closed when it is superseded: its pixels would else wait for the garbage collector.
/// Closing one that was transferred does nothing.
#[derive(Debug)]
pub(super) struct Frame {
    bitmap: ImageBitmap,
    at: Instant,
}

impl Frame {
    /// A frame that was seen just now.
    pub(super) fn of(bitmap: ImageBitmap) -> Self {
        Self { bitmap, at: Instant::now() }
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        self.bitmap.close();
    }
}

/// Where the supervisor's decisions meet the browser.
pub(super) struct Office {
    supervisor: RefCell<Supervisor<Blob, Frame>>,
    cpu: RefCell<Option<Worker>>,
    gpu: RefCell<Option<Worker>>,
    files: Files,
    /// When the frame that a worker has was seen, and what is to be done with it; one is in flight.
    flying: RefCell<Option<(Instant, Task)>>,
    listener: Listener,
    clock: OnceCell<Interval>,
}

impl Office {
    pub(super) fn open(settings: EngineSettings, paces: Benchmarks, listener: Listener) -> Rc<Self> {
        let office = Rc::new(Self {
            supervisor: RefCell::new(Supervisor::new(settings, paces)),
            cpu: RefCell::default(),
            gpu: RefCell::default(),
            files: Files::default(),
            flying: RefCell::default(),
            listener,
            clock: OnceCell::new(),
        });
        let weak = Rc::downgrade(&office);
        let clock = Interval::new(1000, move || tell(&weak, Supervisor::tick));
        let _ = office.clock.set(clock); // the cell is new
        office.tell(|_| ());
        office
    }

    /// Give the supervisor news, and do what it decides.
    pub(super) fn tell<R>(self: &Rc<Self>, news: impl FnOnce(&mut Supervisor<Blob, Frame>) -> R) -> R {
        let (result, effects) = {
            let mut supervisor = self.supervisor.borrow_mut();
            let result = news(&mut supervisor);
            (result, supervisor.take_effects())
        };
        // Not borrowed any more: an effect may give news itself, and so may the page when it is told something.
        for effect in effects {
            self.run(effect);
        }
        result
    }

    fn run(self: &Rc<Self>, effect: Effect<Blob, Frame>) {
        match effect {
            Effect::Fetch(part, freshness) => self.fetch(part, freshness),
            Effect::FindAdapter => self.find_adapter(),
            Effect::Remember(paces) => self.listener.on_paces.emit(paces),
            Effect::Launch(device) => self.launch(device),
            Effect::Stop(device) => drop(self.worker(device).take()),
            Effect::Ask(device, ask) => self.ask(device, ask),
            Effect::Say(word) => self.listener.on_event.emit(event(word)),
        }
    }

    fn worker(&self, device: DeviceKind) -> &RefCell<Option<Worker>> {
        match device {
            DeviceKind::Cpu => &self.cpu,
            DeviceKind::WebGpu => &self.gpu,
        }
    }

    fn fetch(self: &Rc<Self>, part: Asset, freshness: Freshness) {
        let office = Rc::clone(self);
        spawn_local(async move {
            let progress = |loaded, total| office.say(EngineEvent::Loading { what: part, loaded, total });
            let result = office.files.fetch(part, freshness, progress).await;
            office.tell(|supervisor| supervisor.fetched(part, result));
        });
    }

    fn find_adapter(self: &Rc<Self>) {
        let office = Rc::clone(self);
        spawn_local(async move {
            let found = find_adapter().await;
            office.tell(|supervisor| supervisor.found_adapter(found));
        });
    }

    fn launch(self: &Rc<Self>, device: DeviceKind) {
        let weak = Rc::downgrade(self);
        let started = Worker::start(&files::script(device), move |heard| {
            if let Some(office) = weak.upgrade() {
                office.hear(device, heard);
            }
        });
        match started {
            Ok(worker) => *self.worker(device).borrow_mut() = Some(worker),
            Err(reason) => self.tell(|supervisor| supervisor.died(device, &reason)),
        }
    }

    fn ask(self: &Rc<Self>, device: DeviceKind, ask: Ask<Blob, Frame>) {
        let (request, payload) = match ask {
            Ask::Open => (Request::Open { device }, Payload::none()),
            Ask::Detector(detector) => (Request::Detector { detector }, self.files_of(Asset::Detector(detector))),
            Ask::FullRange => (Request::FullRange, self.files_of(Asset::FullRange)),
            Ask::Load(network) => (Request::Load { network }, self.files_of(Asset::Network(network))),
            Ask::Photo(file) => (Request::Photo, Payload::copied(&file)),
            Ask::Hold(network) => (Request::Hold { network }, self.files_of(Asset::Network(network))),
            Ask::Look(question) => (Request::Look(question), Payload::none()),
            Ask::Test(faces) => (Request::Test { faces: faces.to_vec() }, Payload::none()),
            Ask::Frame(ref frame) => (Request::Frame { task: self.plan(frame) }, Payload::transferred(&frame.bitmap)),
        };
        let posted = self.worker(device).borrow().as_ref().map(|worker| worker.post(&request, &payload));
        if let Some(Err(reason)) = posted {
            self.tell(|supervisor| supervisor.died(device, &reason));
        }
    }

    fn files_of(&self, part: Asset) -> Payload {
        Payload::files(&self.files.of(part))
    }

    /// What to do with `frame`; decided as late as possible, by all that was found before.
    fn plan(&self, &Frame { ref bitmap, at }: &Frame) -> Task {
        let task = self.listener.on_plan.emit((at, bitmap.width().max(bitmap.height()) as usize));
        *self.flying.borrow_mut() = Some((at, task.clone()));
        task
    }

    fn hear(self: &Rc<Self>, device: DeviceKind, heard: Heard<Response>) {
        let (response, payload) = match heard {
            Heard::Said(response, payload) => (response, payload),
            Heard::Died(reason) => return self.tell(|supervisor| supervisor.died(device, &reason)),
        };
        match response {
            Response::Up => self.tell(|supervisor| supervisor.up(device)),
            Response::Opened => self.tell(|supervisor| supervisor.opened(device)),
            Response::Detects(detector) => self.tell(|supervisor| supervisor.detects(device, detector)),
            Response::DetectsFar => self.tell(|supervisor| supervisor.detects_far(device)),
            Response::Loaded(card) => self.tell(|supervisor| supervisor.loaded(device, *card)),
            Response::Tested(tested) => self.tell(|supervisor| supervisor.tested(device, tested)),
            Response::Refused(problem) => self.tell(|supervisor| supervisor.refused(device, problem)),
            Response::Broken(reason) => self.tell(|supervisor| supervisor.died(device, &reason)),
            Response::Held(network) => self.tell(|supervisor| supervisor.held(device, network)),
            Response::Looked(looked) => self.pass_on(device, Ok(EngineEvent::Looked(looked))),
            Response::Compared(comparison) => self.pass_on(device, Ok(EngineEvent::Compared(comparison))),
            Response::Photo(photo) => self.pass_on(device, photo_event(photo, &payload)),
            Response::Frame(frame) => self.pass_on(device, self.frame_event(frame, &payload)),
        }
    }

    /// Pass an answer on to the page, if it still waits for it. Only then is the worker given something new: what is to
    /// be done with the next frame depends on what was found in this one.
    fn pass_on(self: &Rc<Self>, device: DeviceKind, answer: Result<EngineEvent, String>) {
        match answer {
            Ok(event) => {
                if self.supervisor.borrow().is_awaited(device) {
                    self.say(event);
                }
                self.tell(|supervisor| supervisor.answered(device));
            }
            Err(reason) => self.tell(|supervisor| supervisor.died(device, &reason)),
        }
    }

    fn say(&self, event: EngineEvent) {
        self.listener.on_event.emit(event);
    }

    fn frame_event(&self, frame: protocol::Frame, payload: &Payload) -> Result<EngineEvent, String> {
        let (at, task) = self.flying.take().ok_or("expected no frame, got one")?;
        Ok(EngineEvent::Frame(FrameResult { frame, at, task, bitmap: payload.bitmap()? }))
    }
}

fn tell(office: &Weak<Office>, news: impl FnOnce(&mut Supervisor<Blob, Frame>)) {
    if let Some(office) = office.upgrade() {
        office.tell(news);
    }
}

fn event(word: Word) -> EngineEvent {
    match word {
        Word::Ready { device, why, card } => EngineEvent::Ready { device, why, card },
        Word::Notice(text) => EngineEvent::Notice(text),
        Word::Stopped => EngineEvent::Stopped,
        Word::Wished(network) => EngineEvent::Wished(network),
        Word::WishedDetector(detector) => EngineEvent::WishedDetector(detector),
        Word::DetectorStatus(detecting) => EngineEvent::DetectorStatus(detecting),
        Word::Held(network) => EngineEvent::Held(network),
        Word::NotHeld(network, problem) => EngineEvent::NotHeld(network, problem),
        Word::Checked(checked) => EngineEvent::Checked(checked),
        Word::Failed(problem) => EngineEvent::Failed(problem),
        Word::PhotoFailed(problem) => EngineEvent::Photo(Err(problem)),
    }
}

fn photo_event(photo: Result<protocol::Photo, Problem>, payload: &Payload) -> Result<EngineEvent, String> {
    let with_pixels =
        |photo: protocol::Photo| payload.picture(photo.width, photo.height).map(|pixels| PhotoResult { photo, pixels });
    Ok(EngineEvent::Photo(match photo {
        Ok(photo) => Ok(with_pixels(photo)?),
        Err(problem) => Err(problem),
    }))
}
