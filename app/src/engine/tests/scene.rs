//! An engine in fake surroundings, with a method for each piece of news.

use std::{cell::RefCell, ops::Deref, rc::Rc};

use model_core::{Architecture, DeviceKind, ModelCard, Prediction, Scores, Training};
use pipeline::FrameTask;

use super::super::{Benchmarks, Callbacks, DeviceChoice, Engine, EngineEvent, EngineSettings, Payload};
use super::fake::{Event, Fake, Step};
use crate::{
    asset::Asset,
    detector::{DetectorKind, DetectorStatus},
    problem::Problem,
    protocol::{AnalyzedFrame, AnalyzedPhoto, Comparison, Inspection, PhotoOptions, ReadBy, Request, Response, Tested},
    web::worker::WorkerMessage,
};

pub(super) const ADAPTER: &str = "adapter | browser";

pub(super) fn card(architecture: Architecture) -> ModelCard {
    ModelCard::new(architecture, b"", Training::default())
}

/// A network that answers with the softmax of `logit` and six zeros.
pub(super) fn prediction(logit: f32) -> Prediction {
    let scores = Scores::from_logits([logit, 0., 0., 0., 0., 0., 0.]).unwrap();
    Prediction { scores, label_head: None, is_sure: true, votes: None }
}

pub(super) fn tested(logit: f32, ms_per_face: f64) -> Tested {
    Tested { predictions: vec![prediction(logit)], ms_per_face, submit_ms: ms_per_face, search_ms: 0.0 }
}

pub(super) fn problem() -> Problem {
    Problem::new("title", "detail", "advice")
}

/// An answer that reached the page.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    Photo(&'static str),
    /// A photo that was searched a step further.
    SearchContinued,
    Frame(u32),
    Inspection,
    /// The one of this time.
    VideoFrame(f64),
}

/// Everything that the page was told, but for the events that are steps.
#[derive(Default)]
struct Told {
    settings: Option<EngineSettings>,
    status: DetectorStatus,
    answers: Vec<Answer>,
}

/// The engine and its surroundings.
pub(super) struct Scene {
    pub(super) fake: Fake,
    pub(super) engine: Engine<Fake>,
    told: Rc<RefCell<Told>>,
}

impl Scene {
    pub(super) fn with(settings: EngineSettings, benchmarks: Benchmarks) -> Self {
        let (fake, told) = (Fake::default(), Rc::<RefCell<Told>>::default());
        let (hearing, page) = (fake.clone(), Rc::clone(&told));
        let on_event = Rc::new(move |event| page.borrow_mut().take(event, &hearing));
        let callbacks = Callbacks {
            on_event,
            plan: Rc::new(|_, _| FrameTask::Search(pipeline::Search::Near)),
            plan_video: Rc::new(|_, _| FrameTask::Search(pipeline::Search::Far)),
        };
        let engine = Engine::start(fake.clone(), settings, benchmarks, callbacks);
        Self { fake, engine, told }
    }

    pub(super) fn new(device: DeviceChoice) -> Self {
        let settings = EngineSettings { network: Architecture::Small, device, detector: DetectorKind::Haar };
        Self::with(settings, Benchmarks::default())
    }

    /// A scene whose CPU worker reads faces with `Small`; a wanted WebGPU is being fetched.
    pub(super) fn on_cpu(device: DeviceChoice) -> Self {
        let mut scene = Self::new(device);
        for asset in
            [Asset::Program(DeviceKind::Cpu), Asset::Detector(DetectorKind::Haar), Asset::Network(Architecture::Small)]
        {
            scene.fetched(asset, Ok(()));
        }
        scene.open(DeviceKind::Cpu);
        scene.loaded(DeviceKind::Cpu, Architecture::Small);
        if device != DeviceChoice::Cpu {
            scene.found_adapter(Ok(ADAPTER));
        }
        scene.fake.take_steps();
        scene
    }

    /// As [`Scene::on_cpu`], and both devices have the network; the CPU was tested.
    pub(super) fn on_both(device: DeviceChoice) -> Self {
        let mut scene = Self::on_cpu(device);
        scene.fetched(Asset::Program(DeviceKind::WebGpu), Ok(()));
        scene.open(DeviceKind::WebGpu);
        scene.fake.take_steps();
        assert_eq!(
            scene.after(|it| it.loaded(DeviceKind::WebGpu, Architecture::Small)),
            [super::test(DeviceKind::Cpu)]
        );
        let steps = scene.after(|it| it.tested(DeviceKind::Cpu, tested(0.0, 4.0)));
        assert_eq!(steps, [super::test(DeviceKind::WebGpu)]);
        scene
    }

    /// As [`Scene::on_both`], and WebGPU has taken over.
    pub(super) fn on_gpu() -> Self {
        let mut scene = Self::on_both(DeviceChoice::WebGpu);
        let steps = scene.after(|it| it.tested(DeviceKind::WebGpu, tested(0.0, 2.0)));
        assert_eq!(steps.last(), Some(&super::ready(DeviceKind::WebGpu, Architecture::Small, None)));
        scene
    }

    /// A person gives it a photo.
    pub(super) fn photo(&self, photo: &'static str) {
        self.analyze_photo(photo, PhotoOptions::default());
    }

    /// The steps of the engine after `news`, beside telling its settings and its detector.
    pub(super) fn after(&mut self, news: impl FnOnce(&mut Self)) -> Vec<Step> {
        news(self);
        self.fake.take_steps()
    }

    /// The settings as the page was told last.
    pub(super) fn settings(&self) -> EngineSettings {
        self.told.borrow().settings.expect("they were told")
    }

    /// The status of the detectors, as the page was told last.
    pub(super) fn status(&self) -> DetectorStatus {
        self.told.borrow().status.clone()
    }

    /// The answers that reached the page since this was asked last.
    pub(super) fn answers(&self) -> Vec<Answer> {
        self.fake.run();
        std::mem::take(&mut self.told.borrow_mut().answers)
    }

    pub(super) fn fetched(&mut self, asset: Asset, result: Result<(), Problem>) {
        self.fake.end_fetch(asset, result);
    }

    pub(super) fn found_adapter(&mut self, found: Result<&str, &str>) {
        self.fake.end_search(found.map(Into::into).map_err(Into::into));
    }

    pub(super) fn up(&mut self, device: DeviceKind) {
        self.fake.say(device, WorkerMessage::Arrived(Response::Up, Payload::None));
    }

    /// The worker listens, its device is open, and it has the classic detector.
    pub(super) fn open(&mut self, device: DeviceKind) {
        self.up(device);
        self.done(device);
        self.done(device);
    }

    /// The worker has done what it was asked for.
    pub(super) fn done(&mut self, device: DeviceKind) {
        self.respond(device, Response::Done);
    }

    pub(super) fn loaded(&mut self, device: DeviceKind, network: Architecture) {
        self.respond(device, Response::Loaded(Box::new(card(network))));
    }

    pub(super) fn tested(&mut self, device: DeviceKind, tested: Tested) {
        self.respond(device, Response::Tested(tested));
    }

    pub(super) fn refused(&mut self, device: DeviceKind, problem: Problem) {
        self.respond(device, Response::Refused(problem));
    }

    pub(super) fn died(&mut self, device: DeviceKind, reason: &str) {
        self.fake.say(device, WorkerMessage::Died(reason.into()));
    }

    fn respond(&mut self, device: DeviceKind, response: Response) {
        self.fake.take_asked(device);
        self.fake.say(device, WorkerMessage::Arrived(response, Payload::None));
    }

    /// The worker answers its photo, which has more to be searched.
    pub(super) fn begun(&mut self, device: DeviceKind) {
        self.answer(device, &AnalyzedPhoto { progress: 0.5, ..AnalyzedPhoto::of_faces(0) });
    }

    /// The worker answers its photo, frame or inspection.
    pub(super) fn answered(&mut self, device: DeviceKind) {
        self.answer(device, &AnalyzedPhoto::of_faces(0));
    }

    fn answer(&mut self, device: DeviceKind, photo: &AnalyzedPhoto) {
        let (request, payload) = self.fake.take_asked(device);
        let (response, payload) = match (request, payload) {
            (Request::Photo(_), Payload::Photo(file)) => (Response::Photo(photo.clone()), Payload::Pixels(file)),
            (Request::ListArchive, _) => (Response::Archive(vec!["a.jpg".into()]), Payload::None),
            (Request::ContinueSearch, _) => (Response::Photo(photo.clone()), Payload::None),
            (Request::Frame { .. }, Payload::Frame(bitmap)) => {
                let frame = frame_like(photo.clone(), device);
                (Response::Frame(frame), Payload::Frame(bitmap))
            }
            (Request::VideoFrame { width, height, .. }, Payload::Pixels(pixels)) => {
                let frame = frame_like(AnalyzedPhoto::of_faces(0), device);
                (Response::VideoFrame { frame, width, height }, Payload::Pixels(pixels))
            }
            (Request::Inspect(request), _) => {
                let comparison = Comparison { face: request.face, device, answers: vec![] };
                (Response::Inspected(Inspection::Comparison(comparison)), Payload::None)
            }
            (other, _) => panic!("nothing about faces was asked, but {other:?}"),
        };
        self.fake.say(device, WorkerMessage::Arrived(response, payload));
    }
}

impl Deref for Scene {
    type Target = Engine<Fake>;

    /// The engine, after everything before has come to rest.
    fn deref(&self) -> &Engine<Fake> {
        self.fake.run();
        &self.engine
    }
}

impl Told {
    fn take(&mut self, event: Event, fake: &Fake) {
        match event {
            EngineEvent::Settings(settings) => self.settings = Some(settings),
            EngineEvent::Detector(status) => self.status = status,
            EngineEvent::Photo(Ok(photo)) => {
                self.answers.push(photo.pixels.map_or(Answer::SearchContinued, Answer::Photo));
            }
            EngineEvent::Frame(frame) => self.answers.push(Answer::Frame(frame.bitmap)),
            EngineEvent::Inspected(_) => self.answers.push(Answer::Inspection),
            EngineEvent::VideoFrame(frame) => self.answers.push(Answer::VideoFrame(frame.decoded.time_secs)),
            other => fake.write(Step::Event(other)),
        }
    }
}

/// A frame that `device` has read, with what `photo` shows.
fn frame_like(photo: AnalyzedPhoto, device: DeviceKind) -> AnalyzedFrame {
    let AnalyzedPhoto { analysis, crops, read_by, .. } = photo;
    AnalyzedFrame { analysis, crops, capture_ms: 0.0, read_by: ReadBy { device, ..read_by } }
}
