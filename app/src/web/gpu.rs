//! Whether the browser has WebGPU, asked before megabytes are fetched for it.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Ask for an adapter; if there is none, a word why.
///
/// By hand, because `web_sys` has WebGPU only behind a compiler flag for all crates.
pub async fn find_adapter() -> Result<(), String> {
    let window = web_sys::window().ok_or("WebGPU is asked for by the window only")?;
    let gpu = Reflect::get(&window.navigator(), &"gpu".into()).unwrap_or_default();
    if gpu.is_undefined() {
        return Err(if window.is_secure_context() {
            "No WebGPU in this browser".into()
        } else {
            "No WebGPU on a page that came without HTTPS".into()
        });
    }
    match request_adapter(&gpu).await {
        Ok(adapter) if adapter.is_object() => Ok(()),
        _ => Err("WebGPU finds no graphics adapter here".into()),
    }
}

async fn request_adapter(gpu: &JsValue) -> Result<JsValue, JsValue> {
    let request: Function = Reflect::get(gpu, &"requestAdapter".into())?.dyn_into()?;
    let promise: Promise = request.call0(gpu)?.dyn_into()?;
    JsFuture::from(promise).await
}
