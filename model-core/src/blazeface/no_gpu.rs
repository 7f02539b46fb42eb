//! The stand-in for WebGPU in builds without the feature `webgpu`.

use burn::tensor::Device;

use super::{RawFaces, filters::Filter, layout::Layout};
use crate::ClassifyError;

/// No value of it exists.
#[derive(Debug)]
pub(super) enum GpuNetwork {}

impl GpuNetwork {
    /// None: this build has no WebGPU.
    pub(super) fn new(_: &Layout, _: &[Filter], _: &Device) -> Option<Self> {
        None
    }

    #[allow(clippy::unused_async, reason = "the same signature as with the feature")]
    pub(super) async fn run(&self, _: &[f32]) -> Result<Vec<RawFaces>, ClassifyError> {
        match *self {}
    }
}
