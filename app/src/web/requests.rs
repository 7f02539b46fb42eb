//! The requests that the page makes, as the browser counts them: for the window, and in the workers for their programs.

use std::rc::Rc;

use gloo::events::EventListener;
use js_sys::{Array, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    EventTarget, MessageEvent, PerformanceEntry, PerformanceObserver, PerformanceObserverEntryList,
    PerformanceObserverInit,
};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = EventTarget)]
    type BroadcastChannel;
    #[wasm_bindgen(constructor, catch)]
    fn new(name: &str) -> Result<BroadcastChannel, JsValue>;
}

/// Hears of each request from now on.
pub(crate) struct Requests {
    observer: PerformanceObserver,
    _on_entries: Closure<dyn FnMut(PerformanceObserverEntryList)>,
    _of_workers: Option<EventListener>,
}

impl Requests {
    /// `on_request` is given the address of each; `None` where the browser does not tell.
    pub(crate) fn observe(on_request: impl Fn(String) + 'static) -> Option<Self> {
        let on_request = Rc::new(on_request);
        let tell = {
            let on_request = Rc::clone(&on_request);
            // Others are of what lies in the page's memory: `blob:`, `data:`.
            move |name: String| {
                if name.starts_with("http") {
                    on_request(name);
                }
            }
        };
        let tell_of_workers = tell.clone();
        let on_entries =
            Closure::<dyn FnMut(PerformanceObserverEntryList)>::new(move |list: PerformanceObserverEntryList| {
                list.get_entries()
                    .into_iter()
                    .for_each(|entry| tell(entry.unchecked_into::<PerformanceEntry>().name()));
            });
        let observer = PerformanceObserver::new(on_entries.as_ref().unchecked_ref()).ok()?;
        observer.observe(&PerformanceObserverInit::new(&Array::of1(&"resource".into())));
        let of_workers = channel().and_then(|name| BroadcastChannel::new(&name).ok()).map(|channel| {
            EventListener::new(&channel, "message", move |event| {
                let names = event.unchecked_ref::<MessageEvent>().data();
                let names: Option<&Array> = names.dyn_ref();
                names.into_iter().flat_map(Array::iter).filter_map(|name| name.as_string()).for_each(&tell_of_workers);
            })
        });
        Some(Self { observer, _on_entries: on_entries, _of_workers: of_workers })
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// JavaScript by which a worker tells the window of its requests, to stand before its program.
pub(super) fn told_by_worker() -> String {
    let Some(channel) = channel() else { return String::new() };
    format!(
        "const requests = new BroadcastChannel(\"{channel}\");
new PerformanceObserver((list) => requests.postMessage(list.getEntries().map(({{ name }}) => name)))
  .observe({{ type: \"resource\", buffered: true }});
"
    )
}

/// The name of a channel between this page and its workers, and no other page: it has the moment at which it was
/// opened.
fn channel() -> Option<String> {
    let performance = Reflect::get(&web_sys::window()?.into(), &"performance".into()).ok()?;
    let opened_ms = Reflect::get(&performance, &"timeOrigin".into()).ok()?.as_f64()?;
    Some(format!("ferrum-requests-{opened_ms}"))
}

/// Whether `address` is one of this page's own server.
pub(crate) fn is_own(address: &str) -> bool {
    let origin = web_sys::window().and_then(|window| window.location().origin().ok());
    origin.is_some_and(|origin| address.starts_with(&format!("{origin}/")))
}
