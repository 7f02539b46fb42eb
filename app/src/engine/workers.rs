//! The state of each worker, and what follows when one is done or dies.

use std::{mem, rc::Rc};

use model_core::{Architecture, DeviceKind, ModelCard};

use super::{EngineEvent, client::WorkerGone, host::Host, state::State};
use crate::{
    asset::Asset,
    detector::{DetectorInUse, DetectorKind},
    problem::Problem,
    protocol::Tested,
};

/// CPU workers that may die one after the other, without an answer between, before a person is asked.
const MAX_DEATHS: u32 = 3;

/// A worker's state; the default is that of one that does not run.
#[derive(Debug, Default)]
pub(super) struct WorkerState {
    /// Whether it listens.
    pub(super) has_started: bool,
    /// Whether its device is open.
    pub(super) is_open: bool,
    /// Whether it has a job.
    pub(super) is_busy: bool,
    pub(super) detector: Option<DetectorInUse>,
    pub(super) card: Option<Rc<ModelCard>>,
    /// The answers of that network to the faces of `model_core::device_check` here.
    pub(super) tested: Option<Tested>,
    /// Networks that it has loaded beside that one.
    pub(super) preloaded: Vec<Architecture>,
}

impl WorkerState {
    pub(super) fn network(&self) -> Option<Architecture> {
        self.card.as_ref().map(|card| card.architecture)
    }

    /// The network by which it could read faces now, if it can find some.
    pub(super) fn reads_by(&self) -> Option<&Rc<ModelCard>> {
        self.card.as_ref().filter(|_| self.detector.is_some())
    }

    pub(super) fn has(&self, network: Architecture) -> bool {
        self.network() == Some(network) || self.preloaded.contains(&network)
    }

    pub(super) fn is_idle(&self) -> bool {
        self.is_open && !self.is_busy
    }
}

impl<H: Host> State<H> {
    /// The worker's job is done; something else may be in flight now.
    pub(super) fn on_done(&mut self, device: DeviceKind) {
        self.worker_mut(device).is_busy = false;
        self.take_in_flight(device);
    }

    pub(super) fn on_detector(&mut self, device: DeviceKind, kind: DetectorKind) {
        // The classic detector needs no second net.
        let full_range = kind == DetectorKind::Haar;
        self.worker_mut(device).detector = Some(DetectorInUse { kind, full_range });
    }

    pub(super) fn on_full_range(&mut self, device: DeviceKind) {
        if let Some(detector) = &mut self.worker_mut(device).detector {
            detector.full_range = true;
        }
    }

    pub(super) fn on_loaded(&mut self, device: DeviceKind, card: ModelCard) {
        let worker = self.worker_mut(device);
        (worker.card, worker.tested) = (Some(Rc::new(card)), None);
    }

    /// The worker has loaded one more network beside the one in use, or cannot.
    pub(super) fn on_preloaded(&mut self, device: DeviceKind, network: Architecture, preloaded: Result<(), Problem>) {
        match &preloaded {
            Ok(()) => self.worker_mut(device).preloaded.push(network),
            Err(problem) => self.assets.mark_failed(Asset::Network(network), problem.clone()),
        }
        if preloaded.is_ok() || self.comparing {
            self.events.push(EngineEvent::Preloaded(network, preloaded));
        }
    }

    /// The worker answered a photo, a frame or an inspection.
    pub(super) fn on_answered(&mut self, device: DeviceKind) {
        if device == DeviceKind::Cpu {
            self.n_deaths = 0;
        }
        // The net for far faces is fetched now: before, it would have competed with what gave the first label.
        self.far_wanted = true;
    }

    pub(super) fn on_gone(&mut self, device: DeviceKind, WorkerGone(reason): &WorkerGone) {
        let worker = mem::take(self.worker_mut(device));
        let in_flight = self.take_in_flight(device);
        match device {
            DeviceKind::WebGpu => self.on_gpu_lost(reason),
            DeviceKind::Cpu => self.on_cpu_lost(worker.has_started, reason),
        }
        if let Some(frame) = in_flight.as_ref().and_then(|in_flight| in_flight.video) {
            self.video.read_again(frame);
        }
        let unfinished = self.unfinished.take_if(|(holder, _)| *holder == device).map(|(_, photo)| photo);
        if let Some(photo) = in_flight.and_then(|in_flight| in_flight.photo).or(unfinished)
            && let Some(ended) = self.pending.retry_photo(photo, device)
        {
            self.give_up_photo(&ended, reason);
        }
    }

    fn on_cpu_lost(&mut self, had_started: bool, reason: &str) {
        self.n_deaths += 1;
        if had_started && self.n_deaths < MAX_DEATHS {
            self.notify(format!("The worker stopped ({reason}) and is started again"));
        } else {
            let asset = Asset::Program(DeviceKind::Cpu);
            let advice = "Try again; if it stays, reload the page or use a newer browser";
            self.fail(asset, Problem::new(format!("The {asset} stopped"), reason, advice));
        }
    }

    /// The photo is at fault, not the workers that `ended` by it: WebGPU may be tried again.
    fn give_up_photo(&mut self, ended: &[DeviceKind], reason: &str) {
        if ended.contains(&DeviceKind::WebGpu) {
            self.gpu.refused = None;
        }
        let advice = "Try a smaller picture, or another network";
        let problem = Problem::new("The photo could not be analysed", reason, advice);
        self.events.push(EngineEvent::Photo(Err(problem)));
    }
}
