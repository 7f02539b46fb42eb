//! The study's third network: early layers concatenated to deeper ones, as in U-Net (Ronneberger et al. 2015).

use super::{
    Layer::{Concat, Conv, MaxPool, Upsample},
    Table,
};

/// Down twice, up twice, with the early map of each size concatenated on the channel axis.
///
/// What the convolutions leave, 16 maps of 12×12, has as many numbers as the input: "a latent space with a size similar
/// to the input size", as the study says of its own.
pub(super) const TABLE: Table = Table {
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
