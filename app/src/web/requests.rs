//! The requests that the page makes, as the browser counts them.

use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{PerformanceEntry, PerformanceObserver, PerformanceObserverEntryList, PerformanceObserverInit};

/// Hears of each request from now on. Workers make none of their own: what they need, the window fetches.
pub(crate) struct Requests {
    observer: PerformanceObserver,
    _on_entries: Closure<dyn FnMut(PerformanceObserverEntryList)>,
}

impl Requests {
    /// `on_request` is given the address of each; `None` where the browser does not tell.
    pub(crate) fn observe(on_request: impl Fn(String) + 'static) -> Option<Self> {
        let on_entries =
            Closure::<dyn FnMut(PerformanceObserverEntryList)>::new(move |list: PerformanceObserverEntryList| {
                let names =
                    list.get_entries().into_iter().map(|entry| entry.unchecked_into::<PerformanceEntry>().name());
                // Others are of what lies in the page's memory: `blob:`, `data:`.
                names.filter(|name| name.starts_with("http")).for_each(&on_request);
            });
        let observer = PerformanceObserver::new(on_entries.as_ref().unchecked_ref()).ok()?;
        observer.observe(&PerformanceObserverInit::new(&Array::of1(&"resource".into())));
        Some(Self { observer, _on_entries: on_entries })
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
