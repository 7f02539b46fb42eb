//! Weights to bytes and back: half precision in a run's folder, filters in eight bits where they are shipped, single
//! precision in memory.

pub(crate) mod eight_bit;

use burn::{
    module::{Module, ModuleMapper, Param},
    store::{ModuleRecord, RecordError},
    tensor::{Bytes, DType, Device, Tensor},
};
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

    /// The weights as they are shipped, in Burn's own format: filters in eight bits, whole numbers from −`steps` to `steps`
    /// with a factor for each group of them (`weights/eight_bit.rs`), all else in half precision. Fewer steps than
    /// [`ModelCard::MAX_FILTER_STEPS`] are compressed better.
    pub fn to_eight_bits(&self, steps: u8) -> Result<Vec<u8>, RecordError> {
        let pack = self.clone().valid().map(&mut HalfPrecisionButFilters).into_record().into_bytes()?;
        Ok(eight_bit::quantized(pack, steps)?.to_vec())
    }

    /// The network that `card` describes, with `weights` checked against the card; ready for inference.
    pub fn load(card: &ModelCard, weights: &[u8], device: &Device) -> Result<Self, WeightsError> {
        let actual = sha256_hex(weights);
        if actual != card.sha256 {
            return Err(WeightsError::Checksum { id: card.id.clone(), expected: card.sha256.clone(), actual });
        }
        let record = |reason| WeightsError::Record { id: card.id.clone(), architecture: card.architecture, reason };
        let reason = |error: RecordError| record(error.to_string());
        // Burn converts any type that it finds, and panics at truth values that are neither 0 nor 1 and at quantized
        // numbers of another length than it needs; here only floating-point ones are left.
        let pack = eight_bit::restored(Bytes::from_bytes_vec(weights.to_vec())).map_err(record)?;
        let loaded = ModuleRecord::from_bytes(pack).map_err(reason)?.cast_to_module_dtype();
        let network = Self::zeros(card.architecture, card.form, device).try_load_record(loaded).map_err(reason)?;
        Ok(network.valid())
    }
}

/// Casts every number of a module to 16 bits.
struct HalfPrecision;

impl ModuleMapper for HalfPrecision {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|tensor| tensor.cast(DType::F16))
    }
}

/// The same but for filters, which keep the precision that `eight_bit::quantized` takes.
struct HalfPrecisionButFilters;

impl ModuleMapper for HalfPrecisionButFilters {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if D == eight_bit::FILTER_RANK { param } else { HalfPrecision.map_float(param) }
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

    /// Whether what `written` gives has fewer than `bytes_per_weight` and is read to a network with about the same logits.
    fn assert_keeps_the_logits(
        written: impl Fn(&Network) -> Result<Vec<u8>, RecordError>,
        bytes_per_weight: f64,
        tolerance: Tolerance<f32>,
    ) {
        let device = Device::flex();
        for architecture in Architecture::ALL {
            let (card, network, _) = random(architecture);
            let bytes = written(&network).unwrap();
            let card = ModelCard { sha256: sha256_hex(&bytes), ..card };
            let loaded = Network::load(&card, &bytes, &device).unwrap();
            let n_pixels = 2 * INPUT_SIDE * INPUT_SIDE;
            let ramp = Tensor::<1, Int>::arange(0..n_pixels as i64, &device).float() / n_pixels as f32;
            let faces: Tensor<4> = ramp.reshape([2, 1, INPUT_SIDE, INPUT_SIDE]);
            let (expected, actual) = (network.valid().forward(faces.clone()), loaded.forward(faces));
            actual.into_data().assert_approx_eq(&expected.into_data(), tolerance);
            let limit = (bytes_per_weight * card.parameters as f64) as usize;
            assert!(bytes.len() < limit, "{architecture}: {} bytes", bytes.len());
        }
    }

    #[test]
    fn half_precision_keeps_the_logits() {
        // f16 has 11 bits: each weight is off by at most 2⁻¹¹ of itself.
        assert_keeps_the_logits(Network::to_half_precision, 3.0, Tolerance::rel_abs(1e-2, 1e-2));
    }

    #[test]
    fn eight_bits_keep_the_logits() {
        // Each weight is off by at most 1/254 of the largest of its group, and each layer adds its own errors. The dense layers of
        // the smallest network, which are most of it, stay in half precision.
        assert_keeps_the_logits(
            |network| network.to_eight_bits(ModelCard::MAX_FILTER_STEPS),
            2.1,
            Tolerance::rel_abs(0.1, 0.1),
        );
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
