//! The browser's video encoder (WebCodecs), and a WebM file of what it gives.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Array, Object, Promise, Uint8Array};
use pipeline::Provenance;
use video::{WebmWriter, WrittenCodec};
use wasm_bindgen::{JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, HtmlCanvasElement};

use super::{
    canvas::Surface,
    decoder::{message, object},
    raster, save, words,
};

// `web_sys` has these behind a flag of the compiler, which would compile everything anew that stands on it.
#[wasm_bindgen]
extern "C" {
    #[derive(Debug)]
    type VideoEncoder;
    #[wasm_bindgen(constructor, catch)]
    fn new(callbacks: &Object) -> Result<VideoEncoder, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn configure(this: &VideoEncoder, config: &Object) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn encode(this: &VideoEncoder, frame: &CanvasFrame, options: &Object) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn flush(this: &VideoEncoder) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn close(this: &VideoEncoder) -> Result<(), JsValue>;
    #[wasm_bindgen(method, getter, js_name = encodeQueueSize)]
    fn encode_queue_size(this: &VideoEncoder) -> u32;
    #[wasm_bindgen(method, setter, js_name = ondequeue)]
    fn set_ondequeue(this: &VideoEncoder, listener: &JsValue);

    #[wasm_bindgen(js_name = VideoFrame)]
    type CanvasFrame;
    #[wasm_bindgen(constructor, catch, js_class = "VideoFrame")]
    fn new(canvas: &HtmlCanvasElement, init: &Object) -> Result<CanvasFrame, JsValue>;
    #[wasm_bindgen(method, js_class = "VideoFrame")]
    fn close(this: &CanvasFrame);

    type EncodedChunk;
    #[wasm_bindgen(method, getter)]
    fn timestamp(this: &EncodedChunk) -> f64;
    #[wasm_bindgen(method, getter, js_name = type)]
    fn kind(this: &EncodedChunk) -> String;
    #[wasm_bindgen(method, getter, js_name = byteLength)]
    fn byte_length(this: &EncodedChunk) -> u32;
    #[wasm_bindgen(method, catch, js_name = copyTo)]
    fn copy_to(this: &EncodedChunk, to: &Uint8Array) -> Result<(), JsValue>;
}

/// The codec that every browser with an encoder has, in software too, and every player that plays WebM.
const CODEC: &str = "vp8";

/// Bits a second for each pixel of a picture: enough at 30 frames a second for letters to stay sharp.
const BITS_PER_PIXEL: f64 = 6.0;

/// From a key frame to the next, seconds: a player can go to each at once.
const KEY_SECS: f64 = 2.0;

/// How long the only picture of a film is shown, seconds.
const LONE_SECS: f64 = 0.04;

/// Frames that wait to be encoded at most.
const MAX_QUEUE: u32 = 8;

/// Encodes pictures with boxes and labels, at their own size and times.
pub(crate) struct FilmEncoder {
    canvas: HtmlCanvasElement,
    encoder: VideoEncoder,
    written: Rc<RefCell<Written>>,
    /// The time of the first picture, seconds: a film begins at 0.
    begin_secs: f64,
    last_key_secs: Option<f64>,
    /// The times of the two newest pictures, seconds.
    newest_secs: [Option<f64>; 2],
    _on_chunk: Closure<dyn FnMut(EncodedChunk)>,
    _on_error: Closure<dyn FnMut(JsValue)>,
    _on_dequeue: Closure<dyn FnMut()>,
}

/// The file so far.
struct Written {
    writer: WebmWriter,
    /// In blobs, which a browser keeps where there is room.
    clusters: Vec<Blob>,
    failed: Option<String>,
}

impl FilmEncoder {
    /// Begin with the picture on the stage, of `time_secs`; `on_dequeue` is called when it can take more.
    pub(crate) fn start(surface: &Surface, time_secs: f64, on_dequeue: impl FnMut() + 'static) -> Result<Self, String> {
        if !js_sys::Reflect::has(&js_sys::global(), &"VideoEncoder".into()).unwrap_or(false) {
            return Err("expected a browser with VideoEncoder (WebCodecs), got one without".into());
        }
        let begin = || {
            let canvas = raster::new_canvas()?;
            surface.draw_for_file(&canvas)?;
            let mut film = Self::new(canvas, time_secs, on_dequeue)?;
            film.encode(time_secs)?;
            Ok(film)
        };
        begin().map_err(|error: JsValue| words(&error))
    }

    fn new(canvas: HtmlCanvasElement, begin_secs: f64, on_dequeue: impl FnMut() + 'static) -> Result<Self, JsValue> {
        let size = [canvas.width(), canvas.height()];
        let writer = WebmWriter::new(WrittenCodec::Vp8, size);
        let written = Rc::new(RefCell::new(Written { writer, clusters: vec![], failed: None }));
        let (by_chunk, by_error) = (Rc::clone(&written), Rc::clone(&written));
        let on_chunk = Closure::<dyn FnMut(EncodedChunk)>::new(move |chunk: EncodedChunk| {
            by_chunk.borrow_mut().take(&chunk);
        });
        let on_error = Closure::<dyn FnMut(JsValue)>::new(move |error: JsValue| {
            by_error.borrow_mut().failed = Some(message(&error));
        });
        let callbacks = object(&[("output", on_chunk.as_ref().clone()), ("error", on_error.as_ref().clone())]);
        let encoder = VideoEncoder::new(&callbacks)?;
        let [width, height] = size;
        let bits_per_sec = (f64::from(width) * f64::from(height) * BITS_PER_PIXEL).max(2e5);
        encoder.configure(&object(&[
            ("codec", CODEC.into()),
            ("width", width.into()),
            ("height", height.into()),
            ("bitrate", bits_per_sec.round().into()),
        ]))?;
        let on_dequeue = Closure::<dyn FnMut()>::new(on_dequeue);
        encoder.set_ondequeue(on_dequeue.as_ref());
        Ok(Self {
            canvas,
            encoder,
            written,
            begin_secs,
            last_key_secs: None,
            newest_secs: [None; 2],
            _on_chunk: on_chunk,
            _on_error: on_error,
            _on_dequeue: on_dequeue,
        })
    }

    /// The picture on the stage comes next, shown from `time_secs` on.
    pub(crate) fn add(&mut self, surface: &Surface, time_secs: f64) -> Result<(), String> {
        if let Some(reason) = &self.written.borrow().failed {
            return Err(reason.clone());
        }
        let added = surface.draw_for_file(&self.canvas).and_then(|()| self.encode(time_secs));
        added.map_err(|error| words(&error))
    }

    /// Whether further pictures are to wait until some of those before are encoded.
    pub(crate) fn is_busy(&self) -> bool {
        self.encoder.encode_queue_size() >= MAX_QUEUE
    }

    fn encode(&mut self, time_secs: f64) -> Result<(), JsValue> {
        let time_secs = time_secs - self.begin_secs;
        let frame = CanvasFrame::new(&self.canvas, &object(&[("timestamp", (time_secs * 1e6).round().into())]))?;
        let is_key = self.last_key_secs.is_none_or(|key| time_secs - key >= KEY_SECS);
        let encoded = self.encoder.encode(&frame, &object(&[("keyFrame", is_key.into())]));
        frame.close();
        if is_key {
            self.last_key_secs = Some(time_secs);
        }
        self.newest_secs = [self.newest_secs[1], Some(time_secs)];
        encoded
    }

    /// Have the browser save the file, which says where it comes from. Its last picture is shown for as long as the one
    /// before it.
    pub(crate) async fn save(self, file_name: &str, mut provenance: Provenance) -> Result<(), String> {
        if self.begin_secs > 0.0 {
            provenance.settings.insert("picture_begins_secs".to_owned(), format!("{:.6}", self.begin_secs));
        }
        let flushed = match self.encoder.flush() {
            Ok(flushed) => JsFuture::from(flushed).await,
            Err(error) => Err(error),
        };
        // It has said more if it failed.
        if let Some(reason) = self.written.borrow_mut().failed.take() {
            return Err(reason);
        }
        let [before, newest] = self.newest_secs;
        let newest = newest.unwrap_or_default();
        let end_secs = newest + before.map_or(LONE_SECS, |before| newest - before);
        let file = flushed.and_then(|_| self.written.borrow().file(end_secs, provenance.to_json()));
        let saved = file.and_then(|file| save::download(&file, file_name));
        saved.map_err(|error| words(&error))
    }
}

impl Drop for FilmEncoder {
    fn drop(&mut self) {
        self.encoder.set_ondequeue(&JsValue::NULL);
        // Refused if it has failed.
        let _ = self.encoder.close();
    }
}

impl Written {
    fn take(&mut self, chunk: &EncodedChunk) {
        let bytes = Uint8Array::new_with_length(chunk.byte_length());
        let taken = chunk.copy_to(&bytes).and_then(|()| {
            match self.writer.push(chunk.timestamp() / 1e6, chunk.kind() == "key", &bytes.to_vec()) {
                Some(cluster) => blob(&cluster).map(Some),
                None => Ok(None),
            }
        });
        match taken {
            Ok(cluster) => self.clusters.extend(cluster),
            Err(error) => self.failed = Some(words(&error)),
        }
    }

    /// All of it, of which the last picture is shown until `end_secs`.
    fn file(&self, end_secs: f64, comment: String) -> Result<Blob, JsValue> {
        let ends = self.writer.clone().finish(end_secs, &[("COMMENT", comment)]);
        let (head, tail) = (blob(&ends.head)?, blob(&ends.tail)?);
        let parts: Array = std::iter::once(&head).chain(&self.clusters).chain([&tail]).collect();
        let options = BlobPropertyBag::new();
        options.set_type("video/webm");
        Blob::new_with_blob_sequence_and_options(&parts, &options)
    }
}

fn blob(bytes: &[u8]) -> Result<Blob, JsValue> {
    Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes)))
}
