//! `stsd`: how frames are coded.

use super::bytes::{Bytes, Kind, boxes, find};
use crate::{Codec, Colour, VideoError};

/// Where boxes begin in a `VisualSampleEntry` (ISO/IEC 14496-12, 12.1.3).
const N_FIELDS: usize = 78;

/// Contents of a sample entry.
pub(super) struct SampleEntry {
    pub(super) codec: Codec,
    pub(super) coded_size: [u32; 2],
    pub(super) pixel_aspect: Option<[u32; 2]>,
    pub(super) colour: Option<Colour>,
    pub(super) is_interlaced: bool,
}

/// The first entry in the content of `stsd`.
pub(super) fn parse(stsd: &[u8]) -> Result<SampleEntry, VideoError> {
    let list = stsd.get(8..).unwrap_or_default();
    let entry = boxes(list).next().and_then(|(kind, body)| Some((kind, body, body.get(N_FIELDS..)?)));
    let (kind, fields, inner) = entry.ok_or_else(|| VideoError::damaged("it does not say how its frames are coded"))?;
    let mut size = Bytes(&fields[24..]);
    let coded_size = [size.u16(), size.u16()].map(|side| u32::from(side.unwrap_or_default()));
    let codec = codec(kind, inner)?;
    Ok(SampleEntry {
        coded_size,
        pixel_aspect: find(inner, *b"pasp").and_then(pixel_aspect),
        colour: boxes(inner).filter(|(kind, _)| kind == b"colr").find_map(|(_, body)| colour(body)),
        // One field a frame is no interlacing; two are (QuickTime File Format, `fiel`).
        is_interlaced: match find(inner, *b"fiel").and_then(|field| field.first()) {
            Some(n_fields) => *n_fields == 2,
            None => codec.may_have_fields(),
        },
        codec,
    })
}

/// A codec by the beginning of its name and what its decoder is told.
type Describe = fn(&str, &[u8]) -> Option<Codec>;

fn codec(kind: Kind, inner: &[u8]) -> Result<Codec, VideoError> {
    let prefix = String::from_utf8_lossy(&kind);
    let (record, codec): (_, Describe) = match &kind {
        b"avc1" | b"avc3" => (b"avcC", Codec::avc),
        b"hvc1" | b"hev1" => (b"hvcC", Codec::hevc),
        // Dolby Vision whose base is HEVC: that is what is decoded.
        b"dvh1" if find(inner, *b"hvcC").is_some() => (b"hvcC", |_, record| Codec::hevc("hvc1", record)),
        b"dvhe" if find(inner, *b"hvcC").is_some() => (b"hvcC", |_, record| Codec::hevc("hev1", record)),
        b"av01" => (b"av1C", |_, record| Codec::av1(record)),
        b"vp09" => (b"vpcC", |_, record| vp9(record)),
        b"vp08" => return Ok(Codec::vp8()),
        b"encv" => return Err(VideoError::Encrypted),
        _ => return Ok(Codec::other(prefix.trim_end())),
    };
    let record_name = String::from_utf8_lossy(record);
    let described = find(inner, *record).and_then(|record| codec(&prefix, record));
    described.ok_or_else(|| VideoError::damaged(format!("its {record_name} is missing or cut")))
}

/// VP Codec ISO Media File Format Binding, `vpcC`.
fn vp9(record: &[u8]) -> Option<Codec> {
    let mut bytes = Bytes(record);
    bytes.version_and_flags()?;
    let (profile, level, bits) = (bytes.u8()?, bytes.u8()?, bytes.u8()?);
    Some(Codec::vp9(profile, level, bits >> 4))
}

fn pixel_aspect(pasp: &[u8]) -> Option<[u32; 2]> {
    let mut bytes = Bytes(pasp);
    let aspect = [bytes.u32()?, bytes.u32()?];
    aspect.iter().all(|&side| side > 0).then_some(aspect)
}

/// `nclx` of MP4, `nclc` of QuickTime, which has no range.
fn colour(colr: &[u8]) -> Option<Colour> {
    let mut bytes = Bytes(colr);
    let kind: Kind = bytes.array()?;
    let [_primaries, transfer, matrix] = [bytes.u16()?, bytes.u16()?, bytes.u16()?];
    let is_full = match &kind {
        b"nclx" => bytes.u8()? & 0x80 != 0,
        b"nclc" => false,
        _ => return None,
    };
    Some(Colour::from_codes(transfer, matrix, is_full))
}
