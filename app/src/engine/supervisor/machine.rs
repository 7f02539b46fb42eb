//! Whether WebGPU is worth its start on this machine: is there an adapter, does it agree with the CPU, is it faster?

use std::rc::Rc;

use model_core::{DeviceKind, ModelCard, probe};

use super::Supervisor;
use crate::{
    engine::{
        DeviceChoice,
        effect::{Ask, Effect},
        paces::{Benchmark, disagreement},
        slot::Asked,
    },
    protocol::GreyBytes,
};

/// What is known of the graphics adapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Machine {
    Unknown,
    Asked,
    /// By what it calls itself, and the browser.
    Found(String),
}

impl<P: Clone, F> Supervisor<P, F> {
    /// There is an adapter, or why there is none.
    pub(in crate::engine) fn found_adapter(&mut self, found: Result<String, String>) {
        match found {
            Ok(machine) => self.machine = Machine::Found(machine),
            Err(reason) => {
                self.machine = Machine::Unknown;
                self.refuse_gpu(reason);
            }
        }
        self.settle();
    }

    /// Whether a WebGPU worker is to run: it is wished, or was not found to be the slower one, or a person checks it.
    pub(super) fn wants_gpu(&self) -> bool {
        let is_worth_it = match self.wish.device {
            DeviceChoice::Cpu => false,
            DeviceChoice::WebGpu => true,
            DeviceChoice::Auto => {
                let card = self.slots.cpu.loaded.as_ref();
                let pace = card.and_then(|card| self.pace(card));
                pace.is_none_or(Benchmark::prefers_gpu) || self.is_checking_gpu()
            }
        };
        is_worth_it && self.gpu_refused.is_none()
    }

    /// Whether the network of `card` is to be run on WebGPU rather than on the CPU, if both have it.
    pub(super) fn prefers_gpu(&self, card: &ModelCard) -> bool {
        let is_preferred = match self.wish.device {
            DeviceChoice::Cpu => false,
            DeviceChoice::WebGpu => true,
            DeviceChoice::Auto => self.pace(card).is_some_and(Benchmark::prefers_gpu),
        };
        is_preferred && self.gpu_refused.is_none() && self.gpu_verified == Some(card.architecture)
    }

    /// What was measured of the network of `card` on this machine, now or on an earlier visit.
    pub(super) fn pace(&self, card: &ModelCard) -> Option<&Benchmark> {
        let Machine::Found(machine) = &self.machine else { return None };
        self.paces.of(machine, card)
    }

    /// The next step of a WebGPU worker, which the CPU is ahead of with the wished network.
    pub(super) fn try_gpu(&mut self) {
        match self.machine {
            Machine::Unknown => {
                self.machine = Machine::Asked;
                self.effects.push(Effect::FindAdapter);
            }
            Machine::Asked => {}
            Machine::Found(_) => {
                self.advance(DeviceKind::WebGpu);
                self.compare_devices();
            }
        }
    }

    /// Show both the same faces, one after the other while nothing else is asked, so that each is timed alone.
    fn compare_devices(&mut self) {
        let (Some(cpu), Some(gpu)) = (&self.slots.cpu.loaded, &self.slots.gpu.loaded) else { return };
        if cpu != gpu || self.gpu_verified == Some(gpu.architecture) || self.check.is_some() {
            return;
        }
        match (&self.slots.cpu.tested, &self.slots.gpu.tested) {
            (None, _) => self.test(DeviceKind::Cpu),
            (_, None) => self.test(DeviceKind::WebGpu),
            (Some(cpu), Some(gpu)) => {
                let difference = probe::difference(&cpu.readings, &gpu.readings);
                self.judge(difference, cpu.ms_per_face, gpu.ms_per_face);
            }
        }
    }

    fn test(&mut self, device: DeviceKind) {
        if self.slots.are_quiet() && self.slots.of(device).is_idle() {
            let faces: Rc<[GreyBytes]> = probe::faces().into_iter().map(|levels| GreyBytes(levels.into())).collect();
            self.ask(device, Asked::Test, Ask::Test(faces));
        }
    }

    /// Both were measured with the network that the WebGPU worker has.
    pub(super) fn judge(&mut self, difference: f32, cpu_ms: f64, gpu_ms: f64) {
        let Some(card) = &self.slots.gpu.loaded else { return };
        let (network, sha256) = (card.architecture, card.sha256.clone());
        if let Machine::Found(machine) = &self.machine {
            self.paces.record(machine, Benchmark { network, sha256, cpu_ms, gpu_ms, difference });
            self.effects.push(Effect::Remember(self.paces.clone()));
        }
        if difference <= probe::TOLERANCE {
            self.gpu_verified = Some(network);
        } else {
            self.refuse_gpu(disagreement(difference));
        }
    }

    pub(super) fn refuse_gpu(&mut self, reason: String) {
        self.gpu_refused = Some(reason);
        self.gpu_verified = None;
    }

    /// A person decided anew: WebGPU may be tried again.
    pub(super) fn forgive_gpu(&mut self) {
        self.gpu_refused = None;
    }
}
