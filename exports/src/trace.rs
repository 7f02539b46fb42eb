//! The dwells of a person, one after the other.

use std::collections::BTreeMap;

use model_core::Emotion;
use pipeline::{ObservedFace, PoorFramePolicy, Session, Shown, TrackId};

/// Frames closer together, seconds, follow each other without a gap: half of the microsecond that times are rounded to, of
/// both, and a little.
pub(crate) const GAP_SECS: f64 = 2e-6;

/// A time in which a person shows the same thing, or is absent, without an interruption.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dwell {
    /// The thing; [`Shown::NoFace`] where the person is not seen.
    pub shown: Shown,
    /// When it begins, seconds.
    pub from_secs: f64,
    /// When it ends, seconds.
    pub to_secs: f64,
    /// For how long that was watched, seconds: less than from begin to end where an absence has a pause in it.
    pub secs: f64,
    /// Number of frames.
    pub n_frames: u64,
}

/// The dwells of a person in a part of a session.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// Dwells, in the order of time.
    pub dwells: Vec<Dwell>,
    /// The integral of each label's probability over [`Trace::read_secs`], seconds, in [`Emotion::ALL`] order: of single
    /// frames, not smoothed.
    pub probability_secs: [f64; Emotion::COUNT],
    /// For how long the face was read, seconds: those frames that count under a label or as unsure.
    pub read_secs: f64,
}

/// The traces of everybody who counts between two times, seconds; whoever was not there then is absent. A frame at the
/// edge counts for the part within.
pub fn traces(session: &Session, policy: PoorFramePolicy, [from, to]: [f64; 2]) -> BTreeMap<TrackId, Trace> {
    let mut watched = Watched { end_secs: from, ..Watched::default() };
    let mut tracers: BTreeMap<_, _> = session.people().map(|(id, _)| (id, Tracer::new(watched))).collect();
    for frame in session.timeline().between(from, to) {
        let (begin, end) = (frame.time_secs.max(from), (frame.time_secs + frame.secs).min(to));
        let before = watched;
        watched.add(begin, end.max(begin));
        for face in frame.faces {
            let tracer = session.person_of(face.person).and_then(|person| tracers.get_mut(&person));
            if let Some(tracer) = tracer {
                tracer.show(face, policy, before.starting(begin), watched);
            }
        }
    }
    tracers.into_iter().map(|(id, tracer)| (id, tracer.end(watched))).collect()
}

/// The frames so far.
#[derive(Clone, Copy, Debug, Default)]
struct Watched {
    n_frames: u64,
    secs: f64,
    end_secs: f64,
}

impl Watched {
    fn add(&mut self, begin_secs: f64, end_secs: f64) {
        self.n_frames += 1;
        self.secs += end_secs - begin_secs;
        self.end_secs = end_secs;
    }

    /// The same, where the next frame begins.
    fn starting(self, begin_secs: f64) -> Self {
        Self { end_secs: begin_secs, ..self }
    }
}

/// Makes a trace, frame by frame.
struct Tracer {
    trace: Trace,
    /// The frames watched until the person was seen last.
    seen: Watched,
}

impl Tracer {
    fn new(seen: Watched) -> Self {
        Self { trace: Trace::default(), seen }
    }

    /// The person shows `face` in the frame from `before` to `after`.
    fn show(&mut self, face: &ObservedFace, policy: PoorFramePolicy, before: Watched, after: Watched) {
        if after.n_frames == self.seen.n_frames {
            // Two faces of one person in a frame: the first one counts.
            return;
        }
        let shown = shown(face, policy);
        let secs = after.secs - before.secs;
        let is_gone = before.n_frames > self.seen.n_frames;
        if is_gone {
            self.be_absent(before);
        }
        let is_next = before.end_secs - self.seen.end_secs <= GAP_SECS;
        match self.trace.dwells.last_mut() {
            Some(dwell) if !is_gone && is_next && dwell.shown == shown => {
                dwell.to_secs = after.end_secs;
                dwell.secs += secs;
                dwell.n_frames += 1;
            }
            _ => {
                let (from_secs, to_secs) = (before.end_secs, after.end_secs);
                self.trace.dwells.push(Dwell { shown, from_secs, to_secs, secs, n_frames: 1 });
            }
        }
        if matches!(shown, Shown::Label(_) | Shown::Unsure) {
            self.trace.read_secs += secs;
            let sums = self.trace.probability_secs.iter_mut().zip(face.scores.probabilities());
            sums.for_each(|(sum, p)| *sum += secs * f64::from(p));
        }
        self.seen = after;
    }

    /// The person was not in the frames since they were seen last.
    fn be_absent(&mut self, until: Watched) {
        let from_secs = self.seen.end_secs;
        self.trace.dwells.push(Dwell {
            shown: Shown::NoFace,
            from_secs,
            to_secs: until.end_secs,
            secs: until.secs - self.seen.secs,
            n_frames: until.n_frames - self.seen.n_frames,
        });
    }

    fn end(mut self, watched: Watched) -> Trace {
        if watched.n_frames > self.seen.n_frames {
            self.be_absent(watched);
        }
        self.trace
    }
}

fn shown(face: &ObservedFace, policy: PoorFramePolicy) -> Shown {
    match policy {
        PoorFramePolicy::Separate if face.is_poor() => Shown::PoorQuality,
        _ => face.label.map_or(Shown::Unsure, Shown::Label),
    }
}
