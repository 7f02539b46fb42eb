//! The networks as data: every layer of each.

use super::{
    Layer::{Concat, Conv, GlobalAverage, MaxPool, Residual, Skip, Upsample},
    LayerTable,
};

/// Ferrum's own network: plain 3×3 convolutions, as `RepVGG`'s are once they are fused (Ding et al. 2021).
///
/// Four stages of 24, 48, 96 and 192 channels, each at half the side of the one before, and two heads on their mean.
///
/// Convolutions of one width add their input before the ReLU while they are trained, which is a branch that
/// [`super::Network::fused`] takes into the filters. Pooling rather than a stride: it keeps the greatest of what a
/// stage found, costs next to nothing, and the convolution after it as much as one of stride 2.
pub(super) const FERRUM: LayerTable = LayerTable {
    features: &[
        Conv { filters: 24, kernel: 3 },
        MaxPool,
        Conv { filters: 48, kernel: 3 },
        Skip { kernel: 3 },
        MaxPool,
        Conv { filters: 96, kernel: 3 },
        Skip { kernel: 3 },
        Skip { kernel: 3 },
        MaxPool,
        Conv { filters: 192, kernel: 3 },
        Skip { kernel: 3 },
        GlobalAverage,
    ],
    dense: &[],
    votes: true,
};

/// The study's first network: convolution and max-pooling only.
///
/// Convolutions that widen as max-pooling shrinks the map, then one dense ReLU layer.
///
/// The study's Figure 3 is lost; that it is a small net of convolution and max-pooling is all that its text says.
pub(super) const SMALL: LayerTable = LayerTable {
    features: &[
        Conv { filters: 8, kernel: 3 },
        MaxPool,
        Conv { filters: 16, kernel: 3 },
        MaxPool,
        Conv { filters: 32, kernel: 3 },
        MaxPool,
    ],
    dense: &[64],
    votes: false,
};

/// The study's second and best network: two residual blocks with a convolution between.
///
/// Four channels in the first residual block, as the study's Figures 11 and 12 show; the convolution between widens the
/// map, and pooling on both of its sides pays for the width. 96 channels were better on held-out pictures than 48 and
/// 64 after seven epochs. Pooling twice at the end leaves 3×3 pixels: fewer dense weights overfit less.
pub(super) const RESIDUAL: LayerTable = LayerTable {
    features: &[
        Conv { filters: 4, kernel: 3 },
        Residual { kernel: 3 },
        MaxPool,
        Conv { filters: 96, kernel: 3 },
        MaxPool,
        Residual { kernel: 3 },
        MaxPool,
        MaxPool,
    ],
    dense: &[64],
    votes: false,
};

/// The study's third network: early layers concatenated to deeper ones, as in U-Net (Ronneberger et al. 2015).
///
/// Down twice, up twice, with the early map of each size concatenated on the channel axis.
///
/// The convolutions leave 16 maps of 12×12, as many numbers as the input: "a latent space with a size similar to the
/// input size", as the study says of its own.
pub(super) const UNET: LayerTable = LayerTable {
    features: &[
        Conv { filters: 4, kernel: 3 }, // 0: 48×48
        MaxPool,
        Conv { filters: 8, kernel: 3 }, // 2: 24×24
        MaxPool,
        Conv { filters: 16, kernel: 3 },
        Upsample,
        Concat { with: 2 },
        Conv { filters: 8, kernel: 3 },
        Upsample,
        Concat { with: 0 },
        Conv { filters: 8, kernel: 3 },
        MaxPool,
        Conv { filters: 16, kernel: 3 },
        MaxPool,
    ],
    dense: &[64],
    votes: false,
};
