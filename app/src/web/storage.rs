//! The browser's store of settings. It may be full or forbidden; then nothing is kept.

use web_sys::Storage;

/// The text under `key`.
pub fn read(key: &str) -> Option<String> {
    store()?.get_item(key).ok()?
}

/// Keep `text` under `key`.
pub fn write(key: &str, text: &str) {
    if let Some(store) = store() {
        // Full or forbidden: the page works without.
        let _ = store.set_item(key, text);
    }
}

fn store() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}
