//! Finds faces and reads their apparent expressions in workers: give it photos and frames, and it calls back with
//! faces.
//!
//! ```text
//! analyze_photo, offer_frame, inspect ──► Pending (the newest) ──► next job ──► WorkerClient::call ──► worker
//!                                                 State                                │
//! EngineEvent ◄────────────────────────────────────┴──────────────── response ◄────────┘
//! ```
//!
//! [`Engine`] is the handle. `State` is plain data: who reads faces, what is here, what waits, and pure functions that
//! say which device is used and what is tried again. `run` has one async function for the life of a worker, in which
//! each request is a call that is awaited. The engine knows no framework; it reaches the browser by [`Host`] alone.
//!
//! # Example
//! A page of its own needs nothing but the files of `dist` beside it:
//!
//! ```ignore
//! use std::rc::Rc;
//! use app::engine::{Benchmarks, Browser, Callbacks, Engine, EngineEvent, EngineSettings};
//! use app::protocol::PhotoOptions;
//!
//! let callbacks = Callbacks {
//!     on_event: Rc::new(|event| match event {
//!         EngineEvent::Photo(Ok(result)) => show(&result.photo.analysis.faces),
//!         EngineEvent::Photo(Err(problem)) | EngineEvent::Failed(problem) => tell(&problem.detail),
//!         _ => {}
//!     }),
//!     plan: Rc::new(|_, _| pipeline::FrameTask::Search(pipeline::Search::Near)),
//!     plan_video: Rc::new(|_, _| pipeline::FrameTask::Search(pipeline::Search::Far)),
//! };
//! let engine = Engine::start(Browser, EngineSettings::default(), Benchmarks::default(), callbacks);
//! engine.analyze_photo(file, PhotoOptions::default());
//! ```

mod assets;
mod benchmark;
mod browser;
mod client;
mod detector;
mod event;
mod gpu;
mod host;
mod jobs;
mod pending;
mod run;
mod selection;
mod self_test;
mod state;
#[cfg(test)]
mod tests;
mod video;
mod workers;

use std::{convert::Infallible, pin::pin, rc::Rc};

use futures_channel::oneshot;
use futures_util::future::{join3, select};
use model_core::{Architecture, ReferenceCases};
use pipeline::FrameTask;
use web_time::Instant;

pub use benchmark::Benchmarks;
pub use browser::Browser;
pub use event::{
    DeviceReport, EngineEvent, FrameResult, Loading, PhotoResult, Ready, SelfTestReport, VideoFrameResult,
};
pub use host::{Host, Payload, WorkerKind};

use crate::{
    detector::DetectorKind,
    protocol::{InspectRequest, PhotoOptions, VideoRange},
    web::{ImageData, OwnedBitmap},
};
use run::Core;
use state::State;

/// A person's choice of the device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The faster of the two, as measured here; WebGPU only where it agrees with the CPU. The CPU until that is known.
    #[default]
    Auto,
    /// WebGPU where it works and agrees with the CPU; the CPU until it is up, and if it fails. Chosen again, it is
    /// tried again.
    WebGpu,
    /// The CPU only; WebGPU is never fetched.
    Cpu,
}

/// The choices of a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EngineSettings {
    /// The network to read faces with.
    pub network: Architecture,
    /// Where to run it.
    pub device: DeviceChoice,
    /// The detector to find them by.
    pub detector: DetectorKind,
}

/// Decides how to analyse a frame that was offered then.
pub type Plan<F> = Rc<dyn Fn(Instant, &F) -> FrameTask>;

/// Decides how to analyse the frame of a video at this time, seconds, of this width and height.
pub type PlanVideo = Rc<dyn Fn(f64, [u32; 2]) -> FrameTask>;

/// The functions of the page that the engine calls. They may call the engine themselves.
pub struct Callbacks<P = ImageData, F = OwnedBitmap> {
    /// Is given every event.
    pub on_event: Rc<dyn Fn(EngineEvent<P, F>)>,
    /// Is asked about every frame that is analysed.
    pub plan: Plan<F>,
    /// Is asked about every frame of a video that is analysed.
    pub plan_video: PlanVideo,
}

/// Finds faces and reads their apparent expressions in workers. Dropping the last clone ends them.
pub struct Engine<H: Host = Browser>(Rc<Handle<H>>);

struct Handle<H: Host> {
    core: Rc<Core<H>>,
    _alive: oneshot::Sender<Infallible>,
}

impl<H: Host> Engine<H> {
    /// Fetch and start the workers. `benchmarks` are those of the last visit.
    pub fn start(
        host: H,
        settings: EngineSettings,
        benchmarks: Benchmarks,
        callbacks: Callbacks<H::Pixels, H::Frame>,
    ) -> Self {
        let host = Rc::new(host);
        let core = Rc::new(Core::new(Rc::clone(&host), State::new(settings, benchmarks), callbacks));
        let (alive, dropped) = oneshot::channel();
        let running = Rc::clone(&core);
        host.spawn(async move {
            select(pin!(join3(running.run_cpu(), running.run_gpu(), running.run_video())), dropped).await;
        });
        core.update(|_| ());
        Self(Rc::new(Handle { core, _alive: alive }))
    }

    /// Analyse the picture in `file`, or in an archive in it, turned as a person chose or as its faces want it.
    /// Answered by an [`EngineEvent::Photo`] with its near faces, and others as smaller ones are found; by none, once a
    /// newer photo supersedes it.
    pub fn analyze_photo(&self, file: H::Photo, options: PhotoOptions) {
        self.0.core.update(|state| state.offer_photo(file, options));
    }

    /// List the photos in the ZIP archive `file`; answered by one [`EngineEvent::Archive`], unless a newer one
    /// supersedes it.
    pub fn list_archive(&self, file: H::Photo) {
        self.0.core.update(|state| state.archive = Some(file));
    }

    /// Search the photo that was given last no further.
    pub fn stop_search(&self) {
        self.0.core.update(State::stop_search);
    }

    /// Analyse `frame` when there is time; answered by one [`EngineEvent::Frame`], unless a newer frame supersedes it
    /// before that.
    ///
    /// The classic detector searches the whole frame at its own size: 640×480 is enough, larger ones cost in
    /// proportion.
    pub fn offer_frame(&self, frame: H::Frame) {
        self.0.core.update(|state| state.pending.offer_frame(frame));
    }

    /// Open the video in `file` in the place of the one before; answered by one
    /// [`EngineEvent::VideoOpened`], and by a second after [`EngineEvent::VideoInexact`] if no frame was decoded before.
    pub fn open_video(&self, file: H::Photo) {
        self.0.core.update(|state| state.open_video(file));
    }

    /// Read these frames of the open video, as fast as the machine can, in the place of others; answered by an
    /// [`EngineEvent::VideoFrame`] for each, then one [`EngineEvent::VideoEnded`].
    pub fn read_video(&self, range: VideoRange) {
        self.0.core.update(|state| state.video.read(range));
    }

    /// Let the video wait; the frame that is being analysed is still given.
    pub fn pause_video(&self) {
        self.0.core.update(|state| state.video.set_paused(true));
    }

    /// Go on with it.
    pub fn resume_video(&self) {
        self.0.core.update(|state| state.video.set_paused(false));
    }

    /// Show the first frame of the open video that begins at `from_secs`, seconds, or later, without reading it, in the
    /// place of reading others; answered by an [`EngineEvent::VideoShown`], or [`EngineEvent::VideoShownToEnd`] if
    /// there is none.
    pub fn show_video(&self, from_secs: f64, to_secs: Option<f64>) {
        self.0.core.update(|state| state.video.show(from_secs, to_secs));
    }

    /// Show the frame after the one that was shown, or asked for, last; answered in the same way.
    pub fn show_next(&self) {
        self.0.core.update(|state| state.video.show_next());
    }

    /// Read no more of it. No frame is given any more, and no end; other frames of it can be read.
    pub fn stop_video(&self) {
        self.0.core.update(|state| state.video.stop());
    }

    /// Close the video. No frame of it is given any more, and no end.
    pub fn close_video(&self) {
        self.0.core.update(|state| state.video.open(None));
    }

    /// Look closer at a face when there is time, before the next frame; answered by one [`EngineEvent::Inspected`],
    /// unless a newer request supersedes it.
    pub fn inspect(&self, request: InspectRequest) {
        self.0.core.update(|state| state.pending.offer_inspection(request));
    }

    /// Load every network, or fetch no more of them; each is told by [`EngineEvent::Preloaded`].
    pub fn set_comparing(&self, comparing: bool) {
        self.0.core.update(|state| state.set_comparing(comparing));
    }

    /// Run stored cases with the network in use on every device; answered by one [`EngineEvent::SelfTested`].
    pub fn self_test(&self, cases: Rc<ReferenceCases>) {
        self.0.core.update(|state| state.start_self_test(cases));
    }

    /// Use another network; the one in use goes on until the new one is ready.
    pub fn set_network(&self, network: Architecture) {
        self.0.core.update(|state| state.choose(|settings| settings.network = network));
    }

    /// Find faces by another detector; the one in use goes on until the new one is ready.
    pub fn set_detector(&self, detector: DetectorKind) {
        self.0.core.update(|state| state.choose(|settings| settings.detector = detector));
    }

    /// Use another device, where that is possible.
    pub fn set_device(&self, device: DeviceChoice) {
        self.0.core.update(|state| state.choose_device(device));
    }

    /// Try again what failed to load.
    pub fn retry(&self) {
        self.0.core.update(State::retry);
    }
}

impl<H: Host> Clone for Engine<H> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}
