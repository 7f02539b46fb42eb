//! `stbl`: the tables of the frames, each for itself, put together.

use std::slice;

use super::{
    Entry, MAX_ENTRIES,
    bytes::{Bytes, find},
};
use crate::VideoError;

/// The frames in the tables of `stbl`, in the order of decoding; none if they are in fragments. Frames without a byte
/// stand for the one before and are left out.
pub(super) fn entries(stbl: &[u8], file_len: u64) -> Result<Vec<Entry>, VideoError> {
    let sizes = Sizes::parse(find(stbl, *b"stsz"), file_len)?;
    let key_frames = find(stbl, *b"stss").map(|table| rows::<4>(table, 8));
    let mut key_frames = key_frames.map(|rows| rows.iter().map(|row| u32::from_be_bytes(*row)).peekable());
    let mut durations = Runs::new(find(stbl, *b"stts"));
    let mut shifts = Runs::new(find(stbl, *b"ctts"));
    let mut places = Places::new(stbl);
    let mut entries = Vec::with_capacity(sizes.n.min(1 << 16));
    let mut decode_time = 0_i64;
    for idx in 0..sizes.n {
        let size = sizes.get(idx);
        let offset = places.next(size).ok_or_else(|| VideoError::damaged("its index names frames without a place"))?;
        let (duration, shift) = (durations.next(), shifts.next().cast_signed());
        let number = idx as u32 + 1;
        let is_key = key_frames.as_mut().is_none_or(|numbers| {
            while numbers.next_if(|&key| key < number).is_some() {}
            numbers.peek() == Some(&number)
        });
        let time = decode_time.saturating_add(shift.into());
        decode_time = decode_time.saturating_add(duration.into());
        if size > 0 {
            entries.push(Entry { offset, size, duration, time, is_key, is_shown: true });
        }
    }
    Ok(entries)
}

/// The rows of a table, `N` bytes each, behind `n_head` bytes whose last four count them; fewer if the table is cut.
fn rows<const N: usize>(table: &[u8], n_head: usize) -> &[[u8; N]] {
    let Some((head, rest)) = table.split_at_checked(n_head) else { return &[] };
    let n = head.last_chunk().map_or(0, |count| u32::from_be_bytes(*count) as usize);
    let (rows, _) = rest.as_chunks();
    &rows[..n.min(rows.len())]
}

/// `stsz`: bytes of each frame.
struct Sizes<'a> {
    n: usize,
    /// Bytes of every frame, unless there is a list.
    size: u32,
    list: &'a [[u8; 4]],
}

impl<'a> Sizes<'a> {
    fn parse(stsz: Option<&'a [u8]>, file_len: u64) -> Result<Self, VideoError> {
        let Some(table) = stsz else { return Ok(Self { n: 0, size: 0, list: &[] }) };
        let mut bytes = Bytes(table);
        let numbers = bytes.version_and_flags().and_then(|_| Some((bytes.u32()?, bytes.u32()?)));
        let (size, n) = numbers.unwrap_or_default();
        let list = if size == 0 { rows(table, 12) } else { &[] };
        // Each lies in the file: no more than that are believed.
        let n = match size {
            0 => list.len(),
            size => (n as usize).min(usize::try_from(file_len / u64::from(size)).unwrap_or(usize::MAX)),
        };
        if n > MAX_ENTRIES {
            return Err(VideoError::damaged(format!("its index has {n} frames, expected at most {MAX_ENTRIES}")));
        }
        Ok(Self { n, size, list })
    }

    fn get(&self, idx: usize) -> u32 {
        self.list.get(idx).map_or(self.size, |size| u32::from_be_bytes(*size))
    }
}

/// `stts`, `ctts`: how many frames, and the value of each. The last value goes on; without a table it is 0.
struct Runs<'a> {
    rows: slice::Iter<'a, [u8; 8]>,
    left: u32,
    value: u32,
}

impl<'a> Runs<'a> {
    fn new(table: Option<&'a [u8]>) -> Self {
        Self { rows: rows(table.unwrap_or_default(), 8).iter(), left: 0, value: 0 }
    }

    fn next(&mut self) -> u32 {
        while self.left == 0 {
            let Some(row) = self.rows.next() else { return self.value };
            (self.left, self.value) = pair(*row);
        }
        self.left -= 1;
        self.value
    }
}

fn pair(row: [u8; 8]) -> (u32, u32) {
    let both = u64::from_be_bytes(row);
    ((both >> 32) as u32, both as u32)
}

/// `stsc` with `stco` or `co64`: frames lie in chunks, one behind the other.
struct Places<'a> {
    small: slice::Iter<'a, [u8; 4]>,
    large: slice::Iter<'a, [u8; 8]>,
    /// First chunk, frames in each, description.
    runs: slice::Iter<'a, [u8; 12]>,
    chunk: u32,
    per_chunk: u32,
    /// Frames left in the chunk.
    left: u32,
    offset: u64,
}

impl<'a> Places<'a> {
    fn new(stbl: &'a [u8]) -> Self {
        let table = |kind| find(stbl, kind).unwrap_or_default();
        Self {
            small: rows(table(*b"stco"), 8).iter(),
            large: rows(table(*b"co64"), 8).iter(),
            runs: rows(table(*b"stsc"), 8).iter(),
            chunk: 0,
            per_chunk: 0,
            left: 0,
            offset: 0,
        }
    }

    /// Where the next frame lies, which has `size` bytes.
    fn next(&mut self, size: u32) -> Option<u64> {
        while self.left == 0 {
            self.offset = match self.small.next() {
                Some(offset) => u32::from_be_bytes(*offset).into(),
                None => u64::from_be_bytes(*self.large.next()?),
            };
            self.chunk += 1;
            while let Some([row @ .., _, _, _, _]) = self.runs.as_slice().first() {
                let (first, per_chunk) = pair(*row);
                if first > self.chunk {
                    break;
                }
                self.per_chunk = per_chunk;
                self.runs.next();
            }
            self.left = self.per_chunk;
        }
        self.left -= 1;
        let offset = self.offset;
        self.offset = offset.saturating_add(size.into());
        Some(offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(kind: [u8; 4], numbers: &[u32]) -> Vec<u8> {
        let body: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
        [&(8 + body.len() as u32).to_be_bytes()[..], &kind, &body].concat()
    }

    #[test]
    fn tables_are_put_together() {
        let stbl = [
            table(*b"stsz", &[0, 0, 5, 10, 20, 30, 0, 50]),
            table(*b"stco", &[0, 3, 100, 500, 900]),
            table(*b"stsc", &[0, 2, 1, 1, 1, 2, 2, 1]),
            table(*b"stts", &[0, 2, 3, 100, 2, 50]),
            table(*b"ctts", &[0, 2, 1, 200, 4, u32::MAX]),
            table(*b"stss", &[0, 2, 1, 3]),
        ];
        let entries = entries(&stbl.concat(), 1000).unwrap();
        let seen: Vec<_> = entries.iter().map(|entry| (entry.offset, entry.size, entry.time, entry.is_key)).collect();
        // The fourth frame is empty: it is the one before for longer.
        assert_eq!(
            seen,
            [(100, 10, 200, true), (500, 20, 99, false), (520, 30, 199, true), (920, 50, 349, false)]
                .map(|row| if row.1 == 50 { (900, 50, 349, false) } else { row })
        );
    }

    #[test]
    fn tables_that_name_too_much_are_refused_or_cut() {
        let stbl = |size, n| [table(*b"stsz", &[0, size, n]), table(*b"stco", &[0, 1, 8])].concat();
        let stsc = table(*b"stsc", &[0, 1, 1, u32::MAX, 1]);
        assert_eq!(entries(&[stbl(10, u32::MAX), stsc.clone()].concat(), 1000).unwrap().len(), 100);
        let error = entries(&[stbl(1, u32::MAX), stsc].concat(), u64::MAX).unwrap_err();
        assert!(error.to_string().contains("4294967295 frames"), "{error}");
        let error = entries(&stbl(10, 3), 1000).unwrap_err();
        assert!(error.to_string().contains("without a place"), "{error}");
        assert_eq!(entries(b"", 1000).unwrap(), []);
    }
}
