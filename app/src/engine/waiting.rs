//! What waits for a worker: at most one photo, one question and one frame, the newest of each.

use model_core::DeviceKind;

use crate::protocol::InspectRequest;

/// Workers that may die of a photo before it is given up: what ended two of them will end a third.
const MAX_ENDED: usize = 2;

/// A photo, and where workers have died of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Job<P> {
    photo: P,
    ended: Vec<DeviceKind>,
}

impl<P: Clone> Job<P> {
    pub(super) fn photo(&self) -> P {
        self.photo.clone()
    }
}

#[derive(Debug)]
pub(super) struct Waiting<P, F> {
    photo: Option<Job<P>>,
    question: Option<InspectRequest>,
    frame: Option<F>,
}

impl<P, F> Default for Waiting<P, F> {
    fn default() -> Self {
        Self { photo: None, question: None, frame: None }
    }
}

/// What a worker does next.
#[derive(Debug, PartialEq)]
pub(super) enum Next<P, F> {
    Photo(Job<P>),
    Look(InspectRequest),
    Frame(F),
}

/// What became of a photo whose worker died.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Redo {
    Waits,
    Superseded,
    /// With the devices whose workers died of it.
    GivenUp(Vec<DeviceKind>),
}

impl<P, F> Waiting<P, F> {
    /// What waits is of a camera or photo that has left the stage.
    pub(super) fn offer_photo(&mut self, photo: P) {
        self.photo = Some(Job { photo, ended: vec![] });
        self.question = None;
        self.frame = None;
    }

    pub(super) fn offer_frame(&mut self, frame: F) {
        self.frame = Some(frame);
    }

    pub(super) fn offer_question(&mut self, question: InspectRequest) {
        self.question = Some(question);
    }

    /// Whether a photo waits: then nobody wants an answer to an older one.
    pub(super) fn has_photo(&self) -> bool {
        self.photo.is_some()
    }

    /// What comes next; a photo before a frame, as a person chose it. A question is about a face of the frame before.
    pub(super) fn next(&mut self) -> Option<Next<P, F>> {
        let photo = self.photo.take().map(Next::Photo);
        photo.or_else(|| self.next_but_photo())
    }

    /// What comes next while the photo has to wait.
    pub(super) fn next_but_photo(&mut self) -> Option<Next<P, F>> {
        let look = self.question.take().map(Next::Look);
        look.or_else(|| self.frame.take().map(Next::Frame))
    }

    /// The worker on `device` died of `job`.
    pub(super) fn put_back(&mut self, mut job: Job<P>, device: DeviceKind) -> Redo {
        if self.photo.is_some() {
            return Redo::Superseded;
        }
        job.ended.push(device);
        if job.ended.len() >= MAX_ENDED {
            return Redo::GivenUp(job.ended);
        }
        self.photo = Some(job);
        Redo::Waits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{GreyBytes, InspectKind};
    use DeviceKind::{Cpu, WebGpu};

    fn photo(next: Option<Next<char, u8>>) -> Job<char> {
        match next {
            Some(Next::Photo(job)) => job,
            other => panic!("expected a photo, got {other:?}"),
        }
    }

    fn question(layer: usize) -> InspectRequest {
        InspectRequest { face: GreyBytes::default(), kind: InspectKind::Layer { layer, with_weights: false } }
    }

    #[test]
    fn the_newest_waits_and_nothing_queues() {
        let mut waiting = Waiting::default();
        waiting.offer_photo('a');
        waiting.offer_photo('b');
        waiting.offer_frame(1);
        waiting.offer_frame(2);
        waiting.offer_question(question(1));
        waiting.offer_question(question(2));
        assert_eq!(photo(waiting.next()).photo(), 'b');
        assert_eq!(waiting.next(), Some(Next::Look(question(2))));
        assert_eq!(waiting.next(), Some(Next::Frame(2)));
        assert_eq!(waiting.next(), None);
    }

    #[test]
    fn frames_go_on_while_a_photo_has_to_wait() {
        let mut waiting = Waiting::default();
        waiting.offer_photo('a');
        waiting.offer_frame(1);
        assert_eq!(waiting.next_but_photo(), Some(Next::Frame(1)));
        assert_eq!(waiting.next_but_photo(), None);
        assert_eq!(photo(waiting.next()).photo(), 'a');
    }

    #[test]
    fn a_photo_takes_the_place_of_the_cameras_frame() {
        let mut waiting = Waiting::default();
        waiting.offer_frame(1);
        waiting.offer_question(question(1));
        waiting.offer_photo('a');
        assert_eq!(photo(waiting.next()).photo(), 'a');
        assert_eq!(waiting.next(), None);
    }

    #[test]
    fn a_photo_is_redone_once_unless_a_newer_one_waits() {
        let mut waiting = Waiting::<_, u8>::default();
        waiting.offer_photo('a');
        let first = photo(waiting.next());
        assert_eq!(waiting.put_back(first.clone(), WebGpu), Redo::Waits);
        let second = photo(waiting.next());
        assert_eq!(waiting.put_back(second, Cpu), Redo::GivenUp(vec![WebGpu, Cpu]));
        assert!(!waiting.has_photo());
        waiting.offer_photo('b');
        assert_eq!(waiting.put_back(first, Cpu), Redo::Superseded);
        assert_eq!(photo(waiting.next()).photo(), 'b');
    }
}
