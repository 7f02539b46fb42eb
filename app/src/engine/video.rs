//! Reading a video: a worker decodes its frames ahead, the worker that reads faces takes them one after the other.
//!
//! ```text
//! open_video, read_video ──► VideoState ──► run_video: OpenVideo, SeekVideo, NextFrame ──► the video's worker
//!                              waiting ◄───────────────────────────── a decoded frame ◄────────┘
//!                                 └──► Job::Picture ──► the worker that reads faces ──► EngineEvent::VideoFrame
//! ```
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

/// A decoded frame that waits.
#[derive(Debug, PartialEq)]
pub(super) struct VideoPicture<P> {
    pub(super) turn: u64,
    pub(super) frame: DecodedFrame,
    pub(super) pixels: P,
}

/// The frame that is with the worker that reads faces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct VideoInFlight {
    turn: u64,
    time_secs: f64,
}

/// How far reading a video has come. `F` is a file, `P` are the pixels of a frame.
#[derive(Debug)]
pub(super) struct VideoState<F, P> {
    /// A file that is to be opened.
    file: Option<F>,
    /// Counts files: an older one is given up.
    file_id: u64,
    /// Counts ranges: frames of an older one are dropped.
    turn: u64,
    range: Option<VideoRange>,
    /// Where reading is to begin or to go on.
    seek: Option<VideoRange>,
    is_paused: bool,
    waiting: VecDeque<VideoPicture<P>>,
    /// Nothing more is decoded.
    end: Option<VideoEnd>,
}

/// What the video's worker is to do next.
#[derive(Debug, PartialEq)]
pub(super) enum VideoStep {
    Seek(VideoRange),
    Next,
}

impl<F, P> VideoState<F, P> {
    pub(super) fn new() -> Self {
        Self {
            file: None,
            file_id: 0,
            turn: 0,
            range: None,
            seek: None,
            is_paused: false,
            waiting: VecDeque::new(),
            end: None,
        }
    }

    /// Open `file` in the place of the one that is open; without one, close that.
    pub(super) fn open(&mut self, file: Option<F>) {
        let (file_id, turn) = (self.file_id + 1, self.turn + 1);
        *self = Self { file, file_id, turn, ..Self::new() };
    }

    /// Read these frames in the place of others.
    pub(super) fn read(&mut self, range: VideoRange) {
        self.turn += 1;
        self.waiting.clear();
        (self.range, self.seek, self.end, self.is_paused) = (Some(range), Some(range), None, false);
    }

    /// Read no more.
    pub(super) fn stop(&mut self) {
        self.turn += 1;
        self.waiting.clear();
        (self.range, self.seek, self.end, self.is_paused) = (None, None, None, false);
    }

    pub(super) fn set_paused(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
    }

    /// The next frame whose faces are to be read.
    pub(super) fn next_picture(&mut self) -> Option<VideoPicture<P>> {
        if self.is_paused { None } else { self.waiting.pop_front() }
    }

    /// Whether a frame is of the range that is read now.
    pub(super) fn is_current(&self, turn: u64) -> bool {
        self.turn == turn
    }

    /// The worker died with a frame: go on with that one.
    pub(super) fn read_again(&mut self, VideoInFlight { turn, time_secs }: VideoInFlight) {
        let Some(range) = self.range.filter(|_| self.is_current(turn)) else { return };
        self.waiting.clear();
        (self.seek, self.end) = (Some(VideoRange { from_secs: time_secs, ..range }), None);
    }

    fn next_step(&mut self) -> Option<VideoStep> {
        if let Some(range) = self.seek.take() {
            return Some(VideoStep::Seek(range));
        }
        let is_wanted = self.range.is_some() && self.end.is_none() && !self.is_paused;
        (is_wanted && self.waiting.len() < MAX_WAITING).then_some(VideoStep::Next)
    }
}

impl<P> VideoPicture<P> {
    pub(super) fn in_flight(&self) -> VideoInFlight {
        VideoInFlight { turn: self.turn, time_secs: self.frame.time_secs }
    }
}

impl<H: Host> State<H> {
    /// A file that is to be opened, once the worker's program is here.
    fn file_to_open(&mut self) -> Option<(u64, H::Photo)> {
        if !self.has_program(DeviceKind::Cpu) {
            return None;
        }
        Some((self.video.file_id, self.video.file.take()?))
    }

    fn on_video_opened(&mut self, opened: Result<VideoInfo, Problem>) {
        if opened.is_err() {
            self.video.stop();
        }
        self.events.push(EngineEvent::VideoOpened(opened));
    }

    fn on_decoded(&mut self, turn: u64, frame: DecodedFrame, pixels: H::Pixels) {
        // A seek that waits makes frames from before it superfluous: they come again.
        if self.video.is_current(turn) && self.video.seek.is_none() {
            self.video.waiting.push_back(VideoPicture { turn, frame, pixels });
        }
    }

    fn on_video_end(&mut self, turn: u64, end: VideoEnd) {
        if self.video.is_current(turn) && self.video.seek.is_none() {
            self.video.end = Some(end);
        }
    }

    /// The video's worker ended by itself.
    fn on_reader_gone(&mut self, WorkerGone(reason): &WorkerGone) {
        let problem = Problem::new("Reading the video stopped", reason, "What was read stays; read the video again");
        self.video.seek = None;
        if self.video.range.is_some() {
            self.video.end = Some(VideoEnd { n_lost: 0, problem: Some(problem) });
        } else {
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
            self.events.push(EngineEvent::VideoEnded(end));
        }
    }
}

impl<H: Host> Core<H> {
    /// The video's worker runs while a file is open.
    pub(super) async fn run_video(self: &Rc<Self>) -> Infallible {
        loop {
            let (file_id, file) = self.until(State::file_to_open).await;
            let superseded = self.until(|state| (state.video.file_id != file_id).then_some(()));
            // That first: what is asked of the next file must not be taken by the worker of this one.
            let gone = match select(pin!(superseded), pin!(self.serve_video(file))).await {
                Either::Left(_) => continue,
                Either::Right((Err(gone), _)) => gone,
            };
            self.update(|state| state.on_reader_gone(&gone));
        }
    }

    /// One life of the video's worker. Dropping the future ends it.
    async fn serve_video(self: &Rc<Self>, file: H::Photo) -> Result<Infallible, WorkerGone> {
        let client = WorkerClient::start(&self.host, WorkerKind::Video).await?;
        let opened = match client.call(Request::OpenVideo, Payload::Photo(file)).await? {
            (Response::VideoOpened(info), _) => Ok(info),
            (Response::Refused(problem), _) => Err(problem),
            _ => return Err(WorkerGone::unexpected()),
        };
        self.update(|state| state.on_video_opened(opened));
        loop {
            let step = self.until(|state| Some((state.video.turn, state.video.next_step()?)));
            // The end of the worker comes first: it must not be given anything any more.
            let (turn, step) = match select(pin!(client.gone()), pin!(step)).await {
                Either::Left((gone, _)) => return Err(gone),
                Either::Right((step, _)) => step,
            };
            match step {
                VideoStep::Seek(range) => self.seek_video(&client, turn, range).await,
                VideoStep::Next => self.next_frame(&client, turn).await,
            }?;
        }
    }

    async fn seek_video(
        self: &Rc<Self>,
        client: &WorkerClient<H>,
        turn: u64,
        range: VideoRange,
    ) -> Result<(), WorkerGone> {
        match client.call(Request::SeekVideo(range), Payload::None).await? {
            (Response::Done, _) => {}
            (Response::Refused(problem), _) => {
                self.update(|state| state.on_video_end(turn, VideoEnd { n_lost: 0, problem: Some(problem) }));
            }
            _ => return Err(WorkerGone::unexpected()),
        }
        Ok(())
    }

    async fn next_frame(self: &Rc<Self>, client: &WorkerClient<H>, turn: u64) -> Result<(), WorkerGone> {
        match client.call(Request::NextFrame, Payload::None).await? {
            (Response::Decoded(frame), Payload::Pixels(pixels)) => {
                self.update(|state| state.on_decoded(turn, frame, pixels));
            }
            (Response::VideoEnd(end), _) => self.update(|state| state.on_video_end(turn, end)),
            _ => return Err(WorkerGone::unexpected()),
        }
        Ok(())
    }
}
