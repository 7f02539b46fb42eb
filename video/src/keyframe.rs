//! Whether a coded frame needs no other one, by its first bits: Matroska's block groups do not say so plainly.

use crate::Codec;

/// Whether `frame`, as it lies in a file, can be decoded without another one; `false` for an unknown codec.
pub(crate) fn is_key(codec: &Codec, frame: &[u8]) -> bool {
    let description = codec.description.as_deref().unwrap_or_default();
    match codec.string.get(..4).unwrap_or(&codec.string) {
        "vp8" => frame.first().is_some_and(|bits| bits & 1 == 0),
        "vp09" => is_vp9_key(frame),
        "av01" => obu_kinds(frame).any(|kind| kind == 1),
        // Bytes of a length: ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1.
        "avc1" | "avc3" => nal_units(frame, description.get(4)).any(|head| head & 0x1f == 5),
        "hvc1" | "hev1" => nal_units(frame, description.get(21)).any(|head| (16..=21).contains(&((head >> 1) & 0x3f))),
        _ => false,
    }
}

/// Whether `frame` is a picture of its own. VP8 has some that only others refer to, in blocks that do not say so (RFC 6386,
/// 9.1: `show_frame`); other codecs put those beside a frame that is shown.
pub(crate) fn is_shown(codec: &Codec, frame: &[u8]) -> bool {
    codec.string != "vp8" || frame.first().is_none_or(|bits| bits & 0x10 != 0)
}

/// VP9 Bitstream Specification, 6.2: marker, profile, a reserved bit of profile 3, `show_existing_frame`, `frame_type`.
fn is_vp9_key(frame: &[u8]) -> bool {
    let Some(&bits) = frame.first() else { return false };
    let behind = if bits & 0b0011_0000 == 0b0011_0000 { bits << 1 } else { bits };
    behind & 0b0000_1100 == 0
}

/// First byte of each unit of H.264 or HEVC; each has its length before it, whose own is in `length_size`.
fn nal_units(frame: &[u8], length_size: Option<&u8>) -> impl Iterator<Item = u8> {
    let n_bytes = usize::from(length_size.unwrap_or(&3) & 3) + 1;
    let mut rest = frame;
    std::iter::from_fn(move || {
        let (length, body) = rest.split_at_checked(n_bytes)?;
        let length = length.iter().fold(0_usize, |length, &byte| length << 8 | usize::from(byte));
        rest = body.get(length..).unwrap_or_default();
        body.first().copied()
    })
}

/// Kinds of the units of AV1 (AV1 Bitstream Specification, 5.3): 1 is a sequence header, which key frames in files have.
fn obu_kinds(frame: &[u8]) -> impl Iterator<Item = u8> {
    let mut rest = frame;
    std::iter::from_fn(move || {
        let (&head, mut body) = rest.split_first()?;
        if head & 0x04 != 0 {
            body = body.get(1..)?;
        }
        let (length, body) = if head & 0x02 == 0 { (body.len(), body) } else { leb128(body)? };
        rest = body.get(length..).unwrap_or_default();
        Some((head >> 3) & 0x0f)
    })
}

/// A number, seven bits a byte, the lowest first, and what comes behind it.
fn leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let n = 1 + bytes.iter().take(4).position(|byte| byte & 0x80 == 0)?;
    let number = bytes[..n].iter().rev().fold(0, |number, byte| number << 7 | usize::from(byte & 0x7f));
    Some((number, &bytes[n..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_frame_is_told_by_its_first_bits() {
        let avc = Codec::avc("avc1", &[1, 0x64, 0, 0x1f, 0xff]).unwrap();
        let hevc = Codec::hevc("hvc1", &[[1, 1].as_slice(), &[0; 20], &[0xff; 4]].concat()).unwrap();
        let av1 = Codec::av1(&[0x81, 0, 0]).unwrap();
        let vp9 = Codec::vp9(0, 10, 8);
        let cases: [(&Codec, &[u8], bool); 14] = [
            (&Codec::vp8(), &[0x10], true),
            (&Codec::vp8(), &[0x11], false),
            (&vp9, &[0b1000_0000], true),
            (&vp9, &[0b1000_0100], false),
            (&vp9, &[0b1011_0000], true),
            (&vp9, &[0b1011_0010], false),
            (&avc, &[0, 0, 0, 1, 0x09, 0, 0, 0, 1, 0x65], true),
            (&avc, &[0, 0, 0, 1, 0x41], false),
            (&avc, &[0xff, 0xff, 0xff, 0xff, 0x41, 0x65], false),
            (&hevc, &[0, 0, 0, 1, 19 << 1], true),
            (&hevc, &[0, 0, 0, 1, 1 << 1], false),
            (&av1, &[0x12, 0, 0x0a, 1, 0], true),
            (&av1, &[0x12, 0, 0x32, 1, 0], false),
            (&Codec::other("mp4v"), &[0], false),
        ];
        for (codec, frame, expected) in cases {
            assert_eq!(is_key(codec, frame), expected, "{} {frame:02x?}", codec.string);
            assert!(!is_key(codec, &[]), "{}", codec.string);
        }
    }
}
