//! A `Blob` that is read as a file is, in a worker.

use std::io::{self, Read, Seek, SeekFrom};

use js_sys::Uint8Array;
use web_sys::{Blob, FileReaderSync};

use super::{message::Payload, words};

/// Bytes that are asked for at once where it is read here and there, and at most where it is read in a row.
const WINDOW_BYTES: [u64; 2] = [64 << 10, 2 << 20];

/// A `Blob`, some of whose bytes are in memory.
#[derive(Debug)]
pub struct BlobSource {
    blob: Blob,
    reader: FileReaderSync,
    len: u64,
    position: u64,
    window: Vec<u8>,
    window_start: u64,
    /// Bytes to ask for next.
    n_next: u64,
}

impl BlobSource {
    /// A source that reads the `Blob` of `payload`; an error if it has none.
    pub fn new(payload: &Payload) -> Result<Self, String> {
        let blob = payload.value::<Blob>()?.clone();
        let reader = FileReaderSync::new().map_err(|error| words(&error))?;
        let len = blob.size() as u64;
        Ok(Self { blob, reader, len, position: 0, window: vec![], window_start: 0, n_next: WINDOW_BYTES[0] })
    }

    /// The bytes from the position on that are in memory.
    fn at_hand(&self) -> &[u8] {
        let start = self.position.checked_sub(self.window_start).and_then(|start| usize::try_from(start).ok());
        start.and_then(|start| self.window.get(start..)).unwrap_or_default()
    }

    fn load(&mut self) -> io::Result<()> {
        let is_in_a_row = self.position == self.window_start + self.window.len() as u64;
        self.n_next = if is_in_a_row { (2 * self.n_next).min(WINDOW_BYTES[1]) } else { WINDOW_BYTES[0] };
        let end = self.len.min(self.position.saturating_add(self.n_next));
        let part = self.blob.slice_with_f64_and_f64(self.position as f64, end as f64);
        let bytes = part
            .and_then(|part| self.reader.read_as_array_buffer(&part))
            .map_err(|error| io::Error::other(words(&error)))?;
        (self.window, self.window_start) = (Uint8Array::new(&bytes).to_vec(), self.position);
        Ok(())
    }
}

impl Read for BlobSource {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at_hand().is_empty() && self.position < self.len && !buffer.is_empty() {
            self.load()?;
        }
        let n = self.at_hand().read(buffer)?;
        self.position += n as u64;
        Ok(n)
    }
}

impl Seek for BlobSource {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}
