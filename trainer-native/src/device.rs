//! The device to train on: one that was chosen, or the best that this build can reach.

use std::fmt;

use anyhow::{Result, bail, ensure};
use burn::tensor::Device;
use clap::ValueEnum;

/// A device for training and the word for it.
#[derive(Clone, Debug)]
pub struct NamedDevice {
    /// Where tensors live.
    pub device: Device,
    /// Its name in logs.
    pub name: &'static str,
}

/// The driver of a device. GPU back-ends are Cargo features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Backend {
    /// The processor, always there
    Cpu,
    /// NVIDIA's; building it needs the open internet
    Cuda,
    /// Apple's
    Metal,
    /// Any maker's, by the driver that is installed
    Vulkan,
    /// Any maker's, by kernels in WGSL: slower than Vulkan, but a program in the place of a card runs them
    Wgpu,
}

/// Back-ends for GPUs, the preferred one first.
const GPUS: [Backend; 4] = [Backend::Cuda, Backend::Metal, Backend::Vulkan, Backend::Wgpu];

/// `n` devices of `backend`; without one, of the first GPU back-end that is compiled in and has a card, else of the CPU.
pub fn several(backend: Option<Backend>, n: usize) -> Result<Vec<NamedDevice>> {
    let (backend, found) = match backend {
        Some(backend) => (backend, backend.devices()?),
        None => best(),
    };
    ensure!(found.len() >= n, "expected at most {}, which is what this build finds ({backend}); got {n}", found.len());
    Ok(found.into_iter().take(n).map(|device| NamedDevice { device, name: backend.name() }).collect())
}

/// The first device of every back-end that has one here. Mesa's program in the place of a card is left out by Vulkan, whose
/// products of matrices end it.
#[cfg(test)]
pub(crate) fn to_test() -> Vec<NamedDevice> {
    let first = |backend: Backend| {
        let device = backend.devices().ok()?.into_iter().next()?;
        let crashes = backend == Backend::Vulkan && is_software(&device);
        (!crashes).then(|| NamedDevice { device, name: backend.name() })
    };
    [Backend::Cpu].into_iter().chain(GPUS).filter_map(first).collect()
}

/// Their name in logs, with their number.
pub fn names(devices: &[NamedDevice]) -> String {
    match devices {
        [device] => device.name.into(),
        _ => format!("{} × {}", devices.len(), devices.first().map_or("no device", |device| device.name)),
    }
}

/// Every back-end with its devices by name, or why it has none: a line each.
pub fn describe() -> String {
    let lines = [Backend::Cpu].into_iter().chain(GPUS).map(|backend| match backend.devices() {
        Ok(devices) => format!("{backend}: {}", devices.iter().map(card_name).collect::<Vec<_>>().join(", ")),
        Err(error) => format!("{backend}: none; {error}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Why the CPU is used although GPUs are compiled in and none was declined.
pub fn why_cpu(backend: Option<Backend>) -> Option<String> {
    let is_unexpected = backend.is_none() && best().0 == Backend::Cpu;
    let built = GPUS.into_iter().find(|gpu| gpu.find().is_some()).filter(|_| is_unexpected)?;
    Some(match built.devices() {
        Ok(_) => format!(
            "{built} has no card here, only a program in the place of one, which `--device {}` takes. The CPU is used",
            built.feature()
        ),
        Err(error) => format!("{error} The CPU is used"),
    })
}

/// What is used unless a person says otherwise. A program in the place of a card, such as Mesa's, is slower than the CPU by
/// its own kernels.
fn best() -> (Backend, Vec<Device>) {
    let cards =
        |gpu: Backend| gpu.find().unwrap_or_default().into_iter().filter(|device| !is_software(device)).collect();
    let found = GPUS.into_iter().map(|gpu| (gpu, cards(gpu))).find(|(_, cards): &(_, Vec<_>)| !cards.is_empty());
    found.unwrap_or_else(|| (Backend::Cpu, vec![Device::flex()]))
}

/// Whether it is a program in the place of a card; only these back-ends have such. Opens nothing.
#[allow(clippy::missing_const_for_fn, unused_variables, reason = "each comparison hangs on a feature")]
fn is_software(device: &Device) -> bool {
    #[cfg(feature = "vulkan")]
    if *device == Device::vulkan(burn::tensor::DeviceKind::Cpu) {
        return true;
    }
    #[cfg(feature = "wgpu")]
    if *device == Device::wgpu(burn::tensor::DeviceKind::Cpu) {
        return true;
    }
    false
}

impl Backend {
    /// At least one device, or why there is none.
    fn devices(self) -> Result<Vec<Device>> {
        let Some(devices) = self.find() else {
            bail!("this build has no {self}: build with `--features {}`", self.feature());
        };
        ensure!(!devices.is_empty(), "no device for {self} was found: is there a card, and its driver installed?");
        Ok(devices)
    }

    /// The devices that are there; `None` if it is not compiled in.
    fn find(self) -> Option<Vec<Device>> {
        match self {
            Self::Cpu => Some(vec![Device::flex()]),
            #[cfg(feature = "cuda")]
            Self::Cuda => Some(enumerate(burn::tensor::DeviceType::Cuda)),
            #[cfg(feature = "metal")]
            Self::Metal => Some(enumerate(burn::tensor::DeviceType::Metal)),
            #[cfg(feature = "vulkan")]
            Self::Vulkan => Some(enumerate(burn::tensor::DeviceType::Vulkan)),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => Some(enumerate(burn::tensor::DeviceType::Wgpu)),
            #[allow(unreachable_patterns, reason = "each arm hangs on a feature")]
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Cpu => "CPU",
            Self::Cuda => "CUDA",
            Self::Metal => "Metal",
            Self::Vulkan => "Vulkan",
            Self::Wgpu => "wgpu",
        }
    }

    fn feature(self) -> String {
        self.name().to_lowercase()
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(any(feature = "cuda", feature = "metal", feature = "vulkan", feature = "wgpu"))]
fn enumerate(kind: burn::tensor::DeviceType) -> Vec<Device> {
    Device::enumerate(kind).into_vec()
}

/// The name that a device gives itself; opens it.
#[cfg(any(feature = "cuda", feature = "metal", feature = "vulkan", feature = "wgpu"))]
pub fn card_name(device: &Device) -> String {
    let name = (*device != Device::flex()).then(|| device.identity()).flatten().map(|identity| identity.name);
    name.unwrap_or_else(cpu_name)
}

/// The name that a device gives itself.
#[cfg(not(any(feature = "cuda", feature = "metal", feature = "vulkan", feature = "wgpu")))]
pub fn card_name(_: &Device) -> String {
    cpu_name()
}

fn cpu_name() -> String {
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{} with {n_threads} threads", std::env::consts::ARCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_a_device_that_computes() {
        for backend in [None, Some(Backend::Cpu)] {
            let [NamedDevice { device, name }] = &several(backend, 1).unwrap()[..] else { panic!("expected one") };
            let sum = burn::tensor::Tensor::<1>::from_data([1.0, 2.0], device).sum().into_scalar::<f32>();
            assert!((sum - 3.0).abs() < 1e-6, "{name}");
        }
    }

    #[test]
    fn more_devices_than_there_are_is_an_error_that_says_so() {
        assert_eq!(names(&several(None, 1).unwrap()), best().0.name());
        let error = several(None, 1000).unwrap_err().to_string();
        assert!(error.starts_with("expected at most ") && error.ends_with("got 1000"), "{error}");
    }

    #[test]
    fn what_is_there_is_listed_and_what_is_not_has_a_reason() {
        let text = describe();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 1 + GPUS.len(), "{text}");
        assert!(lines[0].starts_with("CPU: ") && lines[0].ends_with(" threads"), "{text}");
        for (line, backend) in lines[1..].iter().zip(GPUS) {
            let why = backend.devices().err().map(|error| error.to_string());
            assert!(line.starts_with(backend.name()), "{text}");
            assert!(
                why.is_none_or(|why| line.ends_with(&why) && (why.contains("--features") || why.contains("driver")))
            );
        }
    }

    #[cfg(feature = "vulkan")]
    #[test]
    fn a_program_in_the_place_of_a_card_is_used_only_if_chosen() {
        let (backend, devices) = best();
        assert!(!devices.iter().any(is_software), "{backend}: {devices:?}");
        let found = Backend::Vulkan.find().unwrap_or_default();
        if !found.is_empty() && found.iter().all(is_software) {
            assert_eq!(several(Some(Backend::Vulkan), 1).unwrap()[0].device, found[0]);
            let why = why_cpu(None);
            assert!(backend != Backend::Cpu || why.is_some_and(|why| why.contains("`--device vulkan`")));
        }
    }

    #[cfg(not(feature = "vulkan"))]
    #[test]
    fn a_back_end_that_is_not_built_says_how_to_build_it() {
        let error = several(Some(Backend::Vulkan), 1).unwrap_err().to_string();
        assert_eq!(error, "this build has no Vulkan: build with `--features vulkan`");
        assert_eq!(why_cpu(Some(Backend::Cpu)), None, "as chosen");
    }
}
