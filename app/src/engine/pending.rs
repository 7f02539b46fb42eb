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
        Self { photo: None, inspection: None, frame: None }
    }

    /// Takes the place of everything that waits, as that is of a camera or photo that has left the page.
    pub(super) fn offer_photo(&mut self, photo: P, options: PhotoOptions) {
        *self = Self { photo: Some(PendingPhoto { photo, options, ended: vec![] }), inspection: None, frame: None };
    }

    pub(super) fn offer_frame(&mut self, frame: F) {
        self.frame = Some(PendingFrame { frame, at: Instant::now() });
    }

    pub(super) fn offer_inspection(&mut self, request: InspectRequest) {
        self.inspection = Some(request);
    }

    /// Whether a photo waits: then nobody wants an answer to an older one.
    pub(super) fn has_photo(&self) -> bool {
        self.photo.is_some()
    }

    /// The photo comes first, as a person chose it, unless it has to wait; then the inspection, which is about a face of
    /// the frame before.
    pub(super) fn next(&mut self, must_photo_wait: bool) -> Option<Next<P, F>> {
        let photo = self.photo.take_if(|_| !must_photo_wait).map(Next::Photo);
        photo.or_else(|| self.inspection.take().map(Next::Inspect)).or_else(|| self.frame.take().map(Next::Frame))
    }

    /// The worker on `device` died of `photo`: it is tried once more, unless a newer one waits. If it is given up, the
    /// devices whose workers died of it.
    pub(super) fn retry_photo(&mut self, mut photo: PendingPhoto<P>, device: DeviceKind) -> Option<Vec<DeviceKind>> {
        if self.photo.is_some() {
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
    fn a_photo_is_redone_once_unless_a_newer_one_waits() {
        let mut pending = Pending::<_, u8>::new();
        pending.offer_photo('a', PhotoOptions::default());
        let first = photo(pending.next(false));
        assert_eq!(pending.retry_photo(first.clone(), WebGpu), None);
        let second = photo(pending.next(false));
        assert_eq!(pending.retry_photo(second, Cpu), Some(vec![WebGpu, Cpu]));
        assert!(!pending.has_photo());
        pending.offer_photo('b', PhotoOptions::default());
        assert_eq!(pending.retry_photo(first, Cpu), None, "superseded");
        assert_eq!(photo(pending.next(false)).photo, 'b');
    }
}
