//! The networks of Ferrum: from a grey 48×48 face to the probabilities of seven apparent expressions.
//!
//! Knows Burn, and for WebGPU `CubeCL`, and nothing else: opens no file, touches no picture and no browser.

mod blazeface;
mod card;
mod classifier;
mod device;
pub mod device_check;
mod emotion;
mod fused;
#[cfg(feature = "webgpu")]
mod gpu;
#[cfg(not(feature = "webgpu"))]
#[path = "no_gpu.rs"]
mod gpu;
pub mod input;
mod network;
mod ops;
mod reference_cases;
mod runner;
mod scores;
mod vote;
mod weights;

pub use blazeface::{BlazeFace, BlazeFaceError, BlazeRange, RawFaces};
pub use burn::tensor::Device;
pub use card::{Blend, Calibration, CardError, Figures, ModelCard, TrainOn, Training};
pub use classifier::{Classifier, ClassifyError, LearnedWeights, Look, Maps, Prediction};
pub use device::{DeviceError, DeviceKind, InferenceDevice};
pub use emotion::{Emotion, UnknownEmotion};
pub use gpu::Gpu;
pub use input::{INPUT_SIDE, Normalisation};
pub use network::{Architecture, Form, Layer, LayerSummary, LayerTable, Network, Shape, UnknownArchitecture, WithBias};
pub use ops::{ConvMethod, Kernel, Precision};
pub use reference_cases::{CaseFace, NetworkReference, ReferenceCases, ReferenceCasesError};
pub use runner::{FaceLogits, NetworkRunner};
pub use scores::{Scores, ScoresError};
pub use vote::{Vote, Votes};
pub use weights::{WeightsError, sha256_hex};
