//! Whether the browser has WebGPU, asked before megabytes are fetched for it.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Ask for an adapter, and give what it and the browser call themselves; if there is none, a word why.
///
/// By hand, because `web_sys` has WebGPU only behind a compiler flag for all crates.
pub async fn find_adapter() -> Result<String, String> {
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
        Ok(adapter) if adapter.is_object() => {
            let browser = window.navigator().user_agent().unwrap_or_default();
            Ok(format!("{} | {browser}", describe(&adapter)))
        }
        _ => Err("WebGPU finds no graphics adapter here".into()),
    }
}

/// Vendor, architecture, device and driver, as far as the browser tells.
fn describe(adapter: &JsValue) -> String {
    let info = Reflect::get(adapter, &"info".into()).unwrap_or_default();
    let word = |name: &str| Reflect::get(&info, &name.into()).ok().and_then(|word| word.as_string());
    let words = ["vendor", "architecture", "device", "description"].into_iter().filter_map(word);
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

async fn request_adapter(gpu: &JsValue) -> Result<JsValue, JsValue> {
    let request: Function = Reflect::get(gpu, &"requestAdapter".into())?.dyn_into()?;
    let promise: Promise = request.call0(gpu)?.dyn_into()?;
    JsFuture::from(promise).await
}
