//! How the convolutions of a network are computed while it is trained, or teaches.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// Ways to compute a 3×3 convolution and its gradients. All give the same numbers but for rounding; which one is fastest
/// depends on the device. Filters of another size are always done by Burn.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Kernel {
    /// The kernels of `cpu_kernels::training` on the CPU; on other devices [`Self::Plain`].
    #[default]
    Native,
    /// Burn's own convolution.
    Plain,
    /// Nine products of matrices, one for each of a filter's nine weights: the maps, shifted by its place, by the weights
    /// of all channels there; and their sum.
    Shifted,
    /// One product of matrices: each pixel's nine neighbours, all channels in a row, by the filters. Holds nine copies of
    /// the maps.
    Unfolded,
}

impl Kernel {
    /// Every way.
    pub const ALL: [Self; Self::VARIANTS.len()] = *Self::VARIANTS.first_chunk().expect("as many as there are");

    /// Whether convolutions are products of matrices.
    pub fn is_products(self) -> bool {
        matches!(self, Self::Shifted | Self::Unfolded)
    }
}

/// What the factors of a product are rounded to. Sums and weights are always single precision.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Precision {
    /// Single precision: nothing is rounded.
    #[default]
    F32,
    /// Eight bits of significand, the range of single precision: `bfloat16`.
    Bf16,
    /// Eleven bits of significand, up to 65,504: half precision.
    F16,
}

impl Precision {
    /// Every precision.
    pub const ALL: [Self; Self::VARIANTS.len()] = *Self::VARIANTS.first_chunk().expect("as many as there are");

    /// The precision in which [`Kernel::Native`] is fastest: `bf16` on processors with instructions for such products
    /// (Intel's AMX).
    #[cfg(not(target_arch = "wasm32"))]
    pub fn fastest_natively() -> Self {
        if cpu_kernels::training::ProductPrecision::has_fast_bf16() { Self::Bf16 } else { Self::F32 }
    }
}

/// How the convolutions of a network are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConvMethod {
    /// The way.
    pub kernel: Kernel,
    /// The precision of the products' factors. [`Kernel::Native`] takes single precision or `bf16`, which is
    /// fast on some processors ([`Precision::fastest_natively`]); [`Kernel::Plain`] single precision alone.
    #[serde(default)]
    pub precision: Precision,
}
