//! The window's handle on the workers: give it photos and frames, it calls back with faces.
//!
//! ```text
//! window ── analyze_photo, offer_frame ──► Desk (one in flight) ──► worker on the CPU, or on WebGPU once it agrees
//!        ◄────────── EngineEvent ───────── Supervisor (who works, what to load, what to do when one dies)
//! ```

mod effect;
mod files;
mod office;
mod parts;
mod slot;
mod supervisor;
mod waiting;

use std::rc::Rc;

use model_core::{Architecture, DeviceKind, ModelCard};
use pipeline::Analysis;
use yew::Callback;

use office::Office;
use supervisor::Supervisor;

use crate::web::{Blob, ImageBitmap, ImageData};
pub use crate::{part::Part, problem::Problem};

/// Which device a person wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// WebGPU where it works and agrees with the CPU.
    #[default]
    Auto,
    /// The CPU only; WebGPU is never fetched.
    Cpu,
    /// WebGPU; the CPU until it is up, and if it fails.
    WebGpu,
}

/// What a person chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineSettings {
    /// The network to read faces with.
    pub network: Architecture,
    /// Where to run it.
    pub device: DeviceChoice,
}

/// What the engine has to say. A [`EngineEvent::Ready`] or [`EngineEvent::Failed`] ends every earlier `Loading`.
#[derive(Clone, Debug)]
pub enum EngineEvent {
    /// Bytes are arriving. Parts load side by side; the WebGPU engine after the first `Ready`.
    Loading {
        /// What is fetched.
        what: Part,
        /// Bytes so far, as stored (not as compressed for the way).
        loaded: u64,
        /// Bytes in all, where known.
        total: Option<u64>,
    },
    /// Faces can be read. Comes again whenever device or network changed.
    Ready {
        /// Where the network runs.
        device: DeviceKind,
        /// Why not on the device that was wished.
        why: Option<String>,
        /// What is known of the network.
        card: Box<ModelCard>,
    },
    /// Something went wrong that needs no action, such as a lost GPU.
    Notice(String),
    /// The photo that was given last.
    Photo(Result<PhotoResult, Problem>),
    /// A camera frame.
    Frame(FrameResult),
    /// Something could not be loaded; [`Engine::retry`] tries again.
    Failed {
        /// What was expected, what came, what to do.
        problem: Problem,
        /// The network that is still in use; none, and nothing can be analysed.
        still: Option<Architecture>,
    },
}

/// A photo, decoded and analysed. Boxes are in pixels of `pixels`.
#[derive(Clone, Debug)]
pub struct PhotoResult {
    /// The faces.
    pub analysis: Analysis,
    /// The analysed picture: upright, scaled down to `vision::DecodeLimits::max_side` if it was larger.
    pub pixels: ImageData,
    /// Width of `pixels`.
    pub width: u32,
    /// Height of `pixels`.
    pub height: u32,
    /// Width in the file, upright.
    pub original_width: u32,
    /// Height in the file, upright.
    pub original_height: u32,
    /// Whether the file holds more frames than the one analysed, its first.
    pub animated: bool,
    /// Milliseconds from file to pixels.
    pub decode_ms: f64,
    /// The network that read the faces.
    pub network: Architecture,
    /// Where it ran.
    pub device: DeviceKind,
}

/// A camera frame, analysed. Boxes are in pixels of `bitmap`.
#[derive(Clone, Debug)]
pub struct FrameResult {
    /// The faces.
    pub analysis: Analysis,
    /// The very frame that was offered. Close it after painting.
    pub bitmap: ImageBitmap,
    /// Milliseconds from bitmap to pixels.
    pub read_ms: f64,
    /// The network that read the faces.
    pub network: Architecture,
    /// Where it ran.
    pub device: DeviceKind,
}

/// Finds faces and reads their apparent expressions in workers. Dropping the last clone ends them.
#[derive(Clone)]
pub struct Engine(Rc<Office>);

impl Engine {
    /// Fetch and start the workers; `on_event` hears how it goes.
    pub fn start(settings: EngineSettings, on_event: Callback<EngineEvent>) -> Self {
        Self(Office::open(settings, on_event))
    }

    /// Analyse the picture in `file`; answered by one [`EngineEvent::Photo`], unless a newer photo supersedes it.
    pub fn analyze_photo(&self, file: Blob) {
        self.0.tell(|supervisor| supervisor.offer_photo(file));
    }

    /// Analyse `frame` when there is time. A newer frame supersedes a waiting one.
    ///
    /// The whole frame is searched at its own size: 640×480 is enough, larger ones cost in proportion.
    pub fn offer_frame(&self, frame: ImageBitmap) {
        self.0.tell(|supervisor| supervisor.offer_frame(office::Frame(frame)));
    }

    /// Use another network; the one in use goes on until the new one is ready.
    pub fn set_network(&self, network: Architecture) {
        self.0.tell(|supervisor| supervisor.set_network(network));
    }

    /// Wish another device.
    pub fn set_device(&self, device: DeviceChoice) {
        self.0.tell(|supervisor| supervisor.set_device(device));
    }

    /// Try again what failed to load.
    pub fn retry(&self) {
        self.0.tell(Supervisor::retry);
    }
}
