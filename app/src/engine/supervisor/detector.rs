//! Which detector the workers are given: the one a person chose, the classic one where `BlazeFace` cannot be had, and
//! `BlazeFace`'s second net once there is need of it.

use model_core::DeviceKind;

use super::Supervisor;
use crate::{
    asset::Asset,
    detector::{DetectorInUse, DetectorKind, DetectorStatus, Range},
    engine::{
        effect::{Effect, Word},
        slot::Slot,
    },
    problem::Problem,
};

/// What is known of the detectors.
#[derive(Debug, Default)]
pub(super) struct Detectors {
    /// Why `BlazeFace` cannot be used.
    failed: Option<Problem>,
    /// Why its second net cannot be used.
    far_failed: Option<Problem>,
    /// Whether that is wanted: from the first label or photo on.
    far_wanted: bool,
    /// The detector that was wished when it could not be loaded.
    failed_wish: Option<DetectorKind>,
    /// What the page was told last.
    told: DetectorStatus,
}

impl<P: Clone, F> Supervisor<P, F> {
    /// Find faces by another detector; the one in use goes on until the new one is ready.
    pub(in crate::engine) fn set_detector(&mut self, detector: DetectorKind) {
        self.wish.detector = detector;
        self.forgive();
        self.settle();
    }

    /// The worker finds faces by this detector now.
    pub(in crate::engine) fn detects(&mut self, device: DeviceKind, detector: DetectorKind) {
        let slot = self.slots.of(device);
        slot.asked = None;
        // The classic detector needs no second net.
        slot.detector = Some(DetectorInUse { kind: detector, full_range: detector == DetectorKind::Haar });
        self.settle();
    }

    /// The worker's `BlazeFace` finds small and far faces, too.
    pub(in crate::engine) fn detects_far(&mut self, device: DeviceKind) {
        let slot = self.slots.of(device);
        slot.asked = None;
        if let Some(detector) = &mut slot.detector {
            detector.full_range = true;
        }
        self.settle();
    }

    /// The detector that every worker is to have.
    pub(super) fn detector(&self) -> DetectorKind {
        match self.wish.detector {
            DetectorKind::BlazeFace if self.detectors.failed.is_some() => DetectorKind::Haar,
            wished => wished,
        }
    }

    /// From now on small and far faces are to be found.
    pub(super) fn want_full_range(&mut self) {
        self.detectors.far_wanted = true;
    }

    /// Fetch what finding faces needs now.
    pub(super) fn fetch_detector(&mut self) {
        self.fetch(Asset::Detector(self.detector()));
        if self.detectors.far_wanted && self.detector() == DetectorKind::BlazeFace {
            self.fetch(Asset::FullRange);
        }
    }

    /// What the worker is to be given next, if it is here.
    pub(super) fn missing_detector(&self, slot: &Slot<P>) -> Option<Asset> {
        let wanted = self.detector();
        let part = match slot.detector {
            Some(DetectorInUse { kind, full_range: false }) if kind == wanted => Asset::FullRange,
            Some(DetectorInUse { kind, .. }) if kind == wanted => return None,
            _ => Asset::Detector(wanted),
        };
        self.parts.is_here(part).then_some(part)
    }

    /// Whether a photo is to wait for the net that finds its small and far faces.
    pub(super) fn awaits_full_range(&self, slot: &Slot<P>) -> bool {
        let is_near = slot.detector == Some(DetectorInUse { kind: DetectorKind::BlazeFace, full_range: false });
        let is_coming = self.detector() == DetectorKind::BlazeFace && self.detectors.far_failed.is_none();
        is_near && is_coming && self.detectors.far_wanted
    }

    /// `detector` cannot be had. The classic one stands in for `BlazeFace`; what is in use stays so otherwise.
    pub(super) fn fail_detector(&mut self, detector: DetectorKind, problem: Problem) {
        if detector == DetectorKind::BlazeFace {
            if self.wish.detector == DetectorKind::BlazeFace {
                let notice = "BlazeFace could not be loaded; faces are found by the classic detector instead";
                self.effects.push(Effect::Say(Word::Notice(notice.into())));
            }
            self.detectors.failed = Some(problem);
            return;
        }
        if detector != self.detector() {
            return; // nobody waits for it
        }
        if let Some(still) = self.detector_in_use() {
            self.detectors.failed_wish = Some(self.wish.detector).filter(|wish| *wish != still.kind);
            self.wish_for_detector(still.kind);
        }
        self.break_off_check(&problem);
        self.effects.push(Effect::Say(Word::Failed(problem)));
    }

    /// Small and far faces cannot be found; near ones are.
    pub(super) fn fail_full_range(&mut self, problem: Problem) {
        self.detectors.far_failed = Some(problem);
    }

    /// A person decided anew.
    pub(super) fn forgive_detectors(&mut self) {
        let Detectors { failed, far_failed, failed_wish, .. } = &mut self.detectors;
        (*failed, *far_failed, *failed_wish) = (None, None, None);
    }

    /// A person tries again what failed.
    pub(super) fn retry_detector(&mut self) {
        if let Some(detector) = self.detectors.failed_wish {
            self.wish_for_detector(detector);
        }
    }

    fn wish_for_detector(&mut self, detector: DetectorKind) {
        if self.wish.detector != detector {
            self.wish.detector = detector;
            self.effects.push(Effect::Say(Word::WishedDetector(detector)));
        }
    }

    /// Tell the page how far finding faces has come, if that has changed.
    pub(super) fn tell_detecting(&mut self) {
        let detecting = self.detecting();
        if detecting != self.detectors.told {
            self.detectors.told = detecting.clone();
            self.effects.push(Effect::Say(Word::DetectorStatus(detecting)));
        }
    }

    fn detecting(&self) -> DetectorStatus {
        let (in_use, wanted) = (self.detector_in_use(), self.detector());
        let is_coming =
            in_use.is_none_or(|in_use| in_use.kind != wanted) && !self.parts.is_bad(Asset::Detector(wanted));
        let failed = self.detectors.failed.clone().filter(|_| self.wish.detector == DetectorKind::BlazeFace);
        let range = match (in_use, &self.detectors.far_failed) {
            (Some(DetectorInUse { full_range: true, .. }), _) => Range::Full,
            _ if wanted == DetectorKind::Haar => Range::Near,
            (_, Some(problem)) => Range::Failed(problem.clone()),
            (_, None) if self.detectors.far_wanted => Range::Coming,
            (_, None) => Range::Near,
        };
        DetectorStatus { in_use, coming: is_coming.then_some(wanted), failed, range }
    }

    /// That of the worker in use; before there is one, of the one on the CPU, which is the first.
    fn detector_in_use(&self) -> Option<DetectorInUse> {
        let device = self.using.as_ref().map_or(DeviceKind::Cpu, |using| using.device);
        self.slots.get(device).detector
    }
}
