//! A worker, as the window sees it.

use std::{cell::RefCell, rc::Rc};

use gloo::events::EventListener;
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, ErrorEvent, MessageEvent, Url, WorkerOptions, WorkerType};

use super::{
    message::{self, Payload},
    requests, words,
};

/// A message of a worker, or its end. `P` is the payload.
#[derive(Debug)]
pub enum WorkerMessage<T, P = Payload> {
    /// A message.
    Arrived(T, P),
    /// It cannot go on, and why. Nothing more comes.
    Died(String),
}

/// A running worker. Dropping it ends it.
#[derive(Debug)]
pub struct Worker {
    raw: web_sys::Worker,
    starter: String,
    _listeners: [EventListener; 3],
}

impl Worker {
    /// Start the module `script`, relative to the page; `on_message` is given its messages, and its end.
    ///
    /// A module, because then a program that does not compile or start gives an event; with a classic
    /// script that would be a rejected promise that nobody sees.
    pub fn start<T: DeserializeOwned>(
        script: &str,
        on_message: impl FnMut(WorkerMessage<T>) + 'static,
    ) -> Result<Self, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let starter = starter(script).map_err(|error| words(&error))?;
        let raw = web_sys::Worker::new_with_options(&starter, &options).map_err(|error| words(&error))?;
        let on_message = Rc::new(RefCell::new(on_message));
        let notify = move |message| on_message.borrow_mut()(message);
        let (notify_error, notify_damage) = (notify.clone(), notify.clone());
        let listeners = [
            EventListener::new(&raw, "message", move |event| {
                let message = message::unpack(&event.unchecked_ref::<MessageEvent>().data());
                notify(
                    message.map_or_else(WorkerMessage::Died, |(head, payload)| WorkerMessage::Arrived(head, payload)),
                );
            }),
            EventListener::new(&raw, "error", move |event| {
                // A script that does not load gives an event without a message.
                let message = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).filter(|text| !text.is_empty());
                notify_error(WorkerMessage::Died(message.unwrap_or_else(|| "its script did not load".into())));
            }),
            EventListener::new(&raw, "messageerror", move |_| {
                notify_damage(WorkerMessage::Died("a message of it could not be read".into()));
            }),
        ];
        Ok(Self { raw, starter, _listeners: listeners })
    }

    /// Send it a message, or say why that is not possible.
    pub fn post<T: Serialize>(&self, head: &T, payload: &Payload) -> Result<(), String> {
        let message = message::pack(head, payload);
        self.raw.post_message_with_transfer(&message, payload.transfer()).map_err(|error| words(&error))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.raw.terminate();
        // Not as soon as it runs: some browsers read the blob late.
        let _ = Url::revoke_object_url(&self.starter);
    }
}

/// A `blob:` URL of a script that imports the module `script`.
///
/// A worker from a `blob:` URL inherits the page's Content-Security-Policy. One from the network has only what its own
/// response says, and a server of files says nothing: it could ask anyone. Imported while it runs, because the error
/// then names a script that does not load.
fn starter(script: &str) -> Result<String, JsValue> {
    let document = web_sys::window().and_then(|window| window.document()).ok_or("no document")?;
    let page = document.base_uri()?.ok_or("no address of the page")?;
    let script = Url::new_with_base(script, &page)?.href();
    let kind = BlobPropertyBag::new();
    kind.set_type("text/javascript");
    let import = js_sys::Array::of1(&format!("{}await import(\"{script}\");", requests::told_by_worker()).into());
    Url::create_object_url_with_blob(&Blob::new_with_str_sequence_and_options(&import, &kind)?)
}
