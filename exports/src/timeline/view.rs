//! A part of a timeline, in columns of pixels.

use std::ops::Range;

use model_core::Emotion;
use pipeline::{Session, Shown, TrackId};

use super::{index::TimelineIndex, sums::Sums};

/// Columns at most: more than any screen has.
const MAX_COLUMNS: usize = 20_000;

/// Less of a column, as a share of its time, is nothing: it is the difference of two sums of an hour, which are rounded.
const ROUNDING: f64 = 1e-6;

/// A part of a timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineView {
    /// Where it begins, seconds.
    pub(super) from_secs: f64,
    /// Where it ends, seconds.
    pub(super) to_secs: f64,
    /// How many columns it has.
    pub(super) n_columns: usize,
    /// The label whose probability is drawn as a curve.
    pub(super) label: Option<Emotion>,
    /// One for each person who was asked for, in the order of their numbers.
    pub(super) lanes: Vec<Lane>,
}

/// A person's part of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lane {
    /// The person.
    pub(super) person: TrackId,
    /// The person's name.
    pub(super) name: String,
    /// The thing shown longest in each column, from left to right. Where nothing was watched there is none.
    pub(super) segments: Vec<Segment>,
    /// Columns in which the quality is poor for some time.
    pub(super) poor: Vec<Range<usize>>,
    /// The mean of the label's smoothed probability in each column: for each time without a break, columns with their
    /// means. Empty without a label.
    pub(super) curve: Vec<Vec<(usize, f64)>>,
}

/// Columns in which a person shows the same thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// The columns.
    pub(super) columns: Range<usize>,
    /// The thing: a label, unsure, or [`Shown::NoFace`] where the person is absent.
    pub(super) shown: Shown,
}

/// A person in one column.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Column {
    /// The thing shown longest; `None` where nothing was watched.
    shown: Option<Shown>,
    /// Whether the quality is poor for some time.
    is_poor: bool,
    /// The mean of each label's probability, in [`Emotion::ALL`] order; `None` where the person is not seen.
    probabilities: Option<[f64; Emotion::COUNT]>,
}

impl TimelineIndex {
    /// The part of `session`, of which this is the index, between two times, seconds, in so many columns, 1 to 20,000; with
    /// the curve of `label`.
    pub fn view(
        &self,
        session: &Session,
        from_to_secs: [f64; 2],
        n_columns: usize,
        label: Option<Emotion>,
    ) -> TimelineView {
        self.view_of(session, &self.people().collect::<Vec<_>>(), from_to_secs, n_columns, label)
    }

    /// As [`TimelineIndex::view`], with lanes for these people alone, who must be given in the order of their
    /// numbers.
    pub fn view_of(
        &self,
        session: &Session,
        people: &[TrackId],
        [from_secs, to_secs]: [f64; 2],
        n_columns: usize,
        label: Option<Emotion>,
    ) -> TimelineView {
        debug_assert!(people.is_sorted(), "sums are looked up by a binary search");
        let n_columns = n_columns.clamp(1, MAX_COLUMNS);
        let lane = |&person: &TrackId| {
            let (name, segments, poor, curve) = (session.name_of(person), vec![], vec![], vec![]);
            Lane { person, name, segments, poor, curve }
        };
        let mut lanes: Vec<_> = people.iter().map(lane).collect();
        let time = |column: usize| from_secs + (to_secs - from_secs) * column as f64 / n_columns as f64;
        let mut before = self.before(session, people, time(0));
        for idx in 0..n_columns {
            let after = self.before(session, people, time(idx + 1));
            let watched_secs = after.0 - before.0;
            let least_secs = ROUNDING * (time(idx + 1) - time(idx));
            for ((lane, after), before) in lanes.iter_mut().zip(&after.1).zip(&before.1) {
                lane.push(idx, Column::of(*after - *before, watched_secs, least_secs), label);
            }
            before = after;
        }
        TimelineView { from_secs, to_secs, n_columns, label, lanes }
    }
}

impl Column {
    /// A column of which so much was watched, seconds; less than `least_secs` is nothing.
    fn of(sums: Sums, watched_secs: f64, least_secs: f64) -> Self {
        let seen_secs = sums.seen_secs();
        let labels = Emotion::ALL.map(Shown::Label).into_iter().chain([Shown::Unsure]).zip(sums.shown);
        let all = labels.chain([(Shown::NoFace, watched_secs - seen_secs)]);
        let longest = all.max_by(|(_, a), (_, b)| a.total_cmp(b)).filter(|_| watched_secs > least_secs);
        let is_seen = seen_secs > least_secs;
        Self {
            shown: longest.map(|(shown, _)| shown),
            is_poor: sums.poor > least_secs,
            probabilities: is_seen.then(|| sums.probabilities.map(|secs| (secs / seen_secs).clamp(0.0, 1.0))),
        }
    }
}

impl Lane {
    fn push(&mut self, idx: usize, column: Column, label: Option<Emotion>) {
        if let Some(shown) = column.shown {
            match self.segments.last_mut() {
                Some(last) if last.shown == shown && last.columns.end == idx => last.columns.end = idx + 1,
                _ => self.segments.push(Segment { columns: idx..idx + 1, shown }),
            }
        }
        if column.is_poor {
            match self.poor.last_mut() {
                Some(last) if last.end == idx => last.end = idx + 1,
                _ => self.poor.push(idx..idx + 1),
            }
        }
        let probability = label.and_then(|label| Some(column.probabilities?[label as usize]));
        if let Some(probability) = probability {
            match self.curve.last_mut() {
                Some(piece) if piece.last().is_some_and(|(last, _)| last + 1 == idx) => piece.push((idx, probability)),
                _ => self.curve.push(vec![(idx, probability)]),
            }
        }
    }
}
