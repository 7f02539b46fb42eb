//! Whether WebGPU is worth its start on this machine: is there an adapter, does it agree with the CPU, is it faster?

use model_core::{Architecture, DeviceKind, ModelCard, device_check};

use super::{
    DeviceChoice, EngineEvent,
    benchmark::{Benchmark, disagreement},
    host::Host,
    state::{InFlight, State},
    workers::WorkerState,
};
use crate::protocol::Tested;

/// The state of WebGPU on this machine.
#[derive(Debug, Default)]
pub(super) struct Gpu {
    /// The graphics adapter that was found, by its name and that of the browser.
    pub(super) adapter: Option<String>,
    /// Why it cannot be used.
    pub(super) refused: Option<String>,
    /// The network for which it was found to agree with the CPU.
    pub(super) verified: Option<Architecture>,
    /// Whether the page was told that the CPU stands in for it.
    pub(super) was_late: bool,
}

/// The next step of WebGPU while no worker runs there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GpuStep {
    FindAdapter,
    Start,
}

impl<H: Host> State<H> {
    pub(super) fn gpu_step(&self) -> Option<GpuStep> {
        match self.gpu.adapter {
            _ if !self.may_prepare_gpu() => None,
            None => Some(GpuStep::FindAdapter),
            Some(_) => self.has_program(DeviceKind::WebGpu).then_some(GpuStep::Start),
        }
    }

    /// There is an adapter, or why there is none.
    pub(super) fn on_adapter(&mut self, found: Result<String, String>) {
        match found {
            Ok(adapter) => self.gpu.adapter = Some(adapter),
            Err(reason) => self.refuse_gpu(reason),
        }
    }

    /// The worker failed, unless it was given up before.
    pub(super) fn on_gpu_lost(&mut self, reason: &str) {
        if self.gpu.refused.is_some() {
            return;
        }
        if self.selection.as_ref().is_some_and(|selection| selection.device == DeviceKind::WebGpu) {
            self.notify(format!("WebGPU stopped ({reason}); reading goes on on the CPU"));
        }
        self.refuse_gpu(format!("WebGPU stopped ({reason})"));
    }

    /// Whether the worker can be ended: it is not wanted any more, and has no photo or frame.
    pub(super) fn is_gpu_superfluous(&self) -> bool {
        !self.wants_gpu() && self.asked_of_gpu().is_none()
    }

    /// The photo, frame, inspection or test that it has.
    fn asked_of_gpu(&self) -> Option<&InFlight<H::Photo>> {
        self.in_flight.iter().find(|in_flight| in_flight.device == DeviceKind::WebGpu)
    }

    /// Whether the CPU stands in for the worker: it is late, or is given a detector or a network.
    pub(super) fn is_gpu_held_up(&self) -> bool {
        let is_late_or_preparing = match self.asked_of_gpu() {
            Some(in_flight) => in_flight.is_late,
            None => self.gpu_worker.is_busy,
        };
        is_late_or_preparing || self.missing_asset(DeviceKind::WebGpu).is_some()
    }

    /// A person has waited for the worker as long as they may: the CPU answers meanwhile, and reads its photo, too.
    pub(super) fn on_gpu_late(&mut self) {
        for in_flight in self.in_flight.iter_mut().filter(|in_flight| in_flight.device == DeviceKind::WebGpu) {
            in_flight.is_late = true;
            if let Some(photo) = in_flight.photo.take() {
                self.pending.hand_over(photo);
            }
        }
        let is_in_use = self.selection.as_ref().is_some_and(|selection| selection.device == DeviceKind::WebGpu);
        if is_in_use && self.settings.device == DeviceChoice::WebGpu && !self.gpu.was_late {
            self.gpu.was_late = true;
            self.notify("WebGPU takes more than half a second here; the CPU answers meanwhile");
        }
    }

    /// The worker was ended as superfluous.
    pub(super) fn on_gpu_ended(&mut self) {
        self.gpu_worker = WorkerState::default();
        self.gpu.verified = None;
        // The CPU goes on with what the worker was searching.
        if let Some((_, photo)) = self.unfinished.take_if(|(holder, _)| *holder == DeviceKind::WebGpu) {
            self.pending.hand_over(photo);
        }
    }

    /// Whether the worker may be started and given the selected network: it is wanted, and the CPU has that network
    /// already.
    pub(super) fn may_prepare_gpu(&self) -> bool {
        self.wants_gpu() && self.cpu.network() == Some(self.settings.network)
    }

    /// Whether the worker is to run: it was chosen, or not found to be the slower one, or a person tests it.
    fn wants_gpu(&self) -> bool {
        let is_worth_it = match self.settings.device {
            DeviceChoice::Cpu => false,
            DeviceChoice::WebGpu => true,
            DeviceChoice::Auto => {
                let benchmark = self.cpu.card.as_ref().and_then(|card| self.benchmark(card));
                benchmark.is_none_or(Benchmark::prefers_gpu) || self.is_gpu_self_testing()
            }
        };
        is_worth_it && self.gpu.refused.is_none()
    }

    /// Whether the network of `card` is to be run on WebGPU rather than on the CPU, if both have it.
    pub(super) fn prefers_gpu(&self, card: &ModelCard) -> bool {
        let is_preferred = match self.settings.device {
            DeviceChoice::Cpu => false,
            DeviceChoice::WebGpu => true,
            DeviceChoice::Auto => self.benchmark(card).is_some_and(Benchmark::prefers_gpu),
        };
        is_preferred && self.gpu.refused.is_none() && self.gpu.verified == Some(card.architecture)
    }

    /// The measurement of the network of `card` on this machine, now or on an earlier visit.
    pub(super) fn benchmark(&self, card: &ModelCard) -> Option<&Benchmark> {
        self.benchmarks.of(self.gpu.adapter.as_ref()?, card)
    }

    /// Whether both have the selected network and WebGPU has not been compared with the CPU yet.
    pub(super) fn is_comparison_due(&self) -> bool {
        let (Some(cpu), Some(gpu)) = (&self.cpu.card, &self.gpu_worker.card) else { return false };
        self.may_prepare_gpu() && cpu == gpu && self.gpu.verified != Some(gpu.architecture) && self.self_test.is_none()
    }

    /// Once both have read the synthetic faces, decide whether WebGPU can be used.
    pub(super) fn compare_devices(&mut self) {
        if let (true, Some(cpu), Some(gpu)) = (self.is_comparison_due(), &self.cpu.tested, &self.gpu_worker.tested) {
            let difference = device_check::difference(&cpu.predictions, &gpu.predictions);
            let [cpu_ms, gpu_ms] = [cpu, gpu].map(Tested::frame_ms);
            self.record_comparison(difference, cpu_ms, gpu_ms);
        }
    }

    /// Both were measured with the network that the WebGPU worker has, milliseconds from a frame to a label.
    pub(super) fn record_comparison(&mut self, difference: f32, cpu_ms: f64, gpu_ms: f64) {
        let Some(card) = &self.gpu_worker.card else { return };
        let (network, sha256) = (card.architecture, card.sha256.clone());
        if let Some(adapter) = &self.gpu.adapter {
            self.benchmarks.record(adapter, Benchmark { network, sha256, cpu_ms, gpu_ms, difference });
            self.events.push(EngineEvent::Measured(self.benchmarks.clone()));
        }
        if difference <= device_check::TOLERANCE {
            self.gpu.verified = Some(network);
        } else {
            self.refuse_gpu(disagreement(difference));
        }
    }

    pub(super) fn refuse_gpu(&mut self, reason: String) {
        (self.gpu.refused, self.gpu.verified) = (Some(reason), None);
    }
}
