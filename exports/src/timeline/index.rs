//! Sums up to every so many frames, by which any part of a session is summed at once.

use std::collections::BTreeMap;

use pipeline::{ObservedFrame, Session, TrackId};

use super::sums::Sums;

/// Frames of a block. Fewer take more memory, more take longer to draw: at most so many are looked at for a column.
const BLOCK: usize = 8;

/// Prefix sums of a session at every eighth frame, so that a timeline of any length is drawn at once: a column takes
/// two look-ups and a few frames, be it a second or an hour. A block takes 128 bytes a person, from when they come to
/// when they go: an hour at 30 frames a second 1.7 MB.
///
/// It covers the frames and the people that there were when it was made; after a change it is made anew.
#[derive(Clone, Debug, Default)]
pub struct TimelineIndex {
    n_frames: usize,
    /// For how long was watched before each block, seconds; one more at the end.
    watched_secs: Vec<f64>,
    people: BTreeMap<TrackId, Blocks>,
}

/// The blocks in which a person is seen.
#[derive(Clone, Debug)]
struct Blocks {
    first: usize,
    /// Before each of them; one more at the end.
    sums: Vec<Sums>,
}

impl Blocks {
    /// The sums before the block of that index.
    fn before(&self, block: usize) -> Sums {
        let idx = block.saturating_sub(self.first).min(self.sums.len() - 1);
        self.sums[idx]
    }
}

impl TimelineIndex {
    /// The index of all frames of `session`. The example `hour` prints how long that takes.
    pub fn new(session: &Session) -> Self {
        let mut index = Self { n_frames: session.timeline().len(), watched_secs: vec![0.0], ..Self::default() };
        let mut watched_secs = 0.0;
        for frame in session.timeline().frames() {
            let block = frame.idx / BLOCK;
            for face in frame.faces {
                if let Some(person) = session.person_of(face.person) {
                    index.sums(person, block).add(face, frame.secs);
                }
            }
            watched_secs += frame.secs;
            if (frame.idx + 1) % BLOCK == 0 || frame.idx + 1 == index.n_frames {
                index.watched_secs.push(watched_secs);
            }
        }
        index
    }

    /// The sums at the end of `block`, of a person who is seen in it.
    fn sums(&mut self, person: TrackId, block: usize) -> &mut Sums {
        let new = || Blocks { first: block, sums: vec![Sums::default()] };
        let Blocks { first, sums } = self.people.entry(person).or_insert_with(new);
        let last = sums[sums.len() - 1];
        sums.resize(block - *first + 2, last);
        &mut sums[block - *first + 1]
    }

    /// Everybody of whom there are sums.
    pub(super) fn people(&self) -> impl Iterator<Item = TrackId> {
        self.people.keys().copied()
    }

    /// Seconds watched before `secs`, and the sums of each of `people`, in order, up to there. `session` is the one
    /// that was indexed.
    pub(super) fn before(&self, session: &Session, people: &[TrackId], secs: f64) -> (f64, Vec<Sums>) {
        let last = self.n_frames.checked_sub(1);
        let frame = last.and_then(|last| Some(session.timeline().idx_at(secs)?.min(last)));
        let block = frame.unwrap_or(0) / BLOCK;
        let mut watched_secs = self.watched_secs.get(block).copied().unwrap_or(0.0);
        let start = |person| self.people.get(person).map_or_else(Sums::default, |blocks| blocks.before(block));
        let mut sums: Vec<_> = people.iter().map(start).collect();
        let mut add = |frame: ObservedFrame<'_>, part_secs: f64| {
            watched_secs += part_secs;
            for face in frame.faces {
                let place = session.person_of(face.person).and_then(|person| people.binary_search(&person).ok());
                if let Some(idx) = place {
                    sums[idx].add(face, part_secs);
                }
            }
        };
        if let Some(frame_idx) = frame {
            let frames = (block * BLOCK..=frame_idx).filter_map(|idx| session.timeline().frame(idx));
            frames.for_each(|frame| add(frame, (secs - frame.time_secs).clamp(0.0, frame.secs)));
        }
        (watched_secs, sums)
    }
}
