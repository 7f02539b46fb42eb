//! Convolutions of one picture, with bias and ReLU, several times as fast as by Burn.
//!
//! One thread, vectors of four and no fused multiply–add, so that a picture gives the same bits in the page and on the
//! command line.

mod depthwise;
mod maps;
mod matrix;
mod pointwise;
mod stem;
mod winograd;

pub use depthwise::Depthwise;
pub use maps::{FeatureMaps, LANES};
pub use pointwise::{Pointwise, RowBuffers, Skip};
pub use stem::Stem;
pub use winograd::{Convolution, Scratch};
