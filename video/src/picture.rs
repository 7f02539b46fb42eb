//! From the planes that decoders give to upright RGBA pixels, in the same numbers in the page and on the command line.
//!
//! ```text
//! Planes + Colour ── convert (HDR: tone) ──► RGBA ── one field of two ── square pixels, not too large ── upright ──► Upright
//! ```

mod colour;
mod convert;
mod format;
mod shape;
mod tone;

pub use colour::{Colour, Matrix, Transfer};
pub use format::{PictureError, PixelFormat, PlaneLayout, Planes};
pub use shape::{Shaper, Upright};
