//! Every frame that was analysed, with its faces.

use super::ObservedFace;

/// Every frame that was analysed, in the order of time, with the faces in it. A frame takes 24 bytes, a face 144.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    frames: Vec<Entry>,
    /// Faces of all frames, one frame after the other.
    faces: Vec<ObservedFace>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Entry {
    time_secs: f64,
    secs: f64,
    /// Where the faces of the next frame begin.
    faces_end: usize,
}

/// A frame of the timeline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ObservedFrame<'a> {
    /// Number of the frame, from 0.
    pub idx: usize,
    /// When it was seen, seconds on the source's clock, in whole microseconds.
    pub time_secs: f64,
    /// For how long it counts, seconds, 0 or more: until the next one, if that does not come too late. 0 of the newest.
    pub secs: f64,
    /// Its faces; none of a frame without one.
    pub faces: &'a [ObservedFace],
}

impl Timeline {
    /// Number of frames.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether there is no frame.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// The frame of that index.
    pub fn frame(&self, idx: usize) -> Option<ObservedFrame<'_>> {
        let &Entry { time_secs, secs, faces_end } = self.frames.get(idx)?;
        let begin = idx.checked_sub(1).map_or(0, |before| self.frames[before].faces_end);
        Some(ObservedFrame { idx, time_secs, secs, faces: &self.faces[begin..faces_end] })
    }

    /// All frames.
    pub fn frames(&self) -> impl ExactSizeIterator<Item = ObservedFrame<'_>> {
        self.range(0..self.len())
    }

    /// The frames that count for some time between the two times, seconds, or are seen there.
    pub fn between(&self, from_secs: f64, to_secs: f64) -> impl ExactSizeIterator<Item = ObservedFrame<'_>> {
        let begin = self.frames.partition_point(|entry| entry.time_secs + entry.secs <= from_secs);
        // A frame at the beginning is in, even if it counts for no time.
        let begin = begin.min(self.frames.partition_point(|entry| entry.time_secs < from_secs));
        let end = self.frames.partition_point(|entry| entry.time_secs < to_secs);
        self.range(begin..end.max(begin))
    }

    /// The index of the frame that is seen at `secs`: the last one that has begun; `None` before the first.
    pub fn idx_at(&self, secs: f64) -> Option<usize> {
        self.frames.partition_point(|entry| entry.time_secs <= secs).checked_sub(1)
    }

    /// When the first frame is seen and the last one ceases to count, seconds; `None` without frames.
    pub fn span(&self) -> Option<(f64, f64)> {
        let (first, last) = (self.frames.first()?, self.frames.last()?);
        Some((first.time_secs, last.time_secs + last.secs))
    }

    /// Frames and faces, which take the memory.
    pub(super) fn n_rows(&self) -> usize {
        self.frames.len() + self.faces.len()
    }

    /// A frame at `time_secs`, or, since time goes forwards only, when the one before ceases to count; which of them.
    pub(super) fn push(&mut self, time_secs: f64, faces: &[ObservedFace]) -> f64 {
        let earliest = self.span().map_or(f64::NEG_INFINITY, |(_, end)| end);
        self.faces.extend_from_slice(faces);
        let time_secs = whole_micros(time_secs.max(earliest));
        self.frames.push(Entry { time_secs, secs: 0.0, faces_end: self.faces.len() });
        time_secs
    }

    /// The last frame counts for so long, seconds.
    pub(super) fn set_last_secs(&mut self, secs: f64) {
        if let Some(last) = self.frames.last_mut() {
            last.secs = secs;
        }
    }

    fn range(&self, range: std::ops::Range<usize>) -> impl ExactSizeIterator<Item = ObservedFrame<'_>> {
        range.map(|idx| self.frame(idx).expect("the range is within the frames"))
    }
}

/// `secs` in whole microseconds, the digits that files have.
pub(super) fn whole_micros(secs: f64) -> f64 {
    (secs * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames without faces, each with its time and for how long it counts.
    fn timeline(frames: &[(f64, f64)]) -> Timeline {
        let mut timeline = Timeline::default();
        for &(time_secs, secs) in frames {
            timeline.push(time_secs, &[]);
            timeline.set_last_secs(secs);
        }
        timeline
    }

    #[test]
    fn frames_are_found_by_time() {
        let timeline = timeline(&[(1.0, 0.5), (1.5, 0.5), (4.0, 1.0), (5.0, 0.0)]);
        let cases = [(0.9, None), (1.0, Some(0)), (1.4, Some(0)), (3.0, Some(1)), (9.0, Some(3)), (f64::NAN, None)];
        for (secs, expected) in cases {
            assert_eq!(timeline.idx_at(secs), expected, "{secs}");
        }
        let cases: [(f64, f64, &[usize]); 7] = [
            (0.0, 9.0, &[0, 1, 2, 3]),
            (1.2, 1.6, &[0, 1]),
            (1.5, 4.0, &[1]),
            (2.0, 4.0, &[]),
            (5.0, 5.1, &[3]),
            (6.0, 2.0, &[]),
            (f64::NAN, f64::NAN, &[]),
        ];
        for (from, to, expected) in cases {
            assert!(timeline.between(from, to).map(|frame| frame.idx).eq(expected.iter().copied()), "{from} to {to}");
        }
        assert_eq!((timeline.span(), Timeline::default().span()), (Some((1.0, 5.0)), None));
    }

    #[test]
    fn time_goes_forwards_in_whole_microseconds() {
        let timeline = timeline(&[(1.0 / 3.0, 0.5), (0.1, 0.25), (9.0, 0.0)]);
        let times: Vec<_> = timeline.frames().map(|frame| frame.time_secs).collect();
        assert_eq!(times, [0.333_333, 0.833_333, 9.0]);
    }
}
