//! For how long each person showed what, how long it lasted each time, and what followed it.

mod chart;
mod table;

use model_core::Emotion;
use pipeline::{PoorFramePolicy, Session, Shown, TimeRange, TrackId};

use crate::{Dwell, Trace, traces};

/// A summary of a session: of all of it, then of each of its ranges.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// How frames of poor quality count.
    pub policy: PoorFramePolicy,
    /// The first is of the whole session.
    pub ranges: Vec<RangeSummary>,
}

/// A part of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct RangeSummary {
    /// The part; the whole session is called `all`.
    pub range: TimeRange,
    /// For how long it was watched, seconds.
    pub watched_secs: f64,
    /// Everybody who counts, in the order of their numbers.
    pub people: Vec<PersonSummary>,
}

/// A person in a part of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonSummary {
    /// The person.
    pub person: TrackId,
    /// The person's name.
    pub name: String,
    /// One for everything that can be shown, in the order of [`Shown::all`].
    pub shown: Vec<ShownSummary>,
    /// How often the label of the column came after that of the row, in [`Emotion::ALL`] order. Unsure and poor frames
    /// between the two do not matter; an absence or a pause does: nobody knows what was shown in it.
    pub transitions: [[u64; Emotion::COUNT]; Emotion::COUNT],
}

/// A thing that a person showed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShownSummary {
    /// The thing; [`Shown::NoFace`] is that the person was not seen.
    pub shown: Shown,
    /// Number of frames.
    pub n_frames: u64,
    /// For how long, seconds.
    pub secs: f64,
    /// The share of a label or of unsure in the time in which the face was read, where they add up to 1; the share of poor
    /// quality or of absence in all time that was watched. In `0..=1`; 0 before any time.
    pub share: f64,
    /// How often it was shown without an interruption.
    pub n_dwells: usize,
    /// How long that lasted on average, seconds; 0 if it never was.
    pub mean_dwell_secs: f64,
    /// How long the middle one lasted, seconds; of two in the middle their mean.
    pub median_dwell_secs: f64,
    /// How long the longest one lasted, seconds.
    pub longest_dwell_secs: f64,
    /// The label's mean probability over the time in which the face was read, not smoothed, in `0..=1`; `None` of what is
    /// no label, and if no face was read.
    pub mean_probability: Option<f64>,
}

impl Summary {
    /// The summary of everybody who counts.
    pub(crate) fn of(session: &Session, policy: PoorFramePolicy) -> Self {
        let (from_secs, to_secs) = session.timeline().span().unwrap_or_default();
        let whole = TimeRange { name: "all".to_owned(), from_secs, to_secs };
        let ranges = [&whole].into_iter().chain(session.edits().ranges());
        Self { policy, ranges: ranges.map(|range| RangeSummary::of(session, policy, range.clone())).collect() }
    }
}

impl RangeSummary {
    /// The summary of everybody who counts, in `range`.
    pub fn of(session: &Session, policy: PoorFramePolicy, range: TimeRange) -> Self {
        let TimeRange { from_secs, to_secs, .. } = range;
        let within = |begin: f64, end: f64| (end.min(to_secs) - begin.max(from_secs)).max(0.0);
        let frames = session.timeline().between(from_secs, to_secs);
        let watched_secs = frames.map(|frame| within(frame.time_secs, frame.time_secs + frame.secs)).sum();
        let traces = traces(session, policy, [from_secs, to_secs]);
        let person = |(person, trace): (TrackId, Trace)| PersonSummary {
            person,
            name: session.name_of(person),
            shown: Shown::all().map(|shown| ShownSummary::of(shown, &trace, watched_secs)).collect(),
            transitions: transitions(&trace.dwells),
        };
        Self { range, watched_secs, people: traces.into_iter().map(person).collect() }
    }
}

impl ShownSummary {
    fn of(shown: Shown, trace: &Trace, watched_secs: f64) -> Self {
        let dwells = || trace.dwells.iter().filter(|dwell| dwell.shown == shown);
        let mut lengths: Vec<_> = dwells().map(|dwell| dwell.secs).collect();
        lengths.sort_by(f64::total_cmp);
        let (n_dwells, secs): (_, f64) = (lengths.len(), lengths.iter().sum());
        let is_read = matches!(shown, Shown::Label(_) | Shown::Unsure);
        let mean_probability = match shown {
            Shown::Label(label) if trace.read_secs > 0.0 => {
                Some(trace.probability_secs[label as usize] / trace.read_secs)
            }
            _ => None,
        };
        Self {
            shown,
            n_frames: dwells().map(|dwell| dwell.n_frames).sum(),
            secs,
            share: ratio(secs, if is_read { trace.read_secs } else { watched_secs }),
            n_dwells,
            mean_dwell_secs: ratio(secs, n_dwells as f64),
            median_dwell_secs: median(&lengths),
            longest_dwell_secs: lengths.last().copied().unwrap_or(0.0),
            mean_probability,
        }
    }
}

/// How often each label came after each other one.
fn transitions(dwells: &[Dwell]) -> [[u64; Emotion::COUNT]; Emotion::COUNT] {
    let mut counts = [[0; Emotion::COUNT]; Emotion::COUNT];
    let mut last: Option<(Emotion, f64)> = None;
    for dwell in dwells {
        // A pause breaks it off as an absence does.
        last = last.filter(|(_, end)| dwell.from_secs - end <= crate::trace::GAP_SECS);
        match dwell.shown {
            Shown::Label(label) => {
                if let Some((before, _)) = last.filter(|(before, _)| *before != label) {
                    counts[before as usize][label as usize] += 1;
                }
                last = Some((label, dwell.to_secs));
            }
            Shown::NoFace => last = None,
            Shown::Unsure | Shown::PoorQuality => last = last.map(|(label, _)| (label, dwell.to_secs)),
        }
    }
    counts
}

/// The middle one of numbers that are in order; 0 of none.
fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    match sorted.get(middle) {
        None => 0.0,
        Some(&upper) if sorted.len() % 2 == 1 => upper,
        Some(&upper) => f64::midpoint(sorted[middle - 1], upper),
    }
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests;
