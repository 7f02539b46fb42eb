//! The photos in a ZIP archive.

use std::{
    borrow::Cow,
    fmt,
    io::{Read, Seek},
};

use thiserror::Error;
use zip::{ZipArchive, result::ZipError};

/// Endings of the names of photos. A file that is named itself is read whatever its name.
const PHOTO_EXTENSIONS: [&str; 13] =
    ["avif", "bmp", "gif", "heic", "heif", "ico", "jfif", "jpeg", "jpg", "png", "tif", "tiff", "webp"];

/// Bytes that a photo in an archive may have: a small archive can hold more than fits into memory.
const MAX_BYTES: u64 = 256 << 20;

/// Why an archive, or a photo in it, cannot be read.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// Not a ZIP archive, or damaged.
    #[error("expected a whole ZIP archive, got one that is cut short or damaged")]
    Damaged(#[source] ZipError),
    /// No file in it has the name of a photo.
    #[error("expected photos in the ZIP archive, got {n_files} other files")]
    NoPhotos {
        /// Files of other kinds.
        n_files: usize,
    },
    /// A file in it cannot be read.
    #[error("expected a file that can be unpacked, got one that cannot ({0})")]
    Entry(ZipError),
    /// A file in it is larger than photos are.
    #[error("expected a photo of at most {} MiB, got a file of more", MAX_BYTES >> 20)]
    TooLarge,
}

/// The photos in a ZIP archive, by name, read one by one.
pub struct PhotoArchive<R> {
    zip: ZipArchive<R>,
    names: Vec<String>,
}

impl<R: Read + Seek> PhotoArchive<R> {
    /// The archive in `reader`; only its list of files is read.
    pub fn open(reader: R) -> Result<Self, ArchiveError> {
        let zip = ZipArchive::new(reader).map_err(ArchiveError::Damaged)?;
        let names = zip.file_names().flatten().filter(|name| is_photo_name(name));
        let mut names: Vec<String> = names.map(Cow::into_owned).collect();
        if names.is_empty() {
            return Err(ArchiveError::NoPhotos { n_files: zip.len() });
        }
        names.sort();
        Ok(Self { zip, names })
    }

    /// Names of the photos, with their folders.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The file `name`, unpacked.
    pub fn read(&mut self, name: &str) -> Result<Vec<u8>, ArchiveError> {
        let file = self.zip.by_name(name).map_err(ArchiveError::Entry)?;
        let mut bytes = vec![];
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| ArchiveError::Entry(error.into()))?;
        if bytes.len() as u64 > MAX_BYTES { Err(ArchiveError::TooLarge) } else { Ok(bytes) }
    }
}

impl<R> fmt::Debug for PhotoArchive<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PhotoArchive").field("names", &self.names).finish_non_exhaustive()
    }
}

/// Whether a file in a folder or an archive is a photo, by the ending of its name. Notes that macOS keeps beside a photo
/// under nearly its name are none.
pub fn is_photo_name(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let is_note = name.starts_with("._") || path.split('/').any(|folder| folder == "__MACOSX");
    !is_note && extension.is_some_and(|extension| PHOTO_EXTENSIONS.contains(&&*extension))
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use super::*;
    use zip::{ZipWriter, write::SimpleFileOptions};

    fn archive(files: &[(&str, &[u8])]) -> Cursor<Vec<u8>> {
        let mut writer = ZipWriter::new(Cursor::new(vec![]));
        for (name, bytes) in files {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap()
    }

    #[test]
    fn photos_are_told_by_their_names() {
        let cases = [
            ("a.jpg", true),
            ("b/c.JPEG", true),
            ("b\\c.webp", true),
            ("a.jpg.txt", false),
            ("jpg", false),
            ("._a.jpg", false),
            ("__MACOSX/a.jpg", false),
            ("a.mp4", false),
            ("", false),
        ];
        for (name, expected) in cases {
            assert_eq!(is_photo_name(name), expected, "{name}");
        }
    }

    #[test]
    fn photos_come_by_name_and_whole() {
        let files = [("b.jpg", &b"bb"[..]), ("notes.txt", b"n"), ("a/c.png", b"c"), ("__MACOSX/._b.jpg", b"x")];
        let mut archive = PhotoArchive::open(archive(&files)).unwrap();
        assert_eq!(archive.names(), ["a/c.png", "b.jpg"]);
        assert_eq!((archive.read("b.jpg").unwrap(), archive.read("a/c.png").unwrap()), (b"bb".to_vec(), b"c".to_vec()));
        assert!(archive.read("d.jpg").is_err());
    }

    #[test]
    fn what_is_no_archive_of_photos_says_what_it_is() {
        let words = |bytes: Vec<u8>| PhotoArchive::open(Cursor::new(bytes)).unwrap_err().to_string();
        assert!(
            words(b"PK\x03\x04 and no more".to_vec()).starts_with("expected a whole ZIP archive, got one that is cut")
        );
        let other = archive(&[("a.txt", b"a"), ("b.pdf", b"b")]).into_inner();
        assert_eq!(words(other), "expected photos in the ZIP archive, got 2 other files");
        let mut cut = archive(&[("a.jpg", &[7; 999])]);
        // Its list is whole, the file's bytes are not.
        cut.get_mut()[40] ^= 0xff;
        let error = PhotoArchive::open(cut).unwrap().read("a.jpg").unwrap_err().to_string();
        assert!(error.starts_with("expected a file that can be unpacked, got one"), "{error}");
    }
}
