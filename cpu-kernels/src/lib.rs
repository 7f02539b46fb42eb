//! The steps of networks that cost most, on the CPU. Slices in, slices out: this crate knows no tensor and no network.
//!
//! - [`inference`] runs one picture at a time on one thread, natively and in wasm with the same bits;
//! - `training` runs batches on all threads, with gradients. Native only.

#![allow(clippy::inline_always, reason = "what is not inlined into vector code is compiled without its instructions")]

pub mod inference;
#[cfg(not(target_arch = "wasm32"))]
pub mod training;
