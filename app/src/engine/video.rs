//! Reading a video: a worker decodes its frames ahead, the worker that reads faces takes them one after the other.
//!
//! ```text
//! open_video, read_video ──► VideoState ──► run_video: OpenVideo, SeekVideo, NextFrame ──► the video's worker
//!                              waiting ◄───────────────────────────── a decoded frame ◄────────┘
//!                                 └──► Job::VideoFrame ──► the worker that reads faces ──► EngineEvent::VideoFrame
//! ```
//!
//! Frames that are only to be shown go from the video's worker straight to the page, each when the page asks for it.
//!
//! No frame is left out: if the worker that reads faces dies with one, the video is read again from that frame on.

use std::{collections::VecDeque, convert::Infallible, pin::pin, rc::Rc};

use futures_util::future::{Either, select};
use model_core::DeviceKind;

use super::{
    EngineEvent,
    client::{WorkerClient, WorkerGone},
    host::{Host, Payload, WorkerKind},
    run::Core,
    state::State,
};
use crate::{
    problem::Problem,
    protocol::{DecodedFrame, Request, Response, VideoEnd, VideoInfo, VideoRange},
};

/// Decoded frames that wait. Two, so that neither worker waits for the other; more would take memory alone.
const MAX_WAITING: usize = 2;

/// A decoded frame of a video, to be analysed.
#[derive(Debug, PartialEq)]
pub(super) struct VideoFrame<P> {
    pub(super) range_id: u64,
    pub(super) frame: DecodedFrame,
    pub(super) pixels: P,
}

/// The frame that is with the worker that reads faces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct VideoInFlight {
    range_id: u64,
    time_secs: f64,
}

/// The progress of reading a video. `F` is a file, `P` are the pixels of a frame.
#[derive(Debug)]
pub(super) struct VideoState<F, P> {
    /// The file that is open or to be opened.
    file: Option<F>,
    /// Counts files: an older one is given up.
    file_id: u64,
    worker: VideoWorker,
    given: Given,
    /// Number of the range that is read, by which frames of an older one are dropped.
    range_id: u64,
    range: Option<VideoRange>,
    /// Where reading is to begin or to go on.
    seek: Option<VideoRange>,
    is_paused: bool,
    /// Number of further frames of the range to show, if they are not to be read.
    to_show: Option<u32>,
    waiting: VecDeque<VideoFrame<P>>,
    /// Nothing more is decoded.
    end: Option<VideoEnd>,
}

/// Whether the file has a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum VideoWorker {
    /// One is to be started.
    Needed,
    /// One was started, or there is no file to open.
    NotNeeded,
    /// It ended by itself. Another one is started when frames are wanted again.
    Gone,
}

/// What the page knows of the file. Where the browser has no decoder after all, the word that it is open is taken back
/// until the file is open once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    Nothing,
    /// Told that it is open.
    Opened,
    /// Frames were decoded.
    Frames,
}

/// There is no decoder for the video: which range was to be read, and why not.
struct Undecodable {
    range_id: u64,
    range: VideoRange,
    problem: Problem,
}

/// The next step of the video's worker.
#[derive(Debug, PartialEq)]
pub(super) enum DecodeStep {
    Seek(VideoRange),
    Next,
}

impl<F, P> VideoState<F, P> {
    pub(super) fn new() -> Self {
        Self {
            file: None,
            file_id: 0,
            worker: VideoWorker::NotNeeded,
            given: Given::Nothing,
            range_id: 0,
            range: None,
            seek: None,
            is_paused: false,
            to_show: None,
            waiting: VecDeque::new(),
            end: None,
        }
    }

    /// Open `file` in the place of the one that is open; without one, close that.
    pub(super) fn open(&mut self, file: Option<F>) {
        let (file_id, range_id) = (self.file_id + 1, self.range_id + 1);
        let worker = if file.is_some() { VideoWorker::Needed } else { VideoWorker::NotNeeded };
        *self = Self { file, file_id, worker, range_id, ..Self::new() };
    }

    /// Read these frames in the place of others.
    pub(super) fn read(&mut self, range: VideoRange) {
        self.range_id += 1;
        self.waiting.clear();
        (self.range, self.seek, self.end, self.is_paused) = (Some(range), Some(range), None, false);
        self.to_show = None;
        if self.worker == VideoWorker::Gone {
            self.worker = VideoWorker::Needed;
        }
    }

    /// Show the first frame from a time on, seconds, in the place of reading frames; those that follow, up to `to_secs`.
    pub(super) fn show(&mut self, from_secs: f64, to_secs: Option<f64>) {
        self.read(VideoRange { from_secs, to_secs, ..VideoRange::default() });
        self.to_show = Some(1);
    }

    /// Show one more.
    pub(super) fn show_next(&mut self) {
        if let Some(n_wanted) = &mut self.to_show {
            *n_wanted += 1;
        }
    }

    /// Read no more.
    pub(super) fn stop(&mut self) {
        self.range_id += 1;
        self.waiting.clear();
        (self.range, self.seek, self.end, self.is_paused) = (None, None, None, false);
        self.to_show = None;
    }

    pub(super) fn set_paused(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
    }

    /// The next frame whose faces are to be read.
    pub(super) fn pop_frame(&mut self) -> Option<VideoFrame<P>> {
        if self.is_paused { None } else { self.waiting.pop_front() }
    }

    /// Whether a frame is of the range that is read now.
    pub(super) fn is_current(&self, range_id: u64) -> bool {
        self.range_id == range_id
    }

    /// The worker died with a frame: go on with that one.
    pub(super) fn read_again(&mut self, VideoInFlight { range_id, time_secs }: VideoInFlight) {
        let Some(range) = self.range.filter(|_| self.is_current(range_id)) else { return };
        self.waiting.clear();
        (self.seek, self.end) = (Some(VideoRange { from_secs: time_secs, ..range }), None);
    }

    fn next_step(&mut self) -> Option<DecodeStep> {
        if let Some(range) = self.seek.take() {
            return Some(DecodeStep::Seek(range));
        }
        let is_wanted = self.range.is_some() && self.end.is_none() && !self.is_paused;
        let has_room = self.to_show.map_or(self.waiting.len() < MAX_WAITING, |n_wanted| n_wanted > 0);
        (is_wanted && has_room).then_some(DecodeStep::Next)
    }
}

impl<P> VideoFrame<P> {
    pub(super) fn in_flight(&self) -> VideoInFlight {
        VideoInFlight { range_id: self.range_id, time_secs: self.frame.time_secs }
    }
}

impl<H: Host> State<H> {
    /// A file that is to be opened, once the worker's program is here.
    fn file_to_open(&mut self) -> Option<(u64, H::Photo)> {
        if !self.has_program(DeviceKind::Cpu) {
            return None;
        }
        let file = self.video.file.clone().filter(|_| self.video.worker == VideoWorker::Needed)?;
        self.video.worker = VideoWorker::NotNeeded;
        Some((self.video.file_id, file))
    }

    fn on_video_opened(&mut self, opened: Result<VideoInfo, Problem>) {
        match opened {
            // It was opened once more: all that was read of it stays.
            Ok(_) if self.video.given != Given::Nothing => {}
            Err(problem) if self.video.given != Given::Nothing => {
                self.video.end = Some(VideoEnd { n_lost: 0, problem: Some(problem) });
            }
            Ok(_) => {
                self.video.given = Given::Opened;
                self.events.push(EngineEvent::VideoOpened(opened));
            }
            Err(_) => {
                self.video.stop();
                self.video.file = None;
                self.events.push(EngineEvent::VideoOpened(opened));
            }
        }
    }

    /// Reads the range as the browser plays it instead.
    fn on_undecodable(&mut self, Undecodable { range_id, range, problem }: Undecodable) {
        if self.video.is_current(range_id) && self.video.seek.is_none() {
            self.video.seek = Some(range);
        }
        // Once frames were given, nobody is told again that it is open: what was read of it stays.
        if self.video.given == Given::Opened {
            self.video.given = Given::Nothing;
        }
        self.events.push(EngineEvent::VideoInexact(problem.detail));
    }

    fn on_decoded(&mut self, range_id: u64, frame: DecodedFrame, pixels: H::Pixels) {
        // A seek that waits makes frames from before it superfluous: they come again.
        if !self.video.is_current(range_id) || self.video.seek.is_some() {
            return;
        }
        self.video.given = Given::Frames;
        match &mut self.video.to_show {
            Some(n_wanted) => {
                *n_wanted = n_wanted.saturating_sub(1);
                self.events.push(EngineEvent::VideoShown { frame, pixels });
            }
            None => self.video.waiting.push_back(VideoFrame { range_id, frame, pixels }),
        }
    }

    fn on_video_end(&mut self, range_id: u64, end: VideoEnd) {
        if self.video.is_current(range_id) && self.video.seek.is_none() {
            self.video.end = Some(end);
        }
    }

    /// The video's worker ended by itself.
    fn on_video_worker_gone(&mut self, WorkerGone(reason): &WorkerGone) {
        let problem = Problem::new("Reading the video stopped", reason, "What was read stays; read the video again");
        self.video.seek = None;
        self.video.worker = VideoWorker::Gone;
        if self.video.range.is_some() {
            self.video.end = Some(VideoEnd { n_lost: 0, problem: Some(problem) });
        } else if self.video.given == Given::Nothing {
            self.on_video_opened(Err(problem));
        }
    }

    /// Say that all frames of the range have been analysed.
    pub(super) fn finish_video(&mut self) {
        let is_busy = self.in_flight.iter().any(|in_flight| in_flight.video.is_some());
        if self.video.waiting.is_empty()
            && !is_busy
            && let Some(end) = self.video.end.take()
        {
            self.video.range = None;
            let is_shown = self.video.to_show.take().is_some();
            self.events.push(if is_shown { EngineEvent::VideoShownToEnd(end) } else { EngineEvent::VideoEnded(end) });
        }
    }
}

impl<H: Host> Core<H> {
    /// The video's worker runs from when a file is opened until another one is, or it is closed.
    pub(super) async fn run_video(self: &Rc<Self>) -> Infallible {
        loop {
            let (file_id, file) = self.until(State::file_to_open).await;
            let superseded = self.until(|state| (state.video.file_id != file_id).then_some(()));
            // `superseded` first: the worker of this file must not take the next file's requests.
            let gone = match select(pin!(superseded), pin!(self.serve_file(file))).await {
                Either::Left(_) => continue,
                Either::Right((Err(gone), _)) => gone,
            };
            self.update(|state| state.on_video_worker_gone(&gone));
        }
    }

    /// Frame by frame, where the browser gives a decoder; else as the browser plays it.
    async fn serve_file(self: &Rc<Self>, file: H::Photo) -> Result<Infallible, WorkerGone> {
        let undecodable = self.serve_video(WorkerKind::Video, file.clone(), None).await?;
        let problem = undecodable.problem.clone();
        self.update(|state| state.on_undecodable(undecodable));
        let Undecodable { problem, .. } = self.serve_video(WorkerKind::PlayedVideo, file, Some(problem)).await?;
        Err(WorkerGone(problem.detail))
    }

    /// One life of the video's worker, until it has no decoder. Dropping the future ends it. If it cannot open the
    /// file, that is because of `why`, if something went wrong before.
    async fn serve_video(
        self: &Rc<Self>,
        kind: WorkerKind,
        file: H::Photo,
        why: Option<Problem>,
    ) -> Result<Undecodable, WorkerGone> {
        let client = WorkerClient::start(&self.host, kind).await?;
        let opened = match client.call(Request::OpenVideo, Payload::Photo(file)).await? {
            (Response::VideoOpened(info), _) => Ok(info),
            (Response::Refused(problem), _) => Err(why.unwrap_or(problem)),
            _ => return Err(WorkerGone::unexpected()),
        };
        self.update(|state| state.on_video_opened(opened));
        loop {
            let step = self.until(|state| Some((state.video.range_id, state.video.next_step()?)));
            // The end of the worker comes first: it must not be given anything any more.
            let (range_id, step) = match select(pin!(client.gone()), pin!(step)).await {
                Either::Left((gone, _)) => return Err(gone),
                Either::Right((step, _)) => step,
            };
            match step {
                DecodeStep::Seek(range) => {
                    if let Err(problem) = self.seek_video(&client, range_id, range).await? {
                        return Ok(Undecodable { range_id, range, problem });
                    }
                }
                DecodeStep::Next => {
                    if let Err((range, problem)) = self.next_frame(&client, range_id).await? {
                        return Ok(Undecodable { range_id, range, problem });
                    }
                }
            }
        }
    }

    /// The inner error: there is no decoder.
    async fn seek_video(
        self: &Rc<Self>,
        client: &WorkerClient<H>,
        range_id: u64,
        range: VideoRange,
    ) -> Result<Result<(), Problem>, WorkerGone> {
        match client.call(Request::SeekVideo(range), Payload::None).await? {
            (Response::Done, _) => {}
            (Response::NoDecoder(problem), _) => return Ok(Err(problem)),
            (Response::Refused(problem), _) => {
                self.update(|state| state.on_video_end(range_id, VideoEnd { n_lost: 0, problem: Some(problem) }));
            }
            _ => return Err(WorkerGone::unexpected()),
        }
        Ok(Ok(()))
    }

    /// The inner error: no frame of the file was ever decoded, and the range gives none either.
    async fn next_frame(
        self: &Rc<Self>,
        client: &WorkerClient<H>,
        range_id: u64,
    ) -> Result<Result<(), (VideoRange, Problem)>, WorkerGone> {
        match client.call(Request::NextFrame, Payload::None).await? {
            (Response::Decoded(frame), Payload::Pixels(pixels)) => {
                self.update(|state| state.on_decoded(range_id, frame, pixels));
            }
            (Response::VideoEnd(end), _) => self.update(|state| state.on_video_end(range_id, end)),
            (Response::NoDecoder(problem), _) if self.state.borrow().video.given != Given::Frames => {
                let range = self.state.borrow().video.range.unwrap_or_default();
                return Ok(Err((range, problem)));
            }
            // It takes other parts of the video.
            (Response::NoDecoder(problem), _) => {
                self.update(|state| state.on_video_end(range_id, VideoEnd { n_lost: 0, problem: Some(problem) }));
            }
            _ => return Err(WorkerGone::unexpected()),
        }
        Ok(Ok(()))
    }
}
