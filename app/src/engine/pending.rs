//! The requests that wait for a worker: at most one photo, one inspection and one frame, the newest of each.

use model_core::DeviceKind;
use web_time::Instant;

use crate::protocol::{InspectRequest, PhotoOptions};

/// Workers that may die of a photo before it is given up: it would end a third one, too.
const MAX_ENDED: usize = 2;

/// A photo, and where workers have died of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PendingPhoto<P> {
    pub(super) photo: P,
    /// Its number among those that were offered.
    pub(super) id: u32,
    pub(super) options: PhotoOptions,
    ended: Vec<DeviceKind>,
}

/// A frame, and when it was seen.
#[derive(Debug, PartialEq)]
pub(super) struct PendingFrame<F> {
    pub(super) frame: F,
    pub(super) at: Instant,
}

#[derive(Debug)]
pub(super) struct Pending<P, F> {
    photo: Option<PendingPhoto<P>>,
    inspection: Option<InspectRequest>,
    frame: Option<PendingFrame<F>>,
    /// The photo that was offered last.
    newest: u32,
    /// The photo that WebGPU answered last: the answer of the CPU, which stood in for it, comes too late.
    settled: u32,
    /// When the newest frame was seen that was answered.
    answered: Option<Instant>,
}

/// The next request.
#[derive(Debug, PartialEq)]
pub(super) enum Next<P, F> {
    Photo(PendingPhoto<P>),
    Inspect(InspectRequest),
    Frame(PendingFrame<F>),
}

impl<P, F> Pending<P, F> {
    pub(super) fn new() -> Self {
        Self { photo: None, inspection: None, frame: None, newest: 0, settled: 0, answered: None }
    }

    /// Takes the place of everything that waits, as that is of a camera or photo that has left the page.
    pub(super) fn offer_photo(&mut self, photo: P, options: PhotoOptions) {
        self.newest += 1;
        self.photo = Some(PendingPhoto { photo, options, id: self.newest, ended: vec![] });
        (self.inspection, self.frame) = (None, None);
    }

    pub(super) fn offer_frame(&mut self, frame: F) {
        self.frame = Some(PendingFrame { frame, at: Instant::now() });
    }

    pub(super) fn offer_inspection(&mut self, request: InspectRequest) {
        self.inspection = Some(request);
    }

    /// A worker is late with `photo`: another one is to read it as well, unless a newer one was offered.
    pub(super) fn hand_over(&mut self, photo: PendingPhoto<P>) {
        if photo.id == self.newest {
            self.photo = Some(photo);
        }
    }

    /// Whether the page is to be told the answer of `device` to photo `id`: there is no newer one, and it is not that
    /// of a CPU which stood in for WebGPU in vain.
    pub(super) fn accepts_photo(&mut self, id: u32, device: DeviceKind) -> bool {
        if id != self.newest || (id == self.settled && device == DeviceKind::Cpu) {
            return false;
        }
        if device == DeviceKind::WebGpu {
            self.settled = id;
            self.photo = None;
        }
        true
    }

    /// Whether the page is to be told the answer to the frame that was seen then: none of a later one was given before.
    pub(super) fn accepts_frame(&mut self, at: Instant) -> bool {
        let is_newer = self.answered.is_none_or(|answered| at >= answered);
        if is_newer {
            self.answered = Some(at);
        }
        is_newer
    }

    /// The photo comes first, as a person chose it, unless it has to wait; then the inspection, which is about a face
    /// of the frame before.
    pub(super) fn next(&mut self, must_photo_wait: bool) -> Option<Next<P, F>> {
        let photo = self.photo.take_if(|_| !must_photo_wait).map(Next::Photo);
        photo.or_else(|| self.inspection.take().map(Next::Inspect)).or_else(|| self.frame.take().map(Next::Frame))
    }

    /// The worker on `device` died of `photo`: it is tried once more, unless a newer one was offered. If it is given
    /// up, the devices whose workers died of it.
    pub(super) fn retry_photo(&mut self, mut photo: PendingPhoto<P>, device: DeviceKind) -> Option<Vec<DeviceKind>> {
        if photo.id != self.newest {
            return None;
        }
        photo.ended.push(device);
        if photo.ended.len() >= MAX_ENDED {
            return Some(photo.ended);
        }
        self.photo = Some(photo);
        None
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::protocol::{GreyBytes, InspectKind};
    use DeviceKind::{Cpu, WebGpu};

    fn photo(next: Option<Next<char, u8>>) -> PendingPhoto<char> {
        match next {
            Some(Next::Photo(photo)) => photo,
            other => panic!("expected a photo, got {other:?}"),
        }
    }

    fn frame(next: Option<Next<char, u8>>) -> u8 {
        match next {
            Some(Next::Frame(PendingFrame { frame, .. })) => frame,
            other => panic!("expected a frame, got {other:?}"),
        }
    }

    fn inspection(layer: usize) -> InspectRequest {
        InspectRequest { face: GreyBytes::default(), kind: InspectKind::Layer { layer, with_weights: false } }
    }

    #[test]
    fn the_newest_waits_and_nothing_queues() {
        let mut pending = Pending::new();
        pending.offer_photo('a', PhotoOptions::default());
        pending.offer_photo('b', PhotoOptions::default());
        pending.offer_frame(1);
        pending.offer_frame(2);
        pending.offer_inspection(inspection(1));
        pending.offer_inspection(inspection(2));
        assert_eq!(photo(pending.next(false)).photo, 'b');
        assert_eq!(pending.next(false), Some(Next::Inspect(inspection(2))));
        assert_eq!(frame(pending.next(false)), 2);
        assert_eq!(pending.next(false), None);
    }

    #[test]
    fn a_superseded_frame_is_dropped_at_once() {
        let (mut pending, frame) = (Pending::new(), Rc::new(()));
        pending.offer_frame(Rc::clone(&frame));
        pending.offer_frame(Rc::clone(&frame));
        assert_eq!(Rc::strong_count(&frame), 2, "one waits");
        pending.offer_photo('a', PhotoOptions::default());
        assert_eq!(Rc::strong_count(&frame), 1);
    }

    #[test]
    fn frames_go_on_while_a_photo_has_to_wait() {
        let mut pending = Pending::new();
        pending.offer_photo('a', PhotoOptions::default());
        pending.offer_frame(1);
        assert_eq!(frame(pending.next(true)), 1);
        assert_eq!(pending.next(true), None);
        assert_eq!(photo(pending.next(false)).photo, 'a');
    }

    #[test]
    fn a_photo_takes_the_place_of_the_cameras_frame() {
        let mut pending = Pending::new();
        pending.offer_frame(1);
        pending.offer_inspection(inspection(1));
        pending.offer_photo('a', PhotoOptions::default());
        assert_eq!(photo(pending.next(false)).photo, 'a');
        assert_eq!(pending.next(false), None);
    }

    #[test]
    fn a_photo_that_is_read_twice_is_answered_by_webgpu_last() {
        let steps: [&[_]; 4] = [
            &[(Cpu, true), (WebGpu, true)],
            &[(WebGpu, true), (Cpu, false)],
            &[(Cpu, true)],
            &[(WebGpu, true), (WebGpu, true), (Cpu, false)],
        ];
        let mut pending = Pending::<_, u8>::new();
        for answers in steps {
            pending.offer_photo('a', PhotoOptions::default());
            let first = photo(pending.next(false));
            pending.hand_over(first.clone());
            assert_eq!(photo(pending.next(false)), first);
            for &(device, is_accepted) in answers {
                assert_eq!(pending.accepts_photo(first.id, device), is_accepted, "{answers:?}");
            }
            pending.offer_photo('b', PhotoOptions::default());
            pending.hand_over(first.clone());
            assert_eq!(photo(pending.next(false)).photo, 'b', "the newer one");
            assert!(!pending.accepts_photo(first.id, Cpu), "a newer one is asked for");
        }
    }

    #[test]
    fn a_photo_that_webgpu_answered_need_not_be_read_by_the_cpu() {
        let mut pending = Pending::<_, u8>::new();
        pending.offer_photo('a', PhotoOptions::default());
        let first = photo(pending.next(false));
        pending.hand_over(first.clone());
        assert!(pending.accepts_photo(first.id, WebGpu));
        assert_eq!(pending.next(false), None);
    }

    #[test]
    fn frames_are_answered_in_the_order_in_which_they_were_seen() {
        let (mut pending, now) = (Pending::<char, u8>::new(), Instant::now());
        let at = |ms| now + std::time::Duration::from_millis(ms);
        for (ms, is_accepted) in [(0, true), (40, true), (20, false), (40, true), (80, true)] {
            assert_eq!(pending.accepts_frame(at(ms)), is_accepted, "{ms}");
        }
    }

    #[test]
    fn a_photo_is_redone_once_unless_a_newer_one_waits() {
        let mut pending = Pending::<_, u8>::new();
        pending.offer_photo('a', PhotoOptions::default());
        let first = photo(pending.next(false));
        assert_eq!(pending.retry_photo(first.clone(), WebGpu), None);
        let second = photo(pending.next(false));
        assert_eq!(pending.retry_photo(second, Cpu), Some(vec![WebGpu, Cpu]));
        assert_eq!(pending.next(false), None);
        pending.offer_photo('b', PhotoOptions::default());
        assert_eq!(pending.retry_photo(first, Cpu), None, "superseded");
        assert_eq!(photo(pending.next(false)).photo, 'b');
    }
}
