//! `moof`: frames of files that are written while they are recorded.

use super::{
    Entry, MAX_ENTRIES,
    bytes::{Bytes, boxes, find},
};
use crate::VideoError;

/// Values for frames without their own: from `trex`, replaced by those in `tfhd`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Defaults {
    duration: u32,
    size: u32,
    flags: u32,
}

/// The flag of a frame that needs others.
const IS_NOT_KEY: u32 = 0x0001_0000;

/// The defaults of the track `id` in the content of `mvex`.
pub(super) fn defaults(mvex: &[u8], id: u32) -> Defaults {
    let read = |body| {
        let mut bytes = Bytes(body);
        bytes.version_and_flags()?;
        (bytes.u32()? == id).then_some(())?;
        bytes.u32()?; // the description
        Some(Defaults { duration: bytes.u32()?, size: bytes.u32()?, flags: bytes.u32()? })
    };
    boxes(mvex).filter(|(kind, _)| kind == b"trex").find_map(|(_, body)| read(body)).unwrap_or_default()
}

/// Which track the content of a `traf` belongs to.
pub(super) fn track_id(traf: &[u8]) -> Option<u32> {
    let mut bytes = Bytes(find(traf, *b"tfhd")?);
    bytes.version_and_flags()?;
    bytes.u32()
}

/// Add the frames of the content of a `traf`, whose `moof` begins at byte `moof_start`, and give the time after the last
/// one. They begin at `next_time` if they do not say when.
pub(super) fn add(
    entries: &mut Vec<Entry>,
    traf: &[u8],
    moof_start: u64,
    defaults: Defaults,
    next_time: i64,
    file_len: u64,
) -> Result<i64, VideoError> {
    let cut = || VideoError::damaged("one of its fragments is cut");
    let (base, defaults) = header(find(traf, *b"tfhd").unwrap_or_default(), moof_start, defaults).ok_or_else(cut)?;
    let time = find(traf, *b"tfdt").and_then(|body| {
        let mut bytes = Bytes(body);
        let (version, _) = bytes.version_and_flags()?;
        bytes.unsigned(version)
    });
    let time = time.map_or(next_time, |time| i64::try_from(time).unwrap_or(i64::MAX));
    let mut run = Run { base, place: base, time, defaults, file_len };
    for (_, body) in boxes(traf).filter(|(kind, _)| kind == b"trun") {
        run.add(entries, body)?;
    }
    Ok(run.time)
}

/// `tfhd`: from which byte of the file places are counted, and what holds for its frames.
fn header(tfhd: &[u8], moof_start: u64, mut defaults: Defaults) -> Option<(u64, Defaults)> {
    let mut bytes = Bytes(tfhd);
    let (_, flags) = bytes.version_and_flags()?;
    bytes.u32()?; // the track
    let base = if flags & 0x01 != 0 { bytes.u64()? } else { moof_start };
    if flags & 0x02 != 0 {
        bytes.u32()?; // the description
    }
    for (flag, field) in [(0x08, &mut defaults.duration), (0x10, &mut defaults.size), (0x20, &mut defaults.flags)] {
        if flags & flag != 0 {
            *field = bytes.u32()?;
        }
    }
    Some((base, defaults))
}

/// Frames one behind the other, in the file and in time.
struct Run {
    base: u64,
    place: u64,
    time: i64,
    defaults: Defaults,
    file_len: u64,
}

impl Run {
    /// Add those of the content of a `trun`, as far as it goes.
    fn add(&mut self, entries: &mut Vec<Entry>, trun: &[u8]) -> Result<(), VideoError> {
        let mut bytes = Bytes(trun);
        let Some((flags, n)) = self.begin(&mut bytes) else { return Ok(()) };
        let first_flags = if flags & 0x04 != 0 { bytes.u32() } else { None };
        for idx in 0..n {
            let Some(entry) = self.entry(&mut bytes, flags, first_flags.filter(|_| idx == 0)) else { break };
            // A run of frames that say nothing of themselves has no bytes that would limit it.
            if self.place > self.file_len && entries.last().is_some_and(|last| last.offset > self.file_len) {
                break;
            }
            if entries.len() >= MAX_ENTRIES {
                return Err(VideoError::damaged(format!("it has more than {MAX_ENTRIES} frames")));
            }
            if entry.size > 0 {
                entries.push(entry);
            }
        }
        Ok(())
    }

    /// Flags, and how many frames there are.
    fn begin(&mut self, bytes: &mut Bytes<'_>) -> Option<(u32, u32)> {
        let (_, flags) = bytes.version_and_flags()?;
        let mut n = bytes.u32()?;
        if flags & 0x01 != 0 {
            self.place = self.base.saturating_add_signed(bytes.i32()?.into());
        }
        if flags & 0x200 == 0 && self.defaults.size == 0 {
            n = 0;
        }
        Some((flags, n))
    }

    fn entry(&mut self, bytes: &mut Bytes<'_>, flags: u32, first_flags: Option<u32>) -> Option<Entry> {
        let mut field = |flag, default| if flags & flag != 0 { bytes.u32() } else { Some(default) };
        let duration = field(0x100, self.defaults.duration)?;
        let size = field(0x200, self.defaults.size)?;
        let own_flags = field(0x400, first_flags.unwrap_or(self.defaults.flags))?;
        let shift = field(0x800, 0)?.cast_signed();
        let (offset, time) = (self.place, self.time.saturating_add(shift.into()));
        self.place = offset.saturating_add(size.into());
        self.time = self.time.saturating_add(duration.into());
        Some(Entry { offset, size, duration, time, is_key: own_flags & IS_NOT_KEY == 0, is_shown: true })
    }
}
