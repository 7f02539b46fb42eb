//! 3×3 convolution, batch normalisation with addition and ReLU, and max-pooling of whole batches, with their gradients.
//!
//! Numbers are `[batch, height, width, channels]`. No sum depends on the number of threads, so that a run gives the same
//! losses wherever it goes on.

mod bf16;
mod conv;
mod norm;
mod pixels;
pub mod pool;
mod simd;
mod winograd;

pub use conv::{InputGrad, OutputGrad, ProductPrecision, backward, convolve_scaled, convolve_with_moments};
pub use norm::{Gradient, Moments, Norm, Scale, Statistics};
pub use pixels::{KERNEL, Size};
