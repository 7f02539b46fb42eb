//! Frame in, faces with apparent expressions out; the same code behind the page and the command line.

mod classify;
mod engine;
mod shares;

pub use classify::Classify;
pub use engine::{Analysis, Engine, Face, StageMs};
pub use shares::{Share, Shares, Unsure};
