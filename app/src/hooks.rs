//! What the page does besides rendering: the engine, the camera, files, the clock.

mod camera;
mod controls;
mod engine;
mod intake;
mod page;
mod photo;
mod ticker;

pub use controls::Controls;
pub use page::{Page, use_page};
pub use ticker::use_ticker;
