//! The browser's video decoder (WebCodecs).

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::StreamExt;
use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use video::{Codec, Colour, PictureError, PixelFormat, PlaneLayout, Planes};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::words;

// `web_sys` has these behind a flag of the compiler, which would compile everything anew that stands on it.
#[wasm_bindgen]
extern "C" {
    #[derive(Debug)]
    type VideoDecoder;
    #[wasm_bindgen(constructor, catch)]
    fn new(callbacks: &Object) -> Result<VideoDecoder, JsValue>;
    #[wasm_bindgen(static_method_of = VideoDecoder, catch, js_name = isConfigSupported)]
    fn is_config_supported(config: &Object) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn configure(this: &VideoDecoder, config: &Object) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn decode(this: &VideoDecoder, chunk: &EncodedVideoChunk) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn flush(this: &VideoDecoder) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn close(this: &VideoDecoder) -> Result<(), JsValue>;
    #[wasm_bindgen(method, getter, js_name = decodeQueueSize)]
    fn decode_queue_size(this: &VideoDecoder) -> u32;
    #[wasm_bindgen(method, setter, js_name = ondequeue)]
    fn set_ondequeue(this: &VideoDecoder, listener: &JsValue);

    type EncodedVideoChunk;
    #[wasm_bindgen(constructor, catch)]
    fn new(init: &Object) -> Result<EncodedVideoChunk, JsValue>;

    #[derive(Debug)]
    type VideoFrame;
    #[wasm_bindgen(method, getter)]
    fn timestamp(this: &VideoFrame) -> f64;
    #[wasm_bindgen(method, getter)]
    fn format(this: &VideoFrame) -> Option<String>;
    #[wasm_bindgen(method, getter, js_name = visibleRect)]
    fn visible_rect(this: &VideoFrame) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = displayWidth)]
    fn display_width(this: &VideoFrame) -> u32;
    #[wasm_bindgen(method, getter, js_name = displayHeight)]
    fn display_height(this: &VideoFrame) -> u32;
    #[wasm_bindgen(method, getter, js_name = colorSpace)]
    fn color_space(this: &VideoFrame) -> JsValue;
    #[wasm_bindgen(method, catch, js_name = allocationSize)]
    fn allocation_size(this: &VideoFrame, options: &Object) -> Result<u32, JsValue>;
    #[wasm_bindgen(method, catch, js_name = copyTo)]
    fn copy_to(this: &VideoFrame, to: &Uint8Array, options: &Object) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, js_name = close)]
    fn close_frame(this: &VideoFrame);
}

/// Something that a decoder did.
#[derive(Debug)]
pub enum Decoded {
    /// It gives a frame, in the order in which they are shown.
    Frame(Frame),
    /// It can take more.
    Dequeued,
    /// It has given all frames.
    Flushed,
    /// It cannot go on, and why. Nothing more comes.
    Failed(String),
}

/// A decoder. Dropping it ends it.
#[derive(Debug)]
pub struct Decoder {
    raw: VideoDecoder,
    events: UnboundedReceiver<Decoded>,
    sender: UnboundedSender<Decoded>,
    _on_frame: Closure<dyn FnMut(VideoFrame)>,
    _on_error: Closure<dyn FnMut(JsValue)>,
    _on_dequeue: Closure<dyn FnMut()>,
}

impl Decoder {
    /// Whether the browser has decoders at all.
    pub fn is_there() -> bool {
        Reflect::has(&js_sys::global(), &"VideoDecoder".into()).unwrap_or(false)
    }

    /// A decoder for frames of `codec`, which have `colour` unless they say something else themselves; the inner error
    /// says that the browser has none.
    pub async fn open(
        codec: &Codec,
        [width, height]: [u32; 2],
        colour: Colour,
    ) -> Result<Result<Self, String>, String> {
        let description = codec.description.as_deref().map(Uint8Array::from);
        let config = object(&[
            ("codec", codec.string.as_str().into()),
            ("codedWidth", width.into()),
            ("codedHeight", height.into()),
            ("description", description.map_or(JsValue::UNDEFINED, Into::into)),
            ("colorSpace", colour_space(colour)),
        ]);
        let answer = VideoDecoder::is_config_supported(&config).map(JsFuture::from);
        let answer = match answer {
            Ok(answer) => answer.await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(answer) if property(&answer, "supported").is_truthy() => {}
            Ok(_) => return Ok(Err("the browser has no decoder for it".into())),
            // A name that it does not know is thrown as an error.
            Err(error) => return Ok(Err(words(&error))),
        }
        let decoder = Self::new().map_err(|error| words(&error))?;
        decoder.raw.configure(&config).map_err(|error| words(&error))?;
        Ok(Ok(decoder))
    }

    fn new() -> Result<Self, JsValue> {
        let (sender, events) = unbounded();
        // Sending fails only when the decoder is dropped: then the frame is closed with the message.
        let (frames, errors, dequeued) = (sender.clone(), sender.clone(), sender.clone());
        let on_frame = Closure::<dyn FnMut(VideoFrame)>::new(move |frame| {
            let _ = frames.unbounded_send(Decoded::Frame(Frame(frame)));
        });
        let on_error = Closure::<dyn FnMut(JsValue)>::new(move |error: JsValue| {
            let _ = errors.unbounded_send(Decoded::Failed(message(&error)));
        });
        let on_dequeue = Closure::<dyn FnMut()>::new(move || {
            let _ = dequeued.unbounded_send(Decoded::Dequeued);
        });
        let callbacks = object(&[("output", on_frame.as_ref().clone()), ("error", on_error.as_ref().clone())]);
        let raw = VideoDecoder::new(&callbacks)?;
        raw.set_ondequeue(on_dequeue.as_ref());
        Ok(Self { raw, events, sender, _on_frame: on_frame, _on_error: on_error, _on_dequeue: on_dequeue })
    }

    /// Give it a coded frame, which comes out again with this timestamp.
    pub fn decode(&self, timestamp: i64, is_key: bool, data: &[u8]) -> Result<(), String> {
        let chunk = object(&[
            ("type", if is_key { "key" } else { "delta" }.into()),
            ("timestamp", (timestamp as f64).into()),
            ("data", Uint8Array::from(data).into()),
        ]);
        let chunk = EncodedVideoChunk::new(&chunk);
        chunk.and_then(|chunk| self.raw.decode(&chunk)).map_err(|error| message(&error))
    }

    /// Frames that it has not begun yet.
    pub fn n_queued(&self) -> u32 {
        self.raw.decode_queue_size()
    }

    /// No frame comes any more: give what is left. Its end is an event.
    pub fn flush(&self) {
        let (flushing, sender) = (self.raw.flush(), self.sender.clone());
        spawn_local(async move {
            let ended = match flushing {
                Ok(flushing) => JsFuture::from(flushing).await,
                Err(error) => Err(error),
            };
            let event = ended.map_or_else(|error| Decoded::Failed(message(&error)), |_| Decoded::Flushed);
            let _ = sender.unbounded_send(event); // fails if the decoder was dropped
        });
    }

    /// The next event.
    pub async fn next(&mut self) -> Decoded {
        let event = self.events.next().await;
        event.unwrap_or_else(|| Decoded::Failed("it was closed".into())) // it has a sender itself
    }

    /// The next event, if there is one.
    pub fn try_next(&mut self) -> Option<Decoded> {
        self.events.try_recv().ok()
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // An event that is on its way would find the listener gone.
        self.raw.set_ondequeue(&JsValue::NULL);
        // Fails if it has closed itself, after an error.
        let _ = self.raw.close();
    }
}

/// A decoded frame. Dropping it gives its memory back to the decoder, which waits for that.
#[derive(Debug)]
pub struct Frame(VideoFrame);

impl Drop for Frame {
    fn drop(&mut self) {
        self.0.close_frame();
    }
}

/// The pixels of a frame, as the decoder gave them.
#[derive(Debug)]
pub struct FramePixels {
    format: PixelFormat,
    size: [usize; 2],
    layout: Vec<PlaneLayout>,
    data: Vec<u8>,
    /// Their meaning, as far as the browser says.
    pub colour: Colour,
    /// Width to height of a pixel, by the size at which the browser would show the frame.
    pub pixel_aspect: [u32; 2],
}

impl FramePixels {
    /// The pixels as planes.
    pub fn planes(&self) -> Result<Planes<'_>, PictureError> {
        Planes::new(self.format, self.size, &self.data, &self.layout)
    }
}

impl Frame {
    /// The timestamp that it was given to the decoder with.
    pub fn timestamp(&self) -> i64 {
        self.0.timestamp() as i64
    }

    /// Copy its pixels. A format that is not known here is turned into RGBA by the browser.
    pub async fn pixels(&self) -> Result<FramePixels, String> {
        let known = self.0.format().and_then(|name| PixelFormat::of(&name));
        let options = object(&match known {
            Some(_) => vec![],
            None => vec![("format", "RGBA".into()), ("colorSpace", "srgb".into())],
        });
        let n_bytes = self.0.allocation_size(&options).map_err(|error| message(&error))?;
        let bytes = Uint8Array::new_with_length(n_bytes);
        let copying = self.0.copy_to(&bytes, &options).map_err(|error| message(&error))?;
        let layout = JsFuture::from(copying).await.map_err(|error| message(&error))?;
        let rect = self.0.visible_rect();
        let size = ["width", "height"].map(|side| number(&rect, side) as usize);
        let display = [self.0.display_width(), self.0.display_height()];
        Ok(FramePixels {
            format: known.unwrap_or(PixelFormat::Rgba),
            size,
            layout: layout.unchecked_into::<Array>().iter().map(|plane| plane_layout(&plane)).collect(),
            data: bytes.to_vec(),
            colour: self.colour(),
            pixel_aspect: [display[0] * size[1] as u32, display[1] * size[0] as u32],
        })
    }

    fn colour(&self) -> Colour {
        let space = self.0.color_space();
        let name = |name| property(&space, name).as_string().unwrap_or_default();
        Colour::from_names(&name("transfer"), &name("matrix"), property(&space, "fullRange").is_truthy())
    }
}

/// As a decoder wants it: it takes all four fields, or none of them counts.
fn colour_space(colour: Colour) -> JsValue {
    let Some([primaries, transfer, matrix]) = colour.names() else { return JsValue::UNDEFINED };
    let names = [("primaries", primaries), ("transfer", transfer), ("matrix", matrix)];
    let mut fields = names.map(|(field, name)| (field, JsValue::from(name))).to_vec();
    fields.push(("fullRange", colour.is_full_range.into()));
    object(&fields).into()
}

fn plane_layout(plane: &JsValue) -> PlaneLayout {
    PlaneLayout { offset: number(plane, "offset") as usize, stride: number(plane, "stride") as usize }
}

fn number(value: &JsValue, name: &str) -> f64 {
    property(value, name).as_f64().unwrap_or_default()
}

/// The property `name` of `value`; `undefined` if it has none.
fn property(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap_or_default()
}

/// The message of an exception; `DOMException` is no `Error` of its realm.
pub(super) fn message(error: &JsValue) -> String {
    property(error, "message").as_string().filter(|text| !text.is_empty()).unwrap_or_else(|| words(error))
}

pub(super) fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        // A fresh plain object takes any field.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object
}
