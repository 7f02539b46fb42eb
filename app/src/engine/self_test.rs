//! Stored cases, run on both devices when a person asks whether the page is right on theirs.

use std::rc::Rc;

use model_core::{Architecture, DeviceKind, ReferenceCases, device_check};

use super::{DeviceChoice, DeviceReport, EngineEvent, SelfTestReport, host::Host, state::State};
use crate::{
    asset::Asset,
    problem::Problem,
    protocol::{GreyBytes, Tested},
};

/// A self-test that is under way.
#[derive(Debug)]
pub(super) struct SelfTest {
    cases: Rc<ReferenceCases>,
    pub(super) faces: Vec<GreyBytes>,
    cpu: Option<DeviceReport>,
    /// Or why WebGPU cannot be tested.
    gpu: Option<Result<DeviceReport, String>>,
}

impl<H: Host> State<H> {
    /// Run `cases` with the network in use, on the CPU and on WebGPU where there is one.
    pub(super) fn start_self_test(&mut self, cases: Rc<ReferenceCases>) {
        let faces = cases.faces.iter().map(|face| GreyBytes(face.levels.as_slice().into())).collect();
        self.self_test = Some(SelfTest { cases, faces, cpu: None, gpu: None });
        self.assets.clear_failures(|asset| asset == Asset::Program(DeviceKind::WebGpu));
        self.gpu.refused = None;
    }

    /// Whether a WebGPU worker is needed for a self-test.
    pub(super) fn is_gpu_self_testing(&self) -> bool {
        self.self_test.as_ref().is_some_and(|test| test.gpu.is_none())
    }

    /// Another network is to be used: the results of the one before do not count.
    pub(super) fn restart_self_test(&mut self) {
        if let Some(test) = &mut self.self_test {
            (test.cpu, test.gpu) = (None, None);
        }
    }

    /// The self-test cannot go on because of `problem`.
    pub(super) fn break_off_self_test(&mut self, problem: &Problem) {
        if self.self_test.take().is_some() {
            self.events.push(EngineEvent::SelfTested(Err(problem.clone())));
        }
    }

    /// The device that is to read the cases next: the CPU once both have the network, then WebGPU.
    pub(super) fn self_test_due(&self) -> Option<DeviceKind> {
        let (test, network) = (self.self_test.as_ref()?, Some(self.settings.network));
        let are_here = self.cpu.network() == network && (test.gpu.is_some() || self.gpu_worker.network() == network);
        match (test.cpu, &test.gpu) {
            _ if !are_here => None,
            (None, _) => Some(DeviceKind::Cpu),
            (_, None) => Some(DeviceKind::WebGpu),
            (Some(_), Some(_)) => None,
        }
    }

    /// Tell the page once the result is known, or that there is none.
    pub(super) fn finish_self_test(&mut self) {
        let network = self.settings.network;
        let why_no_gpu = self.why_no_gpu();
        let Some(test) = &mut self.self_test else { return };
        let Some(card) = self.cpu.card.as_ref().filter(|card| card.architecture == network) else { return };
        if test.cases.of(card).is_none() {
            let problem = of_another_version(network, &card.sha256);
            return self.break_off_self_test(&problem);
        }
        if test.gpu.is_none() {
            test.gpu = why_no_gpu.map(Err);
        }
        if let Some((cpu, gpu)) = test.cpu.zip(test.gpu.clone()) {
            let report = SelfTestReport { network, n_faces: test.faces.len(), cpu, gpu };
            self.self_test = None;
            self.events.push(EngineEvent::SelfTested(Ok(report)));
        }
    }

    fn why_no_gpu(&self) -> Option<String> {
        let is_unwanted = self.settings.device == DeviceChoice::Cpu;
        is_unwanted.then(|| "Not tried, as the CPU was chosen".to_owned()).or_else(|| self.gpu.refused.clone())
    }

    /// A worker has read the cases with `network`.
    pub(super) fn on_self_tested(&mut self, device: DeviceKind, network: Architecture, tested: &Tested) {
        let card = self.worker(device).card.clone();
        let Some((test, card)) = self.self_test.as_mut().zip(card) else { return };
        let Some(expected) = test.cases.of(&card).filter(|_| network == self.settings.network) else { return };
        let difference = device_check::difference(expected, &tested.predictions);
        let Tested { ms_per_face, submit_ms, .. } = *tested;
        let report = DeviceReport { difference, ms_per_face, submit_ms, frame_ms: tested.frame_ms() };
        match (device, test.cpu) {
            (DeviceKind::Cpu, _) => test.cpu = Some(report),
            (DeviceKind::WebGpu, None) => return, // begun anew meanwhile
            (DeviceKind::WebGpu, Some(cpu)) => {
                test.gpu = Some(Ok(report));
                self.record_comparison(difference, cpu.frame_ms, report.frame_ms);
            }
        }
        if !report.agrees() {
            self.notify(warning(device, difference));
        }
    }
}

fn warning(device: DeviceKind, difference: f32) -> String {
    let advice = match device {
        DeviceKind::Cpu => "do not rely on the labels here",
        DeviceKind::WebGpu => "reading goes on on the CPU",
    };
    format!("{device} gives other answers than the stored ones, by {difference:.3} in a probability; {advice}")
}

fn of_another_version(network: Architecture, sha256: &str) -> Problem {
    let title = "The stored cases are of another version of this network";
    let detail = format!("Expected answers of the network `{network}` with the SHA-256 {sha256}, got none");
    Problem::new(title, detail, "Publish the page and its folder `models` again, together")
}
