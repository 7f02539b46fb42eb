//! The messages between window and worker: plain data. Pixels and files travel beside them, as the payload that each
//! variant names.
//!
//! ```text
//! worker   Response::Up             once, when it listens: a wasm worker loses messages sent before
//! window   Request::Open           ──►  Done | Refused
//! window   Request::Configure      ──►  Done (detectors) | Loaded (networks) | Refused
//! window   Request::Preload        ──►  Done | Refused
//! window   Request::Photo          ──►  Photo | Refused
//! window   Request::ContinueSearch ──►  Photo
//! window   Request::ListArchive    ──►  Archive | Refused
//! window   Request::Frame          ──►  Frame
//! window   Request::Inspect        ──►  Inspected
//! window   Request::Test           ──►  Tested | Refused
//! window   Request::VideoFrame     ──►  VideoFrame
//! window   Request::OpenVideo      ──►  VideoOpened | Refused
//! window   Request::SeekVideo      ──►  Done | NoDecoder | Refused
//! window   Request::NextFrame      ──►  Decoded | VideoEnd
//! worker   Response::Broken         instead of any of these, when it cannot go on
//! ```
//!
//! The worker answers in the order it was asked, so a message needs no number.

mod bytes;
mod inspect;
mod video;

use model_core::{Architecture, DeviceKind, ModelCard, Prediction};
use pipeline::{Analysis, FrameTask};
use serde::{Deserialize, Serialize};
use vision::Turn;

pub use bytes::{F32Bytes, GreyBytes};
pub use inspect::{Answer, Comparison, InspectKind, InspectRequest, Inspection, LayerInspection, Maps, Weights};
pub use video::{DecodedFrame, VideoEnd, VideoInfo, VideoRange};

use crate::{asset::Asset, detector::DetectorInUse, problem::Problem};

/// From window to worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Open the device.
    Open {
        /// The device.
        device: DeviceKind,
    },
    /// Find faces by this detector from now on, find small and far ones too, or read them by this network. Payload:
    /// `[Uint8Array, Uint8Array]`, card and weights, or `[Uint8Array]`, the cascade's XML.
    Configure(Asset),
    /// Analyse a file at first glance. Payload: `Blob`.
    Photo(PhotoOptions),
    /// List the photos in a ZIP archive. Payload: `Blob`.
    ListArchive,
    /// Search the photo that was given last a step further.
    ContinueSearch,
    /// Analyse a frame. Payload: `ImageBitmap`, transferred.
    Frame {
        /// The search to do.
        task: FrameTask,
    },
    /// Load another network beside the one in use, to compare them. Payload: `[Uint8Array, Uint8Array]`, card and
    /// weights.
    Preload {
        /// The network that is expected in the card.
        network: Architecture,
    },
    /// Look closer at a face.
    Inspect(InspectRequest),
    /// Read faces with the network in use, one by one, to find out how right and how fast it is here.
    Test {
        /// The faces, as the network takes them.
        faces: Vec<GreyBytes>,
    },
    /// Analyse a frame of a video. Payload: `Uint8ClampedArray`, its RGBA pixels, transferred.
    VideoFrame {
        /// The search to do.
        task: FrameTask,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// Open a video, to read its frames. Payload: `Blob`.
    OpenVideo,
    /// Read these frames of the open video from now on.
    SeekVideo(VideoRange),
    /// Decode the next frame.
    NextFrame,
}

/// Options for reading a photo.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoOptions {
    /// The turn to make; where nobody chose, it is turned as its faces want it.
    pub turn: Option<Turn>,
    /// Its name in the file, if that is an archive.
    pub entry: Option<String>,
}

/// From worker to window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Response {
    /// The worker listens.
    Up,
    /// The device is open, the detector or the network loaded.
    Done,
    /// The network is in use; what is known of it.
    Loaded(Box<ModelCard>),
    /// A photo, as far as it was searched. Payload, at first and if it was turned: `Uint8ClampedArray`, its RGBA
    /// pixels, transferred.
    Photo(AnalyzedPhoto),
    /// The names of the photos in an archive.
    Archive(Vec<String>),
    /// A frame. Payload: the `ImageBitmap`, transferred back.
    Frame(AnalyzedFrame),
    /// The closer look at a face.
    Inspected(Inspection),
    /// The network's predictions for given faces, and its speed.
    Tested(Tested),
    /// A frame of a video. Payload: the `Uint8ClampedArray`, transferred back.
    VideoFrame {
        /// The faces, in pixels of the frame.
        frame: AnalyzedFrame,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// The video is open; what is known of it.
    VideoOpened(VideoInfo),
    /// The next frame of the video. Payload: `Uint8ClampedArray`, its RGBA pixels, transferred.
    Decoded(DecodedFrame),
    /// There are no more frames in the range.
    VideoEnd(VideoEnd),
    /// The request cannot be carried out; the worker goes on with what it had before.
    Refused(Problem),
    /// The browser gives no decoder for the video.
    NoDecoder(Problem),
    /// The worker cannot go on, and why.
    Broken(String),
}

/// A network's predictions for given faces, and its speed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tested {
    /// The reading of each face, in order.
    pub predictions: Vec<Prediction>,
    /// Milliseconds a face, read-back included; the median of several rounds.
    pub ms_per_face: f64,
    /// Milliseconds a face until the worker first waits, the median of all: on WebGPU the part of the CPU, from the
    /// call to the last submit, else all of it.
    pub submit_ms: f64,
    /// Milliseconds of a search for near faces in a frame of 640×480 pixels, the median of several; 0 without a
    /// detector.
    pub search_ms: f64,
}

impl Tested {
    /// Milliseconds from a frame to the label of a face in it: by these, devices are chosen.
    pub fn frame_ms(&self) -> f64 {
        self.search_ms + self.ms_per_face
    }
}

/// What read the faces of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadBy {
    /// The detector that found them.
    pub detector: DetectorInUse,
    /// The network.
    pub network: Architecture,
    /// Where that ran.
    pub device: DeviceKind,
}

/// An analysed photo, or one that is searched for smaller faces yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnalyzedPhoto {
    /// The faces so far, in pixels of the decoded picture.
    pub analysis: Analysis,
    /// The crop of each face, as the network saw it.
    pub crops: Vec<GreyBytes>,
    /// Width of the decoded picture: upright, scaled down to `vision::DecodeLimits::max_side` if it was larger.
    pub width: u32,
    /// Height of the decoded picture.
    pub height: u32,
    /// Width in the file, upright.
    pub original_width: u32,
    /// Height in the file, upright.
    pub original_height: u32,
    /// Whether the file holds more frames than the one analysed, its first.
    pub animated: bool,
    /// Milliseconds from file to pixels.
    pub decode_ms: f64,
    /// The kind of file, in words, if the browser decoded it.
    pub by_browser: Option<String>,
    /// The turn that was made.
    pub turn: Turn,
    /// Share of the search that is done, 0 to 1.
    pub progress: f32,
    /// What read it.
    pub read_by: ReadBy,
}

impl AnalyzedPhoto {
    /// Whether all of it was searched.
    pub fn is_done(&self) -> bool {
        self.progress >= 1.0
    }
}

/// An analysed frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnalyzedFrame {
    /// The faces, in pixels of the frame.
    pub analysis: Analysis,
    /// The crop of each face, as the network saw it.
    pub crops: Vec<GreyBytes>,
    /// Milliseconds from bitmap to pixels.
    pub capture_ms: f64,
    /// What read it.
    pub read_by: ReadBy,
}
