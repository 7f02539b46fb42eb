//! The engine's surroundings, so that it runs in tests without a browser.

use std::fmt::Debug;

use model_core::DeviceKind;

use crate::{
    asset::Asset,
    problem::Problem,
    protocol::{Request, Response},
    web::{fetch::Freshness, worker::WorkerMessage},
};

/// The task of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WorkerKind {
    /// To find and read faces, on this device.
    Faces(DeviceKind),
    /// To decode videos.
    Video,
    /// To have the browser play videos that it gives no decoder for, in the window.
    PlayedVideo,
}

impl From<DeviceKind> for WorkerKind {
    fn from(device: DeviceKind) -> Self {
        Self::Faces(device)
    }
}

/// The surroundings that the engine needs: files, workers and time. [`Browser`](super::Browser) is the one of the
/// page.
pub trait Host: Sized + 'static {
    /// A photo or a video as it is given to the engine: a file.
    type Photo: Clone + Debug;
    /// A camera's frame. Dropping it frees its memory.
    type Frame: Debug;
    /// The pixels of an analysed photo, or of a frame of a video.
    type Pixels: Debug;
    /// The files of an asset.
    type Files: Clone + Debug;
    /// A running worker. Dropping it ends it, and nothing more comes from it.
    type Worker;

    /// Fetch `asset`; `on_progress` is given the bytes so far and in all, where known.
    fn fetch(
        &self,
        asset: Asset,
        freshness: Freshness,
        on_progress: impl FnMut(u64, Option<u64>),
    ) -> impl Future<Output = Result<Self::Files, Problem>>;

    /// The name of the graphics adapter and of the browser, or why there is no WebGPU.
    fn find_adapter(&self) -> impl Future<Output = Result<String, String>>;

    /// Start a worker, whose program is here; `on_message` is given its messages, and its end.
    fn start(
        &self,
        kind: WorkerKind,
        on_message: impl FnMut(WorkerMessage<Response, Payload<Self>>) + 'static,
    ) -> Result<Self::Worker, String>;

    /// Send a request, or say why that is not possible.
    fn post(&self, worker: &Self::Worker, request: &Request, payload: Payload<Self>) -> Result<(), String>;

    /// Wait a second in which the page is awake.
    fn second(&self) -> impl Future<Output = ()>;

    /// Wait as long as WebGPU may take before the CPU stands in for it: half a second.
    fn gpu_grace(&self) -> impl Future<Output = ()>;

    /// Run `task` beside everything else.
    fn spawn(&self, task: impl Future<Output = ()> + 'static);
}

/// The payload beside a message.
#[derive(Debug)]
pub enum Payload<H: Host> {
    /// Nothing.
    None,
    /// The files of an asset.
    Files(H::Files),
    /// The file of a photo or a video.
    Photo(H::Photo),
    /// A frame, to the worker and back.
    Frame(H::Frame),
    /// The pixels of a photo, or of a frame of a video, to the worker and back.
    Pixels(H::Pixels),
}
