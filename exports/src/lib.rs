//! From a session to data: tables, captions, annotations and drawings, the same bytes in the page and on the command line.
//!
//! In reading order:
//!
//! - [`Format`] names every file that can be made of a [`pipeline::Session`], and makes it;
//! - `frames_csv` is a row for every person in every frame;
//! - [`Trace`] is what a person showed, dwell after dwell, from which [`Summary`] counts shares, dwell times and transitions,
//!   and captions (`WebVTT`) and annotations (ELAN) are written;
//! - [`TimelineIndex`] gives a [`TimelineView`] of any part of any session at once, and that its drawing.
//!
//! [`png_with_comment`] does for pictures what the files do themselves: it says where they come from.
//!
//! It opens no file and knows no browser. Every file names where it comes from ([`pipeline::Provenance`]), but for no date,
//! so that the same analysis gives the same bytes.
//!
//! ```
//! use exports::Format;
//! use pipeline::{PoorFramePolicy, Session, SessionSettings};
//!
//! let session = Session::new(SessionSettings::default());
//! let captions = Format::WebVtt.export(&session, PoorFramePolicy::Separate);
//! assert!(captions.starts_with(b"WEBVTT\n"));
//! assert_eq!(Format::WebVtt.file_name("interview.mp4"), "interview.vtt");
//! ```

mod cells;
mod eaf;
mod format;
mod frames_csv;
mod palette;
mod png;
mod summary;
mod svg;
mod timeline;
mod trace;
mod webvtt;

#[cfg(test)]
#[path = "../tests/common/mod.rs"]
mod common;

pub(crate) use eaf::eaf;
pub use format::{Format, file_stem};
pub(crate) use frames_csv::frames_csv;
pub use palette::{fill, ink};
pub use png::png_with_comment;
pub use summary::{PersonSummary, RangeSummary, ShownSummary, Summary};
pub use timeline::{TimelineIndex, TimelineView};
pub use trace::{Dwell, Trace, traces};
pub(crate) use webvtt::webvtt;
