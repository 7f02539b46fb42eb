//! Names of codecs, as the browser's decoders and people know them.

use std::fmt::Write;

use crate::sps;

/// How frames are coded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codec {
    /// As people know it, such as `H.264`.
    pub name: String,
    /// As WebCodecs takes it, such as `avc1.64001F`; of a codec that it does not know, the name in the file.
    pub string: String,
    /// Bytes that the decoder takes before the first frame, such as `avcC`.
    pub description: Option<Vec<u8>>,
}

impl Codec {
    /// H.264, by its `AVCDecoderConfigurationRecord` (ISO/IEC 14496-15, 5.3.3.1).
    pub(crate) fn avc(prefix: &str, record: &[u8]) -> Option<Self> {
        let &[_, profile, compatibility, level, ..] = record else { return None };
        let string = format!("{prefix}.{profile:02X}{compatibility:02X}{level:02X}");
        Some(Self { name: "H.264".into(), string, description: Some(record.to_vec()) })
    }

    /// Whether frames may be coded as two fields. Known of H.264; of others, which rarely are, `false`.
    pub(crate) fn may_have_fields(&self) -> bool {
        let record = self.description.as_deref().filter(|_| self.string.starts_with("avc"));
        record.and_then(sps::may_have_fields).unwrap_or_default()
    }

    /// HEVC, by its `HEVCDecoderConfigurationRecord` (ISO/IEC 14496-15, 8.3.3.1; the string is that of annex E.3).
    pub(crate) fn hevc(prefix: &str, record: &[u8]) -> Option<Self> {
        let (&[_, head, c0, c1, c2, c3, k0, k1, k2, k3, k4, k5, level], _) = record.split_first_chunk()?;
        let space = ["", "A", "B", "C"][usize::from(head >> 6)];
        let compatibility = u32::from_be_bytes([c0, c1, c2, c3]).reverse_bits();
        let tier = if head & 0x20 == 0 { 'L' } else { 'H' };
        let mut string = format!("{prefix}.{space}{}.{compatibility:X}.{tier}{level}", head & 0x1f);
        let constraints = [k0, k1, k2, k3, k4, k5];
        let n = constraints.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        for byte in &constraints[..n] {
            let _ = write!(string, ".{byte:X}"); // into memory
        }
        Some(Self { name: "HEVC (H.265)".into(), string, description: Some(record.to_vec()) })
    }

    /// VP9, by profile, level and bits a sample.
    pub(crate) fn vp9(profile: u8, level: u8, bits: u8) -> Self {
        Self { name: "VP9".into(), string: format!("vp09.{profile:02}.{level:02}.{bits:02}"), description: None }
    }

    /// VP9, by the profile in the header of its first frame (VP9 Bitstream Specification, 6.2).
    pub(crate) fn vp9_of_frame(frame: &[u8]) -> Self {
        let bits = frame.first().copied().unwrap_or_default();
        let profile = ((bits >> 5) & 1) | ((bits >> 3) & 2);
        // Bits a sample lie behind more of the header; profiles 2 and 3 are nearly always of 10. A level is no more than a
        // hint to the decoder, as is told by none.
        Self::vp9(profile, 10, if profile < 2 { 8 } else { 10 })
    }

    pub(crate) fn vp8() -> Self {
        Self { name: "VP8".into(), string: "vp8".into(), description: None }
    }

    /// AV1, by its `AV1CodecConfigurationRecord` (AV1 in ISOBMFF, 2.3.3; the string is that of 5).
    pub(crate) fn av1(record: &[u8]) -> Option<Self> {
        let &[_, profile_level, flags, ..] = record else { return None };
        let (profile, level) = (profile_level >> 5, profile_level & 0x1f);
        let tier = if flags & 0x80 == 0 { 'M' } else { 'H' };
        let bits = match flags & 0x60 {
            0x60 => 12,
            0x40 => 10,
            _ => 8,
        };
        let string = format!("av01.{profile}.{level:02}{tier}.{bits:02}");
        Some(Self { name: "AV1".into(), string, description: None })
    }

    /// Any other codec, by its name in the file.
    pub(crate) fn other(id: &str) -> Self {
        let name = OTHERS.iter().find(|(known, _)| id.starts_with(known)).map_or(id, |(_, name)| name);
        Self { name: name.into(), string: id.into(), description: None }
    }
}

/// Beginnings of names in MP4, QuickTime and Matroska, and what they are.
const OTHERS: [(&str, &str); 14] = [
    ("mp4v", "MPEG-4 Part 2"),
    ("V_MPEG4/ISO", "MPEG-4 Part 2"),
    ("V_MPEG2", "MPEG-2"),
    ("V_MPEG1", "MPEG-1"),
    ("V_MJPEG", "Motion JPEG"),
    ("mjp", "Motion JPEG"),
    ("jpeg", "Motion JPEG"),
    ("ap", "ProRes"),
    ("V_PRORES", "ProRes"),
    ("s263", "H.263"),
    ("dvh", "Dolby Vision"),
    ("V_THEORA", "Theora"),
    ("V_FFV1", "FFV1"),
    ("V_UNCOMPRESSED", "uncompressed video"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_those_of_the_registrations() {
        let hevc = [1, 0x01, 0x60, 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 93];
        let main10 = [1, 0x22, 0x20, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 150];
        let cases = [
            (Codec::avc("avc1", &[1, 0x64, 0, 0x1f, 0xff]), "avc1.64001F"),
            (Codec::hevc("hvc1", &hevc), "hvc1.1.6.L93.B0"),
            (Codec::hevc("hev1", &main10), "hev1.2.4.H150.90"),
            (Codec::av1(&[0x81, 0x08, 0x4c, 0]), "av01.0.08M.10"),
            (Some(Codec::vp9(2, 51, 10)), "vp09.02.51.10"),
            (Some(Codec::vp9_of_frame(&[0b1001_0000])), "vp09.02.10.10"),
            (Some(Codec::vp9_of_frame(&[])), "vp09.00.10.08"),
            (Some(Codec::other("mp4v")), "mp4v"),
        ];
        for (codec, expected) in cases {
            assert_eq!(codec.expect(expected).string, expected);
        }
        assert_eq!(Codec::other("apch").name, "ProRes");
        assert_eq!(Codec::other("xyz1").name, "xyz1");
        for short in [&[][..], &[1, 2]] {
            assert!(Codec::avc("avc1", short).is_none() && Codec::hevc("hvc1", short).is_none());
            assert!(Codec::av1(short).is_none());
        }
    }
}
