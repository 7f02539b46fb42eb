//! Messages between window and worker: a JS array `[head, payload]`, the head made by serde.

use std::ops::Deref;

use js_sys::{Array, Uint8Array, Uint8ClampedArray};
use serde::{Serialize, de::DeserializeOwned};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, ImageBitmap, ImageData};

use super::words;

/// The payload beside the head of a message.
#[derive(Clone, Debug)]
pub struct Payload {
    value: JsValue,
    transfer: Array,
}

impl Payload {
    /// Nothing.
    pub fn none() -> Self {
        Self::copied(&JsValue::UNDEFINED)
    }

    /// Whether it is nothing.
    pub fn is_none(&self) -> bool {
        self.value.is_undefined()
    }

    /// A value that the receiver gets a copy of; a `Blob` is not copied but shared.
    pub fn copied(value: &JsValue) -> Self {
        Self { value: value.clone(), transfer: Array::new() }
    }

    /// Several files, copied.
    pub fn files(files: &[Uint8Array]) -> Self {
        Self::copied(&files.iter().collect::<Array>())
    }

    /// A file of these bytes.
    pub fn blob(bytes: &[u8]) -> Result<Self, String> {
        let parts = Array::of1(&Uint8Array::from(bytes));
        Blob::new_with_u8_array_sequence(&parts).map(|blob| Self::copied(&blob)).map_err(|error| words(&error))
    }

    /// A transferable object such as an `ImageBitmap`; the sender loses it.
    pub fn transferred(value: &JsValue) -> Self {
        Self { value: value.clone(), transfer: Array::of1(value) }
    }

    /// Pixels, copied out of wasm memory once and then transferred.
    pub fn pixels(rgba: &[u8]) -> Self {
        let pixels = Uint8ClampedArray::from(rgba);
        let transfer = Array::of1(&pixels.buffer());
        Self { value: pixels.into(), transfer }
    }

    /// The payload that came, transferred back to where it came from.
    #[must_use]
    pub fn sent_back(self) -> Self {
        Self::transferred(&self.value)
    }

    /// The RGBA pixels of a picture, which is lost.
    pub fn picture_transferred(picture: &ImageData) -> Self {
        // Not by `ImageData::data`, which copies them.
        let pixels = js_sys::Reflect::get(picture, &"data".into()).unwrap_or_default();
        let transfer = pixels.dyn_ref::<Uint8ClampedArray>().map(|pixels| Array::of1(&pixels.buffer()));
        Self { value: pixels, transfer: transfer.unwrap_or_default() }
    }

    /// The pixels that came, transferred back to where they came from.
    pub fn pixels_sent_back(&self) -> Result<Self, String> {
        let pixels = self.value::<Uint8ClampedArray>()?;
        Ok(Self { value: pixels.into(), transfer: Array::of1(&pixels.buffer()) })
    }

    /// The pixels that came, copied into wasm memory.
    pub fn to_pixels(&self) -> Result<Vec<u8>, String> {
        self.value().map(Uint8ClampedArray::to_vec)
    }

    /// The value, if it is a `T`; else what it is.
    pub(super) fn value<T: JsCast>(&self) -> Result<&T, String> {
        self.value.dyn_ref().ok_or_else(|| format!("expected another payload, got {:?}", self.value))
    }

    /// The frame that came, if it is one.
    pub fn bitmap(&self) -> Result<OwnedBitmap, String> {
        self.value().cloned().map(OwnedBitmap)
    }

    /// The RGBA pixels that came, as a picture of `width`×`height`, if they are.
    pub fn picture(&self, width: u32, height: u32) -> Result<ImageData, String> {
        let pixels = ImageData::new_with_js_u8_clamped_array_and_sh(self.value()?, width, height);
        pixels.map_err(|error| words(&error))
    }

    /// The parts that are transferred and not copied.
    pub(super) fn transfer(&self) -> &Array {
        &self.transfer
    }

    /// The files of [`Payload::files`], copied into wasm memory; nothing if it is something else.
    pub fn to_files(&self) -> Vec<Vec<u8>> {
        let files = self.value::<Array>().ok().into_iter().flat_map(|files| files.iter());
        files.filter_map(|file| file.dyn_ref().map(Uint8Array::to_vec)).collect()
    }
}

/// A frame whose pixels are freed when it is dropped; they would else wait for the garbage collector. After a transfer
/// there is nothing left to free.
#[derive(Debug, PartialEq)]
pub struct OwnedBitmap(ImageBitmap);

impl From<ImageBitmap> for OwnedBitmap {
    fn from(bitmap: ImageBitmap) -> Self {
        Self(bitmap)
    }
}

impl Deref for OwnedBitmap {
    type Target = ImageBitmap;

    fn deref(&self) -> &ImageBitmap {
        &self.0
    }
}

impl Drop for OwnedBitmap {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// `[head, payload]`.
///
/// # Panics
/// If serde cannot write `head`: no message of ours holds what JS cannot. Numbers of 64 bits, such as a seed, go as
/// `BigInt`: a plain number of JS holds 53.
pub(super) fn pack<T: Serialize>(head: &T, payload: &Payload) -> Array {
    let serializer = Serializer::new().serialize_large_number_types_as_bigints(true);
    let head = head.serialize(&serializer).expect("messages are plain data");
    Array::of2(&head, &payload.value)
}

/// Head and payload of a message, or what is wrong with it.
pub(super) fn unpack<T: DeserializeOwned>(message: &JsValue) -> Result<(T, Payload), String> {
    let parts = message.dyn_ref::<Array>().ok_or("expected a message of this page, got something else")?;
    let head = serde_wasm_bindgen::from_value(parts.get(0));
    let head = head.map_err(|error| format!("expected a message of the same version of this page: {error}"))?;
    Ok((head, Payload::copied(&parts.get(1))))
}
