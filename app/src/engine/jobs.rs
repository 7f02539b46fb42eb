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
    video::VideoFrame,
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
    /// Load a further network beside the one in use, to compare them.
    Preload(Architecture),
    /// Read these faces, to compare the predictions with others and to time them.
    Test(TestKind, Vec<GreyBytes>),
    /// Begin a photo: decode it and take the first step of its search.
    Photo(PendingPhoto<H::Photo>),
    /// List the photos in an archive.
    ListArchive(H::Photo),
    /// Search the photo that the worker has a step further.
    ContinueSearch(PendingPhoto<H::Photo>),
    /// Look closer at one face.
    Inspect(InspectRequest),
    /// Analyse a camera frame.
    Frame(PendingFrame<H::Frame>),
    /// Analyse a frame of a video.
    VideoFrame(VideoFrame<H::Pixels>),
}

/// The purpose of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TestKind {
    /// Run the synthetic faces of [`device_check`] on each device: WebGPU's predictions must agree with the CPU's, and
    /// both are timed.
    CompareDevices,
    /// Compare the predictions of this network with its stored cases.
    StoredCases(Architecture),
}

impl<H: Host> State<H> {
    /// The next job of an idle worker, which is busy from now on.
    pub(super) fn next_job(&mut self, device: DeviceKind) -> Option<Job<H>> {
        let job = (self.missing_asset(device).map(Job::Configure))
            .or_else(|| self.test_job(device))
            .or_else(|| self.preload_job(device))
            .or_else(|| self.archive.take_if(|_| device == DeviceKind::Cpu).map(Job::ListArchive))
            .or_else(|| self.reading_job(device))?;
        let in_flight = InFlight { device, photo: None, video: None, is_late: false };
        self.in_flight.extend(match &job {
            Job::Configure(_) | Job::Preload(_) | Job::ListArchive(_) => None,
            Job::Photo(photo) | Job::ContinueSearch(photo) => {
                Some(InFlight { photo: Some(photo.clone()), ..in_flight })
            }
            Job::VideoFrame(frame) => Some(InFlight { video: Some(frame.in_flight()), ..in_flight }),
            Job::Test(..) | Job::Inspect(_) | Job::Frame(_) => Some(in_flight),
        });
        self.worker_mut(device).is_busy = true;
        Some(job)
    }

    /// The next fetched asset that the worker lacks: first a detector, then the network, then the detector's net for
    /// small and far faces.
    pub(super) fn missing_asset(&self, device: DeviceKind) -> Option<Asset> {
        if device == DeviceKind::WebGpu && !self.may_prepare_gpu() {
            return None;
        }
        let (worker, network) = (self.worker(device), self.settings.network);
        let needs_network = worker.network() != Some(network) && self.assets.is_fetched(Asset::Network(network));
        match self.missing_detector(worker) {
            Some(Asset::FullRange) | None if needs_network => Some(Asset::Network(network)),
            asset => asset,
        }
    }

    /// The device to test now, and how. Devices are tested one after the other while no other request is in flight, so
    /// that each is timed alone.
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

    /// While a person compares networks: the next one to load beside the one in use, on the selected worker.
    fn preload_job(&self, device: DeviceKind) -> Option<Job<H>> {
        if !self.comparing || !self.is_selected(device) {
            return None;
        }
        let is_missing = |network: &Architecture| {
            !self.worker(device).has(*network) && self.assets.is_fetched(Asset::Network(*network))
        };
        Architecture::ALL.into_iter().find(is_missing).map(Job::Preload)
    }

    /// The next job for the worker that reads faces: a photo, an inspection, a camera frame, a further step of a
    /// photo's search or a frame of a video, in this order of priority. `None` while another request is in flight or a
    /// test is next.
    fn reading_job(&mut self, device: DeviceKind) -> Option<Job<H>> {
        let is_test_next = self.test_due().is_some_and(|(other, _)| self.worker(other).is_idle());
        // A late request does not block: the CPU stands in for it.
        let has_timely_request = self.in_flight.iter().any(|in_flight| !in_flight.is_late);
        if self.reader() != Some(device) || has_timely_request || is_test_next {
            return None;
        }
        let must_photo_wait = self.must_photo_wait(self.worker(device));
        match self.pending.next(must_photo_wait) {
            Some(Next::Photo(photo)) => Some(Job::Photo(photo)),
            Some(Next::Inspect(request)) => Some(Job::Inspect(request)),
            Some(Next::Frame(frame)) => Some(Job::Frame(frame)),
            // A video is searched for small faces, too, so it waits for the same net as a photo.
            None if must_photo_wait => None,
            None => match self.unfinished.take_if(|(holder, _)| *holder == device) {
                Some((_, photo)) => Some(Job::ContinueSearch(photo)),
                None => self.video.pop_frame().map(Job::VideoFrame),
            },
        }
    }

    /// The worker that is given the next photo, inspection or frame: the selected one, or the CPU in the place of a
    /// WebGPU that a person would have to wait for.
    fn reader(&self) -> Option<DeviceKind> {
        let selected = self.selection.as_ref()?.device;
        let is_stood_in = selected == DeviceKind::WebGpu && self.is_gpu_held_up() && self.cpu.reads_by().is_some();
        Some(if is_stood_in { DeviceKind::Cpu } else { selected })
    }

    fn is_selected(&self, device: DeviceKind) -> bool {
        self.selection.as_ref().is_some_and(|selection| selection.device == device)
    }
}

/// Drives one worker: sends it job after job until it ends. Any `Err` ends the worker.
pub(super) struct WorkerDriver<H: Host> {
    pub(super) core: Rc<Core<H>>,
    pub(super) client: WorkerClient<H>,
    pub(super) device: DeviceKind,
}

impl<H: Host> WorkerDriver<H> {
    pub(super) async fn run(&self) -> Result<Infallible, WorkerGone> {
        self.open().await?;
        loop {
            match self.next_job().await? {
                Job::Configure(asset) => self.configure(asset).await,
                Job::Preload(network) => self.preload(network).await,
                Job::Test(kind, faces) => self.test(kind, faces).await,
                Job::Photo(photo) => self.photo(photo).await,
                Job::ListArchive(archive) => self.list_archive(archive).await,
                Job::ContinueSearch(photo) => self.continue_search(photo).await,
                Job::Inspect(request) => self.inspect(request).await,
                Job::Frame(frame) => self.frame(frame).await,
                Job::VideoFrame(frame) => self.video_frame(frame).await,
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
            (Response::Refused(problem), _) => return Err(self.disable_gpu(problem)),
            _ => return Err(WorkerGone::unexpected()),
        }
        Ok(())
    }

    async fn configure(&self, asset: Asset) -> Result<(), WorkerGone> {
        let device = self.device;
        match (asset, self.call_with_files(asset, Request::Configure(asset)).await?) {
            (_, Response::Refused(problem)) => {
                return self.on_refused(problem, |state, problem| state.fail(asset, problem));
            }
            (Asset::Detector(kind), Response::Done) => self.finish(|state| state.on_detector(device, kind)),
            (Asset::FullRange, Response::Done) => self.finish(|state| state.on_full_range(device)),
            (Asset::Network(_), Response::Loaded(card)) => self.finish(|state| state.on_loaded(device, *card)),
            _ => return Err(WorkerGone::unexpected()),
        }
        Ok(())
    }

    async fn preload(&self, network: Architecture) -> Result<(), WorkerGone> {
        let preloaded = match self.call_with_files(Asset::Network(network), Request::Preload { network }).await? {
            Response::Done => Ok(()),
            Response::Refused(problem) => Err(problem),
            _ => return Err(WorkerGone::unexpected()),
        };
        self.finish(|state| state.on_preloaded(self.device, network, preloaded));
        Ok(())
    }

    async fn test(&self, kind: TestKind, faces: Vec<GreyBytes>) -> Result<(), WorkerGone> {
        match self.call_with_fallback(Request::Test { faces }, Payload::None).await? {
            (Response::Tested(tested), _) => self.finish(|state| state.on_tested(self.device, kind, tested)),
            (Response::Refused(problem), _) => {
                return self.on_refused(problem, |state, problem| match kind {
                    // Reached on the CPU only: without its predictions WebGPU cannot be verified.
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
        let answer = self.call_with_fallback(request, Payload::Photo(pending.photo.clone())).await?;
        self.on_photo(pending, answer)
    }

    async fn continue_search(&self, pending: PendingPhoto<H::Photo>) -> Result<(), WorkerGone> {
        let answer = self.call_with_fallback(Request::ContinueSearch, Payload::None).await?;
        self.on_photo(pending, answer)
    }

    /// Give the page the result, unless a newer photo was offered meanwhile, and have an unfinished search continued.
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
        self.finish(|state| {
            // A newer one that waits takes the place of this.
            if state.archive.is_none() {
                state.events.push(EngineEvent::Archive(listed));
            }
        });
        Ok(())
    }

    async fn inspect(&self, request: InspectRequest) -> Result<(), WorkerGone> {
        let (Response::Inspected(inspection), _) =
            self.call_with_fallback(Request::Inspect(request), Payload::None).await?
        else {
            return Err(WorkerGone::unexpected());
        };
        self.answer(Some(EngineEvent::Inspected(inspection)));
        Ok(())
    }

    /// Analyse a camera frame. It is planned only now, so that the plan knows the results of all frames before it.
    async fn frame(&self, PendingFrame { frame, at }: PendingFrame<H::Frame>) -> Result<(), WorkerGone> {
        let task = (self.core.callbacks.plan)(at, &frame);
        let request = Request::Frame { task: task.clone() };
        let (Response::Frame(frame), Payload::Frame(bitmap)) =
            self.call_with_fallback(request, Payload::Frame(frame)).await?
        else {
            return Err(WorkerGone::unexpected());
        };
        let is_accepted = self.core.state.borrow_mut().pending.accepts_frame(at);
        self.answer(is_accepted.then_some(EngineEvent::Frame(FrameResult { frame, at, task, bitmap })));
        Ok(())
    }

    /// Analyse a frame of a video. The page is told of it only if its range is still the one that is read.
    async fn video_frame(&self, frame: VideoFrame<H::Pixels>) -> Result<(), WorkerGone> {
        let VideoFrame { range_id, frame: decoded, pixels } = frame;
        let DecodedFrame { time_secs, width, height, .. } = decoded;
        let task = (self.core.callbacks.plan_video)(time_secs, [width, height]);
        let request = Request::VideoFrame { task: task.clone(), width, height };
        let (Response::VideoFrame { frame, .. }, Payload::Pixels(pixels)) =
            self.client.call(request, Payload::Pixels(pixels)).await?
        else {
            return Err(WorkerGone::unexpected());
        };
        let is_current = self.core.state.borrow().video.is_current(range_id);
        let result = VideoFrameResult { frame, decoded, task, pixels };
        self.answer(Some(EngineEvent::VideoFrame(result)).filter(|_| is_current));
        Ok(())
    }

    /// Call; if WebGPU has not answered within [`Host::gpu_grace`], it is marked late, so that the CPU takes the jobs
    /// that follow and reads a photo that waits as well. The late answer is still returned.
    async fn call_with_fallback(
        &self,
        request: Request,
        payload: Payload<H>,
    ) -> Result<(Response, Payload<H>), WorkerGone> {
        let answer = pin!(self.client.call(request, payload));
        if self.device == DeviceKind::Cpu {
            return answer.await;
        }
        match select(answer, pin!(self.core.host.gpu_grace())).await {
            Either::Left((answer, _)) => answer,
            Either::Right(((), answer)) => {
                self.core.update(State::on_gpu_late);
                answer.await
            }
        }
    }

    /// Emit `event`, then mark the worker idle: in this order, as the plan of the next frame depends on the event.
    fn answer(&self, event: Option<Event<H>>) {
        if let Some(event) = event {
            self.core.emit(event);
        }
        self.finish(|state| state.on_answered(self.device));
    }

    /// Call with the files of an asset that is fetched.
    async fn call_with_files(&self, asset: Asset, request: Request) -> Result<Response, WorkerGone> {
        let files = self.core.state.borrow().assets.files(asset).cloned().map_or(Payload::None, Payload::Files);
        Ok(self.client.call(request, files).await?.0)
    }

    /// Mark the worker idle, and apply `change`, the result of its job.
    fn finish(&self, change: impl FnOnce(&mut State<H>)) {
        self.core.update(|state| {
            state.on_done(self.device);
            change(state);
        });
    }

    /// The worker refused its job: one on the CPU goes on after `change`; WebGPU is disabled.
    fn on_refused(&self, problem: Problem, change: impl FnOnce(&mut State<H>, Problem)) -> Result<(), WorkerGone> {
        match self.device {
            DeviceKind::Cpu => self.finish(|state| change(state, problem)),
            DeviceKind::WebGpu => return Err(self.disable_gpu(problem)),
        }
        Ok(())
    }

    /// WebGPU cannot do its job: do not use it any more. Returns the error that ends its worker.
    fn disable_gpu(&self, problem: Problem) -> WorkerGone {
        let gone = WorkerGone(problem.detail.clone());
        self.core.update(|state| state.refuse_gpu(problem.detail));
        gone
    }
}
