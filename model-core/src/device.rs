//! Where tensors live: the CPU, or WebGPU where there is an adapter.

use std::fmt;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A kind of device that inference can run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceKind {
    /// Burn's `flex` back-end; SIMD, also in wasm.
    Cpu,
    /// Burn's wgpu back-end.
    WebGpu,
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
    /// Open the device. Call once per kind, before any tensor is made on it.
    pub async fn open(self) -> Result<Device, DeviceError> {
        match self {
            Self::Cpu => Ok(Device::flex()),
            Self::WebGpu => open_webgpu().await,
        }
    }
}

#[cfg(feature = "webgpu")]
async fn open_webgpu() -> Result<Device, DeviceError> {
    #[cfg(target_arch = "wasm32")]
    crate::constructors::run_once();
    let device = Device::wgpu_options().init_async().await;
    device.map_err(|error| DeviceError::Unavailable(error.to_string()))
}

#[cfg(not(feature = "webgpu"))]
#[allow(clippy::unused_async, reason = "the same signature as with the feature")]
async fn open_webgpu() -> Result<Device, DeviceError> {
    Err(DeviceError::NotBuilt)
}
