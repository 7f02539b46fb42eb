//! The worker: finds faces and reads them, away from the page's own thread. Another one of the same program reads videos.

mod detector;
mod reader;
mod video;

use futures_channel::mpsc::UnboundedReceiver;
use futures_util::StreamExt;
use pipeline::FrameTask;
use vision::RgbaView;
use wasm_bindgen_futures::spawn_local;
use web_time::Instant;

pub use reader::{Broken, Reader};
use video::{Next, VideoReader};

use crate::{
    asset::Asset,
    problem::Problem,
    protocol::{InspectKind, InspectRequest, Inspection, Request, Response},
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
    // The program aborts after a panic; this is its last message.
    std::panic::set_hook(Box::new(|panic| post(&Response::Broken(panic.to_string()))));
    let requests = scope::listen();
    post(&Response::Up);
    spawn_local(serve(requests));
}

/// One request after the other: a network is never exchanged while a face is read.
async fn serve(mut requests: UnboundedReceiver<Result<(Request, Payload), String>>) {
    let mut handler = RequestHandler { reader: Reader::default(), frames: None, video: None };
    while let Some(request) = requests.next().await {
        let answer = match request {
            Ok((request, payload)) => handler.answer(request, payload).await,
            Err(reason) => Err(Broken(reason)),
        };
        let (response, payload) = answer.unwrap_or_else(|Broken(reason)| (Response::Broken(reason), Payload::none()));
        scope::post(&response, &payload);
    }
}

/// Carries out requests; its fields last from one to the next.
struct RequestHandler {
    reader: Reader,
    frames: Option<FrameReader>,
    video: Option<VideoReader>,
}

impl RequestHandler {
    async fn answer(&mut self, request: Request, payload: Payload) -> Result<(Response, Payload), Broken> {
        let reader = &mut self.reader;
        let answer = match request {
            Request::Open { device } => reader.open(device).await.map(|()| Response::Done),
            Request::Configure(asset) => configure(reader, asset, &payload.to_files()).await?,
            Request::Hold { network } => {
                let files = payload.to_files();
                let [card, weights] = card_and_weights(&files)?;
                reader.hold(network, card, weights).await?.map(|()| Response::Done)
            }
            Request::Inspect(request) => Ok(Response::Inspected(inspect(reader, request).await?)),
            Request::Test { faces } => reader.test(&faces).await?.map(Response::Tested),
            Request::Photo => return self.photo(payload).await,
            Request::Frame { task } => return self.frame(payload, task).await,
            Request::Picture { task, width, height } => return self.picture(&payload, task, [width, height]).await,
            Request::OpenVideo => VideoReader::open(&payload).map(|video| self.open(video)),
            Request::SeekVideo(range) => self.video()?.seek(range).await?.map(|()| Response::Done),
            Request::NextFrame => return self.next_frame().await,
        };
        Ok((answer.unwrap_or_else(Response::Refused), Payload::none()))
    }

    async fn photo(&self, payload: Payload) -> Result<(Response, Payload), Broken> {
        let analyzed = match read(&payload).await {
            Ok(file) => self.reader.photo(&file).await?,
            Err(problem) => Err(problem),
        };
        Ok(match analyzed {
            Ok((photo, rgba)) => (Response::Photo(photo), Payload::pixels(&rgba)),
            Err(problem) => (Response::Refused(problem), Payload::none()),
        })
    }

    async fn frame(&mut self, payload: Payload, task: FrameTask) -> Result<(Response, Payload), Broken> {
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

    /// A frame of a video, whose pixels came.
    async fn picture(
        &mut self,
        payload: &Payload,
        task: FrameTask,
        [width, height]: [u32; 2],
    ) -> Result<(Response, Payload), Broken> {
        let start = Instant::now();
        let rgba = payload.to_pixels().map_err(Broken)?;
        let read_ms = 1000.0 * start.elapsed().as_secs_f64();
        let image = RgbaView::new(width as usize, height as usize, &rgba).map_err(|error| Broken(error.to_string()))?;
        let frame = self.reader.frame(image, task, read_ms).await?;
        Ok((Response::Picture { frame, width, height }, payload.pixels_sent_back().map_err(Broken)?))
    }

    fn open(&mut self, video: VideoReader) -> Response {
        let info = video.info();
        self.video = Some(video);
        Response::VideoOpened(info)
    }

    fn video(&mut self) -> Result<&mut VideoReader, Broken> {
        self.video.as_mut().ok_or_else(|| Broken("expected a video first".into()))
    }

    async fn next_frame(&mut self) -> Result<(Response, Payload), Broken> {
        Ok(match self.video()?.next().await? {
            Next::Frame(frame, rgba) => (Response::Decoded(frame), Payload::pixels(&rgba)),
            Next::End(end) => (Response::VideoEnd(end), Payload::none()),
        })
    }
}

async fn inspect(reader: &Reader, InspectRequest { face, kind }: InspectRequest) -> Result<Inspection, Broken> {
    Ok(match kind {
        InspectKind::Layer { layer, with_weights } => {
            Inspection::Layer(Box::new(reader.look(face, layer, with_weights).await?))
        }
        InspectKind::Compare => Inspection::Comparison(reader.compare(face).await?),
    })
}

async fn configure(reader: &mut Reader, asset: Asset, files: &[Vec<u8>]) -> Result<Result<Response, Problem>, Broken> {
    Ok(match asset {
        Asset::Detector(detector) => reader.use_detector(detector, files).await?.map(|()| Response::Done),
        Asset::FullRange => reader.extend_detector(files).await?.map(|()| Response::Done),
        Asset::Network(network) => {
            let [card, weights] = card_and_weights(files)?;
            reader.load(network, card, weights).await?.map(|card| Response::Loaded(Box::new(card)))
        }
        Asset::Program(_) => return Err(Broken(format!("expected a detector or a network, got the {asset}"))),
    })
}

fn card_and_weights(files: &[Vec<u8>]) -> Result<&[Vec<u8>; 2], Broken> {
    files.try_into().map_err(|_| Broken(format!("expected card and weights, got {} files", files.len())))
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

fn post(response: &Response) {
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
