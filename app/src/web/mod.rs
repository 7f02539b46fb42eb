//! The browser: the only module that names `web_sys` and `js_sys`.

pub mod blob_source;
pub mod camera;
pub mod canvas;
pub mod decoder;
pub(crate) mod dialog;
pub mod fetch;
pub mod file;
pub(crate) mod film;
mod folder;
pub mod gpu;
pub mod input;
mod message;
pub(crate) mod offline;
pub mod played;
pub(crate) mod raster;
pub(crate) mod recorder;
pub(crate) mod requests;
pub(crate) mod route;
mod sample;
pub(crate) mod save;
pub mod scope;
pub mod storage;
mod video_frames;
pub(crate) mod visibility;
pub mod worker;

use wasm_bindgen::{JsCast, JsValue};

pub use js_sys::Uint8Array;
pub use message::{OwnedBitmap, Payload};
pub use web_sys::{Blob, ImageBitmap, ImageData};

/// Move the keyboard to an element, if it is there.
pub(crate) fn focus(element: &yew::NodeRef) {
    if let Some(element) = element.cast::<web_sys::HtmlElement>() {
        // Refused only by what cannot have the focus.
        let _ = element.focus();
    }
}

/// The message of a JavaScript error.
pub(crate) fn words(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => error.as_string().unwrap_or_else(|| format!("{error:?}")),
    }
}
