//! The window's handle on the workers: give it photos and frames, it calls back with faces.
//!
//! ```text
//! window ── analyze_photo, offer_frame ──► Waiting (the newest) ──► worker on the CPU, or on WebGPU once it agrees
//!                                             Supervisor: who works, what to load, what to do when one dies
//!        ◄────────── EngineEvent ───────── Office: does what the supervisor decides
//! ```

mod effect;
mod files;
mod office;
mod paces;
mod parts;
mod slot;
mod supervisor;
mod waiting;

use std::rc::Rc;

use model_core::{Architecture, Cases, DeviceKind, ModelCard, probe::TOLERANCE};
use pipeline::Task;
use web_time::Instant;
use yew::Callback;

use office::Office;
pub(crate) use paces::Benchmarks;
use supervisor::Supervisor;

use crate::{
    asset::Asset,
    detector::{DetectorKind, DetectorStatus},
    problem::Problem,
    protocol::{self, InspectRequest},
    web::{Blob, ImageBitmap, ImageData},
};

/// Which device a person wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum DeviceChoice {
    /// The faster of the two, as measured here; WebGPU only where it agrees with the CPU. The CPU until that is known.
    #[default]
    Auto,
    /// WebGPU where it works and agrees with the CPU; the CPU until it is up, and if it fails. Chosen again, it is tried
    /// again.
    WebGpu,
    /// The CPU only; WebGPU is never fetched.
    Cpu,
}

/// What a person chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EngineSettings {
    /// The network to read faces with.
    pub network: Architecture,
    /// Where to run it.
    pub device: DeviceChoice,
    /// What to find them by.
    pub detector: DetectorKind,
}

/// What the engine has to say.
#[derive(Clone, Debug)]
pub(crate) enum EngineEvent {
    /// Bytes are arriving. Parts load side by side; the WebGPU engine after the first `Ready`.
    Loading {
        /// What is fetched.
        what: Asset,
        /// Bytes so far, as stored (not as compressed for the way).
        loaded: u64,
        /// Bytes in all, where known.
        total: Option<u64>,
    },
    /// Faces can be read. Comes again whenever device or network changed.
    Ready {
        /// Where the network runs.
        device: DeviceKind,
        /// Why there, unless a person chose so.
        why: Option<String>,
        /// What is known of the network.
        card: Box<ModelCard>,
    },
    /// No worker can read faces for now; `Ready` says when one can again.
    Stopped,
    /// The network to be used is this one, whatever was chosen: the one in use if the chosen one failed, and that one
    /// when it is tried again.
    Wished(Architecture),
    /// How far finding faces has come; comes again whenever that changed.
    DetectorStatus(DetectorStatus),
    /// The detector to be used is this one, whatever was chosen; as for [`EngineEvent::Wished`].
    WishedDetector(DetectorKind),
    /// Something went wrong that needs no action, such as a lost GPU.
    Notice(String),
    /// The photo that was given last.
    Photo(Result<PhotoResult, Problem>),
    /// A camera frame.
    Frame(FrameResult),
    /// What a layer makes of a face.
    LayerInspection(Box<protocol::LayerInspection>),
    /// What the networks at hand say of a face.
    Compared(protocol::Comparison),
    /// One more network is at hand for comparing.
    Held(Architecture),
    /// A network cannot be compared with the others.
    NotHeld(Architecture, Problem),
    /// What became of the stored cases, or why they could not be run.
    Checked(Result<Checked, Problem>),
    /// Something could not be loaded; [`Engine::retry`] tries again, and so does any other choice. What is in use goes
    /// on.
    Failed(Problem),
}

/// How a network reads the stored cases on this device.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Checked {
    /// Which network.
    pub network: Architecture,
    /// How many faces it was shown.
    pub n_faces: usize,
    /// On the CPU.
    pub cpu: Outcome,
    /// On WebGPU, or why not.
    pub gpu: Result<Outcome, String>,
}

/// How one device reads the stored cases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Outcome {
    /// The greatest difference from the stored answers, in any probability or share of votes.
    pub difference: f32,
    /// Milliseconds a face.
    pub ms_per_face: f64,
}

impl Outcome {
    /// Whether the answers are the stored ones, but for rounding.
    pub(crate) fn agrees(self) -> bool {
        self.difference <= TOLERANCE
    }
}

/// An analysed photo.
#[derive(Clone, Debug)]
pub(crate) struct PhotoResult {
    /// What was found.
    pub photo: protocol::Photo,
    /// The analysed picture; boxes are in its pixels.
    pub pixels: ImageData,
}

/// An analysed camera frame.
#[derive(Clone, Debug)]
pub(crate) struct FrameResult {
    /// What was found.
    pub frame: protocol::Frame,
    /// When it was offered.
    pub at: Instant,
    /// What was done with it.
    pub task: Task,
    /// The very frame that was offered; boxes are in its pixels. Close it after painting.
    pub bitmap: ImageBitmap,
}

/// Who is asked and told by the engine.
#[derive(Clone, Debug)]
#[expect(clippy::struct_field_names, reason = "the names of callbacks begin with `on` everywhere")]
pub(crate) struct Listener {
    /// Hears of new measurements, to be kept for the next visit.
    pub on_paces: Callback<Benchmarks>,
    /// Says what is to be done with a frame that was offered then, whose longer side has so many pixels.
    pub on_plan: Callback<(Instant, usize), Task>,
    /// Hears how it goes.
    pub on_event: Callback<EngineEvent>,
}

/// Finds faces and reads their apparent expressions in workers. Dropping the last clone ends them.
#[derive(Clone)]
pub(crate) struct Engine(Rc<Office>);

impl Engine {
    /// Fetch and start the workers. `paces` are those of the last visit.
    pub(crate) fn start(settings: EngineSettings, paces: Benchmarks, listener: Listener) -> Self {
        Self(Office::open(settings, paces, listener))
    }

    /// Analyse the picture in `file`; answered by one [`EngineEvent::Photo`], unless a newer photo supersedes it.
    pub(crate) fn analyze_photo(&self, file: Blob) {
        self.0.tell(|supervisor| supervisor.offer_photo(file));
    }

    /// Analyse `frame` when there is time. A newer frame supersedes a waiting one.
    ///
    /// The classic detector searches the whole frame at its own size: 640×480 is enough, larger ones cost in
    /// proportion.
    pub(crate) fn offer_frame(&self, frame: ImageBitmap) {
        self.0.tell(|supervisor| supervisor.offer_frame(office::Frame::of(frame)));
    }

    /// Look closer at a face when there is time, before the next frame. A newer question supersedes a waiting one.
    pub(crate) fn ask(&self, question: InspectRequest) {
        self.0.tell(|supervisor| supervisor.offer_question(question));
    }

    /// Have every network at hand, or fetch no more of them.
    pub(crate) fn set_comparing(&self, comparing: bool) {
        self.0.tell(|supervisor| supervisor.set_comparing(comparing));
    }

    /// Run stored cases with the network in use on every device; answered by one [`EngineEvent::Checked`].
    pub(crate) fn check(&self, cases: Rc<Cases>) {
        self.0.tell(|supervisor| supervisor.check(cases));
    }

    /// Use another network; the one in use goes on until the new one is ready.
    pub(crate) fn set_network(&self, network: Architecture) {
        self.0.tell(|supervisor| supervisor.set_network(network));
    }

    /// Find faces by another detector; the one in use goes on until the new one is ready.
    pub(crate) fn set_detector(&self, detector: DetectorKind) {
        self.0.tell(|supervisor| supervisor.set_detector(detector));
    }

    /// Wish another device.
    pub(crate) fn set_device(&self, device: DeviceChoice) {
        self.0.tell(|supervisor| supervisor.set_device(device));
    }

    /// Try again what failed to load.
    pub(crate) fn retry(&self) {
        self.0.tell(Supervisor::retry);
    }
}
