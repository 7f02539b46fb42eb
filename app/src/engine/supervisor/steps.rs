//! From what there is towards what is wished, one step at a time.

use model_core::{DeviceKind, ModelCard};

use super::{Supervisor, Using};
use crate::{
    asset::Asset,
    engine::{
        DeviceChoice,
        effect::{Ask, Effect, Word},
        paces::Benchmark,
        slot::{Asked, Slot, Stage},
        waiting::Next,
    },
};

impl<P: Clone, F> Supervisor<P, F> {
    /// Take every step that can be taken now.
    pub(super) fn settle(&mut self) {
        self.fetch_detector();
        self.fetch(Asset::Network(self.wish.network));
        self.advance(DeviceKind::Cpu);
        if self.wants_gpu() && self.slots.cpu.network() == Some(self.wish.network) {
            self.try_gpu();
        }
        self.continue_check();
        if !self.wants_gpu() {
            self.stop_gpu();
        }
        self.choose();
        self.gather();
        self.dispatch();
        self.tell_detecting();
    }

    pub(super) fn fetch(&mut self, part: Asset) {
        if let Some(freshness) = self.parts.fetch(part) {
            self.effects.push(Effect::Fetch(part, freshness));
        }
    }

    /// The next step of a worker towards the wished detector and network.
    pub(super) fn advance(&mut self, device: DeviceKind) {
        let program = Asset::Program(device);
        let slot = self.slots.of(device);
        match (slot.stage, slot.is_idle()) {
            (Stage::Off, _) if self.parts.is_here(program) => {
                self.slots.of(device).enter(Stage::Launched);
                self.effects.push(Effect::Launch(device));
            }
            (Stage::Off, _) => self.fetch(program),
            (Stage::Up, true) => self.ask(device, Asked::Open, Ask::Open),
            (Stage::Open, true) => self.equip(device),
            (Stage::Launched | Stage::Up | Stage::Open, _) => {}
        }
    }

    /// Give an open worker what it lacks and is here: detector, network, the net for small and far faces.
    fn equip(&mut self, device: DeviceKind) {
        let wished = self.wish.network;
        let slot = self.slots.get(device);
        let has_network = slot.network() == Some(wished);
        match self.missing_detector(slot) {
            Some(Asset::Detector(detector)) => self.ask(device, Asked::Detector(detector), Ask::Detector(detector)),
            _ if !has_network && self.parts.is_here(Asset::Network(wished)) => {
                self.ask(device, Asked::Load(wished), Ask::Load(wished));
            }
            Some(_) => self.ask(device, Asked::FullRange, Ask::FullRange),
            None => {}
        }
    }

    pub(super) fn ask(&mut self, device: DeviceKind, asked: Asked<P>, ask: Ask<P, F>) {
        self.slots.of(device).ask(asked);
        self.effects.push(Effect::Ask(device, ask));
    }

    /// Decide who reads faces, and say so when it changes.
    fn choose(&mut self) {
        let using = self.best();
        if using == self.using {
            return;
        }
        let word = match &using {
            Some(Using { device, why, .. }) => self.slots.of(*device).loaded.as_ref().map(|card| Word::Ready {
                device: *device,
                why: why.clone(),
                card: Box::new(card.clone()),
            }),
            None => Some(Word::Stopped),
        };
        self.effects.extend(word.map(Effect::Say));
        self.using = using;
    }

    fn best(&self) -> Option<Using> {
        let is_on_gpu = self.using.as_ref().is_some_and(|using| using.device == DeviceKind::WebGpu);
        let gpu = self.slots.gpu.reads_by().filter(|card| self.prefers_gpu(card));
        // While the CPU is ahead with a new network, WebGPU goes on with the old one.
        if let Some(card) = gpu.filter(|card| is_on_gpu || card.architecture == self.wish.network) {
            let why = self.pace(card).filter(|_| self.wish.device == DeviceChoice::Auto).map(Benchmark::why);
            return Some(Using { device: DeviceKind::WebGpu, network: card.architecture, why });
        }
        let card = self.slots.cpu.reads_by()?;
        Some(Using { device: DeviceKind::Cpu, network: card.architecture, why: self.why_cpu(card) })
    }

    /// Why the network of `card` runs on the CPU although it is not what a person chose.
    fn why_cpu(&self, card: &ModelCard) -> Option<String> {
        let is_slower = |pace: &&Benchmark| self.wish.device == DeviceChoice::Auto && !pace.prefers_gpu();
        let why = self.gpu_refused.clone().or_else(|| self.pace(card).filter(is_slower).map(Benchmark::why));
        why.filter(|_| self.wish.device != DeviceChoice::Cpu)
    }

    /// Give the worker in use the next photo, question or frame, if nothing is in flight.
    fn dispatch(&mut self) {
        let Some(device) = self.using.as_ref().map(|using| using.device) else { return };
        let is_busy = self.slots.cpu.has_job() || self.slots.gpu.has_job();
        if is_busy || !self.slots.of(device).is_idle() {
            return;
        }
        let slot = self.slots.get(device);
        let next = if self.awaits_full_range(slot) { self.waiting.next_but_photo() } else { self.waiting.next() };
        match next {
            Some(Next::Photo(job)) => {
                let photo = job.photo();
                self.ask(device, Asked::Photo(job), Ask::Photo(photo));
            }
            Some(Next::Look(question)) => self.ask(device, Asked::Look, Ask::Look(question)),
            Some(Next::Frame(frame)) => self.ask(device, Asked::Frame, Ask::Frame(frame)),
            None => {}
        }
    }

    /// End the WebGPU worker, but not while it has a photo or a frame.
    fn stop_gpu(&mut self) {
        if self.slots.gpu.stage > Stage::Off && !self.slots.gpu.has_job() {
            self.slots.gpu = Slot::default();
            self.gpu_verified = None;
            self.effects.push(Effect::Stop(DeviceKind::WebGpu));
        }
    }
}
