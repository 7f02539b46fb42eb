//! From what there is towards what is wished, one step at a time.

use model_core::DeviceKind;

use super::{Supervisor, Using};
use crate::{
    engine::{
        DeviceChoice,
        effect::{Ask, Effect, Word},
        slot::{Asked, Slot, Stage},
        waiting::Next,
    },
    part::Part,
};

impl<P: Clone, F> Supervisor<P, F> {
    /// Take every step that can be taken now.
    pub(super) fn settle(&mut self) {
        self.fetch(Part::Detector);
        self.fetch(Part::Network(self.wish.network));
        self.advance(DeviceKind::Cpu);
        if !self.wants_gpu() {
            self.stop_gpu();
        } else if self.slots.cpu.network() == Some(self.wish.network) {
            self.advance(DeviceKind::WebGpu);
        }
        self.choose();
        self.gather();
        self.dispatch();
    }

    pub(super) fn wants_gpu(&self) -> bool {
        self.wish.device != DeviceChoice::Cpu && self.gpu_refused.is_none()
    }

    pub(super) fn fetch(&mut self, part: Part) {
        if let Some(freshness) = self.parts.fetch(part) {
            self.effects.push(Effect::Fetch(part, freshness));
        }
    }

    /// The next step of a worker towards the wished network.
    fn advance(&mut self, device: DeviceKind) {
        let wished = self.wish.network;
        let program = Part::Engine(device);
        let slot = self.slots.of(device);
        let (stage, is_idle, has_network) = (slot.stage, slot.is_idle(), slot.network() == Some(wished));
        match stage {
            Stage::Off if self.parts.is_here(program) => {
                self.slots.of(device).enter(Stage::Launched);
                self.effects.push(Effect::Launch(device));
            }
            Stage::Off => self.fetch(program),
            Stage::Up if is_idle && self.parts.is_here(Part::Detector) => self.ask(device, Asked::Open, Ask::Open),
            Stage::Open if is_idle && !has_network && self.parts.is_here(Part::Network(wished)) => {
                self.ask(device, Asked::Load(wished), Ask::Load(wished));
            }
            Stage::Launched | Stage::Up | Stage::Open => {}
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
            Some(Using { device, why, .. }) => self.slots.of(*device).loaded.as_ref().map(|loaded| {
                let card = Box::new(loaded.card.clone());
                Word::Ready { device: *device, why: why.clone(), card }
            }),
            None => Some(Word::Stopped),
        };
        self.effects.extend(word.map(Effect::Say));
        self.using = using;
    }

    fn best(&self) -> Option<Using> {
        let is_on_gpu = self.using.as_ref().is_some_and(|using| using.device == DeviceKind::WebGpu);
        let gpu = self.slots.gpu.network().filter(|&network| self.gpu_verified == Some(network) && self.wants_gpu());
        // While the CPU is ahead with a new network, WebGPU goes on with the old one.
        if let Some(network) = gpu.filter(|&network| is_on_gpu || network == self.wish.network) {
            return Some(Using { device: DeviceKind::WebGpu, network, why: None });
        }
        let why = self.gpu_refused.clone().filter(|_| self.wish.device != DeviceChoice::Cpu);
        self.slots.cpu.network().map(|network| Using { device: DeviceKind::Cpu, network, why })
    }

    /// Give the worker in use the next photo, question or frame, if nothing is in flight.
    fn dispatch(&mut self) {
        let Some(device) = self.using.as_ref().map(|using| using.device) else { return };
        let is_busy = self.slots.cpu.has_job() || self.slots.gpu.has_job();
        if is_busy || !self.slots.of(device).is_idle() {
            return;
        }
        match self.waiting.next() {
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
