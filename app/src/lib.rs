//! The page of Ferrum: a window that captures and paints, and a worker that finds faces and reads them.
//!
//! ```text
//! components ──► state, settings, live ──► engine ──► protocol ──► worker
//!      └──► overlay, theme                   └── web ──┘
//! ```

pub mod components;
mod engine;
mod hooks;
mod live;
mod overlay;
mod part;
pub mod problem;
pub mod protocol;
mod settings;
mod state;
mod theme;
pub mod web;
pub mod worker;
