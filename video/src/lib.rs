//! Videos as files: which picture one holds and in which codec, each coded frame with the time at which it is shown, and
//! the pixels of decoded frames. Decodes nothing itself, and knows neither tensors nor the browser.
//!
//! ```text
//! file ── container ──► mp4 | mkv ──► Track, Sample by Sample ──► a decoder elsewhere ──► Planes ── picture ──► RGBA
//! ```
//!
//! In reading order:
//!
//! - [`Video`] opens a file and gives its coded frames in the order in which they are decoded;
//! - `container` tells what a file is by its content;
//! - `track` says what is known of the picture before a frame is decoded: [`Track`];
//! - `codec` names codecs as browsers do, `keyframe` tells frames that need no other one;
//! - `mp4` and `mkv` read the two families of containers;
//! - `picture` makes upright RGBA pixels of the planes that decoders give: [`Planes`];
//! - `webm` writes coded frames into a file: [`WebmWriter`].
//!
//! Both containers are read by code of this crate, because the crates that there are fail on files that people have:
//! `re_mp4` 0.5 panics on damaged tables, refuses files without `ftyp`, begins every track at 0 whatever its edit list
//! says, and knows neither the shape of pixels nor colours; `matroska-demuxer` 0.8 refuses a file that was cut, goes to byte
//! 0 where the first frame is not at time 0, and takes a file that cannot be read any more for its end.

mod codec;
mod container;
mod error;
mod keyframe;
mod mkv;
mod mp4;
mod picture;
mod sps;
mod track;
mod video;
mod webm;

pub use codec::Codec;
pub use container::{HEAD_BYTES, is_video};
pub use error::VideoError;
pub use picture::{Colour, Matrix, PictureError, PixelFormat, PlaneLayout, Planes, Shaper, Transfer, Upright};
pub use track::{Orientation, Track};
pub use video::{Sample, Video};
pub use webm::{WebmEnds, WebmWriter, WrittenCodec};
