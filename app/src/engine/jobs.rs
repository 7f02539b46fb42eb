//! The jobs of a worker: which one comes next, and how it is done.

use std::{convert::Infallible, pin::pin, rc::Rc};

use futures_util::future::{Either, select};
use model_core::{Architecture, DeviceKind, device_check};

use super::{
    EngineEvent, FrameResult, PhotoResult, VideoFrameResult,
    client::{WorkerClient, WorkerGone},
    host::{Host, Payload},
    pending::{Next, PendingFrame, PendingPhoto},
    run::Core,
    state::{Event, InFlight, State},
    video::VideoPicture,
};
use crate::{
    asset::Asset,
    problem::Problem,
    protocol::{DecodedFrame, GreyBytes, InspectRequest, Request, Response, Tested},
};

/// A job for a worker.
pub(super) enum Job<H: Host> {
    /// Give it a detector or a network to use.
    Configure(Asset),
    /// Have a network at hand beside the one in use.
    Hold(Architecture),
    Test(TestKind, Vec<GreyBytes>),
    Photo(PendingPhoto<H::Photo>),
    /// List the photos in an archive.
    ListArchive(H::Photo),
    /// Search the photo that the worker has a step further.
    SearchOn(PendingPhoto<H::Photo>),
    Inspect(InspectRequest),
    Frame(PendingFrame<H::Frame>),
    /// A frame of a video.
    Picture(VideoPicture<H::Pixels>),
}

/// The purpose of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TestKind {
    /// Run the synthetic faces of [`device_check`] on each device: WebGPU's predictions must agree with the CPU's, and both
    /// are timed.
    CompareDevices,
    /// Compare the predictions of this network with its stored cases.
    StoredCases(Architecture),
}

impl<H: Host> State<H> {
    /// The next job of an idle worker, which is busy from now on.
    pub(super) fn next_job(&mut self, device: DeviceKind) -> Option<Job<H>> {
        let job = (self.missing_asset(device).map(Job::Configure))
            .or_else(|| self.test_job(device))
            .or_else(|| self.hold_job(device))
            .or_else(|| self.archive.take_if(|_| device == DeviceKind::Cpu).map(Job::ListArchive))
            .or_else(|| self.reading_job(device))?;
        let in_flight = InFlight { device, photo: None, video: None, is_late: false };
        self.in_flight.extend(match &job {
            Job::Configure(_) | Job::Hold(_) | Job::ListArchive(_) => None,
            Job::Photo(photo) | Job::SearchOn(photo) => Some(InFlight { photo: Some(photo.clone()), ..in_flight }),
            Job::Picture(picture) => Some(InFlight { video: Some(picture.in_flight()), ..in_flight }),
            Job::Test(..) | Job::Inspect(_) | Job::Frame(_) => Some(in_flight),
        });
        self.worker_mut(device).is_busy = true;
        Some(job)
    }

    /// The asset that is here and that the worker lacks: first a detector, then the network, then the net for small and
    /// far faces.
    pub(super) fn missing_asset(&self, device: DeviceKind) -> Option<Asset> {
        if device == DeviceKind::WebGpu && !self.is_gpu_due() {
            return None;
        }
        let (worker, network) = (self.worker(device), self.settings.network);
        let needs_network = worker.network() != Some(network) && self.assets.is_here(Asset::Network(network));
        match self.missing_detector(worker) {
            Some(Asset::FullRange) | None if needs_network => Some(Asset::Network(network)),
            asset => asset,
        }
    }

    /// The device that is to be tested now: one after the other while nothing else is asked, so that each is timed
    /// alone.
    fn test_due(&self) -> Option<(DeviceKind, TestKind)> {
        let kind = match self.self_test {
            Some(_) => TestKind::StoredCases(self.settings.network),
            None => TestKind::CompareDevices,
        };
        let device = match kind {
            TestKind::StoredCases(_) => self.self_test_due()?,
            TestKind::CompareDevices if !self.is_comparison_due() => return None,
            TestKind::CompareDevices if self.cpu.tested.is_none() => DeviceKind::Cpu,
            TestKind::CompareDevices => DeviceKind::WebGpu,
        };
        let is_possible = self.in_flight.is_empty() && self.missing_asset(device).is_none();
        is_possible.then_some((device, kind))
    }

    fn test_job(&self, device: DeviceKind) -> Option<Job<H>> {
        let (_, kind) = self.test_due().filter(|due| due.0 == device)?;
        let faces = match &self.self_test {
            Some(test) => test.faces.clone(),
            None => device_check::faces().into_iter().map(|levels| GreyBytes(levels.into())).collect(),
        };
        Some(Job::Test(kind, faces))
    }

    pub(super) fn on_tested(&mut self, device: DeviceKind, kind: TestKind, tested: Tested) {
        match kind {
            TestKind::CompareDevices => self.worker_mut(device).tested = Some(tested),
            TestKind::StoredCases(network) => self.on_self_tested(device, network, &tested),
        }
    }

    /// While a person compares: one more network at hand for the selected worker.
    fn hold_job(&self, device: DeviceKind) -> Option<Job<H>> {
        if !self.comparing || !self.is_selected(device) {
            return None;
        }
        let is_missing = |network: &Architecture| {
            !self.worker(device).has(*network) && self.assets.is_here(Asset::Network(*network))
        };
        Architecture::ALL.into_iter().find(is_missing).map(Job::Hold)
    }

    /// For the worker that reads, the next photo, inspection, frame, step of a search or frame of a video, if nothing is in
    /// flight or to be tested first.
    fn reading_job(&mut self, device: DeviceKind) -> Option<Job<H>> {
        let is_test_next = self.test_due().is_some_and(|(other, _)| self.worker(other).is_idle());
        let is_waiting = self.in_flight.iter().any(|in_flight| !in_flight.is_late);
        if self.reader() != Some(device) || is_waiting || is_test_next {
            return None;
        }
        let must_photo_wait = self.must_photo_wait(self.worker(device));
        match self.pending.next(must_photo_wait) {
            Some(Next::Photo(photo)) => Some(Job::Photo(photo)),
            Some(Next::Inspect(request)) => Some(Job::Inspect(request)),
            Some(Next::Frame(frame)) => Some(Job::Frame(frame)),
            // As a photo: small faces are looked for in it.
            None if must_photo_wait => None,
            None => match self.unfinished.take_if(|(holder, _)| *holder == device) {
                Some((_, photo)) => Some(Job::SearchOn(photo)),
                None => self.video.next_picture().map(Job::Picture),
            },
        }
    }

    /// The worker that is given the next photo, inspection or frame: the selected one, or the CPU in the place of a WebGPU
    /// that a person would have to wait for.
    fn reader(&self) -> Option<DeviceKind> {
        let selected = self.selection.as_ref()?.device;
        let is_stood_in = selected == DeviceKind::WebGpu && self.is_gpu_held_up() && self.cpu.reads_by().is_some();
        Some(if is_stood_in { DeviceKind::Cpu } else { selected })
    }

    fn is_selected(&self, device: DeviceKind) -> bool {
        self.selection.as_ref().is_some_and(|selection| selection.device == device)
    }
}

/// Gives a worker job after job. Every error is the end of the worker.
pub(super) struct Server<H: Host> {
    pub(super) core: Rc<Core<H>>,
    pub(super) client: WorkerClient<H>,
    pub(super) device: DeviceKind,
}

impl<H: Host> Server<H> {
    pub(super) async fn serve(&self) -> Result<Infallible, WorkerGone> {
        self.open().await?;
        loop {
            match self.next_job().await? {
                Job::Configure(asset) => self.configure(asset).await,
                Job::Hold(network) => self.hold(network).await,
                Job::Test(kind, faces) => self.test(kind, faces).await,
                Job::Photo(photo) => self.photo(photo).await,
                Job::ListArchive(archive) => self.list_archive(archive).await,
                Job::SearchOn(photo) => self.search_on(photo).await,
                Job::Inspect(request) => self.inspect(request).await,
                Job::Frame(frame) => self.frame(frame).await,
                Job::Picture(picture) => self.picture(picture).await,
            }?;
        }
    }

    async fn next_job(&self) -> Result<Job<H>, WorkerGone> {
        let job = self.core.until(|state| state.next_job(self.device));
        // The end of the worker comes first: it must not be given a job any more.
        match select(pin!(self.client.gone()), pin!(job)).await {
            Either::Left((gone, _)) => Err(gone),
            Either::Right((job, _)) => Ok(job),
        }
    }

    async fn open(&self) -> Result<(), WorkerGone> {
        match self.client.call(Request::Open { device: self.device }, Payload::None).await? {
            (Response::Done, _) => self.core.update(|state| state.worker_mut(self.device).is_open = true),
            (Response::Refused(problem), _) if self.device == DeviceKind::Cpu => {
                return Err(WorkerGone(problem.detail));
            }
            (Response::Refused(problem), _) => return Err(self.give_up(problem)),
            _ => return Err(WorkerGone::unexpected()),
        }
        Ok(())
    }

    async fn configure(&self, asset: Asset) -> Result<(), WorkerGone> {
        let device = self.device;
        match (asset, self.call_with_files(asset, Request::Configure(asset)).await?) {
            (_, Response::Refused(problem)) => {
                return self.refuse(problem, |state, problem| state.fail(asset, problem));
            }
            (Asset::Detector(kind), Response::Done) => self.finish(|state| state.on_detector(device, kind)),
            (Asset::FullRange, Response::Done) => self.finish(|state| state.on_full_range(device)),
            (Asset::Network(_), Response::Loaded(card)) => self.finish(|state| state.on_loaded(device, *card)),
            _ => return Err(WorkerGone::unexpected()),
        }
        Ok(())
    }

    async fn hold(&self, network: Architecture) -> Result<(), WorkerGone> {
        let held = match self.call_with_files(Asset::Network(network), Request::Hold { network }).await? {
            Response::Done => Ok(()),
            Response::Refused(problem) => Err(problem),
            _ => return Err(WorkerGone::unexpected()),
        };
        self.finish(|state| state.on_held(self.device, network, held));
        Ok(())
    }

    async fn test(&self, kind: TestKind, faces: Vec<GreyBytes>) -> Result<(), WorkerGone> {
        match self.ask(Request::Test { faces }, Payload::None).await? {
            (Response::Tested(tested), _) => self.finish(|state| state.on_tested(self.device, kind, tested)),
            (Response::Refused(problem), _) => {
                return self.refuse(problem, |state, problem| match kind {
                    // A CPU that fails is no measure for WebGPU.
                    TestKind::CompareDevices => state.refuse_gpu(problem.detail),
                    TestKind::StoredCases(_) => state.break_off_self_test(&problem),
                });
            }
            _ => return Err(WorkerGone::unexpected()),
        }
        Ok(())
    }

    async fn photo(&self, pending: PendingPhoto<H::Photo>) -> Result<(), WorkerGone> {
        let request = Request::Photo(pending.options.clone());
        let answer = self.ask(request, Payload::Photo(pending.photo.clone())).await?;
        self.on_photo(pending, answer)
    }

    async fn search_on(&self, pending: PendingPhoto<H::Photo>) -> Result<(), WorkerGone> {
        let answer = self.ask(Request::SearchOn, Payload::None).await?;
        self.on_photo(pending, answer)
    }

    /// Tell the page, unless it has another photo by now, and see to it that the search goes on.
    fn on_photo(&self, pending: PendingPhoto<H::Photo>, answer: (Response, Payload<H>)) -> Result<(), WorkerGone> {
        let result = match answer {
            (Response::Photo(photo), Payload::Pixels(pixels)) => Ok(PhotoResult { photo, pixels: Some(pixels) }),
            (Response::Photo(photo), Payload::None) => Ok(PhotoResult { photo, pixels: None }),
            (Response::Refused(problem), _) => Err(problem),
            _ => return Err(WorkerGone::unexpected()),
        };
        let mut state = self.core.state.borrow_mut();
        let is_accepted = state.pending.accepts_photo(pending.id, self.device);
        let goes_on = !state.is_search_stopped && result.as_ref().is_ok_and(|result| !result.photo.is_done());
        if is_accepted {
            state.unfinished = goes_on.then_some((self.device, pending));
        }
        drop(state);
        self.answer(Some(EngineEvent::Photo(result)).filter(|_| is_accepted));
        Ok(())
    }

    async fn list_archive(&self, archive: H::Photo) -> Result<(), WorkerGone> {
        let listed = match self.client.call(Request::ListArchive, Payload::Photo(archive)).await? {
            (Response::Archive(names), _) => Ok(names),
            (Response::Refused(problem), _) => Err(problem),
            _ => return Err(WorkerGone::unexpected()),
        };
        self.finish(|state| state.events.push(EngineEvent::Archive(listed)));
        Ok(())
    }

    async fn inspect(&self, request: InspectRequest) -> Result<(), WorkerGone> {
        let (Response::Inspected(inspection), _) = self.ask(Request::Inspect(request), Payload::None).await? else {
            return Err(WorkerGone::unexpected());
        };
        self.answer(Some(EngineEvent::Inspected(inspection)));
        Ok(())
    }

    /// How a frame is analysed is decided as late as possible, by all that was found before.
    async fn frame(&self, PendingFrame { frame, at }: PendingFrame<H::Frame>) -> Result<(), WorkerGone> {
        let task = (self.core.callbacks.plan)(at, &frame);
        let request = Request::Frame { task: task.clone() };
        let (Response::Frame(frame), Payload::Frame(bitmap)) = self.ask(request, Payload::Frame(frame)).await? else {
            return Err(WorkerGone::unexpected());
        };
        let is_accepted = self.core.state.borrow_mut().pending.accepts_frame(at);
        self.answer(is_accepted.then_some(EngineEvent::Frame(FrameResult { frame, at, task, bitmap })));
        Ok(())
    }

    /// A frame of a video; one of a range that is not wanted any more is not told.
    async fn picture(&self, picture: VideoPicture<H::Pixels>) -> Result<(), WorkerGone> {
        let VideoPicture { turn, frame: decoded, pixels } = picture;
        let DecodedFrame { time_secs, width, height, .. } = decoded;
        let task = (self.core.callbacks.plan_video)(time_secs, [width, height]);
        let request = Request::Picture { task: task.clone(), width, height };
        let (Response::Picture { frame, .. }, Payload::Pixels(pixels)) =
            self.client.call(request, Payload::Pixels(pixels)).await?
        else {
            return Err(WorkerGone::unexpected());
        };
        let is_current = self.core.state.borrow().video.is_current(turn);
        let result = VideoFrameResult { frame, decoded, task, pixels };
        self.answer(Some(EngineEvent::VideoFrame(result)).filter(|_| is_current));
        Ok(())
    }

    /// Call for something that a person may wait for; if that is WebGPU and it takes too long, the CPU answers meanwhile.
    async fn ask(&self, request: Request, payload: Payload<H>) -> Result<(Response, Payload<H>), WorkerGone> {
        let answer = pin!(self.client.call(request, payload));
        if self.device == DeviceKind::Cpu {
            return answer.await;
        }
        match select(answer, pin!(self.core.host.moment())).await {
            Either::Left((answer, _)) => answer,
            Either::Right(((), answer)) => {
                self.core.update(State::on_gpu_late);
                answer.await
            }
        }
    }

    /// Give an answer to the page, and only then take the next job: how the next frame is analysed depends on it.
    fn answer(&self, event: Option<Event<H>>) {
        if let Some(event) = event {
            self.core.emit(event);
        }
        self.finish(|state| state.on_answered(self.device));
    }

    /// Call with the files of an asset that is here.
    async fn call_with_files(&self, asset: Asset, request: Request) -> Result<Response, WorkerGone> {
        let files = self.core.state.borrow().assets.files(asset).cloned().map_or(Payload::None, Payload::Files);
        Ok(self.client.call(request, files).await?.0)
    }

    /// The job is done, and `change` is what came of it.
    fn finish(&self, change: impl FnOnce(&mut State<H>)) {
        self.core.update(|state| {
            state.on_done(self.device);
            change(state);
        });
    }

    /// The job was refused: a CPU worker goes on, with `change` as what came of it; WebGPU is given up.
    fn refuse(&self, problem: Problem, change: impl FnOnce(&mut State<H>, Problem)) -> Result<(), WorkerGone> {
        match self.device {
            DeviceKind::Cpu => self.finish(|state| change(state, problem)),
            DeviceKind::WebGpu => return Err(self.give_up(problem)),
        }
        Ok(())
    }

    /// WebGPU cannot do what it was asked for.
    fn give_up(&self, problem: Problem) -> WorkerGone {
        let gone = WorkerGone(problem.detail.clone());
        self.core.update(|state| state.refuse_gpu(problem.detail));
        gone
    }
}
