//! Numbers and boxes in a block of bytes; `None` if they are missing.

use std::iter;

/// A kind of box.
pub(super) type Kind = [u8; 4];

/// Bytes that are read one after the other, numbers with the highest byte first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl Bytes<'_> {
    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    pub(super) fn skip(&mut self, n_bytes: usize) -> Option<()> {
        self.0 = self.0.get(n_bytes..)?;
        Some(())
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn i32(&mut self) -> Option<i32> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// A number of 64 bits in boxes of version 1, of 32 in others.
    pub(super) fn unsigned(&mut self, version: u8) -> Option<u64> {
        if version == 1 { self.u64() } else { self.u32().map(u64::from) }
    }

    /// As [`Bytes::unsigned`], signed.
    pub(super) fn signed(&mut self, version: u8) -> Option<i64> {
        if version == 1 { self.array().map(i64::from_be_bytes) } else { self.i32().map(i64::from) }
    }

    /// Version and flags, with which most boxes begin.
    pub(super) fn version_and_flags(&mut self) -> Option<(u8, u32)> {
        self.u32().map(|number| ((number >> 24) as u8, number & 0x00ff_ffff))
    }
}

/// The boxes in `data`: kind and content. A cut box counts as far as it goes.
pub(super) fn boxes(data: &[u8]) -> impl Iterator<Item = (Kind, &[u8])> {
    let mut rest = data;
    iter::from_fn(move || {
        let mut bytes = Bytes(rest);
        let size = bytes.u32()?;
        let kind = bytes.array()?;
        let (size, n_head) = match size {
            0 => (rest.len(), 8),
            1 => (usize::try_from(bytes.u64()?).unwrap_or(usize::MAX), 16),
            size => (size as usize, 8),
        };
        let end = size.min(rest.len());
        let body = rest.get(n_head..end)?;
        rest = &rest[end..];
        Some((kind, body))
    })
}

/// The content of the first box of `kind`.
pub(super) fn find(data: &[u8], kind: Kind) -> Option<&[u8]> {
    boxes(data).find(|(other, _)| *other == kind).map(|(_, body)| body)
}

/// The content of a box in a box in a box.
pub(super) fn find_in<'a>(data: &'a [u8], path: &[Kind]) -> Option<&'a [u8]> {
    path.iter().try_fold(data, |data, kind| find(data, *kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_found_however_their_size_is_written() {
        let large = [b"\0\0\0\x01aaaa".as_slice(), &18_u64.to_be_bytes(), b"12"].concat();
        let data = [large.as_slice(), b"\0\0\0\x0abbbb34", b"\0\0\0\0cccc5678"].concat();
        let found: Vec<_> = boxes(&data).collect();
        assert_eq!(found, [(*b"aaaa", &b"12"[..]), (*b"bbbb", b"34"), (*b"cccc", b"5678")]);
        let nested = b"\0\0\0\x13aaaa\0\0\0\x0bbbbb123";
        assert_eq!(find_in(nested, &[*b"aaaa", *b"bbbb"]), Some(&b"123"[..]));
        assert_eq!(find_in(nested, &[*b"bbbb"]), None);
    }

    #[test]
    fn what_is_no_box_ends_the_list() {
        for data in [&b""[..], b"\0\0\0\x07aaaa", b"\0\0\0\x01aaaa\0\0", b"\0\0\0\x01aaaa\0\0\0\0\0\0\0\x0f"] {
            assert_eq!(boxes(data).count(), 0, "{data:?}");
        }
        assert_eq!(boxes(b"\xff\xff\xff\xffaaaa12").next(), Some((*b"aaaa", &b"12"[..])), "cut");
    }
}
