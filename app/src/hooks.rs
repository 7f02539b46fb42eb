//! What the page does besides rendering: the engine, the camera, files, the clock.

mod camera;
mod cards;
mod check;
mod controls;
mod engine;
mod inspect;
mod intake;
mod page;
mod photo;
mod ticker;

pub(crate) use controls::{Controls, Pressed};
pub(crate) use inspect::use_news;
pub(crate) use page::use_page;
pub(crate) use ticker::use_ticker;
