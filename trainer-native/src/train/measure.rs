//! What a network says of many pictures.

use anyhow::Result;
use burn::{
    nn::loss::CrossEntropyLossConfig,
    tensor::{Device, Int, Tensor, TensorData},
};
use model_core::{Network, Normalisation, input};

use crate::data::Split;

/// Faces a batch when only measuring.
pub const EVAL_BATCH: usize = 256;

/// Cross-entropy (nats) and predicted labels of every picture of `split`.
pub fn measure(network: &Network, normalisation: Normalisation, split: &Split, device: &Device) -> Result<Measured> {
    let loss = CrossEntropyLossConfig::new().init(device);
    let mut measured = Measured { loss: 0.0, predicted: Vec::with_capacity(split.len()) };
    let indices: Vec<usize> = (0..split.len()).collect();
    for batch in indices.chunks(EVAL_BATCH) {
        let (faces, labels) = tensors(split, batch, normalisation, device);
        let logits = network.forward(faces); // [batch, 7]
        let batch_loss = loss.forward(logits.clone(), labels).into_scalar::<f32>();
        measured.loss += f64::from(batch_loss) * batch.len() as f64 / split.len() as f64;
        let predicted = logits.argmax(1).into_data().convert::<i64>();
        let predicted = predicted.as_slice::<i64>().map_err(|error| anyhow::anyhow!("{error:?}"))?;
        measured.predicted.extend(predicted.iter().map(|&label| label as usize));
    }
    Ok(measured)
}

/// What a network says of a split.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Mean cross-entropy, nats.
    pub loss: f64,
    /// Index of the most probable label of each picture.
    pub predicted: Vec<usize>,
}

/// # Shapes
/// Faces `[batch, 1, 48, 48]`, normalised; labels `[batch]`, in `0..7`.
fn tensors(
    split: &Split,
    batch: &[usize],
    normalisation: Normalisation,
    device: &Device,
) -> (Tensor<4>, Tensor<1, Int>) {
    let faces: Vec<&[u8]> = batch.iter().map(|&i| split.face(i)).collect();
    let labels: Vec<i32> = batch.iter().map(|&i| split.label(i) as i32).collect();
    let labels = Tensor::from_data(TensorData::new(labels, [batch.len()]), device);
    (input::batch(&faces, normalisation, device), labels)
}
