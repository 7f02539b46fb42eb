//! Tells a container by the first bytes of a file; its name counts for nothing.

use crate::VideoError;

/// How many bytes at the beginning of a file tell what it is.
pub const HEAD_BYTES: usize = 16;

/// A family of video files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Container {
    /// MP4, QuickTime (MOV), 3GP: boxes.
    Mp4,
    /// WebM and Matroska: EBML.
    Matroska,
}

/// First bytes and what they mean.
const OTHERS: [(&[u8], &str); 13] = [
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"FLV", "a Flash video (FLV)"),
    (b"YUV4MPEG2", "a YUV4MPEG2 video"),
    (b"OggS", "an Ogg file"),
    (b"\x00\x00\x01\xba", "an MPEG program stream"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media file"),
    (b"ID3", "an MP3 sound file"),
    (b"fLaC", "a FLAC sound file"),
    (b"#EXTM3U", "a playlist"),
    (b"%PDF", "a PDF document"),
];

/// Boxes with which MP4 and QuickTime files begin.
const FIRST_BOXES: [&[u8; 4]; 10] =
    [b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp", b"moof", b"sidx"];

/// Brands of pictures in the same kind of boxes.
const PICTURE_BRANDS: [&[u8]; 10] =
    [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"];

/// Whether a file that begins with `head`, at least [`HEAD_BYTES`] bytes if it has as many, is a video that can be read, by
/// its container.
pub fn is_video(head: &[u8]) -> bool {
    Container::of(head).is_ok()
}

impl Container {
    /// The container that begins with `head`, at least [`HEAD_BYTES`] bytes if the file has as many.
    pub(crate) fn of(head: &[u8]) -> Result<Self, VideoError> {
        if head.is_empty() {
            return Err(VideoError::Empty);
        }
        if head.starts_with(b"\x1a\x45\xdf\xa3") {
            return Ok(Self::Matroska);
        }
        let kind = head.get(4..8).unwrap_or_default();
        let brand = head.get(8..12).unwrap_or_default();
        if kind == b"ftyp" && PICTURE_BRANDS.contains(&brand) {
            return Err(VideoError::NotAVideo("a HEIF or AVIF picture".into()));
        }
        if FIRST_BOXES.iter().any(|first| kind == first.as_slice()) {
            return Ok(Self::Mp4);
        }
        Err(VideoError::NotAVideo(other(head)))
    }
}

fn other(head: &[u8]) -> String {
    if let Some((_, name)) = OTHERS.iter().find(|(first, _)| head.starts_with(first)) {
        return (*name).into();
    }
    match head.get(..12) {
        Some([b'R', b'I', b'F', b'F', _, _, _, _, kind @ ..]) => match kind {
            b"AVI " => "an AVI video".into(),
            b"WEBP" => "a WebP picture".into(),
            b"WAVE" => "a WAV sound file".into(),
            _ => "a RIFF file of another kind".into(),
        },
        Some([0x47, ..]) => "what may be an MPEG transport stream".into(),
        _ => format!("a file that begins with {}", first_bytes(head)),
    }
}

/// As text where they are some, else as numbers.
fn first_bytes(head: &[u8]) -> String {
    let head = &head[..head.len().min(8)];
    if head.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return format!("“{}”", String::from_utf8_lossy(head));
    }
    head.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_by_its_first_bytes() {
        let cases: [(&[u8], Result<Container, &str>); 12] = [
            (b"", Err("the file is empty")),
            (b"\x00\x00\x00\x20ftypisom\0\0\0\0", Ok(Container::Mp4)),
            (b"\x00\x00\x00\x14ftypqt  \0\0\0\0", Ok(Container::Mp4)),
            (b"\x00\x00\x10\x00moov....", Ok(Container::Mp4)),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81", Ok(Container::Matroska)),
            (b"\x00\x00\x00\x20ftypheic\0\0\0\0", Err("a HEIF or AVIF picture")),
            (b"RIFF\x10\0\0\0AVI LIST", Err("an AVI video")),
            (b"\x89PNG\r\n\x1a\n", Err("a PNG picture")),
            (b"\x47\x40\x11\x10\0\0\0\0\0\0\0\0\0", Err("an MPEG transport stream")),
            (b"Dear reader, no video", Err("a file that begins with “Dear rea”")),
            (b"ab", Err("a file that begins with “ab”")),
            (b"\x01\x02", Err("a file that begins with 01 02")),
        ];
        for (head, expected) in cases {
            match (Container::of(head), expected) {
                (Ok(got), Ok(expected)) => assert_eq!(got, expected, "{head:?}"),
                (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{head:?}: {error}"),
                (got, expected) => panic!("{head:?}: expected {expected:?}, got {got:?}"),
            }
        }
    }
}
