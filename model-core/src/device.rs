//! Where inference runs: the CPU, or WebGPU where there is an adapter.

use std::fmt;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::gpu::Gpu;

/// A kind of device that inference can run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceKind {
    /// Burn's `flex` back-end; SIMD, also in wasm.
    Cpu,
    /// Kernels of Ferrum's own, written in `CubeCL`.
    WebGpu,
}

/// A device that is open for inference.
#[derive(Clone, Debug)]
pub enum InferenceDevice {
    /// One of Burn's, such as the CPU.
    Burn(Device),
    /// WebGPU.
    WebGpu(Gpu),
}

impl From<Device> for InferenceDevice {
    fn from(device: Device) -> Self {
        Self::Burn(device)
    }
}

impl From<&Device> for InferenceDevice {
    fn from(device: &Device) -> Self {
        Self::Burn(device.clone())
    }
}

impl From<&Self> for InferenceDevice {
    fn from(device: &Self) -> Self {
        device.clone()
    }
}

impl fmt::Display for DeviceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Cpu => "CPU",
            Self::WebGpu => "WebGPU",
        })
    }
}

/// Why a device could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DeviceError {
    /// The browser or driver gives no adapter.
    #[error("WebGPU is not available: {0}")]
    Unavailable(String),
    /// Built without the `webgpu` feature.
    #[error("this build has no WebGPU; expected the build with the feature `webgpu`")]
    NotBuilt,
}

impl DeviceKind {
    /// Open the device. One that is open is given once more.
    pub async fn open(self) -> Result<InferenceDevice, DeviceError> {
        match self {
            Self::Cpu => Ok(Device::flex().into()),
            Self::WebGpu => Gpu::open().await.map(InferenceDevice::WebGpu),
        }
    }
}

#[cfg(all(test, not(feature = "webgpu")))]
mod tests {
    use super::*;

    #[test]
    fn a_build_without_webgpu_says_so() {
        let error = pollster::block_on(DeviceKind::WebGpu.open()).unwrap_err();
        assert_eq!(error, DeviceError::NotBuilt);
        assert!(matches!(pollster::block_on(DeviceKind::Cpu.open()), Ok(InferenceDevice::Burn(_))));
    }
}
