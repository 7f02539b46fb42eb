//! Frame in, faces with apparent expressions out; the same code behind the page and the command line.

mod blaze;
mod classify;
mod clock;
mod detect;
mod detector;
mod engine;
mod shares;
mod tracks;

pub use blaze::BlazeDetector;
pub use classify::Classify;
pub use detect::{Detect, Search};
pub use detector::Detector;
pub use engine::{Analysis, Engine, Face, StageMs, Task};
pub use shares::{Person, Share, ShareSettings, Shares, SharesByPerson, Shown, Sighting, TimeShare, Unsure};
pub use tracks::{Track, TrackId, TrackSettings, Tracker};
