//! The files in folders that were dropped.

use js_sys::{Array, Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DataTransfer, File, FileSystemDirectoryEntry, FileSystemDirectoryReader, FileSystemEntry, FileSystemFileEntry,
};

use super::file::NamedFile;

/// The files and folders that were dropped. To be asked for while the event is handled: later the browser gives none.
pub(super) fn entries(transfer: &DataTransfer) -> Vec<FileSystemEntry> {
    let items = transfer.items();
    let items = (0..items.length()).filter_map(|i| items.get(i));
    items.filter_map(|item| item.webkit_get_as_entry().ok().flatten()).collect()
}

/// All files among `entries` and in folders among them, by their paths. Files that the browser does not give are left
/// out.
pub(super) async fn files(entries: Vec<FileSystemEntry>) -> Vec<NamedFile> {
    let (mut found, mut waiting) = (vec![], entries);
    while let Some(entry) = waiting.pop() {
        if entry.is_directory() {
            waiting.extend(children(entry.unchecked_into()).await);
        } else if let Ok(file) = file(entry.unchecked_ref()).await {
            let name = entry.full_path().trim_start_matches('/').to_owned();
            found.push(NamedFile { name, blob: file.into() });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// A folder gives its files in portions, the last of which is empty.
async fn children(folder: FileSystemDirectoryEntry) -> Vec<FileSystemEntry> {
    let (reader, mut children) = (folder.create_reader(), vec![]);
    while let Ok(portion) = portion(&reader).await {
        if portion.length() == 0 {
            break;
        }
        children.extend(portion.iter().map(JsCast::unchecked_into));
    }
    children
}

async fn portion(reader: &FileSystemDirectoryReader) -> Result<Array, JsValue> {
    let read = answered(|resolve, reject| reader.read_entries_with_callback_and_callback(resolve, reject));
    Ok(read.await?.unchecked_into())
}

async fn file(entry: &FileSystemFileEntry) -> Result<File, JsValue> {
    let read = answered(|resolve, reject| {
        entry.file_with_callback_and_callback(resolve, reject);
        Ok(())
    });
    Ok(read.await?.unchecked_into())
}

/// Awaits a function with two callbacks: the value given to the first, or the error given to the second.
async fn answered(ask: impl Fn(&Function, &Function) -> Result<(), JsValue>) -> Result<JsValue, JsValue> {
    let promise = Promise::new(&mut |resolve, reject| {
        if let Err(error) = ask(&resolve, &reject) {
            let _ = reject.call1(&JsValue::UNDEFINED, &error);
        }
    });
    JsFuture::from(promise).await
}
