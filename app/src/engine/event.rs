//! The events that the engine gives to the page.

use std::rc::Rc;

use model_core::{Architecture, DeviceKind, ModelCard, device_check::TOLERANCE};
use pipeline::FrameTask;
use web_time::Instant;

use super::{Benchmarks, EngineSettings};
use crate::{
    asset::Asset,
    detector::DetectorStatus,
    problem::Problem,
    protocol::{self, DecodedFrame, Inspection, VideoEnd, VideoInfo},
    web::{ImageData, OwnedBitmap},
};

/// An event of the engine. `P` are the pixels of a photo, `F` is a frame.
#[derive(Debug, PartialEq)]
pub enum EngineEvent<P = ImageData, F = OwnedBitmap> {
    /// Bytes are arriving. Assets load side by side; the WebGPU program after the first `Ready`.
    Loading(Loading),
    /// Faces can be read. Comes again whenever device or network changed.
    Ready(Ready),
    /// No worker can read faces for now; `Ready` says when one can again.
    Stopped,
    /// The settings were changed: by a person, or by the engine, which keeps what is in use if the chosen network or
    /// detector fails, and returns to the choice when it is tried again.
    Settings(EngineSettings),
    /// The status of the detectors; comes again whenever it changed.
    Detector(DetectorStatus),
    /// A network is loaded for comparing, or why not.
    Preloaded(Architecture, Result<(), Problem>),
    /// Something went wrong that needs no action, such as a lost GPU.
    Notice(String),
    /// Something could not be loaded; [`Engine::retry`](super::Engine::retry) tries again, and so does any other
    /// choice. The worker in use goes on.
    Failed(Problem),
    /// The devices were measured; to be given to the engine on the next visit.
    Measured(Benchmarks),
    /// The result of [`Engine::self_test`](super::Engine::self_test), or why there is none.
    SelfTested(Result<SelfTestReport, Problem>),
    /// The photo that was given last; comes again as the search goes on, until [`protocol::AnalyzedPhoto::is_done`].
    Photo(Result<PhotoResult<P>, Problem>),
    /// The names of the photos in the archive that was given last.
    Archive(Result<Vec<String>, Problem>),
    /// A camera frame.
    Frame(FrameResult<F>),
    /// The result of [`Engine::open_video`](super::Engine::open_video).
    VideoOpened(Result<VideoInfo, Problem>),
    /// The video is read as the browser plays it, and why: it is opened again, and frames may be left out.
    VideoInexact(String),
    /// A frame of the video, in the order in which they are shown.
    VideoFrame(VideoFrameResult<P>),
    /// All frames of the range were given, or why no more come.
    VideoEnded(VideoEnd),
    /// A frame for [`Engine::show_video`](super::Engine::show_video) or
    /// [`Engine::show_next`](super::Engine::show_next).
    VideoShown {
        /// When it is shown, and its size.
        frame: DecodedFrame,
        /// Its picture.
        pixels: P,
    },
    /// There is no further frame to show, or why none can be had.
    VideoShownToEnd(VideoEnd),
    /// The answer to the [`Engine::inspect`](super::Engine::inspect) that was asked last.
    Inspected(Inspection),
}

/// An asset on its way here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loading {
    /// The asset.
    pub asset: Asset,
    /// Bytes so far, as stored (not as compressed for the way).
    pub loaded: u64,
    /// Bytes in all, where known.
    pub total: Option<u64>,
}

/// Faces can be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Ready {
    /// Where the network runs.
    pub device: DeviceKind,
    /// Why there, unless a person chose so.
    pub why: Option<String>,
    /// The card of the network.
    pub card: Rc<ModelCard>,
}

/// An analysed photo.
#[derive(Debug, PartialEq)]
pub struct PhotoResult<P = ImageData> {
    /// The faces.
    pub photo: protocol::AnalyzedPhoto,
    /// The analysed picture, if it is another than before; boxes are in its pixels.
    pub pixels: Option<P>,
}

/// An analysed camera frame.
#[derive(Debug, PartialEq)]
pub struct FrameResult<F = OwnedBitmap> {
    /// The faces.
    pub frame: protocol::AnalyzedFrame,
    /// When it was offered.
    pub at: Instant,
    /// How it was analysed.
    pub task: FrameTask,
    /// The very frame that was offered; boxes are in its pixels.
    pub bitmap: F,
}

/// An analysed frame of a video.
#[derive(Debug, PartialEq)]
pub struct VideoFrameResult<P = ImageData> {
    /// The faces.
    pub frame: protocol::AnalyzedFrame,
    /// When it is shown, and its size.
    pub decoded: DecodedFrame,
    /// How it was analysed.
    pub task: FrameTask,
    /// The analysed picture; boxes are in its pixels.
    pub pixels: P,
}

/// The result of a network on the stored cases, on this machine.
#[derive(Clone, Debug, PartialEq)]
pub struct SelfTestReport {
    /// The network.
    pub network: Architecture,
    /// Number of faces that it was shown.
    pub n_faces: usize,
    /// On the CPU.
    pub cpu: DeviceReport,
    /// On WebGPU, or why not.
    pub gpu: Result<DeviceReport, String>,
}

/// The result of one device on the stored cases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeviceReport {
    /// The greatest difference from the stored answers, in any probability or share of votes.
    pub difference: f32,
    /// Milliseconds a face.
    pub ms_per_face: f64,
    /// Milliseconds of these that are the CPU's, before it waits for the device.
    pub submit_ms: f64,
    /// Milliseconds from a frame to the label of a face in it.
    pub frame_ms: f64,
}

impl DeviceReport {
    /// Whether the answers are the stored ones, but for rounding.
    pub fn agrees(self) -> bool {
        self.difference <= TOLERANCE
    }
}
