//! Whether a person sees the page.

use gloo::events::EventListener;

/// A change of the page's visibility.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visibility {
    /// Its tab is shown.
    Shown,
    /// Its tab is hidden, or its window.
    Hidden,
    /// It was left for another page. The browser may keep it and bring it back as it was.
    Left,
}

/// Whether the page is hidden now.
pub(crate) fn is_hidden() -> bool {
    web_sys::window().and_then(|window| window.document()).is_some_and(|document| document.hidden())
}

/// Listens to changes, until the listeners are dropped.
pub(crate) fn on_change(on_visibility: impl Fn(Visibility) + Clone + 'static) -> Option<[EventListener; 2]> {
    let window = web_sys::window()?;
    let document = window.document()?;
    let on_leave = on_visibility.clone();
    Some([
        EventListener::new(&document, "visibilitychange", move |_| {
            on_visibility(if is_hidden() { Visibility::Hidden } else { Visibility::Shown });
        }),
        EventListener::new(&window, "pagehide", move |_| on_leave(Visibility::Left)),
    ])
}
