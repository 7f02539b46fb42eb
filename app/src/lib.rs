//! The page of Ferrum: a window that captures and paints, and a worker that finds faces and reads them.
//!
//! ```text
//! components ──► state, settings, live ──► engine ──► protocol ──► worker
//!      └──► overlay, theme                   └── web ──┘
//! ```

pub mod components;
pub mod engine;
pub mod hooks;
pub mod live;
pub mod overlay;
pub mod part;
pub mod problem;
pub mod protocol;
pub mod settings;
pub mod state;
pub mod theme;
pub mod web;
pub mod worker;
