//! The best device that this build can reach: CUDA, Metal, Vulkan, else the CPU.

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
}
