//! The kind of a file by its first bytes: names lie, and the error tells a person what they chose.

use image::ImageFormat;

use super::error::DecodeError;
use super::tiff_header;

/// A kind of file that [`decode`](super::decode) does not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileKind {
    /// A picture coded as a frame of AV1 video; every current browser shows it.
    Avif,
    /// HEIF, as Apple's cameras write it; only Apple's browsers show it.
    Heic,
    /// JPEG XL.
    JpegXl,
    /// JPEG 2000.
    Jpeg2000,
    /// Windows bitmap. Read with the Cargo feature `more-formats`.
    Bmp,
    /// Icon of Windows. Read with the Cargo feature `more-formats`.
    Ico,
    /// TIFF. Read with the Cargo feature `more-formats`.
    Tiff,
    /// The raw data of a camera's sensor: DNG, NEF, CR2, CR3, ARW, ORF, RW2, RAF.
    CameraRaw,
    /// A drawing in SVG.
    Svg,
    /// A layered picture of Photoshop or GIMP.
    Layers,
    /// A picture in another format.
    OtherPicture,
    /// A video.
    Video,
    /// A sound.
    Sound,
    /// A PDF document.
    Pdf,
    /// A page of the web, which is often saved in the place of the picture on it.
    Html,
    /// A ZIP archive, which office documents are as well, or one of another kind.
    Archive,
    /// Metadata that macOS keeps beside a file on a foreign disk, under its name with `._` in front.
    AppleDouble,
    /// A text.
    Text,
    /// None of these.
    Unknown,
}

impl FileKind {
    /// Whether it is a picture, which another decoder may read: the browser's own, for one.
    pub fn is_picture(self) -> bool {
        use FileKind::{
            AppleDouble, Archive, Avif, Bmp, CameraRaw, Heic, Html, Ico, Jpeg2000, JpegXl, Layers, OtherPicture, Pdf,
            Sound, Svg, Text, Tiff, Unknown, Video,
        };
        match self {
            Avif | Heic | JpegXl | Jpeg2000 | Bmp | Ico | Tiff | CameraRaw | Svg | Layers | OtherPicture => true,
            Video | Sound | Pdf | Html | Archive | AppleDouble | Text | Unknown => false,
        }
    }

    /// How a person can have the picture read all the same, as a clause of a sentence.
    pub fn way_out(self) -> Option<&'static str> {
        match self {
            Self::Html => Some("save the picture that is on the page, not the page"),
            Self::Archive => Some("unpack it and choose a picture in it"),
            Self::AppleDouble => Some("choose the file of the same name without `._`"),
            Self::CameraRaw => Some("export it as JPEG from the program that develops it"),
            Self::Svg | Self::Layers => Some("export it as PNG from the program that draws it"),
            Self::Avif => Some(CONVERT_AVIF),
            Self::Heic => Some(CONVERT_HEIC),
            kind => kind.is_picture().then_some(CONVERT),
        }
    }
}

const CONVERT: &str = "save it as JPEG or PNG first";
/// The command line also says by which command: tried with ffmpeg 5.1.
const CONVERT_AVIF: &str = if cfg!(feature = "more-formats") {
    "save it as JPEG or PNG first, for instance by `ffmpeg -i FILE picture.png`"
} else {
    CONVERT
};
/// As above: tried with libheif 1.15; ffmpeg 5.1 does not read it.
const CONVERT_HEIC: &str = if cfg!(feature = "more-formats") {
    "save it as JPEG or PNG first, for instance by `heif-convert FILE picture.png` of libheif"
} else {
    CONVERT
};

/// The format of `bytes`, if it is one that can be decoded.
pub(super) fn format(bytes: &[u8]) -> Result<ImageFormat, DecodeError> {
    use ImageFormat::{Bmp, Gif, Ico, Jpeg, Png, Tiff, WebP};
    if bytes.is_empty() {
        return Err(DecodeError::Empty);
    }
    let (kind, found) = match image::guess_format(bytes) {
        Ok(format @ (Jpeg | Png | WebP | Gif)) => return Ok(format),
        Ok(Tiff) if tiff_header::is_camera_raw(bytes) => (FileKind::CameraRaw, "the raw data of a camera"),
        Ok(format @ (Bmp | Ico | Tiff)) if cfg!(feature = "more-formats") => return Ok(format),
        _ => describe(bytes),
    };
    let found = match kind {
        FileKind::Unknown => format!("{found} (first bytes {})", first_bytes(bytes)),
        _ => found.to_owned(),
    };
    Err(DecodeError::WrongKind { kind, found })
}

fn first_bytes(bytes: &[u8]) -> String {
    let hex: Vec<String> = bytes.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    hex.join(" ")
}

/// First bytes of files, with what to call them (values: each format's own specification).
const MAGIC: &[(&[u8], FileKind, &str)] = &[
    (b"BM", FileKind::Bmp, "a picture in BMP format"),
    (b"\0\0\x01\0", FileKind::Ico, "a picture in ICO format"),
    (b"II*\0", FileKind::Tiff, "a picture in TIFF format"),
    (b"MM\0*", FileKind::Tiff, "a picture in TIFF format"),
    (b"II+\0", FileKind::OtherPicture, "a picture in BigTIFF format"),
    (b"MM\0+", FileKind::OtherPicture, "a picture in BigTIFF format"),
    (b"\xff\x0a", FileKind::JpegXl, "a picture in JPEG XL format"),
    (b"\0\0\0\x0cJXL ", FileKind::JpegXl, "a picture in JPEG XL format"),
    (b"\0\0\0\x0cjP  ", FileKind::Jpeg2000, "a picture in JPEG 2000 format"),
    (b"\xff\x4f\xff\x51", FileKind::Jpeg2000, "a picture in JPEG 2000 format"),
    (b"8BPS", FileKind::Layers, "a picture in Photoshop format"),
    (b"gimp xcf", FileKind::Layers, "a picture in GIMP format"),
    (b"IIRO", FileKind::CameraRaw, "the raw data of a camera"),
    (b"IIRS", FileKind::CameraRaw, "the raw data of a camera"),
    (b"MMOR", FileKind::CameraRaw, "the raw data of a camera"),
    (b"IIU\0", FileKind::CameraRaw, "the raw data of a camera"),
    (b"FUJIFILMCCD-RAW", FileKind::CameraRaw, "the raw data of a camera"),
    (b"v/1\x01", FileKind::OtherPicture, "a picture in OpenEXR format"),
    (b"qoif", FileKind::OtherPicture, "a picture in QOI format"),
    (b"DDS ", FileKind::OtherPicture, "a picture in DDS format"),
    (b"#?RADIANCE", FileKind::OtherPicture, "a picture in Radiance HDR format"),
    (b"P5\n", FileKind::OtherPicture, "a picture in PGM format"),
    (b"P6\n", FileKind::OtherPicture, "a picture in PPM format"),
    (b"%PDF", FileKind::Pdf, "a PDF document"),
    (b"PK\x03\x04", FileKind::Archive, "a ZIP archive or an office document"),
    (b"\x1f\x8b", FileKind::Archive, "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", FileKind::Archive, "a 7z archive"),
    (b"Rar!", FileKind::Archive, "a RAR archive"),
    (b"\0\x05\x16\x07", FileKind::AppleDouble, "notes of macOS about another file"),
    (b"\x1a\x45\xdf\xa3", FileKind::Video, "a video"),
    (b"\0\0\x01\xba", FileKind::Video, "a video"),
    (b"FLV\x01", FileKind::Video, "a video"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", FileKind::Video, "a video or a sound"),
    (b"YUV4MPEG2", FileKind::Video, "a video"),
    (b"RIFF", FileKind::Video, "a video or a sound"),
    (b"OggS", FileKind::Video, "a video or a sound"),
    (b"ID3", FileKind::Sound, "a sound"),
    (b"fLaC", FileKind::Sound, "a sound"),
];

/// Kind and description of a file that begins with `bytes`, which are not empty.
fn describe(bytes: &[u8]) -> (FileKind, &'static str) {
    if let Some(found) = iso_media(bytes) {
        return found;
    }
    if let Some((_, kind, found)) = MAGIC.iter().find(|(magic, ..)| bytes.starts_with(magic)) {
        return (*kind, found);
    }
    let start = &bytes[..bytes.len().min(1024)];
    if start.iter().take(16).all(|&byte| byte >= b' ' || byte.is_ascii_whitespace()) {
        return describe_text(&String::from_utf8_lossy(start).to_ascii_lowercase());
    }
    (FileKind::Unknown, "an unknown kind of file")
}

/// The kind of a text by its first letters, in lower case.
fn describe_text(start: &str) -> (FileKind, &'static str) {
    let cases = [
        ("<svg", FileKind::Svg, "a drawing in SVG format"),
        ("<!doctype html", FileKind::Html, "a web page"),
        ("<html", FileKind::Html, "a web page"),
        ("<?xml", FileKind::Text, "a text in XML format"),
    ];
    // Declarations and comments may come before the first tag that tells.
    let found = cases.iter().find(|(tag, ..)| start.trim_start().starts_with('<') && start.contains(tag));
    found.map_or((FileKind::Text, "a text"), |&(_, kind, found)| (kind, found))
}

/// Files of the ISO base media family: `ftyp` at byte 4, then the brands (ISO/IEC 14496-12, 4.3; brands: mp4ra.org).
fn iso_media(bytes: &[u8]) -> Option<(FileKind, &'static str)> {
    let (size, rest) = bytes.split_first_chunk::<4>()?;
    let Some(brands) = rest.strip_prefix(b"ftyp") else {
        // QuickTime's older files begin with a box of another kind.
        let is_movie = [b"moov", b"mdat", b"wide", b"free", b"skip"].iter().any(|kind| rest.starts_with(*kind));
        return is_movie.then_some((FileKind::Video, "a video"));
    };
    let n_brands = (u32::from_be_bytes(*size) / 4).saturating_sub(2).clamp(1, 64) as usize;
    let has = |names: &[&[u8; 4]]| brands.as_chunks().0.iter().take(n_brands).any(|brand| names.contains(&brand));
    Some(if has(&[b"avif", b"avis"]) {
        (FileKind::Avif, "a picture in AVIF format")
    } else if has(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"]) {
        (FileKind::Heic, "a picture in HEIC format")
    } else if has(&[b"crx "]) {
        (FileKind::CameraRaw, "the raw data of a camera")
    } else if has(&[b"M4A ", b"M4B "]) {
        (FileKind::Sound, "a sound")
    } else {
        (FileKind::Video, "a video")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_picture_that_can_be_read_is_named() {
        let cases: &[(&[u8], FileKind, &str)] = &[
            (b"%PDF-1.7\n", FileKind::Pdf, "a PDF document"),
            (b"Hello, I am a text\n", FileKind::Text, "a text"),
            ("Grüße".as_bytes(), FileKind::Text, "a text"),
            (b"PK\x03\x04\x14\0", FileKind::Archive, "a ZIP archive or an office document"),
            (b"\0\0\0\x18ftypheic\0\0\0\0", FileKind::Heic, "a picture in HEIC format"),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", FileKind::Heic, "a picture in HEIC format"),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", FileKind::Avif, "a picture in AVIF format"),
            (b"\0\0\0\x10ftypmif1\0\0\0\0mif1avif", FileKind::Heic, "a picture in HEIC format"),
            (b"\0\0\0\x18ftypavif\0\0\0\0", FileKind::Avif, "a picture in AVIF format"),
            (b"\0\0\0\x18ftypavif", FileKind::Avif, "a picture in AVIF format"),
            (b"\0\0\0\x18ftypisom\0\0\0\0", FileKind::Video, "a video"),
            (b"\0\0\0\x18ftypqt  \0\0\0\0", FileKind::Video, "a video"),
            (b"\0\0\0\x18ftypcrx \0\0\0\x01", FileKind::CameraRaw, "the raw data of a camera"),
            (b"\0\0\0\x18ftypM4A \0\0\0\0", FileKind::Sound, "a sound"),
            (b"\0\0\0\x08wide\0\0\0\0mdat", FileKind::Video, "a video"),
            (b"\0\0\0\x0cjP  \r\n", FileKind::Jpeg2000, "a picture in JPEG 2000 format"),
            (b"\xff\x0a\x00", FileKind::JpegXl, "a picture in JPEG XL format"),
            (b"II*\0\x10\0\0\0CR\x02\0", FileKind::CameraRaw, "the raw data of a camera"),
            (b"8BPS\0\x01", FileKind::Layers, "a picture in Photoshop format"),
            (b"RIFF\x24\0\0\0WAVEfmt ", FileKind::Video, "a video or a sound"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'>", FileKind::Svg, "a drawing in SVG format"),
            (b"<?xml version='1.0'?>\n<!-- a -->\n<svg>", FileKind::Svg, "a drawing in SVG format"),
            (b"<?xml version='1.0'?>\n<list/>", FileKind::Text, "a text in XML format"),
            (b"\n<!DOCTYPE html><title>404</title>", FileKind::Html, "a web page"),
            (b"<HTML><head>", FileKind::Html, "a web page"),
            (b"P1 is the first\n", FileKind::Text, "a text"),
            (b"P6\n2 2\n255\n", FileKind::OtherPicture, "a picture in PPM format"),
            (b"\0\x05\x16\x07\0\x02\0\0", FileKind::AppleDouble, "notes of macOS about another file"),
            (b"\x01\x02\x03", FileKind::Unknown, "an unknown kind of file (first bytes 01 02 03)"),
            (b"\0", FileKind::Unknown, "an unknown kind of file (first bytes 00)"),
        ];
        for (bytes, expected_kind, expected) in cases {
            let Err(DecodeError::WrongKind { kind, found }) = format(bytes) else { panic!("{expected}") };
            assert_eq!((kind, found.as_str()), (*expected_kind, *expected));
        }
    }

    #[test]
    fn an_empty_file_and_the_formats_that_are_read_are_known() {
        assert_eq!(format(b""), Err(DecodeError::Empty));
        assert_eq!(format(b"\xff\xd8\xff\xe0"), Ok(ImageFormat::Jpeg));
        assert_eq!(format(b"\x89PNG\r\n\x1a\n"), Ok(ImageFormat::Png));
        assert_eq!(format(b"RIFF\x24\0\0\0WEBPVP8 "), Ok(ImageFormat::WebP));
        assert_eq!(format(b"GIF89a\x01\0\x01\0"), Ok(ImageFormat::Gif));
        let more: [(&[u8], ImageFormat, FileKind); 4] = [
            (b"BM\x46\0\0\0\0\0\0\0", ImageFormat::Bmp, FileKind::Bmp),
            (b"II*\0\x08\0\0\0", ImageFormat::Tiff, FileKind::Tiff),
            (b"MM\0*\0\0\0\x08", ImageFormat::Tiff, FileKind::Tiff),
            (b"\0\0\x01\0\x01\0", ImageFormat::Ico, FileKind::Ico),
        ];
        for (bytes, expected, expected_kind) in more {
            match format(bytes) {
                Ok(format) => assert!(cfg!(feature = "more-formats") && format == expected, "{format:?}"),
                Err(DecodeError::WrongKind { kind, .. }) => {
                    assert!(!cfg!(feature = "more-formats") && kind == expected_kind, "{kind:?}");
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}
