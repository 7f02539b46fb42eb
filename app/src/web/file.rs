//! Files that a person picks, drops or pastes.

use gloo::events::{EventListener, EventListenerOptions};
use js_sys::{Array, Uint8Array};
use sha2::{Digest, Sha256};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, ClipboardEvent, DragEvent, Event, HtmlInputElement};
use yew::Callback;

use super::fetch::{FetchError, Freshness, fetch};
use super::{folder, words};
pub use web_sys::File;

/// Name of the sample photo: NASA's portrait of the astronaut Eileen Collins, in the public domain.
pub const SAMPLE_NAME: &str = "astronaut.png";

/// Name of the sample video: official portraits, in the public domain, that move slowly.
pub const SAMPLE_VIDEO_NAME: &str = "portraits.mp4";

/// A file, and what to call it: its path in the folder that was given, if one was.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedFile {
    /// Its name, with its folders.
    pub name: String,
    /// Its bytes.
    pub blob: Blob,
}

impl From<File> for NamedFile {
    fn from(file: File) -> Self {
        // Not in `web_sys`; empty unless a folder was picked.
        let path = js_sys::Reflect::get(&file, &"webkitRelativePath".into()).ok().and_then(|path| path.as_string());
        let name = path.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name());
        Self { name, blob: file.into() }
    }
}

/// A person drags, drops or pastes files.
#[derive(Debug)]
pub enum FileEvent {
    /// A file hovers over the page.
    Over,
    /// It has left the page again.
    Away,
    /// Files, or folders of them, were dropped or pasted.
    Files(Vec<NamedFile>),
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

/// Listens to files dropped or pasted anywhere on the page.
pub fn listen(on_event: &Callback<FileEvent>) -> Listening {
    let Some(window) = web_sys::window() else { return Listening { _listeners: Vec::new() } };
    let on = |kind: &'static str, handle: fn(&Event, &Callback<FileEvent>) -> Option<FileEvent>| {
        let on_event = on_event.clone();
        // Without `prevent_default` the browser leaves the page for the file.
        let options = EventListenerOptions::enable_prevent_default();
        EventListener::new_with_options(&window, kind, options, move |event| {
            if let Some(file_event) = handle(event, &on_event) {
                on_event.emit(file_event);
            }
        })
    };
    Listening {
        _listeners: vec![
            on("dragover", over),
            on("dragleave", away),
            on("drop", |event, on_event| Some(dropped(event, on_event))),
            on("paste", pasted),
        ],
    }
}

/// The files that were picked in an `<input type=file>`. The input forgets them, so that they can be picked again.
pub fn picked(event: &Event) -> Vec<NamedFile> {
    let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(input) = input else { return vec![] };
    let files = all(input.files());
    input.set_value("");
    files
}

/// A sample, from the page's own server.
pub async fn sample(name: &str) -> Result<Blob, String> {
    let bytes = fetch(&format!("samples/{name}"), Freshness::Any, |_, _| ()).await;
    let bytes = bytes.map_err(|error: FetchError| error.to_string())?;
    Blob::new_with_u8_array_sequence(&Array::of1(&bytes)).map_err(|error| words(&error))
}

/// All bytes of a file.
pub(crate) async fn bytes(blob: &Blob) -> Result<Vec<u8>, String> {
    let buffer = JsFuture::from(blob.array_buffer()).await.map_err(|error| words(&error))?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// The first `n` bytes of a file, or fewer.
pub(crate) async fn first_bytes(blob: &Blob, n: usize) -> Result<Vec<u8>, String> {
    bytes(&blob.slice_with_f64_and_f64(0.0, n as f64).map_err(|error| words(&error))?).await
}

/// Bytes of a file that are hashed at once: the browser's own hash would take all of it into memory.
const HASHED_BYTES: f64 = 4e6;

/// SHA-256 of a file, hexadecimal.
pub(crate) async fn sha256(blob: &Blob) -> Result<String, String> {
    let (mut hasher, mut start, size) = (Sha256::new(), 0.0, blob.size());
    while start < size {
        let end = (start + HASHED_BYTES).min(size);
        let piece = blob.slice_with_f64_and_f64(start, end).map_err(|error| words(&error))?;
        hasher.update(bytes(&piece).await?);
        start = end;
    }
    Ok(hasher.finalize().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}")))
}

fn over(event: &Event, _: &Callback<FileEvent>) -> Option<FileEvent> {
    let transfer = event.dyn_ref::<DragEvent>()?.data_transfer()?;
    event.prevent_default();
    transfer.set_drop_effect("copy");
    Some(FileEvent::Over)
}

/// Leaving an element for another inside the page is not leaving the page.
fn away(event: &Event, _: &Callback<FileEvent>) -> Option<FileEvent> {
    event.dyn_ref::<DragEvent>()?.related_target().is_none().then_some(FileEvent::Away)
}

/// The files of a folder come later.
fn dropped(event: &Event, on_event: &Callback<FileEvent>) -> FileEvent {
    event.prevent_default();
    let transfer = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer);
    let entries = transfer.as_ref().map(folder::entries).unwrap_or_default();
    if entries.iter().any(web_sys::FileSystemEntry::is_directory) {
        let on_event = on_event.clone();
        spawn_local(async move { on_event.emit(files_or(folder::files(entries).await, FileEvent::DroppedNoFile)) });
        return FileEvent::Away;
    }
    let files = transfer.map(|transfer| all(transfer.files())).unwrap_or_default();
    files_or(files, FileEvent::DroppedNoFile)
}

fn pasted(event: &Event, _: &Callback<FileEvent>) -> Option<FileEvent> {
    let transfer = event.dyn_ref::<ClipboardEvent>()?.clipboard_data();
    let files = transfer.map(|transfer| all(transfer.files())).unwrap_or_default();
    Some(files_or(files, FileEvent::PastedNoPicture))
}

fn files_or(files: Vec<NamedFile>, none: FileEvent) -> FileEvent {
    if files.is_empty() { none } else { FileEvent::Files(files) }
}

fn all(files: Option<web_sys::FileList>) -> Vec<NamedFile> {
    let files = files.into_iter().flat_map(|files| (0..files.length()).filter_map(move |i| files.get(i)));
    files.map(NamedFile::from).collect()
}
