//! The steps of a network that cost most: convolution with batch normalisation and ReLU, and max-pooling.
//!
//! `plain` asks Burn for them. Natively on Burn's CPU back-end, `direct` does them itself, with their gradients: `flex`
//! of Burn 0.22 has no convolution backward of its own, and makes a pass over memory for each elementary operation.
//!
//! The kernels know slices and planes only; `tape` hands them to Burn. No sum depends on the number of threads, so that
//! a run gives the same losses wherever it goes on.

#![allow(clippy::inline_always, reason = "what is not inlined into a dispatch is compiled for the oldest processor")]

#[cfg(not(target_arch = "wasm32"))]
mod direct;
#[cfg(not(target_arch = "wasm32"))]
mod norm;
#[cfg(not(target_arch = "wasm32"))]
mod pixels;
mod plain;
#[cfg(not(target_arch = "wasm32"))]
mod pool;
#[cfg(not(target_arch = "wasm32"))]
mod tape;
#[cfg(not(target_arch = "wasm32"))]
mod vectorised;
#[cfg(not(target_arch = "wasm32"))]
mod winograd;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use direct::{conv_norm_relu, conv_relu, max_pool};
#[cfg(target_arch = "wasm32")]
pub(crate) use plain::{conv_norm_relu, conv_relu, max_pool};
