//! The stand-in for WebGPU in builds without the feature `webgpu`.

use super::{RawFaces, filters::Filter, layout::Layout};
use crate::{ClassifyError, Gpu};

/// No value of it exists.
#[derive(Debug)]
pub(super) enum GpuNetwork {}

impl GpuNetwork {
    pub(super) fn new(gpu: &Gpu, _: &Layout, _: &[Filter]) -> Option<Self> {
        match *gpu {}
    }

    #[allow(clippy::unused_async, reason = "the same signature as with the feature")]
    pub(super) async fn run(&self, _: &[f32]) -> Result<Vec<RawFaces>, ClassifyError> {
        match *self {}
    }
}
