//! How long a face takes on the CPU and on WebGPU, from the frame to its label by each network, and how far the two lie
//! apart: measured once on a machine, and kept from visit to visit.

use model_core::{Architecture, ModelCard, device_check::TOLERANCE};
use serde::{Deserialize, Serialize};

/// The measurement of one network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Benchmark {
    /// The network.
    pub network: Architecture,
    /// SHA-256 of its weights: those of another training may differ in anything.
    pub sha256: String,
    /// Milliseconds from a frame to a label on the CPU.
    pub cpu_ms: f64,
    /// Milliseconds from a frame to a label on WebGPU.
    pub gpu_ms: f64,
    /// The greatest difference in any probability or share of votes.
    pub difference: f32,
}

/// The measurements of one machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Benchmarks {
    /// Graphics adapter and browser.
    machine: String,
    of: Vec<Benchmark>,
}

impl Benchmark {
    /// Whether WebGPU agrees and is the faster one.
    pub(super) fn prefers_gpu(&self) -> bool {
        self.difference <= TOLERANCE && self.gpu_ms < self.cpu_ms
    }

    /// Why the one is preferred.
    pub(super) fn why(&self) -> String {
        if self.difference <= TOLERANCE {
            format!("CPU: {:.1} ms from frame to label, WebGPU: {:.1} ms", self.cpu_ms, self.gpu_ms)
        } else {
            disagreement(self.difference)
        }
    }
}

/// Why WebGPU is not to be used.
pub(super) fn disagreement(difference: f32) -> String {
    format!("WebGPU disagrees with the CPU here, by {difference:.3} in a probability")
}

impl Benchmarks {
    /// From the browser's store. Text that is absent or garbled counts as no measurement.
    pub fn from_text(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// For the browser's store.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The measurement of the network of `card` on `machine`.
    pub(super) fn of(&self, machine: &str, card: &ModelCard) -> Option<&Benchmark> {
        let is_it = |it: &&Benchmark| it.network == card.architecture && it.sha256 == card.sha256;
        self.of.iter().find(is_it).filter(|_| self.machine == machine)
    }

    /// Keep `benchmark` in the place of what is known of the network, and nothing of another machine.
    pub(super) fn record(&mut self, machine: &str, benchmark: Benchmark) {
        if self.machine != machine {
            *self = Self { machine: machine.to_owned(), of: vec![] };
        }
        self.of.retain(|other| other.network != benchmark.network);
        self.of.push(benchmark);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::Training;

    fn card(weights: &[u8]) -> ModelCard {
        ModelCard::new(Architecture::Small, weights, Training::default())
    }

    fn benchmark(weights: &[u8], gpu_ms: f64, difference: f32) -> Benchmark {
        let sha256 = card(weights).sha256;
        Benchmark { network: Architecture::Small, sha256, cpu_ms: 4.0, gpu_ms, difference }
    }

    #[test]
    fn webgpu_is_preferred_if_it_agrees_and_is_faster() {
        let cases = [
            (3.9, 1e-5, true, "CPU: 4.0 ms from frame to label, WebGPU: 3.9 ms"),
            (4.0, 0.0, false, "CPU: 4.0 ms from frame to label, WebGPU: 4.0 ms"),
            (9.8, 0.0, false, "CPU: 4.0 ms from frame to label, WebGPU: 9.8 ms"),
            (1.0, 0.01, false, "WebGPU disagrees with the CPU here, by 0.010 in a probability"),
            (1.0, f32::NAN, false, "WebGPU disagrees with the CPU here, by NaN in a probability"),
        ];
        for (gpu_ms, difference, expected, why) in cases {
            let benchmark = benchmark(b"", gpu_ms, difference);
            assert_eq!((benchmark.prefers_gpu(), benchmark.why().as_str()), (expected, why));
        }
    }

    #[test]
    fn what_was_measured_is_of_one_machine_and_of_one_file_of_weights() {
        let mut benchmarks = Benchmarks::default();
        benchmarks.record("a", benchmark(b"old", 1.0, 0.0));
        benchmarks.record("a", benchmark(b"new", 2.0, 0.0));
        let gpu_ms =
            |benchmarks: &Benchmarks, machine, weights| benchmarks.of(machine, &card(weights)).map(|it| it.gpu_ms);
        assert_eq!(gpu_ms(&benchmarks, "a", b"new"), Some(2.0));
        assert_eq!((gpu_ms(&benchmarks, "a", b"old"), gpu_ms(&benchmarks, "b", b"new")), (None, None));
        let mut read = Benchmarks::from_text(Some(&benchmarks.to_text()));
        assert_eq!(read, benchmarks);
        read.record("b", benchmark(b"old", 3.0, 0.0));
        assert_eq!((gpu_ms(&read, "b", b"old"), gpu_ms(&read, "a", b"new")), (Some(3.0), None));
    }

    #[test]
    fn a_garbled_store_is_an_empty_one() {
        for text in [None, Some(""), Some("{"), Some("{\"machine\":1}")] {
            assert_eq!(Benchmarks::from_text(text), Benchmarks::default());
        }
    }
}
