//! The steps of a network that cost most: convolution with batch normalisation and ReLU, and max-pooling.
//!
//! `burn_ops` asks Burn for them. Natively on Burn's CPU back-end, `native` has the kernels of `cpu_kernels::training` do
//! them, with their gradients (`autodiff`): `flex` of Burn 0.22 has no convolution backward of its own, and makes a pass
//! over memory for each elementary operation.

#[cfg(not(target_arch = "wasm32"))]
mod autodiff;
mod burn_ops;
#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(target_arch = "wasm32")]
pub(crate) use burn_ops::{conv_norm_relu, conv_relu, max_pool};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::{conv_norm_relu, conv_relu, max_pool};
