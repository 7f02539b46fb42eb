//! Decides what to fetch, which worker works, and what happens when one dies.
//!
//! A pure state machine: each method takes one piece of news, and [`Supervisor::take_effects`] says what to do now.
//! Whatever the news, [`Supervisor::settle`] compares what there is with what is wished and takes the next step towards
//! it.
//!
//! The CPU worker always runs: it gives the first label, its answers to the probe are what WebGPU is compared with, and
//! it takes over when WebGPU fails. WebGPU loads a network only after the CPU has it, and reads faces only after both
//! were tested on the same ones.

mod beside;
mod check;
mod detector;
mod machine;
mod steps;
#[cfg(test)]
mod tests;

use model_core::{Architecture, DeviceKind, ModelCard};

use super::{
    DeviceChoice, EngineSettings,
    effect::{Effect, Word},
    paces::Benchmarks,
    parts::Parts,
    slot::{Asked, Slots, Stage},
    waiting::{Redo, Waiting},
};
use crate::{
    asset::Asset,
    problem::Problem,
    protocol::{InspectRequest, Tested},
};
use check::Check;
use detector::Detectors;
use machine::Machine;

/// CPU workers that may die one after the other, without an answer between, before a person is asked.
const MAX_DEATHS: u32 = 3;

#[derive(Debug)]
pub(super) struct Supervisor<P, F> {
    wish: EngineSettings,
    using: Option<Using>,
    slots: Slots<P>,
    parts: Parts,
    machine: Machine,
    paces: Benchmarks,
    detectors: Detectors,
    /// Why WebGPU cannot be used.
    gpu_refused: Option<String>,
    /// The network for which WebGPU was found to agree with the CPU.
    gpu_verified: Option<Architecture>,
    check: Option<Check>,
    /// The network that was wished when it could not be loaded.
    failed_network: Option<Architecture>,
    n_deaths: u32,
    /// Whether the other networks are wanted too.
    comparing: bool,
    waiting: Waiting<P, F>,
    effects: Vec<Effect<P, F>>,
}

/// Who reads faces.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Using {
    device: DeviceKind,
    network: Architecture,
    why: Option<String>,
}

impl<P: Clone, F> Supervisor<P, F> {
    /// `paces` are those of the last visit.
    pub(super) fn new(wish: EngineSettings, paces: Benchmarks) -> Self {
        let mut supervisor = Self {
            wish,
            using: None,
            slots: Slots::default(),
            parts: Parts::default(),
            machine: Machine::Unknown,
            paces,
            detectors: Detectors::default(),
            gpu_refused: None,
            gpu_verified: None,
            check: None,
            failed_network: None,
            n_deaths: 0,
            comparing: false,
            waiting: Waiting::default(),
            effects: vec![],
        };
        supervisor.settle();
        supervisor
    }

    pub(super) fn take_effects(&mut self) -> Vec<Effect<P, F>> {
        std::mem::take(&mut self.effects)
    }

    // What the page wants.

    pub(super) fn offer_photo(&mut self, photo: P) {
        self.waiting.offer_photo(photo);
        self.want_full_range();
        self.settle();
    }

    pub(super) fn offer_frame(&mut self, frame: F) {
        self.waiting.offer_frame(frame);
        self.settle();
    }

    pub(super) fn offer_question(&mut self, question: InspectRequest) {
        self.waiting.offer_question(question);
        self.settle();
    }

    pub(super) fn set_network(&mut self, network: Architecture) {
        self.wish.network = network;
        self.restart_check();
        self.forgive();
        self.settle();
    }

    pub(super) fn set_device(&mut self, device: DeviceChoice) {
        self.wish.device = device;
        self.forgive_gpu();
        self.forgive();
        self.settle();
    }

    pub(super) fn retry(&mut self) {
        if let Some(network) = self.failed_network {
            self.wish_for(network);
        }
        self.retry_detector();
        self.forgive_gpu();
        self.forgive();
        self.settle();
    }

    /// A person decided anew: whatever was given up may be tried again.
    fn forgive(&mut self) {
        self.parts.retry_all();
        self.forgive_detectors();
        self.failed_network = None;
        self.n_deaths = 0;
    }

    /// Turn to another network than the one a person chose last.
    fn wish_for(&mut self, network: Architecture) {
        self.wish.network = network;
        self.restart_check();
        self.effects.push(Effect::Say(Word::Wished(network)));
    }

    // What happened.

    pub(super) fn fetched(&mut self, part: Asset, result: Result<(), Problem>) {
        match (part, result) {
            (_, Ok(())) => self.parts.came(part),
            (Asset::Program(DeviceKind::WebGpu), Err(problem)) => {
                self.parts.spoil(part);
                self.refuse_gpu(problem.detail);
            }
            (_, Err(problem)) => self.fail(part, problem),
        }
        self.settle();
    }

    pub(super) fn up(&mut self, device: DeviceKind) {
        self.slots.of(device).enter(Stage::Up);
        self.settle();
    }

    pub(super) fn opened(&mut self, device: DeviceKind) {
        let slot = self.slots.of(device);
        slot.asked = None;
        slot.enter(Stage::Open);
        self.settle();
    }

    pub(super) fn loaded(&mut self, device: DeviceKind, card: ModelCard) {
        let slot = self.slots.of(device);
        (slot.asked, slot.loaded, slot.tested) = (None, Some(card), None);
        self.settle();
    }

    pub(super) fn tested(&mut self, device: DeviceKind, tested: Tested) {
        let slot = self.slots.of(device);
        match slot.asked.take() {
            Some(Asked::Check(network)) => self.checked(device, network, &tested),
            _ => slot.tested = Some(tested),
        }
        self.settle();
    }

    /// The worker could not do the `Open`, `Detector`, `FullRange`, `Load`, `Hold` or `Test` it was asked for.
    pub(super) fn refused(&mut self, device: DeviceKind, problem: Problem) {
        let asked = self.slots.of(device).asked.take();
        match (device, asked) {
            (_, Some(Asked::Hold(network))) => {
                self.parts.spoil(Asset::Network(network));
                self.fail_beside(network, problem);
            }
            // A CPU that fails its test is no measure for WebGPU.
            (DeviceKind::WebGpu, _) | (_, Some(Asked::Test)) => self.refuse_gpu(problem.detail),
            (DeviceKind::Cpu, Some(Asked::Check(_))) => self.break_off_check(&problem),
            (DeviceKind::Cpu, Some(Asked::Load(network))) => self.fail(Asset::Network(network), problem),
            (DeviceKind::Cpu, Some(Asked::Detector(detector))) => self.fail(Asset::Detector(detector), problem),
            (DeviceKind::Cpu, Some(Asked::FullRange)) => self.fail(Asset::FullRange, problem),
            (DeviceKind::Cpu, _) => return self.died(device, &problem.detail),
        }
        self.settle();
    }

    /// Whether anybody still waits for the answer to the photo, the frame or the question that the worker has.
    pub(super) fn is_awaited(&self, device: DeviceKind) -> bool {
        match self.slots.get(device).asked {
            Some(Asked::Photo(_)) => !self.waiting.has_photo(),
            Some(Asked::Frame | Asked::Look) => true,
            _ => false,
        }
    }

    /// The worker answered a photo, a frame or a question.
    pub(super) fn answered(&mut self, device: DeviceKind) {
        self.slots.of(device).asked = None;
        if device == DeviceKind::Cpu {
            self.n_deaths = 0;
        }
        // What gave the first label does not compete with it for the line.
        self.want_full_range();
        self.settle();
    }

    pub(super) fn died(&mut self, device: DeviceKind, reason: &str) {
        let slot = std::mem::take(self.slots.of(device));
        self.effects.push(Effect::Stop(device));
        match device {
            DeviceKind::WebGpu => self.mourn_gpu(reason),
            DeviceKind::Cpu => self.mourn_cpu(slot.stage, reason),
        }
        if let Some(Asked::Photo(job)) = slot.asked
            && let Redo::GivenUp(ended) = self.waiting.put_back(job, device)
        {
            self.give_up_photo(&ended, reason);
        }
        self.settle();
    }

    /// A second has passed.
    pub(super) fn tick(&mut self) {
        for device in [DeviceKind::Cpu, DeviceKind::WebGpu] {
            if let Some(limit_secs) = self.slots.of(device).tick() {
                self.died(device, &format!("no answer within {limit_secs} seconds"));
            }
        }
    }

    // What went wrong.

    /// `part` is needed and cannot be had. A network in use stays in use.
    fn fail(&mut self, part: Asset, problem: Problem) {
        self.parts.spoil(part);
        match part {
            Asset::Detector(detector) => return self.fail_detector(detector, problem),
            Asset::FullRange => return self.fail_full_range(problem),
            Asset::Network(network) => {
                self.fail_beside(network, problem.clone());
                if network != self.wish.network {
                    return; // nobody else waits for it
                }
                self.failed_network = Some(network);
                if let Some(still) = self.using.as_ref().map(|using| using.network) {
                    self.wish_for(still);
                }
            }
            Asset::Program(_) => {}
        }
        self.break_off_check(&problem);
        self.effects.push(Effect::Say(Word::Failed(problem)));
    }

    /// The photo is at fault, not the workers that `ended` by it: WebGPU may be tried again.
    fn give_up_photo(&mut self, ended: &[DeviceKind], reason: &str) {
        if ended.contains(&DeviceKind::WebGpu) {
            self.gpu_refused = None;
        }
        let advice = "Try a smaller picture, or another network";
        let problem = Problem::new("The photo could not be analysed", reason, advice);
        self.effects.push(Effect::Say(Word::PhotoFailed(problem)));
    }

    fn mourn_gpu(&mut self, reason: &str) {
        if self.using.as_ref().is_some_and(|using| using.device == DeviceKind::WebGpu) {
            let notice = format!("WebGPU stopped ({reason}); reading goes on on the CPU");
            self.effects.push(Effect::Say(Word::Notice(notice)));
        }
        self.refuse_gpu(format!("WebGPU stopped ({reason})"));
    }

    fn mourn_cpu(&mut self, stage: Stage, reason: &str) {
        self.n_deaths += 1;
        if stage < Stage::Up || self.n_deaths >= MAX_DEATHS {
            let part = Asset::Program(DeviceKind::Cpu);
            let advice = "Try again; if it stays, reload the page or use a newer browser";
            self.fail(part, Problem::new(format!("The {part} stopped"), reason, advice));
        } else {
            self.effects.push(Effect::Say(Word::Notice(format!("The worker stopped ({reason}) and is started again"))));
        }
    }
}
