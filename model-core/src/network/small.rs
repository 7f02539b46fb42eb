//! The study's first network: convolution and max-pooling only.

use super::{
    Layer::{Conv, MaxPool},
    Table,
};

/// Convolutions that widen as max-pooling shrinks the map, then one dense ReLU layer.
///
/// The study's Figure 3 is lost; that it is a small net of convolution and max-pooling is all that its text says.
pub(super) const TABLE: Table = Table {
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
