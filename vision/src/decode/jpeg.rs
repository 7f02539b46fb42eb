//! JPEG files as they are found: with junk between headers, in the colours of printers, without their end mark, or with
//! other data behind it.

use std::hash::{DefaultHasher, Hasher};
use std::io::Cursor;

use image::ImageDecoder;
use image::ImageFormat::Jpeg;
use image::codecs::jpeg::JpegDecoder;

use super::jpeg_header::{Header, Segment, marker, segments};
use super::{DecodeError, DecodeLimits, Opened};

/// The first picture of the JPEG file `bytes`: of several (MPO), the first; the base picture of one with a gain map.
///
/// The decoder gets what makes the picture, and nothing else: it takes a broken note for a broken picture, and the colours
/// of some files for others than they are ([`Header::colors`]).
pub(super) fn open(bytes: &[u8], limits: DecodeLimits) -> Result<Opened<'static>, DecodeError> {
    let header = Header::read(bytes);
    if let Some(bits) = header.bits().filter(|&bits| bits != 8) {
        return Err(DecodeError::unsupported(Jpeg, &format!("{bits} bits a sample")));
    }
    let (file, has_end) = picture_alone(bytes, &header);
    let decoder = JpegDecoder::new(Cursor::new(ended(&file, &[])))
        .map_err(|error| DecodeError::from_decoder(Jpeg, limits.max_decoder_bytes(), error))?;
    let opened = Opened::new(Jpeg, Box::new(decoder), header.exif, false, limits)?;
    if has_end || (sends_all(bytes, &header) && is_same_whatever_follows(&file)) {
        Ok(opened)
    } else {
        Err(DecodeError::damaged(Jpeg, "the file ends before the picture does"))
    }
}

/// The first picture of `bytes` without notes, junk and end mark, its colours as the decoder understands them; and whether
/// it has an end mark.
fn picture_alone(bytes: &[u8], header: &Header) -> (Vec<u8>, bool) {
    let mut file = vec![0xff, marker::START_OF_IMAGE];
    file.extend(header.notes());
    for Segment { marker, payload, data } in segments(bytes) {
        match marker {
            marker::END_OF_IMAGE => return (file, true),
            marker::APPLICATION_0..=marker::APPLICATION_15 | marker::COMMENT => continue,
            _ => {}
        }
        file.extend([0xff, marker]);
        file.extend((payload.len() as u16 + 2).to_be_bytes());
        let start = file.len();
        file.extend_from_slice(payload);
        header.rename_components(marker, &mut file[start..]);
        file.extend_from_slice(data);
    }
    (file, false)
}

/// `file` with `tail` and an end mark.
fn ended(file: &[u8], tail: &[u8]) -> Vec<u8> {
    [file, tail, &[0xff, marker::END_OF_IMAGE]].concat()
}

/// Whether the scans of `bytes` bring each coefficient of each component down to its lowest bit (ITU-T T.81, G.1.1.1): a
/// progressive picture that ends between two scans is blurred.
fn sends_all(bytes: &[u8], header: &Header) -> bool {
    let mut lowest_bits = vec![[u8::MAX; 64]; header.component_ids().len()];
    for scan in segments(bytes).filter(|segment| segment.marker == marker::START_OF_SCAN) {
        let Some((&n_components, rest)) = scan.payload.split_first() else { continue };
        let Some((components, &[first, last, bits, ..])) = rest.split_at_checked(2 * usize::from(n_components)) else {
            continue;
        };
        for (component, lowest_bits) in header.component_ids().iter().zip(&mut lowest_bits) {
            let is_sent = components.iter().step_by(2).any(|id| id == component);
            if let Some(sent) = lowest_bits.get_mut(first.into()..=last.into()).filter(|_| is_sent) {
                sent.fill(bits & 0xf);
            }
        }
    }
    lowest_bits.iter().flatten().all(|&bit| bit == 0)
}

/// Whether the picture in `file`, which has no end mark, is the same whatever comes behind it, and so all there.
///
/// The decoder fills up with grey where a file ends and reports success.
fn is_same_whatever_follows(file: &[u8]) -> bool {
    // No marker, and bits that decode to something else than zeroes.
    const NOISE: [u8; 64] = [0x5a; 64];
    let pixels = pixels_hash(ended(file, &[]));
    pixels.is_some() && pixels == pixels_hash(ended(file, &NOISE))
}

/// A hash of the pixels of the JPEG `file`, if it has some.
fn pixels_hash(file: Vec<u8>) -> Option<u64> {
    let decoder = JpegDecoder::new(Cursor::new(file)).ok()?;
    let mut pixels = vec![0; decoder.total_bytes() as usize];
    decoder.read_image(&mut pixels).ok()?;
    let mut hasher = DefaultHasher::new();
    hasher.write(&pixels);
    Some(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Progressive, 32×16; its last bytes are the end mark.
    const PROGRESSIVE: &[u8] = include_bytes!("../../tests/data/progressive.jpg");

    #[test]
    fn a_progressive_picture_is_all_sent_by_its_last_scan_alone() {
        let header = Header::read(PROGRESSIVE);
        let starts: Vec<usize> =
            PROGRESSIVE.windows(2).enumerate().filter(|(_, pair)| pair == b"\xff\xda").map(|(at, _)| at).collect();
        assert!(starts.len() > 5, "{starts:?}");
        assert!(sends_all(PROGRESSIVE, &header));
        for start in starts {
            let cut = &PROGRESSIVE[..start];
            assert!(!sends_all(cut, &header), "{start}");
            assert!(open(cut, DecodeLimits::default()).is_err(), "{start}");
        }
    }

    #[test]
    fn what_the_pixels_need_is_seen_from_what_may_follow() {
        let file = &PROGRESSIVE[..PROGRESSIVE.len() - 2];
        assert!(is_same_whatever_follows(file));
        let baseline = include_bytes!("../../tests/data/decode/no_end.jpg");
        assert!(is_same_whatever_follows(baseline));
        for missing in 2..100 {
            assert!(!is_same_whatever_follows(&baseline[..baseline.len() - missing]), "{missing}");
        }
    }
}
