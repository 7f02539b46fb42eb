//! The browser's recorder of moving pictures (`MediaRecorder`).

use std::{cell::RefCell, rc::Rc};

use futures_channel::oneshot;
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use web_sys::{Blob, BlobPropertyBag};

use super::{save, words};

// `web_sys` has these behind features, each of which would compile everything anew that stands on it.
#[wasm_bindgen]
extern "C" {
    #[derive(Debug)]
    type MediaRecorder;
    #[wasm_bindgen(constructor, catch)]
    fn new(stream: &JsValue, options: &Object) -> Result<MediaRecorder, JsValue>;
    #[wasm_bindgen(static_method_of = MediaRecorder, catch, js_name = isTypeSupported)]
    fn is_type_supported(media_type: &str) -> Result<bool, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn start(this: &MediaRecorder, slice_ms: u32) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn stop(this: &MediaRecorder) -> Result<(), JsValue>;
    #[wasm_bindgen(method, getter, js_name = mimeType)]
    fn mime_type(this: &MediaRecorder) -> String;
    #[wasm_bindgen(method, setter, js_name = ondataavailable)]
    fn set_ondataavailable(this: &MediaRecorder, listener: &JsValue);
    #[wasm_bindgen(method, setter, js_name = onstop)]
    fn set_onstop(this: &MediaRecorder, listener: &JsValue);
}

/// Media types to record, best first; the first that the browser can write is taken.
const MEDIA_TYPES: [&str; 4] = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm", "video/mp4"];

/// Length of a part of the file, milliseconds: a failure does not lose the whole recording.
const SLICE_MS: u32 = 1000;

/// Records a stream of pictures. Dropping it forgets what was recorded.
#[derive(Debug)]
pub(crate) struct StreamRecorder {
    raw: MediaRecorder,
    parts: Rc<RefCell<Vec<Blob>>>,
    stopped: oneshot::Receiver<()>,
    _on_data: Closure<dyn FnMut(JsValue)>,
    _on_stop: Closure<dyn FnMut()>,
}

impl StreamRecorder {
    /// Record a stream from now on.
    pub(super) fn new(stream: &JsValue) -> Result<Self, JsValue> {
        if !Reflect::has(&js_sys::global(), &"MediaRecorder".into())? {
            return Err("expected a browser with MediaRecorder, got one without".into());
        }
        let options = Object::new();
        let is_known = |media_type: &&&str| MediaRecorder::is_type_supported(media_type).unwrap_or(false);
        if let Some(media_type) = MEDIA_TYPES.iter().find(is_known) {
            Reflect::set(&options, &"mimeType".into(), &(*media_type).into())?;
        }
        let raw = MediaRecorder::new(stream, &options)?;
        let parts = Rc::new(RefCell::new(vec![]));
        let kept = Rc::clone(&parts);
        let on_data = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            let part = Reflect::get(&event, &"data".into()).ok().and_then(|part| part.dyn_into::<Blob>().ok());
            kept.borrow_mut().extend(part);
        });
        let (sender, stopped) = oneshot::channel();
        let mut sender = Some(sender);
        let on_stop = Closure::<dyn FnMut()>::new(move || {
            // Nobody listens any more if it was dropped.
            sender.take().map(|sender| sender.send(()));
        });
        raw.set_ondataavailable(on_data.as_ref());
        raw.set_onstop(on_stop.as_ref());
        raw.start(SLICE_MS)?;
        Ok(Self { raw, parts, stopped, _on_data: on_data, _on_stop: on_stop })
    }

    /// Stop, and have the browser save what was recorded; its name gets the ending that fits.
    pub(crate) async fn save(self, stem: &str) -> Result<(), String> {
        // Refused if it has stopped by itself, as it does when a camera is given back.
        let _ = self.raw.stop();
        self.stopped.await.map_err(|_| "the browser gave it up")?;
        let media_type = self.raw.mime_type();
        let options = BlobPropertyBag::new();
        options.set_type(&media_type);
        let parts: Array = self.parts.borrow().iter().collect();
        let file = Blob::new_with_blob_sequence_and_options(&parts, &options).map_err(|error| words(&error))?;
        let ending = if media_type.starts_with("video/mp4") { "mp4" } else { "webm" };
        save::download(&file, &format!("{stem}.{ending}")).map_err(|error| words(&error))
    }
}
