//! The page of Ferrum: a window that captures and paints, and a worker that finds faces and reads them.
//!
//! ```text
//! components ──► state, settings, live ──► engine ──► protocol ──► worker
//!      └──► overlay, theme                   └── web ──┘
//! ```

pub mod asset;
mod card;
pub mod components;
pub mod detector;
pub mod display;
pub mod engine;
mod faces_csv;
mod hooks;
mod inspection;
mod inspector_image;
mod live;
mod overlay;
mod picture;
pub mod problem;
pub mod protocol;
mod reading_order;
mod settings;
mod state;
mod theme;
pub mod web;
pub mod worker;
