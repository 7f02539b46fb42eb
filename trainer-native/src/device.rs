//! The best device that this build can reach: CUDA, Metal, Vulkan, else the CPU.

use anyhow::{Result, bail};
use burn::tensor::Device;

/// A device for training and the word for it.
#[derive(Clone, Debug)]
pub struct NamedDevice {
    /// Where tensors live.
    pub device: Device,
    /// What to call it in logs.
    pub name: &'static str,
}

/// The first device present of those compiled in (Cargo features `cuda`, `metal`, `vulkan`), else the CPU.
pub fn best() -> NamedDevice {
    let gpu = gpus().into_iter().next();
    gpu.unwrap_or_else(|| NamedDevice { device: Device::flex(), name: "CPU" })
}

/// So many devices: GPUs of one back-end if there are as many, else the CPU alone.
pub fn several(n: usize) -> Result<Vec<NamedDevice>> {
    if n == 1 {
        return Ok(vec![best()]);
    }
    let first = best();
    let alike: Vec<NamedDevice> = gpus().into_iter().filter(|gpu| gpu.name == first.name).collect();
    if alike.len() < n {
        let n_present = alike.len().max(1);
        bail!("expected at most {n_present}, which is what this build finds ({}); got {n}", first.name);
    }
    Ok(alike.into_iter().take(n).collect())
}

/// What to call them all.
pub fn names(devices: &[NamedDevice]) -> String {
    match devices {
        [device] => device.name.into(),
        _ => format!("{} × {}", devices.len(), devices.first().map_or("no device", |device| device.name)),
    }
}

/// Every GPU of the compiled-in back-ends, the preferred back-end first.
#[allow(clippy::vec_init_then_push, unused_mut, reason = "each push hangs on a feature")]
fn gpus() -> Vec<NamedDevice> {
    let mut found = vec![];
    #[cfg(feature = "cuda")]
    found.push((burn::tensor::DeviceType::Cuda, "CUDA"));
    #[cfg(feature = "metal")]
    found.push((burn::tensor::DeviceType::Metal, "Metal"));
    #[cfg(feature = "vulkan")]
    found.push((burn::tensor::DeviceType::Vulkan, "Vulkan"));
    let found: Vec<(burn::tensor::DeviceType, &'static str)> = found;
    let devices = found.into_iter().flat_map(|(kind, name)| {
        Device::enumerate(kind).into_vec().into_iter().map(move |device| NamedDevice { device, name })
    });
    devices.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_a_device_that_computes() {
        let NamedDevice { device, name } = best();
        let sum = burn::tensor::Tensor::<1>::from_data([1.0, 2.0], &device).sum().into_scalar::<f32>();
        assert!((sum - 3.0).abs() < 1e-6, "{name}");
    }

    #[test]
    fn more_devices_than_there_are_is_an_error_that_says_so() {
        assert_eq!(names(&several(1).unwrap()), best().name);
        let error = several(1000).unwrap_err().to_string();
        assert!(error.starts_with("expected at most ") && error.ends_with("got 1000"), "{error}");
    }
}
