//! What waits for a worker: at most one photo and one frame, the newest of each.

/// Workers that a photo is given to before it is given up: what ended two of them will end a third.
const MAX_TRIES: u32 = 2;

/// A photo, and how many workers it was given to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Job<P> {
    photo: P,
    n_tries: u32,
}

impl<P: Clone> Job<P> {
    pub(super) fn photo(&self) -> P {
        self.photo.clone()
    }
}

#[derive(Debug)]
pub(super) struct Waiting<P, F> {
    photo: Option<Job<P>>,
    frame: Option<F>,
}

impl<P, F> Default for Waiting<P, F> {
    fn default() -> Self {
        Self { photo: None, frame: None }
    }
}

/// What a worker does next.
#[derive(Debug, PartialEq)]
pub(super) enum Next<P, F> {
    Photo(Job<P>),
    Frame(F),
}

/// What became of a photo whose worker died.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Redo {
    Waits,
    Superseded,
    GivenUp,
}

impl<P, F> Waiting<P, F> {
    pub(super) fn offer_photo(&mut self, photo: P) {
        self.photo = Some(Job { photo, n_tries: 0 });
    }

    pub(super) fn offer_frame(&mut self, frame: F) {
        self.frame = Some(frame);
    }

    /// Whether a photo waits: then nobody wants an answer to an older one.
    pub(super) fn has_photo(&self) -> bool {
        self.photo.is_some()
    }

    /// What comes next; a photo before a frame, as a person chose it.
    pub(super) fn next(&mut self) -> Option<Next<P, F>> {
        let photo = self.photo.take().map(|job| Next::Photo(Job { n_tries: job.n_tries + 1, ..job }));
        photo.or_else(|| self.frame.take().map(Next::Frame))
    }

    /// The worker that had `job` died.
    pub(super) fn put_back(&mut self, job: Job<P>) -> Redo {
        if self.photo.is_some() {
            return Redo::Superseded;
        }
        if job.n_tries >= MAX_TRIES {
            return Redo::GivenUp;
        }
        self.photo = Some(job);
        Redo::Waits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo(next: Option<Next<char, u8>>) -> Job<char> {
        match next {
            Some(Next::Photo(job)) => job,
            other => panic!("expected a photo, got {other:?}"),
        }
    }

    #[test]
    fn the_newest_waits_and_nothing_queues() {
        let mut waiting = Waiting::default();
        waiting.offer_frame(1);
        waiting.offer_photo('a');
        waiting.offer_photo('b');
        waiting.offer_frame(2);
        assert_eq!(photo(waiting.next()).photo(), 'b');
        assert_eq!(waiting.next(), Some(Next::Frame(2)));
        assert_eq!(waiting.next(), None);
    }

    #[test]
    fn a_photo_is_redone_once_unless_a_newer_one_waits() {
        let mut waiting = Waiting::<_, u8>::default();
        waiting.offer_photo('a');
        let first = photo(waiting.next());
        assert_eq!(waiting.put_back(first.clone()), Redo::Waits);
        let second = photo(waiting.next());
        assert_eq!(waiting.put_back(second), Redo::GivenUp);
        assert!(!waiting.has_photo());
        waiting.offer_photo('b');
        assert_eq!(waiting.put_back(first), Redo::Superseded);
        assert_eq!(photo(waiting.next()).photo(), 'b');
    }
}
