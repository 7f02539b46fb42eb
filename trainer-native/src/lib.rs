//! Trains, measures and exports the networks of Ferrum.

pub mod alignment;
pub mod args;
pub mod augment;
pub mod data;
pub mod device;
pub mod train;

pub mod calibration;
pub mod cases;
pub mod evaluate;
pub mod export;
pub mod measure;
pub mod networks;
pub mod onnx;
pub mod outputs;
pub mod study;
pub mod weights;

mod page;
mod table;
