//! A worker, as the window sees it.

use std::{cell::RefCell, rc::Rc};

use gloo::events::EventListener;
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::JsCast;
use web_sys::{ErrorEvent, MessageEvent, WorkerOptions, WorkerType};

use super::{
    message::{self, Payload},
    words,
};

/// What comes from a worker.
#[derive(Debug)]
pub enum Heard<T> {
    /// A message.
    Said(T, Payload),
    /// It cannot go on, and why. Nothing more comes.
    Died(String),
}

/// A running worker. Dropping it ends it.
#[derive(Debug)]
pub struct Worker {
    raw: web_sys::Worker,
    _listeners: [EventListener; 3],
}

impl Worker {
    /// Start the module `script`, relative to the page; `on_heard` hears what it says, and its death.
    ///
    /// A module, because then a program that does not compile or start is an error that is heard; of a classic script that
    /// would be a rejected promise that nobody sees.
    pub fn start<T: DeserializeOwned>(script: &str, on_heard: impl FnMut(Heard<T>) + 'static) -> Result<Self, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let raw = web_sys::Worker::new_with_options(script, &options).map_err(|error| words(&error))?;
        let on_heard = Rc::new(RefCell::new(on_heard));
        let hear = move |heard| on_heard.borrow_mut()(heard);
        let (hear_error, hear_damage) = (hear.clone(), hear.clone());
        let listeners = [
            EventListener::new(&raw, "message", move |event| {
                let message = message::unpack(&event.unchecked_ref::<MessageEvent>().data());
                hear(message.map_or_else(Heard::Died, |(head, payload)| Heard::Said(head, payload)));
            }),
            EventListener::new(&raw, "error", move |event| {
                // A script that does not load gives an event without a message.
                let message = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).filter(|text| !text.is_empty());
                hear_error(Heard::Died(message.unwrap_or_else(|| "its script did not load".into())));
            }),
            EventListener::new(&raw, "messageerror", move |_| {
                hear_damage(Heard::Died("a message of it could not be read".into()));
            }),
        ];
        Ok(Self { raw, _listeners: listeners })
    }

    /// Tell it, or why not.
    pub fn post<T: Serialize>(&self, head: &T, payload: &Payload) -> Result<(), String> {
        let message = message::pack(head, payload);
        self.raw.post_message_with_transfer(&message, payload.transfer()).map_err(|error| words(&error))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.raw.terminate();
    }
}
