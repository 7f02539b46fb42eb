//! The browser as the worker sees it: messages, files and frames.

use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use js_sys::Uint8Array;
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, DedicatedWorkerGlobalScope, ImageBitmap, MessageEvent, OffscreenCanvas, OffscreenCanvasRenderingContext2d,
};

use super::{
    message::{self, OwnedBitmap, Payload},
    words,
};

/// Messages from the window, in order, for as long as the worker lives.
pub fn listen<T: DeserializeOwned + 'static>() -> UnboundedReceiver<Result<(T, Payload), String>> {
    let (sender, receiver) = unbounded();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        // Fails only when the receiver is gone, and then nobody listens.
        let _ = sender.unbounded_send(message::unpack(&event.data()));
    });
    scope().set_onmessage(Some(on_message.into_js_value().unchecked_ref()));
    receiver
}

/// Tell the window.
pub fn post<T: Serialize>(head: &T, payload: &Payload) {
    let message = message::pack(head, payload);
    // Fails only for what cannot be copied: `Payload` holds nothing of the kind.
    let _ = scope().post_message_with_transfer(&message, payload.transfer());
}

/// Number of bytes of a `Blob`; none of them are read.
pub fn blob_size(payload: &Payload) -> Result<f64, String> {
    payload.value::<Blob>().map(Blob::size)
}

/// The bytes of a `Blob`, or why they cannot be read.
pub async fn read_blob(payload: &Payload) -> Result<Vec<u8>, String> {
    let buffer = JsFuture::from(payload.value::<Blob>()?.array_buffer()).await.map_err(|error| words(&error))?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// The picture in a `Blob`, decoded by the browser and upright, or why it does not.
pub async fn decode_blob(payload: &Payload) -> Result<OwnedBitmap, String> {
    let decoded = scope().create_image_bitmap_with_blob(payload.value()?).map_err(|error| words(&error))?;
    let bitmap = JsFuture::from(decoded).await.map_err(|error| words(&error))?;
    Ok(OwnedBitmap::from(bitmap.unchecked_into::<ImageBitmap>()))
}

/// Sides and RGBA pixels of `bitmap` laid on white, its longer side at most `max_side`.
pub fn draw_on_white(bitmap: &ImageBitmap, max_side: u32) -> Result<([usize; 2], Vec<u8>), String> {
    let longer = bitmap.width().max(bitmap.height());
    let scale = f64::from(max_side.min(longer)) / f64::from(longer.max(1));
    let [width, height] = [bitmap.width(), bitmap.height()].map(|side| (f64::from(side) * scale).round().max(1.0));
    let reader = FrameReader::new()?;
    reader.canvas.set_width(width as u32);
    reader.canvas.set_height(height as u32);
    // Else the browser leaves out pixels where it shrinks.
    let _ = js_sys::Reflect::set(&reader.context, &"imageSmoothingQuality".into(), &"high".into());
    reader.context.set_fill_style_str("white");
    reader.context.fill_rect(0.0, 0.0, width, height);
    let drawn = reader.context.draw_image_with_image_bitmap_and_dw_and_dh(bitmap, 0.0, 0.0, width, height);
    drawn.map_err(|error| words(&error))?;
    let pixels = reader.context.get_image_data(0.0, 0.0, width, height).map_err(|error| words(&error))?;
    Ok(([width as usize, height as usize], pixels.data().0))
}

/// Reads the pixels of frames; keeps its canvas from one to the next.
#[derive(Debug)]
pub struct FrameReader {
    canvas: OffscreenCanvas,
    context: OffscreenCanvasRenderingContext2d,
}

impl FrameReader {
    /// A reader, or why the browser gives none.
    pub fn new() -> Result<Self, String> {
        let canvas = OffscreenCanvas::new(1, 1).map_err(|error| words(&error))?;
        let options = js_sys::Object::new();
        // Without it the canvas lives on the GPU, and each read waits for the GPU.
        let _ = js_sys::Reflect::set(&options, &"willReadFrequently".into(), &JsValue::TRUE);
        let context = canvas.get_context_with_context_options("2d", &options).map_err(|error| words(&error))?;
        let context = context.ok_or("the browser gives workers no 2D canvas")?.unchecked_into();
        Ok(Self { canvas, context })
    }

    /// Width, height and RGBA pixels of `frame`.
    pub fn read(&self, frame: &Payload) -> Result<(usize, usize, Vec<u8>), String> {
        let frame: &ImageBitmap = frame.value()?;
        let (width, height) = (frame.width(), frame.height());
        if (self.canvas.width(), self.canvas.height()) != (width, height) {
            self.canvas.set_width(width);
            self.canvas.set_height(height);
        }
        self.context.draw_image_with_image_bitmap(frame, 0.0, 0.0).map_err(|error| words(&error))?;
        let pixels = self
            .context
            .get_image_data(0.0, 0.0, f64::from(width), f64::from(height))
            .map_err(|error| words(&error))?;
        Ok((width as usize, height as usize, pixels.data().0))
    }
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
