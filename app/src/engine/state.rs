//! The state of the engine, and how it changes by what a person chooses and by what fails.
//!
//! The state is plain data, and everything that reads or changes it is synchronous and pure:
//! [`workers`](super::workers) for what happens to workers, [`gpu`](super::gpu), [`detector`](super::detector) and
//! [`self_test`](super::self_test) for their own parts of it, [`jobs`](super::jobs) for the next job of a worker, and
//! [`selection`](super::selection) for what follows from a change.
//!
//! The CPU worker always runs: it gives the first label, WebGPU is compared with its answers, and it takes over when
//! WebGPU fails. WebGPU loads a network only after the CPU has it, and reads faces only after both were tested on the
//! same ones. Nobody waits for it: while it prepares, and when it is late, the CPU answers.

use model_core::{Architecture, DeviceKind};

use super::{
    Benchmarks, DeviceChoice, EngineEvent, EngineSettings,
    assets::Assets,
    gpu::Gpu,
    host::Host,
    pending::{Pending, PendingPhoto},
    self_test::SelfTest,
    video::{VideoInFlight, VideoState},
    workers::WorkerState,
};
use crate::{
    asset::Asset,
    detector::{DetectorKind, DetectorStatus},
    problem::Problem,
    protocol::PhotoOptions,
};

/// The event of a host's engine.
pub(super) type Event<H> = EngineEvent<<H as Host>::Pixels, <H as Host>::Frame>;

pub(super) struct State<H: Host> {
    /// In use as far as it is here. Differs from what a person chose while that cannot be loaded.
    pub(super) settings: EngineSettings,
    pub(super) chosen: EngineSettings,
    pub(super) selection: Option<Selection>,
    pub(super) cpu: WorkerState,
    pub(super) gpu_worker: WorkerState,
    pub(super) gpu: Gpu,
    pub(super) assets: Assets<H::Files>,
    pub(super) benchmarks: Benchmarks,
    pub(super) self_test: Option<SelfTest>,
    pub(super) n_deaths: u32,
    /// Whether the other networks are wanted too.
    pub(super) comparing: bool,
    /// Whether small and far faces are to be found: from the first label or photo on.
    pub(super) far_wanted: bool,
    /// As the page was told last.
    pub(super) detector_status: DetectorStatus,
    pub(super) pending: Pending<H::Photo, H::Frame>,
    pub(super) video: VideoState<H::Photo, H::Pixels>,
    pub(super) in_flight: Vec<InFlight<H::Photo>>,
    /// The photo that is to be searched further, and the worker that has it.
    pub(super) unfinished: Option<(DeviceKind, PendingPhoto<H::Photo>)>,
    /// The archive whose photos are to be listed.
    pub(super) archive: Option<H::Photo>,
    /// Whether a person stopped the search of the photo that was given last.
    pub(super) is_search_stopped: bool,
    pub(super) events: Vec<Event<H>>,
}

/// The worker that reads faces.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Selection {
    pub(super) device: DeviceKind,
    pub(super) network: Architecture,
    pub(super) why: Option<String>,
}

/// A request about faces that is not answered yet: one, or two while the CPU stands in for a WebGPU that is late.
#[derive(Debug)]
pub(super) struct InFlight<P> {
    pub(super) device: DeviceKind,
    /// To be read again if the worker dies of it.
    pub(super) photo: Option<PendingPhoto<P>>,
    pub(super) video: Option<VideoInFlight>,
    /// Whether a person has waited for it as long as they may.
    pub(super) is_late: bool,
}

impl<H: Host> State<H> {
    /// `benchmarks` are those of the last visit.
    pub(super) fn new(settings: EngineSettings, benchmarks: Benchmarks) -> Self {
        Self {
            settings,
            chosen: settings,
            selection: None,
            cpu: WorkerState::default(),
            gpu_worker: WorkerState::default(),
            gpu: Gpu::default(),
            assets: Assets::new(),
            benchmarks,
            self_test: None,
            n_deaths: 0,
            comparing: false,
            far_wanted: false,
            detector_status: DetectorStatus::default(),
            pending: Pending::new(),
            video: VideoState::new(),
            in_flight: vec![],
            unfinished: None,
            archive: None,
            is_search_stopped: false,
            events: vec![],
        }
    }

    pub(super) fn worker(&self, device: DeviceKind) -> &WorkerState {
        match device {
            DeviceKind::Cpu => &self.cpu,
            DeviceKind::WebGpu => &self.gpu_worker,
        }
    }

    pub(super) fn worker_mut(&mut self, device: DeviceKind) -> &mut WorkerState {
        match device {
            DeviceKind::Cpu => &mut self.cpu,
            DeviceKind::WebGpu => &mut self.gpu_worker,
        }
    }

    pub(super) fn has_program(&self, device: DeviceKind) -> bool {
        self.assets.is_fetched(Asset::Program(device))
    }

    pub(super) fn take_in_flight(&mut self, device: DeviceKind) -> Option<InFlight<H::Photo>> {
        let idx = self.in_flight.iter().position(|in_flight| in_flight.device == device)?;
        Some(self.in_flight.swap_remove(idx))
    }

    // The page.

    pub(super) fn offer_photo(&mut self, photo: H::Photo, options: PhotoOptions) {
        self.pending.offer_photo(photo, options);
        self.far_wanted = true;
        (self.unfinished, self.is_search_stopped) = (None, false);
    }

    /// The faces that were found up to now are enough.
    pub(super) fn stop_search(&mut self) {
        (self.unfinished, self.is_search_stopped) = (None, true);
    }

    /// Its frames are searched for small and far faces, too.
    pub(super) fn open_video(&mut self, file: H::Photo) {
        self.video.open(Some(file));
        self.far_wanted = true;
    }

    /// A person chose anew: whatever was given up may be tried again.
    pub(super) fn choose(&mut self, change: impl FnOnce(&mut EngineSettings)) {
        let mut settings = self.settings;
        change(&mut settings);
        self.chosen = settings;
        self.apply(settings);
        self.clear_failures();
    }

    /// As [`State::choose`]; a device that is chosen again is tried again.
    pub(super) fn choose_device(&mut self, device: DeviceChoice) {
        (self.gpu.refused, self.gpu.was_late) = (None, false);
        self.choose(|settings| settings.device = device);
    }

    pub(super) fn retry(&mut self) {
        if self.settings != self.chosen {
            self.apply(self.chosen);
        }
        self.gpu.refused = None;
        self.clear_failures();
    }

    /// Whether a person compares networks. Begun anew, those that failed are tried again.
    pub(super) fn set_comparing(&mut self, comparing: bool) {
        if comparing {
            self.assets.clear_failures(|asset| matches!(asset, Asset::Network(_)));
        }
        self.comparing = comparing;
    }

    pub(super) fn apply(&mut self, settings: EngineSettings) {
        if settings.network != self.settings.network {
            self.restart_self_test();
        }
        self.settings = settings;
        self.events.push(EngineEvent::Settings(settings));
    }

    pub(super) fn clear_failures(&mut self) {
        self.assets.clear_failures(|_| true);
        self.n_deaths = 0;
    }

    // Files.

    pub(super) fn on_fetched(&mut self, asset: Asset, files: Result<H::Files, Problem>) {
        match files {
            Ok(files) => self.assets.arrive(asset, files),
            Err(problem) => self.fail(asset, problem),
        }
    }

    /// `asset` cannot be loaded. Where it was chosen, what is in use stays in use.
    pub(super) fn fail(&mut self, asset: Asset, problem: Problem) {
        self.assets.mark_failed(asset, problem.clone());
        match asset {
            Asset::Program(DeviceKind::WebGpu) => return self.refuse_gpu(problem.detail),
            Asset::FullRange => return, // near faces are found all the same
            Asset::Detector(DetectorKind::BlazeFace) => return self.on_blazeface_failed(),
            Asset::Detector(DetectorKind::Haar) if self.detector() != DetectorKind::Haar => return,
            Asset::Detector(DetectorKind::Haar) => self.keep_detector(),
            Asset::Network(network) => {
                if self.comparing {
                    self.events.push(EngineEvent::Preloaded(network, Err(problem.clone())));
                }
                if network != self.settings.network {
                    return; // nobody else waits for it
                }
                self.keep_network();
            }
            Asset::Program(DeviceKind::Cpu) => {}
        }
        self.break_off_self_test(&problem);
        self.events.push(EngineEvent::Failed(problem));
    }

    /// The chosen network cannot be loaded: the one in use stays.
    pub(super) fn keep_network(&mut self) {
        if let Some(network) = self.selection.as_ref().map(|selection| selection.network) {
            self.apply(EngineSettings { network, ..self.settings });
        }
    }

    pub(super) fn notify(&mut self, notice: impl Into<String>) {
        self.events.push(EngineEvent::Notice(notice.into()));
    }
}
