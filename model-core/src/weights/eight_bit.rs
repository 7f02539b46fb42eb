//! Filters in eight bits: whole numbers from −127 to 127, and a factor for each output channel.
//!
//! The file is one of Burn's own format all the same. A filter `NAME` of shape `[channels, …]` is a tensor of type `I8`;
//! its factors are beside it, a tensor `NAME.scale` of shape `[channels]` and type `F32`. What is small, such as biases and
//! dense layers, stays as it is.

use burn::tensor::{Bytes, DType};
use burn_pack::{Error, Reader, Tensor, Writer};

/// Comes after the name of a filter in that of its factors.
const SCALE: &str = ".scale";
/// Largest whole number; −128 is left out, so that a filter and its negative are coded alike.
const LARGEST: f32 = 127.0;
/// Dimensions of a filter: output channels, input channels, height, width.
pub(super) const FILTER_RANK: usize = 4;

/// A pack with its single-precision filters in eight bits, each off by at most 1/254 of the largest of its channel.
pub(super) fn quantized(pack: Bytes) -> Result<Bytes, Error> {
    let mut tensors = Vec::new();
    for tensor in Reader::from_bytes(pack)?.into_tensors()? {
        if tensor.shape.len() == FILTER_RANK && tensor.dtype == DType::F32 {
            tensors.extend(quantized_filter(tensor)?);
        } else {
            tensors.push(tensor);
        }
    }
    Writer::new(tensors).into_bytes()
}

/// The same pack with its filters in single precision, or why that cannot be had.
pub(super) fn restored(pack: Bytes) -> Result<Bytes, String> {
    let reason = |error: Error| error.to_string();
    let tensors = Reader::from_bytes(pack).and_then(Reader::into_tensors).map_err(reason)?;
    let (scales, others): (Vec<Tensor>, Vec<Tensor>) =
        tensors.into_iter().partition(|tensor| tensor.name.ends_with(SCALE));
    let restored: Result<Vec<Tensor>, String> = others
        .into_iter()
        .map(|tensor| match tensor.dtype {
            DType::I8 => restored_filter(tensor, &scales),
            dtype if dtype.is_float() => Ok(tensor),
            dtype => Err(format!("expected floating-point numbers or eight bits in `{}`, got {dtype:?}", tensor.name)),
        })
        .collect();
    Writer::new(restored?).into_bytes().map_err(reason)
}

/// The whole numbers of a filter and its factors.
fn quantized_filter(filter: Tensor) -> Result<[Tensor; 2], Error> {
    let (name, _, shape, id, bytes) = filter.into_parts()?;
    let values: Vec<f32> = bytemuck::pod_collect_to_vec(&bytes);
    let n_channels = shape[0];
    let channels = values.chunks_exact((values.len() / n_channels.max(1)).max(1));
    let largest = |channel: &[f32]| channel.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    // A channel of zeros has any factor.
    let scales: Vec<f32> = channels.clone().map(largest).map(|it| if it > 0.0 { it / LARGEST } else { 1.0 }).collect();
    let steps: Vec<i8> = channels
        .zip(&scales)
        .flat_map(|(channel, scale)| channel.iter().map(move |value| (value / scale).round() as i8))
        .collect();
    let scale = Bytes::from_elems(scales);
    Ok([
        Tensor::new(name.clone() + SCALE, DType::F32, vec![n_channels], None, scale),
        Tensor::new(name, DType::I8, shape, id, Bytes::from_elems(steps)),
    ])
}

/// A filter in single precision, with its factors among `scales`.
fn restored_filter(filter: Tensor, scales: &[Tensor]) -> Result<Tensor, String> {
    let (name, _, shape, id, bytes) = filter.into_parts().map_err(|error| error.to_string())?;
    let scale_name = name.clone() + SCALE;
    let scale = scales.iter().find(|scale| scale.name == scale_name && scale.dtype == DType::F32);
    let scale = scale.ok_or_else(|| format!("expected single-precision factors `{scale_name}`, got none"))?;
    let factors: Vec<f32> = bytemuck::pod_collect_to_vec(&scale.to_bytes().map_err(|error| error.to_string())?);
    let n_channels = shape.iter().next().copied().unwrap_or(0);
    if factors.len() != n_channels || n_channels == 0 || bytes.is_empty() || bytes.len() % n_channels != 0 {
        return Err(format!("expected {n_channels} factors in `{scale_name}`, got {}", factors.len()));
    }
    let values: Vec<f32> = bytemuck::cast_slice::<u8, i8>(&bytes)
        .chunks_exact(bytes.len() / n_channels)
        .zip(&factors)
        .flat_map(|(channel, factor)| channel.iter().map(move |&step| f32::from(step) * factor))
        .collect();
    Ok(Tensor::new(name, DType::F32, shape, id, Bytes::from_elems(values)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(tensors: Vec<Tensor>) -> Bytes {
        Writer::new(tensors).into_bytes().unwrap()
    }

    fn filter(name: &str, shape: [usize; 4], values: Vec<f32>) -> Tensor {
        Tensor::new(name.into(), DType::F32, shape.to_vec(), None, Bytes::from_elems(values))
    }

    fn values(pack: Bytes, name: &str) -> Vec<f32> {
        bytemuck::pod_collect_to_vec(&Reader::from_bytes(pack).unwrap().tensor_data(name).unwrap())
    }

    #[test]
    fn a_filter_is_off_by_at_most_half_a_step_of_its_own_channel() {
        let written = vec![0.5, -1.0, 0.003, 0.0, 0.002, -0.001, 0.0, 0.0, 0.0];
        let small = pack(vec![filter("conv.weight", [3, 3, 1, 1], written.clone())]);
        let read = values(restored(quantized(small).unwrap()).unwrap(), "conv.weight");
        for (channel, (written, read)) in written.chunks(3).zip(read.chunks(3)).enumerate() {
            let largest = written.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
            for (written, read) in written.iter().zip(read) {
                assert!((written - read).abs() <= largest / 254.0 * 1.001, "channel {channel}: {written}, {read}");
            }
        }
    }

    #[test]
    fn what_is_no_filter_stays_as_it_is() {
        let bias = Tensor::new("bias".into(), DType::F32, vec![2], None, Bytes::from_elems(vec![0.1_f32, 0.2]));
        assert_eq!(values(restored(quantized(pack(vec![bias])).unwrap()).unwrap(), "bias"), [0.1, 0.2]);
    }

    #[test]
    fn eight_bits_without_fitting_factors_are_refused() {
        let steps = |shape: Vec<usize>, n: usize| {
            Tensor::new("w".into(), DType::I8, shape, None, Bytes::from_elems(vec![1_i8; n]))
        };
        let scale =
            |n: usize| Tensor::new("w.scale".into(), DType::F32, vec![n], None, Bytes::from_elems(vec![1.0_f32; n]));
        let truth = Tensor::new("w".into(), DType::U8, vec![1], None, Bytes::from_elems(vec![1_u8]));
        let cases = [
            (vec![steps(vec![2, 1], 2)], "factors `w.scale`, got none"),
            (vec![steps(vec![2, 1], 2), scale(3)], "expected 2 factors in `w.scale`, got 3"),
            (vec![truth], "or eight bits in `w`, got U8"),
        ];
        for (tensors, expected) in cases {
            let error = restored(pack(tensors)).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
