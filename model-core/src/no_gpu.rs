//! The stand-in for [`gpu`](crate) in builds without the feature `webgpu`.

use burn::tensor::Device;

use crate::{ClassifyError, Network};

/// No value of it exists.
#[derive(Debug)]
pub(crate) enum FusedNetwork {}

impl FusedNetwork {
    /// None: this build has no WebGPU.
    pub(crate) fn new(_: &Network, _: &Device) -> Option<Self> {
        None
    }

    #[allow(clippy::unused_async, reason = "the same signature as with the feature")]
    pub(crate) async fn run(&self, _: &[f32]) -> Result<Vec<f32>, ClassifyError> {
        match *self {}
    }
}
