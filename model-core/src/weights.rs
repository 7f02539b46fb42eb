//! Weights to bytes and back. Half precision on disk, single in memory.

use burn::{
    module::{Module, ModuleMapper, Param},
    store::{ModuleRecord, RecordError},
    tensor::{Bytes, DType, Device, Tensor},
};
use burn_pack::Reader;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::{ModelCard, Network};

/// Why weights cannot be used.
#[derive(Debug, Error)]
pub enum WeightsError {
    /// The file is not the one the card was written for.
    #[error("weights `{id}` are damaged or of another version: expected SHA-256 {expected}, got {actual}")]
    Checksum {
        /// Name of the weights.
        id: String,
        /// SHA-256 on the card.
        expected: String,
        /// SHA-256 of the bytes.
        actual: String,
    },
    /// The bytes do not hold this network.
    #[error("weights `{id}` do not fit the network `{architecture}`: {reason}")]
    Record {
        /// Name of the weights.
        id: String,
        /// Network that was expected.
        architecture: crate::Architecture,
        /// Burn's words.
        reason: String,
    },
}

/// SHA-256 of `bytes`, lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

impl Network {
    /// The weights in half precision, in Burn's own format.
    pub fn to_half_precision(&self) -> Result<Vec<u8>, RecordError> {
        let bytes = self.clone().valid().map(&mut HalfPrecision).into_record().into_bytes()?;
        Ok(bytes.to_vec())
    }

    /// The network that `card` describes, with `weights` checked against the card; ready for inference.
    pub fn load(card: &ModelCard, weights: &[u8], device: &Device) -> Result<Self, WeightsError> {
        let actual = sha256_hex(weights);
        if actual != card.sha256 {
            return Err(WeightsError::Checksum { id: card.id.clone(), expected: card.sha256.clone(), actual });
        }
        let record = |reason| WeightsError::Record { id: card.id.clone(), architecture: card.architecture, reason };
        let reason = |error: RecordError| record(error.to_string());
        let bytes = Bytes::from_bytes_vec(weights.to_vec());
        check_types(bytes.clone()).map_err(record)?;
        let loaded = ModuleRecord::from_bytes(bytes).map_err(reason)?.cast_to_module_dtype();
        let network = Self::zeros(card.architecture, card.form, device).try_load_record(loaded).map_err(reason)?;
        Ok(network.valid())
    }
}

/// Whether all numbers are floating-point ones, as they are written: Burn converts what it finds, and panics at truth
/// values that are neither 0 nor 1 and at quantized numbers of another length than it needs.
fn check_types(weights: Bytes) -> Result<(), String> {
    let tensors = Reader::from_bytes(weights).and_then(Reader::into_tensors).map_err(|error| error.to_string())?;
    match tensors.iter().find(|tensor| !tensor.dtype.is_float()) {
        Some(tensor) => Err(format!("expected floating-point numbers in `{}`, got {:?}", tensor.name, tensor.dtype)),
        None => Ok(()),
    }
}

/// Casts every number of a module to 16 bits.
struct HalfPrecision;

impl ModuleMapper for HalfPrecision {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|tensor| tensor.cast(DType::F16))
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::{Architecture, INPUT_SIDE, Training};
    use burn::tensor::{Int, Tensor, Tolerance};

    fn random(architecture: Architecture) -> (ModelCard, Network, Vec<u8>) {
        let device = Device::flex();
        let network = Network::seeded(architecture, 1, &device);
        let bytes = network.to_half_precision().unwrap();
        let card = ModelCard::new(architecture, &bytes, Training::default());
        (card, network, bytes)
    }

    #[test]
    fn half_precision_keeps_the_logits() {
        let device = Device::flex();
        for architecture in Architecture::ALL {
            let (card, network, bytes) = random(architecture);
            let loaded = Network::load(&card, &bytes, &device).unwrap();
            let n_pixels = 2 * INPUT_SIDE * INPUT_SIDE;
            let ramp = Tensor::<1, Int>::arange(0..n_pixels as i64, &device).float() / n_pixels as f32;
            let faces: Tensor<4> = ramp.reshape([2, 1, INPUT_SIDE, INPUT_SIDE]);
            let (expected, actual) = (network.valid().forward(faces.clone()), loaded.forward(faces));
            // f16 has 11 bits: each weight is off by at most 2⁻¹¹ of itself.
            let tolerance = Tolerance::<f32>::rel_abs(1e-2, 1e-2);
            actual.into_data().assert_approx_eq(&expected.into_data(), tolerance);
            assert!(bytes.len() < 3 * card.parameters, "{architecture}: {} bytes", bytes.len());
        }
    }

    #[test]
    fn loading_leaves_the_generator_to_those_who_seed_it() {
        let device = Device::flex();
        let (card, network, bytes) = random(Architecture::Small);
        let faces = Tensor::ones([1, 1, INPUT_SIDE, INPUT_SIDE], &device);
        let expected = network.forward(faces.clone()).into_data();
        thread::scope(|scope| {
            let loading = scope.spawn(|| (0..100).all(|_| Network::load(&card, &bytes, &device).is_ok()));
            for _ in 0..100 {
                random(Architecture::Small).1.forward(faces.clone()).into_data().assert_eq(&expected, true);
            }
            assert!(loading.join().unwrap());
        });
    }

    #[test]
    fn a_flipped_byte_is_named_as_damage() {
        let (card, _, mut bytes) = random(Architecture::Small);
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        let error = Network::load(&card, &bytes, &Device::flex()).unwrap_err();
        assert!(matches!(error, WeightsError::Checksum { .. }), "{error}");
    }

    #[test]
    fn weights_of_another_network_and_cut_ones_are_refused_without_a_panic() {
        let (mut card, _, bytes) = random(Architecture::Small);
        card.architecture = Architecture::Residual;
        assert!(matches!(Network::load(&card, &bytes, &Device::flex()), Err(WeightsError::Record { .. })));
        for len in [0, 1, 16, bytes.len() / 2, bytes.len() - 1] {
            let cut = &bytes[..len];
            card = ModelCard { sha256: sha256_hex(cut), architecture: Architecture::Small, ..card };
            assert!(matches!(Network::load(&card, cut, &Device::flex()), Err(WeightsError::Record { .. })), "{len}");
        }
    }
}
