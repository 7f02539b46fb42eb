//! Surroundings without a browser: everything that the engine does is written down, and everything that happens to it
//! is said by the test.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Wake, Waker},
};

use futures_channel::oneshot;
use model_core::DeviceKind;

use super::super::{Host, Payload, WorkerKind};
use crate::{
    asset::Asset,
    problem::Problem,
    protocol::{Request, Response},
    web::{fetch::Freshness, worker::WorkerMessage},
};

/// An event of this engine.
pub(super) type Event = super::super::EngineEvent<&'static str, u32>;

/// One thing that the engine does.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    Fetch(Asset, Freshness),
    FindAdapter,
    Start(DeviceKind),
    End(DeviceKind),
    Call(DeviceKind, Request),
    /// `Request::Photo` of this one.
    Photo(DeviceKind, &'static str),
    /// `Request::Frame` with this one.
    Frame(DeviceKind, u32),
    StartVideo,
    EndVideo,
    /// The window plays a video itself, or no more.
    StartPlayed,
    EndPlayed,
    /// `Request::OpenVideo` of this one.
    OpenVideo(&'static str),
    /// Another request to the video's worker.
    CallVideo(Request),
    Event(Event),
}

type OnMessage = Box<dyn FnMut(WorkerMessage<Response, Payload<Fake>>)>;
type Task = Pin<Box<dyn Future<Output = ()>>>;

/// The surroundings; a clone is the same ones.
#[derive(Clone, Default)]
pub(super) struct Fake(Rc<Surroundings>);

#[derive(Default)]
struct Surroundings {
    steps: RefCell<Vec<Step>>,
    fetches: RefCell<HashMap<Asset, oneshot::Sender<Result<Asset, Problem>>>>,
    adapter: RefCell<Option<oneshot::Sender<Result<String, String>>>>,
    workers: RefCell<HashMap<WorkerKind, OnMessage>>,
    /// The last request to each worker, with its payload.
    asked: RefCell<HashMap<WorkerKind, (Request, Payload<Fake>)>>,
    seconds: RefCell<Vec<oneshot::Sender<()>>>,
    gpu_graces: RefCell<Vec<oneshot::Sender<()>>>,
    tasks: RefCell<Vec<Task>>,
    spawned: RefCell<Vec<Task>>,
    is_cut: Cell<bool>,
}

/// A worker; its drop is its end.
pub(super) struct FakeWorker {
    kind: WorkerKind,
    fake: Fake,
}

impl Drop for FakeWorker {
    fn drop(&mut self) {
        self.fake.write(match self.kind {
            WorkerKind::Faces(device) => Step::End(device),
            WorkerKind::Video => Step::EndVideo,
            WorkerKind::PlayedVideo => Step::EndPlayed,
        });
        self.fake.0.workers.borrow_mut().remove(&self.kind);
        self.fake.0.asked.borrow_mut().remove(&self.kind);
    }
}

impl Fake {
    pub(super) fn write(&self, step: Step) {
        self.0.steps.borrow_mut().push(step);
    }

    /// The steps since this was asked last.
    pub(super) fn take_steps(&self) -> Vec<Step> {
        self.run();
        self.0.steps.take()
    }

    /// Posting fails from now on.
    pub(super) fn cut(&self) {
        self.0.is_cut.set(true);
    }

    /// The fetch of `asset` ends.
    pub(super) fn end_fetch(&self, asset: Asset, result: Result<(), Problem>) {
        self.run();
        let fetch = self.0.fetches.borrow_mut().remove(&asset).unwrap_or_else(|| panic!("{asset:?} is not fetched"));
        fetch.send(result.map(|()| asset)).expect("the engine waits");
    }

    pub(super) fn end_search(&self, found: Result<String, String>) {
        self.run();
        let search = self.0.adapter.take().expect("an adapter is looked for");
        search.send(found).expect("the engine waits");
    }

    /// A worker says something, unless it has ended.
    pub(super) fn say(&self, kind: impl Into<WorkerKind>, message: WorkerMessage<Response, Payload<Self>>) {
        self.run();
        if let Some(on_message) = self.0.workers.borrow_mut().get_mut(&kind.into()) {
            on_message(message);
        }
    }

    /// The request that a worker has not answered.
    pub(super) fn take_asked(&self, kind: impl Into<WorkerKind>) -> (Request, Payload<Self>) {
        self.run();
        let kind = kind.into();
        let asked = self.0.asked.borrow_mut().remove(&kind);
        asked.unwrap_or_else(|| panic!("nothing is asked of {kind:?}"))
    }

    /// A second passes.
    pub(super) fn tick(&self) {
        self.lapse();
        self.run();
        end_all(&self.0.seconds);
    }

    /// Half a second passes.
    pub(super) fn lapse(&self) {
        self.run();
        end_all(&self.0.gpu_graces);
    }

    /// Poll every task until none of them can go on.
    pub(super) fn run(&self) {
        let woken = Arc::new(Flag(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        for _ in 0..1000 {
            if !woken.0.swap(false, Ordering::Relaxed) && self.0.spawned.borrow().is_empty() {
                return;
            }
            let mut tasks = self.0.tasks.take();
            tasks.append(&mut self.0.spawned.borrow_mut());
            tasks.retain_mut(|task| task.as_mut().poll(&mut context).is_pending());
            *self.0.tasks.borrow_mut() = tasks;
        }
        panic!("the engine does not come to rest: {:?}", self.0.steps.take());
    }
}

fn end_all(waits: &RefCell<Vec<oneshot::Sender<()>>>) {
    for wait in waits.take() {
        let _ = wait.send(()); // fails if nobody waits for it any more
    }
}

async fn wait(waits: &RefCell<Vec<oneshot::Sender<()>>>) {
    let (end, ended) = oneshot::channel();
    waits.borrow_mut().push(end);
    let _ = ended.await;
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Host for Fake {
    type Photo = &'static str;
    type Frame = u32;
    type Pixels = &'static str;
    type Files = Asset;
    type Worker = FakeWorker;

    async fn fetch(
        &self,
        asset: Asset,
        freshness: Freshness,
        _on_progress: impl FnMut(u64, Option<u64>),
    ) -> Result<Asset, Problem> {
        self.write(Step::Fetch(asset, freshness));
        let (end, ended) = oneshot::channel();
        self.0.fetches.borrow_mut().insert(asset, end);
        ended.await.expect("the test ends it")
    }

    async fn find_adapter(&self) -> Result<String, String> {
        self.write(Step::FindAdapter);
        let (end, ended) = oneshot::channel();
        self.0.adapter.replace(Some(end));
        ended.await.expect("the test ends it")
    }

    fn start(
        &self,
        kind: WorkerKind,
        on_message: impl FnMut(WorkerMessage<Response, Payload<Self>>) + 'static,
    ) -> Result<FakeWorker, String> {
        self.write(match kind {
            WorkerKind::Faces(device) => Step::Start(device),
            WorkerKind::Video => Step::StartVideo,
            WorkerKind::PlayedVideo => Step::StartPlayed,
        });
        self.0.workers.borrow_mut().insert(kind, Box::new(on_message));
        Ok(FakeWorker { kind, fake: self.clone() })
    }

    fn post(&self, worker: &FakeWorker, request: &Request, payload: Payload<Self>) -> Result<(), String> {
        if self.0.is_cut.get() {
            return Err("cannot be copied".into());
        }
        self.write(match (worker.kind, &payload) {
            (WorkerKind::Faces(device), Payload::Photo(photo)) => Step::Photo(device, photo),
            (WorkerKind::Faces(device), Payload::Frame(frame)) => Step::Frame(device, *frame),
            (WorkerKind::Faces(device), _) => Step::Call(device, request.clone()),
            (WorkerKind::Video | WorkerKind::PlayedVideo, Payload::Photo(file)) => Step::OpenVideo(file),
            (WorkerKind::Video | WorkerKind::PlayedVideo, _) => Step::CallVideo(request.clone()),
        });
        if let (Some(expected), Payload::Files(files)) = (files_of(request), &payload) {
            assert_eq!(*files, expected, "the files of another asset");
        } else {
            assert!(files_of(request).is_none(), "{request:?} without files");
        }
        let before = self.0.asked.borrow_mut().insert(worker.kind, (request.clone(), payload));
        let before = before.map(|(request, _)| request);
        assert_eq!(before, None, "is not answered yet");
        Ok(())
    }

    async fn second(&self) {
        wait(&self.0.seconds).await;
    }

    async fn gpu_grace(&self) {
        wait(&self.0.gpu_graces).await;
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.0.spawned.borrow_mut().push(Box::pin(task));
    }
}

fn files_of(request: &Request) -> Option<Asset> {
    match *request {
        Request::Configure(asset) => Some(asset),
        Request::Preload { network } => Some(Asset::Network(network)),
        _ => None,
    }
}
