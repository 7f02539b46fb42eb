//! The detector that the workers are given: the chosen one, the classic one while `BlazeFace` is not available, and
//! `BlazeFace`'s second net once there is need of it.

use model_core::DeviceKind;

use super::{EngineEvent, EngineSettings, host::Host, state::State, workers::WorkerState};
use crate::{
    asset::Asset,
    detector::{DetectorInUse, DetectorKind, DetectorStatus, Range},
};

const BLAZEFACE: Asset = Asset::Detector(DetectorKind::BlazeFace);

impl<H: Host> State<H> {
    /// The detector that every worker is to have.
    pub(super) fn detector(&self) -> DetectorKind {
        match self.settings.detector {
            DetectorKind::BlazeFace if self.assets.failure(BLAZEFACE).is_some() => DetectorKind::Haar,
            chosen => chosen,
        }
    }

    /// The part of the detector that is here and that the worker lacks.
    pub(super) fn missing_detector(&self, worker: &WorkerState) -> Option<Asset> {
        let wanted = self.detector();
        let missing = match worker.detector {
            Some(DetectorInUse { kind, full_range: true }) if kind == wanted => return None,
            Some(DetectorInUse { kind, .. }) if kind == wanted => Asset::FullRange,
            _ => Asset::Detector(wanted),
        };
        self.assets.is_fetched(missing).then_some(missing)
    }

    /// Whether a photo is to wait for the net that finds its small and far faces.
    pub(super) fn must_photo_wait(&self, worker: &WorkerState) -> bool {
        let is_near = worker.detector == Some(DetectorInUse { kind: DetectorKind::BlazeFace, full_range: false });
        is_near
            && self.far_wanted
            && self.detector() == DetectorKind::BlazeFace
            && self.assets.failure(Asset::FullRange).is_none()
    }

    /// The classic detector is the fallback.
    pub(super) fn on_blazeface_failed(&mut self) {
        if self.settings.detector == DetectorKind::BlazeFace {
            self.notify("BlazeFace could not be loaded; faces are found by the classic detector instead");
        }
    }

    /// The chosen detector cannot be loaded: the one in use stays.
    pub(super) fn keep_detector(&mut self) {
        let in_use = self.detector_in_use().map(|in_use| in_use.kind);
        if let Some(detector) = in_use.filter(|kind| *kind != self.settings.detector) {
            self.apply(EngineSettings { detector, ..self.settings });
        }
    }

    /// Tell the page how far finding faces has come, if that has changed.
    pub(super) fn report_detector(&mut self) {
        let status = self.status();
        if status != self.detector_status {
            self.detector_status = status.clone();
            self.events.push(EngineEvent::Detector(status));
        }
    }

    fn status(&self) -> DetectorStatus {
        let (in_use, wanted) = (self.detector_in_use(), self.detector());
        let is_coming =
            in_use.is_none_or(|in_use| in_use.kind != wanted) && self.assets.failure(Asset::Detector(wanted)).is_none();
        let failed = self.assets.failure(BLAZEFACE).filter(|_| self.settings.detector == DetectorKind::BlazeFace);
        let range = match (in_use, self.assets.failure(Asset::FullRange)) {
            (Some(DetectorInUse { full_range: true, .. }), _) => Range::Full,
            _ if wanted == DetectorKind::Haar => Range::Near,
            (_, Some(problem)) => Range::Failed(problem.clone()),
            (_, None) if self.far_wanted => Range::Coming,
            (_, None) => Range::Near,
        };
        DetectorStatus { in_use, coming: is_coming.then_some(wanted), failed: failed.cloned(), range }
    }

    /// The detector of the selected worker; before one is selected, of the CPU's, which is the first.
    fn detector_in_use(&self) -> Option<DetectorInUse> {
        let device = self.selection.as_ref().map_or(DeviceKind::Cpu, |selection| selection.device);
        self.worker(device).detector
    }
}
