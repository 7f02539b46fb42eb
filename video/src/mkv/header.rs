//! `Info` and `Tracks`: what is known before the first frame.

use super::ebml::{self, elements, find, ids};
use crate::{Codec, Colour, Orientation, Track, VideoError};

/// `TrackType` of a picture.
const PICTURE: u64 = 1;
/// `ContentCompAlgo`: what all frames begin with is left out of them.
const HEADER_STRIPPING: u64 = 3;

/// Contents of `Info` and `Tracks`, before the first frame.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) track: Track,
    pub(super) track_number: u64,
    /// Nanoseconds of a unit of time, above 0.
    pub(super) unit_nanos: u64,
    /// Bytes that were left out at the beginning of every frame.
    pub(super) stripped: Vec<u8>,
}

impl Header {
    /// The header in the contents of `Info` and `Tracks`.
    pub(super) fn parse(info: &[u8], tracks: &[u8]) -> Result<Self, VideoError> {
        let mut entries = elements(tracks).filter(|(id, _)| *id == ids::TRACK_ENTRY).map(|(_, entry)| entry);
        let entry =
            entries.find(|entry| number(entry, ids::TRACK_TYPE) == Some(PICTURE)).ok_or(VideoError::NoPicture)?;
        let unit_nanos = number(info, ids::TIMESTAMP_SCALE).filter(|&nanos| nanos > 0).unwrap_or(1_000_000);
        let duration =
            find(info, ids::DURATION).and_then(ebml::float).filter(|units| units.is_finite() && *units > 0.0);
        let default_duration = number(entry, ids::DEFAULT_DURATION).filter(|&nanos| nanos > 0);
        let mut track = track(entry, duration.map(|units| units * unit_nanos as f64 / 1e9))?;
        track.frames_per_sec = default_duration.map(|nanos| 1e9 / nanos as f64);
        let track_number =
            number(entry, ids::TRACK_NUMBER).ok_or_else(|| VideoError::damaged("its track has no number"))?;
        Ok(Self { track, track_number, unit_nanos, stripped: stripped(entry)? })
    }

    /// VP9 says its profile in its frames alone.
    pub(super) fn complete(&mut self, first_frame: &[u8]) {
        if self.track.codec.string.starts_with("vp09") {
            self.track.codec = Codec::vp9_of_frame(first_frame);
        }
    }
}

fn number(data: &[u8], id: u32) -> Option<u64> {
    find(data, id).map(ebml::unsigned)
}

fn track(entry: &[u8], end_secs: Option<f64>) -> Result<Track, VideoError> {
    let picture = find(entry, ids::VIDEO).unwrap_or_default();
    let side = |id| number(picture, id).and_then(|side| u32::try_from(side).ok()).filter(|&side| side > 0);
    let coded_size = side(ids::PIXEL_WIDTH).zip(side(ids::PIXEL_HEIGHT));
    let (width, height) = coded_size.ok_or_else(|| VideoError::damaged("its picture has no size"))?;
    // Unit 4 is none: then only the browser knows.
    let display = side(ids::DISPLAY_WIDTH).zip(side(ids::DISPLAY_HEIGHT));
    let display = display.filter(|_| number(picture, ids::DISPLAY_UNIT) != Some(4));
    let codec = codec(entry)?;
    Ok(Track {
        coded_size: [width, height],
        pixel_aspect: display.and_then(|display| pixel_aspect([width, height], display)),
        orientation: Orientation::default(),
        colour: find(picture, ids::COLOUR).map(colour),
        // 0 is unknown, 2 is progressive.
        is_interlaced: match number(picture, ids::FLAG_INTERLACED).unwrap_or_default() {
            0 => codec.may_have_fields(),
            flag => flag == 1,
        },
        codec,
        end_secs,
        n_frames: None,
        frames_per_sec: None,
    })
}

/// The shape of a pixel of a picture of `coded` pixels that is shown as large as `display`, in any unit.
fn pixel_aspect(coded: [u32; 2], display: (u32, u32)) -> Option<[u32; 2]> {
    let (x, y) = (u64::from(display.0) * u64::from(coded[1]), u64::from(display.1) * u64::from(coded[0]));
    let divisor = greatest_divisor(x, y);
    let [x, y] = [x, y].map(|side| u32::try_from(side / divisor));
    Some([x.ok()?, y.ok()?])
}

fn greatest_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a.max(1) } else { greatest_divisor(b, a % b) }
}

/// Matroska's registry of codecs.
fn codec(entry: &[u8]) -> Result<Codec, VideoError> {
    let private = find(entry, ids::CODEC_PRIVATE).unwrap_or_default();
    let id = String::from_utf8_lossy(find(entry, ids::CODEC_ID).unwrap_or_default());
    let codec = match id.trim_end_matches('\0') {
        "V_VP8" => Some(Codec::vp8()),
        "V_VP9" => Some(Codec::vp9_of_frame(&[])),
        "V_AV1" => Codec::av1(private),
        "V_MPEG4/ISO/AVC" => Codec::avc("avc1", private),
        "V_MPEGH/ISO/HEVC" => Codec::hevc("hev1", private),
        id => Some(Codec::other(id)),
    };
    codec.ok_or_else(|| VideoError::damaged("what its decoder needs before the first frame is missing"))
}

fn colour(colour: &[u8]) -> Colour {
    let code = |id| number(colour, id).and_then(|code| u16::try_from(code).ok()).unwrap_or(2);
    Colour::from_codes(code(ids::TRANSFER), code(ids::MATRIX), number(colour, ids::RANGE) == Some(2))
}

fn stripped(entry: &[u8]) -> Result<Vec<u8>, VideoError> {
    let encodings = find(entry, ids::CONTENT_ENCODINGS).unwrap_or_default();
    let mut stripped = vec![];
    for (_, encoding) in elements(encodings).filter(|(id, _)| *id == ids::CONTENT_ENCODING) {
        if find(encoding, ids::ENCRYPTION).is_some() {
            return Err(VideoError::Encrypted);
        }
        let compression = find(encoding, ids::COMPRESSION).unwrap_or_default();
        match number(compression, ids::COMPRESSION_ALGORITHM).unwrap_or(0) {
            HEADER_STRIPPING => {
                stripped.extend_from_slice(find(compression, ids::COMPRESSION_SETTINGS).unwrap_or_default());
            }
            other => {
                return Err(VideoError::damaged(format!(
                    "its frames are packed in a way that is not known here (compression {other})"
                )));
            }
        }
    }
    Ok(stripped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_of_pixels_is_that_of_the_picture_and_its_display() {
        let cases = [
            ([640, 480], (640, 480), Some([1, 1])),
            ([720, 576], (1024, 576), Some([64, 45])),
            ([720, 576], (16, 9), Some([64, 45])),
            ([1, u32::MAX], (u32::MAX, 1), None),
        ];
        for (coded, display, expected) in cases {
            assert_eq!(pixel_aspect(coded, display), expected, "{coded:?} {display:?}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let entry = |inner: &[u8]| [&[0xae, 0x80 | inner.len() as u8], inner].concat();
        let cases = [
            (entry(&[0x83, 0x81, 2]), "expected a video with pictures"),
            (entry(&[0x83, 0x81, 1]), "its picture has no size"),
            (entry(&[0x83, 0x81, 1, 0xe0, 0x86, 0xb0, 0x81, 9, 0xba, 0x81, 9]), "its track has no number"),
            (entry(b"\x83\x81\x01\xe0\x86\xb0\x81\x09\xba\x81\x09\x86\x85V_AV1"), "what its decoder needs"),
        ];
        for (tracks, expected) in cases {
            let error = Header::parse(&[], &tracks).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
