//! The built page in a real browser, driven as a person would.
//!
//! [`run`] gives a test its own server over `dist/`, its own browser and a [`Page`], and takes a picture of the page
//! when the test fails. [`media`] makes the photos and the video that tests show it, [`mod@reference`] asks the command
//! line the same question.

mod browser;
pub mod clip;
mod look;
pub mod media;
mod memory;
pub mod netlog;
mod page;
pub mod reference;
mod run;
mod server;
mod snapshot;

pub use browser::{Browser, BrowserOptions, Camera, Program};
pub use page::Page;
pub use run::{NamedTest, folder, run, run_all, run_alone, run_in, run_with_camera};
pub use server::{Fault, PageServer};
pub use snapshot::{
    DetectorState, DeviceState, Face, Probability, ReadBy, Share, Snapshot, Toggle, Verified, Vote, iou,
};
