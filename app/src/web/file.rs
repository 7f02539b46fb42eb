//! Files that a person picks, drops or pastes.

use gloo::events::{EventListener, EventListenerOptions};
use js_sys::Array;
use wasm_bindgen::JsCast;
use web_sys::{Blob, ClipboardEvent, DataTransfer, DragEvent, Event, HtmlInputElement};
use yew::Callback;

use super::fetch::{FetchError, Freshness, fetch};
use super::words;
pub use web_sys::File;

/// Name of the sample photo: NASA's portrait of the astronaut Eileen Collins, in the public domain.
pub const SAMPLE_NAME: &str = "astronaut.png";

/// What a person does with a file.
#[derive(Debug)]
pub enum Intake {
    /// One hovers over the page.
    Over,
    /// It has left the page again.
    Away,
    /// It was dropped or pasted.
    File(File),
    /// Something else than a file was dropped.
    DroppedNoFile,
    /// Something else than a picture was pasted.
    PastedNoPicture,
}

/// Listens as long as it lives.
#[derive(Debug)]
pub struct Listening {
    _listeners: Vec<EventListener>,
}

/// Hear of files dropped or pasted anywhere on the page.
pub fn listen(on_intake: &Callback<Intake>) -> Listening {
    let Some(window) = web_sys::window() else { return Listening { _listeners: Vec::new() } };
    let on = |kind: &'static str, handle: fn(&Event) -> Option<Intake>| {
        let on_intake = on_intake.clone();
        // Without `prevent_default` the browser leaves the page for the file.
        let options = EventListenerOptions::enable_prevent_default();
        EventListener::new_with_options(&window, kind, options, move |event| {
            if let Some(intake) = handle(event) {
                on_intake.emit(intake);
            }
        })
    };
    Listening {
        _listeners: vec![on("dragover", over), on("dragleave", away), on("drop", dropped), on("paste", pasted)],
    }
}

/// The file that was picked in an `<input type=file>`. The input forgets it, so that it can be picked again.
pub fn picked(event: &Event) -> Option<File> {
    let input: HtmlInputElement = event.target()?.dyn_into().ok()?;
    let file = first(input.files());
    input.set_value("");
    file
}

/// All files that were picked in an `<input type=file multiple>`, which forgets them.
pub fn picked_all(event: &Event) -> impl Iterator<Item = File> {
    let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let files = input.as_ref().and_then(HtmlInputElement::files);
    let files: Vec<_> = files.iter().flat_map(|files| (0..files.length()).filter_map(|idx| files.get(idx))).collect();
    input.inspect(|input| input.set_value(""));
    files.into_iter()
}

/// The sample photo, from the page's own server.
pub async fn sample() -> Result<Blob, String> {
    let bytes = fetch(&format!("samples/{SAMPLE_NAME}"), Freshness::Any, |_, _| ()).await;
    let bytes = bytes.map_err(|error: FetchError| error.to_string())?;
    Blob::new_with_u8_array_sequence(&Array::of1(&bytes)).map_err(|error| words(&error))
}

fn over(event: &Event) -> Option<Intake> {
    let transfer = event.dyn_ref::<DragEvent>()?.data_transfer()?;
    event.prevent_default();
    transfer.set_drop_effect("copy");
    Some(Intake::Over)
}

/// Leaving an element for another inside the page is not leaving the page.
fn away(event: &Event) -> Option<Intake> {
    event.dyn_ref::<DragEvent>()?.related_target().is_none().then_some(Intake::Away)
}

fn dropped(event: &Event) -> Option<Intake> {
    event.prevent_default();
    let file = event.dyn_ref::<DragEvent>()?.data_transfer().and_then(|transfer| first_of(&transfer));
    Some(file.map_or(Intake::DroppedNoFile, Intake::File))
}

fn pasted(event: &Event) -> Option<Intake> {
    let file = event.dyn_ref::<ClipboardEvent>()?.clipboard_data().and_then(|transfer| first_of(&transfer));
    Some(file.map_or(Intake::PastedNoPicture, Intake::File))
}

fn first_of(transfer: &DataTransfer) -> Option<File> {
    first(transfer.files())
}

fn first(files: Option<web_sys::FileList>) -> Option<File> {
    files.and_then(|files| files.get(0))
}
