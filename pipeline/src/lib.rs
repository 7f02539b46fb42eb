//! Pictures in, faces with apparent expressions out, and what they show over time; the same code behind the page and the
//! command line.
//!
//! In reading order:
//!
//! - [`Detect`] and [`Classify`] are the seams to what finds faces and what reads them; [`Detector`] and
//!   [`BlazeDetector`] are behind the first, [`model_core::Classifier`] is behind the second;
//! - [`Engine`] puts the two in their order: a photo or a frame in, [`Face`]s out; [`PhotoSearch`] does so with a photo step
//!   by step, near faces first; [`reading_order`] numbers them;
//! - [`Session`] knows who is who from frame to frame, and keeps what each person showed: [`Shares`], a [`Timeline`] of
//!   every frame, and advice; a person may change who is who ([`Edits`]).
//!
//! `examples/photo.rs` and `examples/frames.rs` are the whole way in a few lines each.

mod blaze;
mod classify;
mod clock;
mod detect;
mod detector;
mod engine;
mod face;
mod frame;
mod merge;
mod photo;
mod reading_order;
mod session;
mod shares;
mod tracker;

pub use blaze::BlazeDetector;
pub use classify::Classify;
pub use detect::{Detect, PhotoScan, Search};
pub use detector::Detector;
pub use engine::{Analysis, Engine, StageMs};
pub use face::{Face, TrackId, TrackedFace};
pub use frame::{FrameReport, FrameTask};
pub use photo::PhotoSearch;
pub use reading_order::reading_order;
pub use session::{
    EditError, Edits, ObservedFace, ObservedFrame, Person, Provenance, Session, SessionError, SessionSettings,
    TimeRange, Timeline,
};
pub use shares::{LabelCounts, PoorFramePolicy, Share, Shares, Shown, TimeShare, Unsure};
pub use tracker::TrackSettings;
