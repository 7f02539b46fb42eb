//! Frame in, faces with apparent expressions out; the same code behind the page and the command line.

mod blaze;
mod classify;
mod detect;
mod detector;
mod engine;
mod shares;

pub use blaze::BlazeDetector;
pub use classify::Classify;
pub use detect::{Detect, Search};
pub use detector::Detector;
pub use engine::{Analysis, Engine, Face, StageMs, Task};
pub use shares::{Share, Shares, Unsure};
