//! What kind of file it is, by its first bytes: names lie, and a person is helped by hearing what they dropped.

use image::ImageFormat;

use super::error::{DecodeError, format_name};

/// The format of `bytes`, if it is one that can be decoded.
pub(super) fn format(bytes: &[u8]) -> Result<ImageFormat, DecodeError> {
    if bytes.is_empty() {
        return Err(DecodeError::Empty);
    }
    // `guess_format` takes any ISO media file with an AVIF brand for AVIF and knows nothing of the others.
    if let Some(found) = iso_media(bytes) {
        return Err(DecodeError::NotAPicture { found: found.to_owned() });
    }
    match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP | ImageFormat::Gif)) => Ok(format),
        Ok(other) => Err(DecodeError::NotAPicture { found: format!("a picture in {} format", format_name(other)) }),
        Err(_) => Err(DecodeError::NotAPicture { found: describe(bytes) }),
    }
}

/// Files of the ISO base media family: `ftyp` at byte 4, then the brand (ISO/IEC 14496-12, 4.3; brands: mp4ra.org).
fn iso_media(bytes: &[u8]) -> Option<&'static str> {
    let brand = bytes.get(4..12)?.strip_prefix(b"ftyp")?;
    Some(match brand {
        b"avif" | b"avis" => "a picture in AVIF format",
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => "a picture in HEIC format",
        _ => "a video",
    })
}

/// First bytes of files that people drop by mistake (values: each format's own specification).
const MAGIC: &[(&[u8], &str)] = &[
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x1a\x45\xdf\xa3", "a video"),
    (b"8BPS", "a picture in Photoshop format"),
    (b"\xff\x0a", "a picture in JPEG XL format"),
    (b"\x00\x00\x00\x0cJXL ", "a picture in JPEG XL format"),
    (b"RIFF", "a video or a sound"),
    (b"<svg", "a drawing in SVG format"),
    (b"<?xml", "a text in XML format"),
];

/// What `bytes` look like, when they are no raster picture.
fn describe(bytes: &[u8]) -> String {
    if let Some((_, name)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return (*name).to_owned();
    }
    let start = &bytes[..bytes.len().min(16)];
    if start.iter().all(|&byte| byte >= b' ' || byte.is_ascii_whitespace()) {
        return "a text".to_owned();
    }
    let hex: Vec<String> = start.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("an unknown kind of file (first bytes {})", hex.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_picture_is_named() {
        let cases: &[(&[u8], &str)] = &[
            (b"%PDF-1.7\n", "a PDF document"),
            (b"Hello, I am a text\n", "a text"),
            ("Grüße".as_bytes(), "a text"),
            (b"PK\x03\x04\x14\0", "a ZIP archive or an office document"),
            (b"\0\0\0\x18ftypheic\0\0\0\0", "a picture in HEIC format"),
            (b"\0\0\0\x18ftypavif\0\0\0\0", "a picture in AVIF format"),
            (b"\0\0\0\x18ftypisom\0\0\0\0", "a video"),
            (b"BM\x46\0\0\0\0\0\0\0", "a picture in BMP format"),
            (b"II*\0\x08\0\0\0", "a picture in TIFF format"),
            (b"RIFF\x24\0\0\0WAVEfmt ", "a video or a sound"),
            (b"\x01\x02\x03", "an unknown kind of file (first bytes 01 02 03)"),
            (b"\0", "an unknown kind of file (first bytes 00)"),
        ];
        for (bytes, expected) in cases {
            let Err(DecodeError::NotAPicture { found }) = format(bytes) else { panic!("{expected}") };
            assert_eq!(found, *expected);
        }
    }

    #[test]
    fn an_empty_file_and_the_four_formats_are_known() {
        assert_eq!(format(b""), Err(DecodeError::Empty));
        assert_eq!(format(b"\xff\xd8\xff\xe0"), Ok(ImageFormat::Jpeg));
        assert_eq!(format(b"\x89PNG\r\n\x1a\n"), Ok(ImageFormat::Png));
        assert_eq!(format(b"RIFF\x24\0\0\0WEBPVP8 "), Ok(ImageFormat::WebP));
        assert_eq!(format(b"GIF89a\x01\0\x01\0"), Ok(ImageFormat::Gif));
    }
}
