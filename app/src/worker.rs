//! The worker: finds faces and reads them, away from the page's own thread.

mod detector;
mod reader;

use futures_channel::mpsc::UnboundedReceiver;
use futures_util::StreamExt;
use pipeline::Task;
use vision::RgbaView;
use wasm_bindgen_futures::spawn_local;
use web_time::Instant;

pub use reader::{Broken, Reader};

use crate::{
    problem::Problem,
    protocol::{InspectKind, InspectRequest, Request, Response},
    web::{
        Payload,
        scope::{self, FrameReader},
    },
};

/// Larger files are no photos but videos, and would not fit into a worker's memory together with their picture.
const MAX_FILE_BYTES: f64 = 256.0 * MIB;

const MIB: f64 = 1024.0 * 1024.0;

/// Serve the window until it ends the worker.
pub fn run() {
    // The program aborts after a panic; this is its last word.
    std::panic::set_hook(Box::new(|panic| say(&Response::Broken(panic.to_string()))));
    let requests = scope::listen();
    say(&Response::Up);
    spawn_local(serve(requests));
}

/// One request after the other: a network is never exchanged while a face is read.
async fn serve(mut requests: UnboundedReceiver<Result<(Request, Payload), String>>) {
    let mut desk = Desk { reader: Reader::default(), frames: None };
    while let Some(request) = requests.next().await {
        let answer = match request {
            Ok((request, payload)) => desk.answer(request, payload).await,
            Err(reason) => Err(Broken(reason)),
        };
        let (response, payload) = answer.unwrap_or_else(|Broken(reason)| (Response::Broken(reason), Payload::none()));
        scope::post(&response, &payload);
    }
}

/// What lasts from one request to the next.
struct Desk {
    reader: Reader,
    frames: Option<FrameReader>,
}

impl Desk {
    async fn answer(&mut self, request: Request, payload: Payload) -> Result<(Response, Payload), Broken> {
        let response = match request {
            Request::Open { device } => {
                let opened = self.reader.open(device).await;
                opened.map_or_else(Response::Refused, |()| Response::Opened)
            }
            Request::Detector { detector } => {
                let used = self.reader.use_detector(detector, &payload.to_files()).await?;
                used.map_or_else(Response::Refused, |()| Response::Detects(detector))
            }
            Request::FullRange => {
                let extended = self.reader.extend_detector(&payload.to_files()).await?;
                extended.map_or_else(Response::Refused, |()| Response::DetectsFar)
            }
            Request::Load { network } => {
                let files = payload.to_files();
                let [card, weights] = files.as_slice() else { return Err(Broken("expected card and weights".into())) };
                let loaded = self.reader.load(network, card, weights).await?;
                loaded.map_or_else(Response::Refused, |loaded| Response::Loaded(Box::new(loaded)))
            }
            Request::Hold { network } => {
                let files = payload.to_files();
                let [card, weights] = files.as_slice() else { return Err(Broken("expected card and weights".into())) };
                let held = self.reader.hold(network, card, weights).await?;
                held.map_or_else(Response::Refused, |()| Response::Held(network))
            }
            Request::Look(InspectRequest { face, kind: InspectKind::Layer { layer, with_weights } }) => {
                Response::Looked(Box::new(self.reader.look(face, layer, with_weights).await?))
            }
            Request::Look(InspectRequest { face, kind: InspectKind::Compare }) => {
                Response::Compared(self.reader.compare(face).await?)
            }
            Request::Test { faces } => {
                let tested = self.reader.test(&faces).await?;
                tested.map_or_else(Response::Refused, Response::Tested)
            }
            Request::Photo => return self.photo(payload).await,
            Request::Frame { task } => return self.frame(payload, task).await,
        };
        Ok((response, Payload::none()))
    }

    async fn photo(&self, payload: Payload) -> Result<(Response, Payload), Broken> {
        let analyzed = match read(&payload).await {
            Ok(file) => self.reader.photo(&file).await?,
            Err(problem) => Err(problem),
        };
        Ok(match analyzed {
            Ok((photo, rgba)) => (Response::Photo(Ok(photo)), Payload::pixels(&rgba)),
            Err(problem) => (Response::Photo(Err(problem)), Payload::none()),
        })
    }

    async fn frame(&mut self, payload: Payload, task: Task) -> Result<(Response, Payload), Broken> {
        let start = Instant::now();
        let frames = match self.frames.take() {
            Some(frames) => frames,
            None => FrameReader::new().map_err(Broken)?,
        };
        let frames = self.frames.insert(frames);
        let (width, height, rgba) = frames.read(&payload).map_err(Broken)?;
        let read_ms = 1000.0 * start.elapsed().as_secs_f64();
        let image = RgbaView::new(width, height, &rgba).map_err(|error| Broken(error.to_string()))?;
        let frame = self.reader.frame(image, task, read_ms).await?;
        Ok((Response::Frame(frame), payload.sent_back()))
    }
}

/// The bytes of a file that is not too large for it.
async fn read(payload: &Payload) -> Result<Vec<u8>, Problem> {
    let n_bytes = scope::blob_size(payload).map_err(|reason| unreadable(&reason))?;
    if n_bytes > MAX_FILE_BYTES {
        return Err(too_large(n_bytes));
    }
    scope::read_blob(payload).await.map_err(|reason| unreadable(&reason))
}

fn too_large(n_bytes: f64) -> Problem {
    let [most, got] = [MAX_FILE_BYTES, n_bytes].map(|n_bytes| (n_bytes / MIB).ceil());
    let detail = format!("Expected a photo of at most {most} MiB, got a file of {got} MiB");
    Problem::new("The file is too large", detail, "Choose a smaller JPEG, PNG, WebP or GIF picture")
}

/// The browser would not give the file's bytes: it was moved or changed after it was chosen.
fn unreadable(reason: &str) -> Problem {
    Problem::new("The file could not be read", reason, "Choose the file again")
}

fn say(response: &Response) {
    scope::post(response, &Payload::none());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_file_that_is_too_large_both_sizes_are_told() {
        let problem = too_large(MAX_FILE_BYTES + 1.0);
        assert_eq!(problem.detail, "Expected a photo of at most 256 MiB, got a file of 257 MiB");
    }
}
