//! Pixels and geometry: pictures in, upright grey faces out. Knows neither tensors nor the browser.
//!
//! In reading order:
//!
//! - `archive` lists and unpacks the photos in a ZIP file;
//! - `decode` makes a [`Picture`] of a file, upright and not too large;
//! - `image` holds the borrowed pixels, checked, that everything else takes ([`RgbaView`]);
//! - `resize` makes pictures, or parts of them, smaller or larger, `turn` turns them;
//! - `geometry` has points and rectangles, in pixels;
//! - `detector` says what a detector finds: [`Detection`]s;
//! - [`cascade`] is the detector that OpenCV made the classic, to the rectangle;
//! - `align` cuts a detection out as a [`FaceCrop`], which is what a network takes;
//! - `quality` says how well that face can be seen: its [`Quality`], and its [`QualityIssue`]s.

mod align;
mod archive;
pub mod cascade;
mod decode;
mod detector;
mod geometry;
mod image;
mod quality;
mod resize;
mod turn;

pub use align::{FaceCrop, Square, crop};
pub use archive::{ArchiveError, PhotoArchive, is_photo_name};
pub use decode::{DecodeError, DecodeLimits, FileKind, Picture, decode};
pub use detector::{Detection, KeyPoints};
pub(crate) use geometry::IntRect;
pub use geometry::{Point, Rect};
pub(crate) use image::GreyView;
pub use image::{ImageError, RgbaView, grey};
pub use quality::{Quality, QualityIssue};
pub use resize::{resize, resize_part};
pub use turn::Turn;
