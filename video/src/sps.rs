//! The sequence parameter set of H.264, as far as to whether its pictures may be fields (ITU-T H.264, 7.3.2.1.1).

/// Whether frames may be coded as two fields, by the first sequence parameter set of an `AVCDecoderConfigurationRecord`
/// (ISO/IEC 14496-15, 5.3.3.1); `None` if there is none, or it is cut.
pub(crate) fn may_have_fields(record: &[u8]) -> Option<bool> {
    let n_sets = record.get(5)? & 0x1f;
    let length = usize::from(u16::from_be_bytes([*record.get(6)?, *record.get(7)?]));
    if n_sets == 0 {
        return None;
    }
    let set = record.get(8..8 + length)?;
    let mut bits = Bits::new(set.get(1..)?);
    let profile = bits.read(8)?;
    bits.read(16)?;
    bits.unsigned()?;
    if HIGH_PROFILES.contains(&profile) {
        let chroma_format = bits.unsigned()?;
        if chroma_format == 3 {
            bits.read(1)?;
        }
        bits.unsigned()?;
        bits.unsigned()?;
        bits.read(1)?;
        if bits.read(1)? == 1 {
            let n_lists = if chroma_format == 3 { 12 } else { 8 };
            (0..n_lists).try_for_each(|list| bits.skip_scaling_list(if list < 6 { 16 } else { 64 }))?;
        }
    }
    bits.unsigned()?;
    match bits.unsigned()? {
        0 => drop(bits.unsigned()?),
        1 => {
            bits.read(1)?;
            bits.unsigned()?;
            bits.unsigned()?;
            let n = bits.unsigned()?;
            (0..n).try_for_each(|_| bits.unsigned().map(drop))?;
        }
        _ => {}
    }
    bits.unsigned()?;
    bits.read(1)?;
    bits.unsigned()?;
    bits.unsigned()?;
    bits.read(1).map(|frames_only| frames_only == 0)
}

/// Profiles whose set has more fields.
const HIGH_PROFILES: [u32; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

/// Bits of a unit, the highest of a byte first.
struct Bits {
    bytes: Vec<u8>,
    next: usize,
}

impl Bits {
    /// Without the bytes that keep start codes from appearing: the 3 in 0, 0, 3 (7.4.1).
    fn new(unit: &[u8]) -> Self {
        let is_kept = |&(idx, &byte): &(usize, &u8)| byte != 3 || idx < 2 || unit[idx - 2..idx] != [0, 0];
        Self { bytes: unit.iter().enumerate().filter(is_kept).map(|(_, &byte)| byte).collect(), next: 0 }
    }

    fn read(&mut self, n: u32) -> Option<u32> {
        (0..n).try_fold(0, |number, _| {
            let byte = self.bytes.get(self.next / 8)?;
            let bit = (byte >> (7 - self.next % 8)) & 1;
            self.next += 1;
            Some(number << 1 | u32::from(bit))
        })
    }

    /// An Exp-Golomb code (9.1), of signed numbers as well, where these are only passed over.
    fn unsigned(&mut self) -> Option<u32> {
        let mut n_zeros = 0;
        while self.read(1)? == 0 {
            n_zeros += 1;
        }
        if n_zeros > 31 {
            return None;
        }
        Some(((1_u32 << n_zeros) - 1).wrapping_add(self.read(n_zeros)?))
    }

    /// 7.3.2.1.1.1: ends early where the next scale is 0.
    fn skip_scaling_list(&mut self, len: usize) -> Option<()> {
        if self.read(1)? == 0 {
            return Some(());
        }
        let mut last: i64 = 8;
        for _ in 0..len {
            let code = i64::from(self.unsigned()?);
            let change = if code % 2 == 0 { -(code / 2) } else { code.midpoint(1) };
            last = (last + change).rem_euclid(256);
            if last == 0 {
                break;
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `avcC` with this set.
    fn record(set: &[u8]) -> Vec<u8> {
        [&[1, set[1], set[2], set[3], 0xff, 0xe1, 0, u8::try_from(set.len()).unwrap()], set, &[1, 0, 0]].concat()
    }

    /// As libx264 writes them for 320×240: High, High interlaced, Baseline.
    const SETS: [(&[u8], bool); 3] = [
        (
            &[
                0x67, 0x64, 0x00, 0x0d, 0xac, 0xd9, 0x41, 0x41, 0xfb, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10, 0x00,
                0x00, 0x03, 0x03, 0x20, 0xf1, 0x42, 0x99, 0x60,
            ],
            false,
        ),
        (
            &[
                0x67, 0x64, 0x00, 0x15, 0xac, 0xd9, 0x41, 0x41, 0x0f, 0xcb, 0x80, 0x88, 0x00, 0x00, 0x03, 0x00, 0x08,
                0x00, 0x00, 0x03, 0x01, 0x90, 0xf8, 0xa1, 0x4c, 0xb0,
            ],
            true,
        ),
        (
            &[
                0x67, 0x42, 0xc0, 0x0d, 0xd9, 0x01, 0x41, 0xfb, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10, 0x00, 0x00,
                0x03, 0x03, 0x20, 0xf1, 0x42, 0xa4, 0x80,
            ],
            false,
        ),
    ];

    #[test]
    fn fields_are_told_by_the_set() {
        for (set, expected) in SETS {
            assert_eq!(may_have_fields(&record(set)), Some(expected), "{set:02x?}");
        }
    }

    #[test]
    fn what_is_cut_tells_nothing() {
        for (set, _) in SETS {
            let whole = record(set);
            for len in 0..8 + set.len() {
                assert_eq!(may_have_fields(&whole[..len]), None, "{len}");
            }
        }
        assert_eq!(may_have_fields(&[1, 100, 0, 31, 0xff, 0xe0, 0, 0]), None, "no set");
        assert_eq!(may_have_fields(&record(&[0x67, 66, 0, 31, 0, 0, 0, 0, 0, 0])), None, "a code without an end");
    }
}
