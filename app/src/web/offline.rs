//! The service worker, which keeps the page's files for visits without a network.

use futures_util::future::select;
use gloo::timers::future::TimeoutFuture;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// Names the service worker's script, if the page was built with one.
const MARK: &str = "meta[name=\"service-worker\"]";

/// Time for the browser to keep the page's files, milliseconds; if some do not come, it never says so.
const PATIENCE_MS: u32 = 60_000;

/// Has the browser keep the page's files, and ends when it does, or when that takes too long. Where it cannot, such as
/// in a private window, the page works all the same.
pub(crate) async fn keep_files() {
    if let Some(script) = script() {
        let _ = register(&script).await;
    }
}

fn script() -> Option<String> {
    web_sys::window()?.document()?.query_selector(MARK).ok()??.get_attribute("content")
}

async fn register(script: &str) -> Result<(), JsValue> {
    let navigator = web_sys::window().ok_or(JsValue::UNDEFINED)?.navigator();
    // Over plain HTTP and in some private windows there is none, which the types do not know.
    if js_sys::Reflect::has(&navigator, &"serviceWorker".into())? {
        let container = navigator.service_worker();
        JsFuture::from(container.register(script)).await?;
        select(JsFuture::from(container.ready()?), TimeoutFuture::new(PATIENCE_MS)).await;
    }
    Ok(())
}
