//! Parts of the page that have an address of their own, so that the browser's Back leads out of them.

use gloo::events::{EventListener, EventListenerOptions};

/// A part of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Route {
    /// Photos, camera and video.
    #[default]
    Work,
    /// The page's purpose, its limits and its licences.
    About,
}

impl Route {
    /// The part after the `#` of an address.
    pub(crate) fn hash(self) -> &'static str {
        match self {
            Self::Work => "#",
            Self::About => "#about",
        }
    }

    fn from_hash(hash: &str) -> Self {
        if hash == Self::About.hash() { Self::About } else { Self::Work }
    }
}

/// The part that the address names.
pub(crate) fn current() -> Route {
    let hash = web_sys::window().and_then(|window| window.location().hash().ok());
    hash.map_or(Route::Work, |hash| Route::from_hash(&hash))
}

/// Go to `route`, if the page is not there.
pub(crate) fn go(route: Route) {
    if let Some(window) = web_sys::window().filter(|_| current() != route) {
        // A browser refuses that only to a page in a frame that may not navigate; then the page stays where it is.
        let _ = window.location().set_hash(route.hash());
    }
}

/// Listens to changes of the part, until the listener is dropped.
pub(crate) fn on_change(on_route: impl Fn(Route) + 'static) -> Option<EventListener> {
    let window = web_sys::window()?;
    Some(EventListener::new(&window, "hashchange", move |_| on_route(current())))
}

/// Has the browser ask a person before the page is left if `is_needed`, until the listener is dropped.
pub(crate) fn before_leaving(is_needed: impl Fn() -> bool + 'static) -> Option<EventListener> {
    let window = web_sys::window()?;
    let options = EventListenerOptions::enable_prevent_default();
    let ask = move |event: &web_sys::Event| {
        if is_needed() {
            event.prevent_default();
        }
    };
    Some(EventListener::new_with_options(&window, "beforeunload", options, ask))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_address_is_that_of_the_work() {
        let cases = [("", Route::Work), ("#", Route::Work), ("#about", Route::About), ("#x", Route::Work)];
        for (hash, expected) in cases {
            assert_eq!(Route::from_hash(hash), expected, "{hash:?}");
        }
    }
}
