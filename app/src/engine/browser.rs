//! The engine's surroundings in the browser: where files lie, relative to the page, and the workers.

use std::{cell::RefCell, rc::Rc};

use futures_util::try_join;
use gloo::timers::future::TimeoutFuture;
use model_core::DeviceKind;
use wasm_bindgen_futures::spawn_local;

use super::host::{Host, Payload, WorkerKind};
use crate::{
    asset::Asset,
    detector::DetectorKind,
    problem::Problem,
    protocol::{Request, Response},
    web::{
        self, Blob, ImageData, OwnedBitmap,
        fetch::{FetchError, Freshness, fetch, fetch_ahead},
        gpu::find_adapter,
        played::PlayedVideo,
        worker::{Worker, WorkerMessage},
    },
};

/// The cascade that the documentation of `OpenCV` uses.
const CASCADE: &str = "models/haarcascade_frontalface_default.xml";
/// Card and weights of the net for near faces.
const BLAZEFACE_SHORT: [&str; 2] = ["models/blazeface-short.json", "models/blazeface-short.safetensors"];
/// Card and weights of the net for small and far faces.
const BLAZEFACE_FULL: [&str; 2] = ["models/blazeface-full.json", "models/blazeface-full.safetensors"];

/// The browser of the page.
#[derive(Clone, Copy, Debug)]
pub struct Browser;

type OnMessage = Box<dyn FnMut(WorkerMessage<Response, Payload<Browser>>)>;

/// A worker, or the window in its place.
pub enum BrowserWorker {
    /// A worker.
    Worker(Worker),
    /// The window itself, which plays a video.
    Played(PlayedVideo, Rc<RefCell<OnMessage>>),
}

impl Host for Browser {
    type Photo = Blob;
    type Frame = OwnedBitmap;
    type Pixels = ImageData;
    type Files = web::Payload;
    type Worker = BrowserWorker;

    async fn fetch(
        &self,
        asset: Asset,
        freshness: Freshness,
        on_progress: impl FnMut(u64, Option<u64>),
    ) -> Result<web::Payload, Problem> {
        let files = match asset {
            // It goes into the browser's cache, from where the worker's own script takes it: a worker gives no news of
            // its own download.
            Asset::Program(device) => {
                let url = format!("{}_bg.wasm", program(device));
                fetch_ahead(&url, freshness, on_progress).await.map(|()| web::Payload::none())
            }
            Asset::Detector(DetectorKind::Haar) => {
                fetch(CASCADE, freshness, on_progress).await.map(|cascade| web::Payload::files(&[cascade]))
            }
            Asset::Detector(DetectorKind::BlazeFace) => fetch_both(BLAZEFACE_SHORT, freshness, on_progress).await,
            Asset::FullRange => fetch_both(BLAZEFACE_FULL, freshness, on_progress).await,
            Asset::Network(network) => {
                let (card, weights) = (format!("models/{network}.json"), format!("models/{network}.bpk"));
                fetch_both([&card, &weights], freshness, on_progress).await
            }
        };
        files.map_err(|error| Problem::loading(asset, &error, error.advice()))
    }

    async fn find_adapter(&self) -> Result<String, String> {
        find_adapter().await
    }

    fn start(
        &self,
        kind: WorkerKind,
        mut on_message: impl FnMut(WorkerMessage<Response, Payload<Self>>) + 'static,
    ) -> Result<BrowserWorker, String> {
        let device = match kind {
            WorkerKind::Faces(device) => device,
            WorkerKind::Video => DeviceKind::Cpu, // the small program does both
            WorkerKind::PlayedVideo => {
                let on_message: Rc<RefCell<OnMessage>> = Rc::new(RefCell::new(Box::new(on_message)));
                let (video, ready) = (PlayedVideo::new()?, Rc::clone(&on_message));
                spawn_local(async move { ready.borrow_mut()(WorkerMessage::Arrived(Response::Up, Payload::None)) });
                return Ok(BrowserWorker::Played(video, on_message));
            }
        };
        // As Trunk names it.
        let script = format!("{}_loader.js", program(device));
        let worker = Worker::start(&script, move |message| {
            on_message(match message {
                WorkerMessage::Died(reason) => WorkerMessage::Died(reason),
                WorkerMessage::Arrived(response, payload) => match payload_of(&response, &payload) {
                    Ok(payload) => WorkerMessage::Arrived(response, payload),
                    Err(reason) => WorkerMessage::Died(reason),
                },
            });
        });
        worker.map(BrowserWorker::Worker)
    }

    fn post(&self, worker: &BrowserWorker, request: &Request, payload: Payload<Self>) -> Result<(), String> {
        let worker = match worker {
            BrowserWorker::Worker(worker) => worker,
            BrowserWorker::Played(video, on_message) => {
                let on_message = Rc::clone(on_message);
                let file = if let Payload::Photo(file) = payload { Some(file) } else { None };
                video.ask(request.clone(), file, move |response, pixels| {
                    let payload = pixels.map_or(Payload::None, Payload::Pixels);
                    on_message.borrow_mut()(WorkerMessage::Arrived(response, payload));
                });
                return Ok(());
            }
        };
        let beside = match &payload {
            Payload::None => web::Payload::none(),
            Payload::Pixels(pixels) => web::Payload::picture_transferred(pixels),
            Payload::Files(files) => files.clone(),
            Payload::Photo(file) => web::Payload::copied(file),
            Payload::Frame(bitmap) => web::Payload::transferred(bitmap),
        };
        worker.post(request, &beside)
    }

    async fn second(&self) {
        TimeoutFuture::new(1000).await;
    }

    async fn gpu_grace(&self) {
        TimeoutFuture::new(500).await;
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        spawn_local(task);
    }
}

fn program(device: DeviceKind) -> &'static str {
    match device {
        DeviceKind::Cpu => "worker",
        DeviceKind::WebGpu => "worker-webgpu",
    }
}

/// Card and weights, side by side; only the weights are worth a progress bar.
async fn fetch_both(
    [card, weights]: [&str; 2],
    freshness: Freshness,
    on_progress: impl FnMut(u64, Option<u64>),
) -> Result<web::Payload, FetchError> {
    let (card, weights) = try_join!(fetch(card, freshness, |_, _| ()), fetch(weights, freshness, on_progress))?;
    Ok(web::Payload::files(&[card, weights]))
}

/// The payload of `response`, or why it is none.
fn payload_of(response: &Response, payload: &web::Payload) -> Result<Payload<Browser>, String> {
    Ok(match response {
        Response::Photo(_) if payload.is_none() => Payload::None,
        Response::Photo(photo) => Payload::Pixels(payload.picture(photo.width, photo.height)?),
        Response::Frame(_) => Payload::Frame(payload.bitmap()?),
        Response::VideoFrame { width, height, .. } => Payload::Pixels(payload.picture(*width, *height)?),
        Response::Decoded(frame) => Payload::Pixels(payload.picture(frame.width, frame.height)?),
        _ => Payload::None,
    })
}
