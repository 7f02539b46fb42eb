//! The stand-in for [`gpu`](crate) in builds without the feature `webgpu`.

use crate::{ClassifyError, DeviceError, Network};

/// There is none.
#[derive(Clone, Debug)]
pub enum Gpu {}

impl Gpu {
    #[allow(clippy::unused_async, reason = "the same signature as with the feature")]
    pub(crate) async fn open() -> Result<Self, DeviceError> {
        Err(DeviceError::NotBuilt)
    }
}

/// No value of it exists.
#[derive(Debug)]
pub(crate) enum FusedNetwork {}

impl FusedNetwork {
    pub(crate) fn new(gpu: &Gpu, _: &Network) -> Option<Self> {
        match *gpu {}
    }

    #[allow(clippy::unused_async, reason = "the same signature as with the feature")]
    pub(crate) async fn run(&self, _: &[f32]) -> Result<Vec<f32>, ClassifyError> {
        match *self {}
    }
}
