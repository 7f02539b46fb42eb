//! Weights from a safetensors file.

use half::f16;
use safetensors::{Dtype, SafeTensors};

use super::layout::Layout;

/// A convolution's weight and bias.
#[derive(Debug)]
pub(super) struct Filter {
    /// `[out, height, width, in]`, or `[height, width, channels]` of a depthwise one.
    pub(super) shape: Vec<usize>,
    pub(super) weight: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

/// The weights of `layout`, in its order; or what was expected and what came.
pub(super) fn read(bytes: &[u8], layout: &Layout) -> Result<Vec<Filter>, String> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| format!("expected a safetensors file: {error}"))?;
    let filter = |(idx, shape): (usize, Vec<usize>)| {
        let n_out = if shape.len() == 3 { shape[2] } else { shape[0] };
        let weight = tensor(&file, &format!("{idx:02}.weight"), &shape)?;
        let bias = tensor(&file, &format!("{idx:02}.bias"), &[n_out])?;
        Ok(Filter { shape, weight, bias })
    };
    layout.shapes().into_iter().enumerate().map(filter).collect()
}

fn tensor(file: &SafeTensors<'_>, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
    let view = file.tensor(name).map_err(|error| format!("expected a tensor `{name}`: {error}"))?;
    if (view.dtype(), view.shape()) != (Dtype::F16, shape) {
        let (dtype, actual) = (view.dtype(), view.shape());
        return Err(format!("expected `{name}` as F16 of shape {shape:?}, got {dtype:?} of shape {actual:?}"));
    }
    let values = view.data().as_chunks().0.iter().map(|&bytes| f16::from_le_bytes(bytes).to_f32());
    Ok(values.collect())
}
