//! Ferrum's own network: plain 3×3 convolutions, as `RepVGG`'s are once they are fused (Ding et al. 2021).

use super::{
    Layer::{Conv, GlobalAverage, MaxPool, Skip},
    Table,
};

/// Four stages of 24, 48, 96 and 192 channels, each at half the side of the one before, and two heads on their mean.
///
/// Convolutions of one width add their input before the ReLU while they are trained, which is a branch that
/// [`super::Network::fused`] takes into the filters. Pooling rather than a stride: it keeps the greatest of what a
/// stage found, costs next to nothing, and the convolution after it as much as one of stride 2.
pub(super) const TABLE: Table = Table {
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
