//! Grey levels to network input.

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

/// Side of the square network input, in pixels (FER2013's).
pub const INPUT_SIDE: usize = 48;

/// How grey levels 0…255 become network input: `scale * level + offset`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Normalisation {
    /// Factor of the grey level.
    pub scale: f32,
    /// Added after scaling.
    pub offset: f32,
}

impl Normalisation {
    /// Grey levels to −1…1.
    pub const SYMMETRIC: Self = Self { scale: 2.0 / 255.0, offset: -1.0 };

    /// Grey levels as network input.
    pub(crate) fn apply(self, levels: &[u8]) -> impl Iterator<Item = f32> {
        levels.iter().map(move |&level| self.scale * f32::from(level) + self.offset)
    }
}

/// Faces as one batch.
///
/// # Shapes
/// `faces`: each [`INPUT_SIDE`]² row-major grey levels; output `[faces, 1, INPUT_SIDE, INPUT_SIDE]`.
///
/// # Panics
/// If a face has another length: the caller checks it where pixels enter.
pub fn batch(faces: &[&[u8]], normalisation: Normalisation, device: &Device) -> Tensor<4> {
    let levels: Vec<f32> = faces
        .iter()
        .inspect(|face| assert_eq!(face.len(), INPUT_SIDE * INPUT_SIDE, "grey levels of a face"))
        .flat_map(|face| normalisation.apply(face))
        .collect();
    Tensor::from_data(TensorData::new(levels, [faces.len(), 1, INPUT_SIDE, INPUT_SIDE]), device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_and_white_become_minus_one_and_one() {
        let black = [0; INPUT_SIDE * INPUT_SIDE];
        let white = [255; INPUT_SIDE * INPUT_SIDE];
        let batch = batch(&[&black, &white], Normalisation::SYMMETRIC, &Device::flex());
        assert_eq!(batch.dims(), [2, 1, INPUT_SIDE, INPUT_SIDE]);
        let values = batch.into_data();
        let values = values.as_slice::<f32>().unwrap();
        assert!((values[0] + 1.0).abs() < 1e-6 && (values[values.len() - 1] - 1.0).abs() < 1e-6);
    }
}
