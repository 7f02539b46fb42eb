//! The built page in a real browser, driven as a person would.
//!
//! [`run`] gives a test its own server over `dist/`, its own Chromium and a [`Page`], and takes a picture of the page
//! when the test fails. [`media`] makes the photos and the video that tests show it, [`mod@reference`] asks the command
//! line the same question.

mod browser;
pub mod media;
pub mod netlog;
mod page;
pub mod reference;
mod run;
mod server;

pub use browser::{Browser, BrowserOptions, Camera};
pub use page::{DeviceState, Face, Page, Probability, ReadBy, Share, Snapshot, Verified, Vote};
pub use run::{folder, run, run_with_camera};
pub use server::{Fault, PageServer};
