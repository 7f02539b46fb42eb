//! Filters in eight bits: whole numbers, and a factor for each group of them.
//!
//! The file is one of Burn's own format all the same. A filter `NAME` of shape `[channels, …]` is a tensor of type `I8`;
//! its factors are beside it, a tensor `NAME.scale` of shape `[channels, groups]` in half precision, a group being
//! [`GROUP`] numbers of a channel. Small tensors, such as biases and dense layers, stay as they are.

use burn::tensor::{Bytes, DType};
use burn_pack::{Error, Reader, Tensor, Writer};
use half::f16;

use crate::ModelCard;

/// Comes after the name of a filter in that of its factors.
const SCALE: &str = ".scale";
/// Dimensions of a filter: output channels, input channels, height, width.
pub(super) const FILTER_RANK: usize = 4;
/// Numbers of a channel that share a factor: eight input channels of 3×3. With one factor for the whole channel, `ferrum` lost
/// 0.24 points of accuracy on held-out pictures; the factors take 0.2 bits a number.
pub(crate) const GROUP: usize = 72;

/// A pack with its single-precision filters as whole numbers from −`steps` to `steps`, each off by at most half a step, a
/// step being that part of the greatest number of its group. 1 to [`ModelCard::MAX_FILTER_STEPS`] steps; others are taken
/// as the nearest of these.
pub(super) fn quantized(pack: Bytes, steps: u8) -> Result<Bytes, Error> {
    let mut tensors = Vec::new();
    for tensor in Reader::from_bytes(pack)?.into_tensors()? {
        if tensor.shape.len() == FILTER_RANK && tensor.dtype == DType::F32 {
            tensors.extend(quantized_filter(tensor, f32::from(steps.clamp(1, ModelCard::MAX_FILTER_STEPS)))?);
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

/// The whole numbers of a filter, at most `largest_step`, and its factors.
fn quantized_filter(filter: Tensor, largest_step: f32) -> Result<[Tensor; 2], Error> {
    let (name, _, shape, id, bytes) = filter.into_parts()?;
    let values: Vec<f32> = bytemuck::pod_collect_to_vec(&bytes);
    let channel_len = (values.len() / shape[0].max(1)).max(1);
    let (mut steps, mut scales) = (Vec::with_capacity(values.len()), Vec::new());
    for group in values.chunks_exact(channel_len).flat_map(|channel| channel.chunks(GROUP)) {
        let largest = group.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        // A group of zeros has any factor.
        let scale = if largest > 0.0 { f16::from_f32(largest / largest_step) } else { f16::ONE };
        steps.extend(
            group.iter().map(|value| (value / scale.to_f32()).round().clamp(-largest_step, largest_step) as i8),
        );
        scales.extend(scale.to_le_bytes());
    }
    let n_groups = channel_len.div_ceil(GROUP);
    Ok([
        Tensor::new(name.clone() + SCALE, DType::F16, vec![shape[0], n_groups], None, Bytes::from_bytes_vec(scales)),
        Tensor::new(name, DType::I8, shape, id, Bytes::from_elems(steps)),
    ])
}

/// A filter in single precision, with its factors among `scales`.
fn restored_filter(filter: Tensor, scales: &[Tensor]) -> Result<Tensor, String> {
    let (name, _, shape, id, bytes) = filter.into_parts().map_err(|error| error.to_string())?;
    let scale_name = name.clone() + SCALE;
    let scale = scales.iter().find(|scale| scale.name == scale_name && scale.dtype == DType::F16);
    let scale = scale.ok_or_else(|| format!("expected factors `{scale_name}` in half precision, got none"))?;
    let scale = scale.to_bytes().map_err(|error| error.to_string())?;
    let factors: Vec<f32> = scale.chunks_exact(2).map(|it| f16::from_le_bytes([it[0], it[1]]).to_f32()).collect();
    let n_channels = shape.iter().next().copied().unwrap_or(0);
    if n_channels == 0 || bytes.is_empty() || bytes.len() % n_channels != 0 {
        return Err(format!("expected numbers for each channel in `{name}`, got {} for {n_channels}", bytes.len()));
    }
    let channel_len = bytes.len() / n_channels;
    let n_factors = n_channels * channel_len.div_ceil(GROUP);
    if factors.len() != n_factors {
        return Err(format!("expected {n_factors} factors in `{scale_name}`, got {}", factors.len()));
    }
    let groups = bytemuck::cast_slice::<u8, i8>(&bytes).chunks_exact(channel_len).flat_map(|it| it.chunks(GROUP));
    let values: Vec<f32> = groups
        .zip(&factors)
        .flat_map(|(group, factor)| group.iter().map(move |&step| f32::from(step) * factor))
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
    fn a_filter_is_off_by_at_most_half_a_step_of_its_own_group() {
        // Two channels of a group and a half each; each group is a tenth as large as the one before, the last is zero.
        const CHANNEL: usize = GROUP + GROUP / 2;
        let group = |i: usize| 2 * (i / CHANNEL) + (i % CHANNEL) / GROUP;
        let written: Vec<f32> = (0..2 * CHANNEL).map(|i| [1.0, -0.1, 0.01, 0.0][group(i)] * (i as f32).sin()).collect();
        let small = pack(vec![filter("conv.weight", [2, CHANNEL, 1, 1], written.clone())]);
        let read = values(restored(quantized(small, ModelCard::MAX_FILTER_STEPS).unwrap()).unwrap(), "conv.weight");
        assert_eq!(read.len(), written.len());
        for (i, (written, read)) in written.iter().zip(read).enumerate() {
            // A factor in half precision is off by 2⁻¹¹ of itself.
            let largest = [1.0, 0.1, 0.01, 0.0][group(i)];
            assert!((written - read).abs() <= largest / 254.0 * 1.13, "{i}: {written}, {read}");
        }
    }

    #[test]
    fn what_is_no_filter_stays_as_it_is() {
        let bias = Tensor::new("bias".into(), DType::F32, vec![2], None, Bytes::from_elems(vec![0.1_f32, 0.2]));
        assert_eq!(
            values(restored(quantized(pack(vec![bias]), ModelCard::MAX_FILTER_STEPS).unwrap()).unwrap(), "bias"),
            [0.1, 0.2]
        );
    }

    #[test]
    fn eight_bits_without_fitting_factors_are_refused() {
        let steps = |shape: Vec<usize>, n: usize| {
            Tensor::new("w".into(), DType::I8, shape, None, Bytes::from_elems(vec![1_i8; n]))
        };
        let scale =
            |n: usize| Tensor::new("w.scale".into(), DType::F16, vec![n], None, Bytes::from_elems(vec![f16::ONE; n]));
        let truth = Tensor::new("w".into(), DType::U8, vec![1], None, Bytes::from_elems(vec![1_u8]));
        let cases = [
            (vec![steps(vec![2, 1], 2)], "factors `w.scale` in half precision, got none"),
            (vec![steps(vec![2, 1], 2), scale(3)], "expected 2 factors in `w.scale`, got 3"),
            (vec![truth], "or eight bits in `w`, got U8"),
        ];
        for (tensors, expected) in cases {
            let error = restored(pack(tensors)).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
