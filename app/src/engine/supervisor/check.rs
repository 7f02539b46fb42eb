//! Stored cases, run on both devices when a person asks whether the page is right on theirs.

use std::rc::Rc;

use model_core::{Architecture, Cases, DeviceKind, probe};

use super::Supervisor;
use crate::{
    asset::Asset,
    engine::{
        Checked, DeviceChoice, Outcome,
        effect::{Ask, Effect, Word},
        slot::Asked,
    },
    problem::Problem,
    protocol::{GreyBytes, Tested},
};

/// A check that is under way.
#[derive(Debug)]
pub(super) struct Check {
    cases: Rc<Cases>,
    faces: Rc<[GreyBytes]>,
    cpu: Option<Outcome>,
    /// Or why WebGPU cannot be checked.
    gpu: Option<Result<Outcome, String>>,
}

impl<P: Clone, F> Supervisor<P, F> {
    /// Run `cases` with the network in use, on the CPU and on WebGPU where there is one.
    pub(in crate::engine) fn check(&mut self, cases: Rc<Cases>) {
        let faces = cases.faces.iter().map(|face| GreyBytes(face.levels.as_slice().into())).collect();
        self.check = Some(Check { cases, faces, cpu: None, gpu: None });
        self.parts.retry(Asset::Program(DeviceKind::WebGpu));
        self.forgive_gpu();
        self.settle();
    }

    /// Whether a WebGPU worker is needed for a check.
    pub(super) fn is_checking_gpu(&self) -> bool {
        self.check.as_ref().is_some_and(|check| check.gpu.is_none())
    }

    /// Another network is wished: what was found of the one before does not count.
    pub(super) fn restart_check(&mut self) {
        if let Some(check) = &mut self.check {
            (check.cpu, check.gpu) = (None, None);
        }
    }

    /// What is needed for a check cannot be had.
    pub(super) fn break_off_check(&mut self, problem: &Problem) {
        if self.check.take().is_some() {
            self.effects.push(Effect::Say(Word::Checked(Err(problem.clone()))));
        }
    }

    /// The next step of a check. First both devices are there, then each is asked while nothing else is.
    pub(super) fn continue_check(&mut self) {
        let network = self.wish.network;
        let why_no_gpu = self.why_no_gpu();
        let Some(check) = &mut self.check else { return };
        let Some(card) = self.slots.cpu.loaded.as_ref().filter(|card| card.architecture == network) else { return };
        if check.cases.of(card).is_none() {
            let problem = of_another_version(network, &card.sha256);
            return self.break_off_check(&problem);
        }
        if check.gpu.is_none() {
            check.gpu = why_no_gpu.map(Err);
        }
        let is_gpu_here = check.gpu.is_some() || self.slots.gpu.network() == Some(network);
        match (check.cpu, &check.gpu) {
            (Some(cpu), Some(gpu)) => {
                let checked = Checked { network, n_faces: check.faces.len(), cpu, gpu: gpu.clone() };
                self.check = None;
                self.effects.push(Effect::Say(Word::Checked(Ok(checked))));
            }
            _ if !is_gpu_here || !self.slots.are_quiet() => {}
            (None, _) => self.ask_cases(DeviceKind::Cpu, network),
            (_, None) => self.ask_cases(DeviceKind::WebGpu, network),
        }
    }

    fn why_no_gpu(&self) -> Option<String> {
        let is_unwished = self.wish.device == DeviceChoice::Cpu;
        is_unwished.then(|| "Not tried, as the CPU was chosen".to_owned()).or_else(|| self.gpu_refused.clone())
    }

    fn ask_cases(&mut self, device: DeviceKind, network: Architecture) {
        let faces = self.check.as_ref().map(|check| Rc::clone(&check.faces));
        if let Some(faces) = faces.filter(|_| self.slots.of(device).is_idle()) {
            self.ask(device, Asked::Check(network), Ask::Test(faces));
        }
    }

    /// A worker has run the cases with `network`.
    pub(super) fn checked(&mut self, device: DeviceKind, network: Architecture, tested: &Tested) {
        let card = self.slots.of(device).loaded.as_ref();
        let Some((check, card)) = self.check.as_mut().zip(card) else { return };
        let Some(expected) = check.cases.of(card).filter(|_| network == self.wish.network) else { return };
        let difference = probe::difference(expected, &tested.readings);
        let outcome = Outcome { difference, ms_per_face: tested.ms_per_face };
        match (device, check.cpu) {
            (DeviceKind::Cpu, _) => check.cpu = Some(outcome),
            (DeviceKind::WebGpu, None) => return, // begun anew meanwhile
            (DeviceKind::WebGpu, Some(cpu)) => {
                check.gpu = Some(Ok(outcome));
                self.judge(difference, cpu.ms_per_face, outcome.ms_per_face);
            }
        }
        if !outcome.agrees() {
            self.effects.push(Effect::Say(Word::Notice(warning(device, difference))));
        }
    }
}

fn warning(device: DeviceKind, difference: f32) -> String {
    let what = match device {
        DeviceKind::Cpu => "do not rely on the labels here",
        DeviceKind::WebGpu => "reading goes on on the CPU",
    };
    format!("{device} gives other answers than the stored ones, by {difference:.3} in a probability; {what}")
}

fn of_another_version(network: Architecture, sha256: &str) -> Problem {
    let title = "The stored cases are of another version of this network";
    let detail = format!("Expected answers of the network `{network}` with the SHA-256 {sha256}, got none");
    Problem::new(title, detail, "Publish the page and its folder `models` again, together")
}
