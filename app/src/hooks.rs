//! The page's work besides rendering: the engine, the camera, files, the clock.

mod camera;
mod cards;
mod controls;
mod engine;
mod file_events;
mod file_kind;
mod inspect;
mod kept_videos;
mod live;
mod page;
mod photo;
mod photos;
mod player;
mod route;
mod self_test;
mod session;
mod session_controller;
mod video;

pub(crate) use controls::Controls;
pub(crate) use inspect::use_news;
pub(crate) use page::{Page, use_page};
