//! Photos: to the engine, and once more when network, device or detector has changed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::engine::Engine;
use crate::problem::Problem;
use crate::state::{Action, Source, State};
use crate::web::Blob;
use crate::web::file::{self, File};

/// Who gives photos to the engine.
#[derive(Clone)]
pub(super) struct Reader {
    engine: Rc<Engine>,
    slot: Rc<Slot>,
    dispatcher: UseReducerDispatcher<State>,
}

/// The file on the stage, and how often the stage was cleared: a file that was asked for before is dropped.
#[derive(Default)]
pub(super) struct Slot {
    file: RefCell<Option<Blob>>,
    question: Cell<u32>,
}

impl Slot {
    /// Whether answers to a photo are awaited.
    pub(super) fn is_taken(&self) -> bool {
        self.file.borrow().is_some()
    }
}

/// A reader that reads the photo again whenever another network, device or detector takes over.
#[hook]
pub(super) fn use_photo(state: &UseReducerHandle<State>, engine: Rc<Engine>, slot: Rc<Slot>) -> Reader {
    let reader = Reader { engine, slot, dispatcher: state.dispatcher() };
    let engine_state = &state.engine;
    let in_use = engine_state.ready.as_ref().zip(engine_state.detector.in_use);
    let in_use = in_use.map(|(ready, detector)| (ready.card.architecture, ready.device, detector));
    let read_by = match &state.source {
        Source::Photo(photo) => photo.shown.as_ref().map(|shown| (shown.network, shown.device, shown.detector)),
        _ => None,
    };
    let again = reader.clone();
    use_effect_with((in_use, read_by), move |&(in_use, read_by)| {
        if in_use.is_some() && read_by.is_some() && read_by != in_use {
            again.read_again();
        }
    });
    reader
}

impl Reader {
    /// Read a file.
    pub(super) fn read(&self, file: File) {
        self.dispatcher.dispatch(Action::ChoosePhoto(file.name()));
        self.give(file.into());
    }

    /// Fetch the sample and read it.
    pub(super) fn read_sample(&self) {
        self.dispatcher.dispatch(Action::ChoosePhoto(file::SAMPLE_NAME.to_owned()));
        let (reader, question) = (self.clone(), self.slot.question.get());
        spawn_local(async move {
            match file::sample().await {
                _ if reader.slot.question.get() != question => {}
                Ok(file) => reader.give(file),
                Err(what) => reader.dispatcher.dispatch(Action::RefusePhoto(no_sample(&what))),
            }
        });
    }

    /// Forget the file: something else takes the stage.
    pub(super) fn release(&self) {
        self.slot.file.take();
        self.slot.question.set(self.slot.question.get() + 1);
    }

    fn read_again(&self) {
        if let Some(file) = self.slot.file.borrow().clone() {
            self.dispatcher.dispatch(Action::RereadPhoto);
            self.engine.analyze_photo(file);
        }
    }

    fn give(&self, file: Blob) {
        *self.slot.file.borrow_mut() = Some(file.clone());
        self.engine.analyze_photo(file);
    }
}

fn no_sample(what: &str) -> Problem {
    Problem::new("The sample photo could not be loaded", what, "Try again, or choose a photo of your own")
}
