//! Photos: to the engine, and once more when network or device has changed.

use std::cell::RefCell;
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
    /// The file on the stage; none while there is no photo.
    file: Rc<RefCell<Option<Blob>>>,
    dispatcher: UseReducerDispatcher<State>,
}

/// A reader that reads the photo again whenever another network or device takes over.
#[hook]
pub(super) fn use_photo(
    state: &UseReducerHandle<State>,
    engine: Rc<Engine>,
    file: Rc<RefCell<Option<Blob>>>,
) -> Reader {
    let reader = Reader { engine, file, dispatcher: state.dispatcher() };
    let in_use = state.engine.ready.as_ref().map(|ready| (ready.card.architecture, ready.device));
    let read_by = match &state.source {
        Source::Photo(photo) => photo.shown.as_ref().map(|shown| (shown.network, shown.device)),
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
        let reader = self.clone();
        spawn_local(async move {
            match file::sample().await {
                Ok(file) => reader.give(file),
                Err(what) => reader.dispatcher.dispatch(Action::RefusePhoto(no_sample(&what))),
            }
        });
    }

    /// Forget the file: something else takes the stage.
    pub(super) fn release(&self) {
        self.file.take();
    }

    fn read_again(&self) {
        if let Some(file) = self.file.borrow().clone() {
            self.dispatcher.dispatch(Action::RereadPhoto);
            self.engine.analyze_photo(file);
        }
    }

    fn give(&self, file: Blob) {
        self.engine.analyze_photo(file.clone());
        *self.file.borrow_mut() = Some(file);
    }
}

fn no_sample(what: &str) -> Problem {
    Problem::new("The sample photo could not be loaded", what, "Try again, or choose a photo of your own")
}
