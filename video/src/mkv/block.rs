//! A block: a frame with its time in the cluster.

use super::ebml::{self, elements, ids};

/// The longest beginning of a block: the number of the track, time, flags; and some bytes of the frame.
pub(super) const MAX_HEAD_BYTES: u64 = 16;

/// Flags of a block (RFC 9559, 10.1 and 10.2).
const IS_KEY: u8 = 0x80;
const IS_INVISIBLE: u8 = 0x08;
const IS_LACED: u8 = 0x06;

/// A frame with its time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Block {
    pub(super) track: u64,
    /// In units of the file; from the beginning of the cluster, until that is added.
    pub(super) time: i64,
    /// `None` where only the frame itself says so.
    pub(super) is_key: Option<bool>,
    pub(super) is_invisible: bool,
    pub(super) is_laced: bool,
    /// Where its element begins in the file.
    pub(super) position: u64,
    pub(super) data: Vec<u8>,
}

impl Block {
    /// The block in the content of a `SimpleBlock`.
    pub(super) fn simple(body: &[u8]) -> Option<Self> {
        let (block, flags) = Self::parse(body)?;
        Some(Self { is_key: Some(flags & IS_KEY != 0), ..block })
    }

    /// The block in the content of a `BlockGroup`. If it refers to another frame, it is no key frame; otherwise the
    /// frame itself says whether it is.
    pub(super) fn of_group(body: &[u8]) -> Option<Self> {
        let (mut block, _) = Self::parse(ebml::find(body, ids::BLOCK)?)?;
        if elements(body).any(|(id, _)| id == ids::REFERENCE_BLOCK) {
            block.is_key = Some(false);
        }
        Some(block)
    }

    fn parse(body: &[u8]) -> Option<(Self, u8)> {
        let (track, n_track) = ebml::variable(body)?;
        let &[t0, t1, flags, ref data @ ..] = body.get(n_track..)? else { return None };
        let block = Self {
            track: track?,
            time: i16::from_be_bytes([t0, t1]).into(),
            is_invisible: flags & IS_INVISIBLE != 0,
            is_laced: flags & IS_LACED != 0,
            data: data.to_vec(),
            ..Self::default()
        };
        Some((block, flags))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_both_kinds() {
        let block = Block { track: 1, time: -2, data: vec![7, 8], ..Block::default() };
        let key = Block { is_key: Some(true), ..block.clone() };
        assert_eq!(Block::simple(&[0x81, 0xff, 0xfe, 0x80, 7, 8]), Some(key));
        let hidden = Block { is_key: Some(false), is_invisible: true, ..block.clone() };
        assert_eq!(Block::simple(&[0x81, 0xff, 0xfe, 0x08, 7, 8]), Some(hidden));
        let group = [0xa1, 0x86, 0x81, 0xff, 0xfe, 0, 7, 8, 0x9b, 0x81, 40];
        assert_eq!(Block::of_group(&group), Some(block.clone()));
        let referring = Block { is_key: Some(false), ..block };
        assert_eq!(Block::of_group(&[&group[..], &[0xfb, 0x81, 0xd8]].concat()), Some(referring));
        for short in [&[][..], &[0x81, 0, 0], &[0xa1, 0x81, 0x81]] {
            assert_eq!((Block::simple(short), Block::of_group(short)), (None, None), "{short:x?}");
        }
    }
}
