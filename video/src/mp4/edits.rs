//! `elst`: which part of a track is shown, and when.

use super::{Entry, MAX_ENTRIES, bytes::Bytes};
use crate::VideoError;

/// A part of the file's time, in units of the track's time scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Edit {
    /// How long it is; `None`: to the end.
    duration: Option<i64>,
    /// Where it begins in the track; `None`: nothing is shown.
    media_time: Option<i64>,
}

/// The edits in the content of `elst`.
pub(super) fn parse(elst: &[u8], movie_timescale: u32, timescale: u32) -> Vec<Edit> {
    let mut bytes = Bytes(elst);
    let Some((version, _)) = bytes.version_and_flags() else { return vec![] };
    let n = bytes.u32().unwrap_or_default();
    let edit = |_| {
        let duration = bytes.unsigned(version)?;
        let media_time = bytes.signed(version)?;
        bytes.u32()?; // the rate; nobody shows slow motion by it
        let (movie, track) = (u128::from(movie_timescale), u128::from(timescale));
        let duration = i64::try_from((u128::from(duration) * track + movie / 2) / movie).ok()?;
        let media_time = (media_time >= 0).then_some(media_time);
        Some(Edit { duration: (duration > 0 || media_time.is_none()).then_some(duration), media_time })
    };
    (0..n).map_while(edit).collect()
}

/// `entries` with their times on the file's clock, as `edits` say. A frame is shown whose time in the track lies in an
/// edit; others are kept where one that is shown needs them. In a fragmented file, only the shift of the first edit
/// counts: how long it will be was not known when it was written.
///
/// As ffmpeg does it (`mov_fix_index` in `libavformat/mov.c`), the first frame that is shown comes at the beginning of its
/// edit also if the edit begins between two frames.
pub(super) fn apply(entries: Vec<Entry>, edits: &[Edit], is_fragmented: bool) -> Result<Vec<Entry>, VideoError> {
    let empty = edits.iter().take_while(|edit| edit.media_time.is_none());
    let delay = empty.filter_map(|edit| edit.duration).fold(0_i64, i64::saturating_add);
    let shown: Vec<_> = edits.iter().skip_while(|edit| edit.media_time.is_none()).collect();
    let Some(first) = shown.first().and_then(|edit| edit.media_time) else { return Ok(shifted(entries, delay)) };
    if is_fragmented {
        return Ok(shifted(entries, delay.saturating_sub(first)));
    }
    let mut edited: Vec<Entry> = Vec::with_capacity(entries.len());
    let mut begin = delay;
    for edit in shown {
        if let Some(media_time) = edit.media_time {
            let end = edit.duration.map_or(i64::MAX, |duration| media_time.saturating_add(duration));
            edited.extend(part(&entries, media_time, end, begin));
        }
        begin = begin.saturating_add(edit.duration.unwrap_or_default());
        if edited.len() > MAX_ENTRIES {
            return Err(VideoError::damaged(format!("its edit list shows more than {MAX_ENTRIES} frames")));
        }
    }
    let first = edited.iter().filter(|entry| entry.is_shown).map(|entry| entry.time).min().unwrap_or(delay);
    let early = first.saturating_sub(delay).max(0);
    Ok(shifted(edited, -early))
}

fn shifted(mut entries: Vec<Entry>, by: i64) -> Vec<Entry> {
    for entry in &mut entries {
        entry.time = entry.time.saturating_add(by);
    }
    entries
}

/// The frames that are shown from `media_time` until before `end`, the first time at `begin`, and those that they need.
fn part(entries: &[Entry], media_time: i64, end: i64, begin: i64) -> impl Iterator<Item = Entry> {
    let is_shown = move |entry: &Entry| (media_time..end).contains(&entry.time);
    let range = entries.iter().position(is_shown).zip(entries.iter().rposition(is_shown));
    let range = range.map_or(0..0, |(first, last)| {
        entries[..=first].iter().rposition(|entry| entry.is_key).unwrap_or(first)..last + 1
    });
    let by = begin.saturating_sub(media_time);
    entries[range].iter().map(move |entry| Entry {
        is_shown: is_shown(entry),
        time: entry.time.saturating_add(by),
        ..*entry
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames of 10 units, shown in the order of decoding; the first and the fourth are keys.
    fn entries() -> Vec<Entry> {
        let entry = |idx: i64| Entry {
            offset: idx as u64,
            size: 1,
            duration: 10,
            time: 10 * idx,
            is_key: idx % 3 == 0,
            is_shown: true,
        };
        (0..6).map(entry).collect()
    }

    /// Offset, time and whether it is shown.
    fn seen(edits: &[(i64, i64)], is_fragmented: bool) -> Vec<(u64, i64, bool)> {
        let edit = |&(duration, media_time): &(i64, i64)| Edit {
            duration: (duration > 0).then_some(duration),
            media_time: (media_time >= 0).then_some(media_time),
        };
        let edits: Vec<_> = edits.iter().map(edit).collect();
        let edited = apply(entries(), &edits, is_fragmented).unwrap();
        edited.iter().map(|entry| (entry.offset, entry.time, entry.is_shown)).collect()
    }

    #[test]
    fn a_part_is_shown_at_its_time() {
        let all = |by: i64| (0..6).map(|idx| (idx as u64, 10 * idx + by, true)).collect::<Vec<_>>();
        assert_eq!(seen(&[], false), all(0));
        assert_eq!(seen(&[(0, 0)], false), all(0));
        assert_eq!(seen(&[(25, -1), (60, 0)], false), all(25), "a delay");
        assert_eq!(seen(&[(25, -1)], false), all(25), "nothing but a delay");
        let cut = [(3, -10, false), (4, 0, true)];
        assert_eq!(seen(&[(10, 40)], false), cut, "from its key frame on");
        assert_eq!(seen(&[(10, 35)], false), cut, "not between two frames");
        let twice = [(0, 0, true), (1, 10, true), (0, 20, true), (1, 30, true)];
        assert_eq!(seen(&[(20, 0), (20, 0)], false), twice);
        assert_eq!(seen(&[(5, -1), (20, 20)], true), all(-15), "fragments are shifted alone");
        assert_eq!(seen(&[(10, 1000)], false), []);
    }

    #[test]
    fn a_list_is_read_in_both_versions_and_cut_where_it_ends() {
        let version_0 = [0, 2, 500, u32::MAX, 1 << 16, 2000, 512, 1 << 16].map(u32::to_be_bytes).concat();
        let expected =
            [Edit { duration: Some(5120), media_time: None }, Edit { duration: Some(20480), media_time: Some(512) }];
        assert_eq!(parse(&version_0, 1000, 10240), expected);
        assert_eq!(parse(&version_0[..20], 1000, 10240), expected[..1]);
        let version_1 = [1 << 24, 1, 0, 0, 0, 7, 1 << 16].map(u32::to_be_bytes).concat();
        assert_eq!(parse(&version_1, 1000, 10240), [Edit { duration: None, media_time: Some(7) }]);
        assert_eq!(parse(b"", 1000, 1), []);
    }
}
