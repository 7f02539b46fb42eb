//! The state of the engine, as the page shows it.

use model_core::DeviceKind;

use crate::asset::Asset;
use crate::detector::DetectorStatus;
use crate::engine::{DeviceChoice, EngineSettings, Loading, Ready, SelfTestReport};
use crate::problem::Problem;

/// The state of the engine.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct EngineState {
    /// The assets that are being fetched.
    pub loading: Vec<Loading>,
    /// The worker in use.
    pub ready: Option<Ready>,
    /// The status of the detectors.
    pub detector: DetectorStatus,
    /// Why something could not be loaded.
    pub failed: Option<Problem>,
    /// Whether it is right on this device, if a person asked.
    pub self_test: SelfTestState,
}

/// Things that a photo waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PhotoWait {
    /// Engine, detector and network.
    All,
    /// The net for small and far faces.
    FullRange,
}

/// The self-test, by which a person sees whether the engine is right on this device.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum SelfTestState {
    /// Nobody asked.
    #[default]
    None,
    /// They are on their way.
    Running,
    /// They were run.
    Done(SelfTestReport),
    /// They could not be run.
    Failed(Problem),
}

impl EngineState {
    /// One word: `loading`, `ready` or `failed`.
    pub(crate) fn word(&self) -> &'static str {
        match (&self.ready, &self.failed) {
            (Some(_), _) => "ready",
            (None, Some(_)) => "failed",
            (None, None) => "loading",
        }
    }

    /// Whether the CPU answers until WebGPU, which a person chose, is ready.
    pub(crate) fn awaits_webgpu(&self, settings: EngineSettings) -> bool {
        let is_coming = |ready: &Ready| ready.device == DeviceKind::Cpu && ready.why.is_none();
        settings.device == DeviceChoice::WebGpu && self.ready.as_ref().is_some_and(is_coming)
    }

    /// The thing that a photo has to wait for now.
    pub(crate) fn photo_wait(&self) -> Option<PhotoWait> {
        match &self.ready {
            None => Some(PhotoWait::All),
            Some(_) => self.detector.awaits_full_range().then_some(PhotoWait::FullRange),
        }
    }

    /// Bytes so far of everything that is being fetched, and in all where that is known.
    pub(crate) fn progress(&self) -> (u64, Option<u64>) {
        let loaded = self.loading.iter().map(|part| part.loaded).sum();
        (loaded, self.loading.iter().map(|part| part.total).sum())
    }

    pub(super) fn load(&mut self, new: Loading) {
        match self.loading.iter_mut().find(|part| part.asset == new.asset) {
            Some(part) => *part = new,
            None => self.loading.push(new),
        }
    }

    pub(super) fn fail(&mut self, problem: Problem) {
        self.loading.clear();
        self.failed = Some(problem);
    }

    /// Forget how far those parts are that nobody waits for with these settings: they were given up for
    /// another, or are in use.
    pub(super) fn forget_unawaited(&mut self, settings: EngineSettings) {
        let ready = self.ready.as_ref();
        self.loading.retain(|part| match part.asset {
            Asset::Network(network) => {
                network == settings.network && ready.is_none_or(|ready| ready.card.architecture != network)
            }
            Asset::Program(DeviceKind::WebGpu) => {
                let is_settled = |ready: &Ready| ready.device == DeviceKind::WebGpu || ready.why.is_some();
                let is_self_testing = self.self_test == SelfTestState::Running;
                settings.device != DeviceChoice::Cpu && (is_self_testing || !ready.is_some_and(is_settled))
            }
            Asset::Program(DeviceKind::Cpu) => ready.is_none(),
            Asset::Detector(detector) => self.detector.awaits(detector),
            Asset::FullRange => self.detector.awaits_full_range(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::{DetectorInUse, DetectorKind, Range};
    use model_core::{Architecture, ModelCard, Training};

    const BLAZEFACE: Asset = Asset::Detector(DetectorKind::BlazeFace);

    fn ready() -> Ready {
        let card = ModelCard::new(Architecture::Small, b"", Training::default());
        Ready { device: DeviceKind::Cpu, why: None, card: card.into() }
    }

    fn problem() -> Problem {
        Problem::new("a", "b", "c")
    }

    fn loading(asset: Asset, loaded: u64, total: Option<u64>) -> Loading {
        Loading { asset, loaded, total }
    }

    #[test]
    fn progress_adds_up_over_parts_and_knows_when_it_does_not_know() {
        let mut engine = EngineState::default();
        assert_eq!(engine.progress(), (0, Some(0)));
        let steps = [
            (loading(BLAZEFACE, 1, Some(10)), (1, Some(10))),
            (loading(Asset::Network(Architecture::Small), 2, Some(5)), (3, Some(15))),
            (loading(BLAZEFACE, 7, Some(10)), (9, Some(15))),
            (loading(Asset::Program(DeviceKind::Cpu), 1, None), (10, None)),
        ];
        for (step, expected) in steps {
            engine.load(step);
            assert_eq!(engine.progress(), expected);
        }
    }

    #[test]
    fn the_word_follows_what_happens() {
        let mut engine = EngineState::default();
        assert_eq!(engine.word(), "loading");
        engine.load(loading(BLAZEFACE, 1, None));
        engine.fail(problem());
        assert_eq!((engine.word(), engine.loading.len()), ("failed", 0));
        engine.ready = Some(ready());
        assert_eq!(engine.word(), "ready", "what is in use goes on");
    }

    #[test]
    fn what_nobody_waits_for_is_not_told() {
        let [cpu, gpu] = [DeviceKind::Cpu, DeviceKind::WebGpu].map(Asset::Program);
        let [small, unet] = [Architecture::Small, Architecture::UNet].map(Asset::Network);
        let started = Some(ready());
        let refused = Some(Ready { why: Some("no adapter".into()), ..ready() });
        let taken_over = Some(Ready { device: DeviceKind::WebGpu, ..ready() });
        let cases = [
            (None, Architecture::Small, DeviceChoice::Auto, vec![cpu, gpu, BLAZEFACE, small]),
            (None, Architecture::UNet, DeviceChoice::Cpu, vec![cpu, BLAZEFACE, unet]),
            (started.clone(), Architecture::Small, DeviceChoice::WebGpu, vec![gpu]),
            (started.clone(), Architecture::Small, DeviceChoice::Cpu, vec![]),
            (started, Architecture::UNet, DeviceChoice::Cpu, vec![unet]),
            (refused, Architecture::Small, DeviceChoice::WebGpu, vec![]),
            (taken_over, Architecture::UNet, DeviceChoice::WebGpu, vec![unet]),
        ];
        for (ready, network, device, expected) in cases {
            let parts = [cpu, gpu, BLAZEFACE, small, unet];
            let loading = parts.map(|part| loading(part, 1, None)).to_vec();
            let in_use = ready.as_ref().map(|_| DetectorInUse { kind: DetectorKind::BlazeFace, full_range: false });
            let detector = DetectorStatus { in_use, ..DetectorStatus::default() };
            let mut engine = EngineState { loading, ready, detector, ..EngineState::default() };
            engine.forget_unawaited(EngineSettings { network, device, detector: DetectorKind::BlazeFace });
            let told: Vec<_> = engine.loading.iter().map(|part| part.asset).collect();
            assert_eq!(told, expected, "{network} on {device:?}, {:?}", engine.ready);
        }
    }

    #[test]
    fn webgpu_is_awaited_again_in_a_self_test() {
        let slower = Ready { why: Some("slower".into()), ..ready() };
        for (self_test, device, expected) in [
            (SelfTestState::None, DeviceChoice::Auto, 0),
            (SelfTestState::Running, DeviceChoice::Auto, 1),
            (SelfTestState::Running, DeviceChoice::Cpu, 0),
        ] {
            let loading = vec![loading(Asset::Program(DeviceKind::WebGpu), 1, None)];
            let mut engine = EngineState { loading, ready: Some(slower.clone()), self_test, ..EngineState::default() };
            let settings = EngineSettings { network: Architecture::Small, device, detector: DetectorKind::BlazeFace };
            engine.forget_unawaited(settings);
            assert_eq!(engine.loading.len(), expected, "{device:?} {:?}", engine.self_test);
        }
    }

    #[test]
    fn a_chosen_webgpu_is_awaited_until_it_is_ready_or_cannot_be_had() {
        let on_gpu = Ready { device: DeviceKind::WebGpu, ..ready() };
        let refused = Ready { why: Some("no adapter".into()), ..ready() };
        let cases = [
            (None, DeviceChoice::WebGpu, false),
            (Some(ready()), DeviceChoice::WebGpu, true),
            (Some(ready()), DeviceChoice::Auto, false),
            (Some(on_gpu), DeviceChoice::WebGpu, false),
            (Some(refused), DeviceChoice::WebGpu, false),
        ];
        for (ready, device, expected) in cases {
            let engine = EngineState { ready, ..EngineState::default() };
            assert_eq!(engine.awaits_webgpu(EngineSettings { device, ..EngineSettings::default() }), expected);
        }
    }

    #[test]
    fn a_detector_is_told_loading_while_somebody_waits_for_it() {
        let [blazeface, haar] = DetectorKind::ALL;
        let in_use = Some(DetectorInUse { kind: haar, full_range: true });
        let cases = [
            (DetectorStatus::default(), vec![Asset::Detector(blazeface), Asset::Detector(haar)]),
            (
                DetectorStatus { in_use, coming: Some(blazeface), ..DetectorStatus::default() },
                vec![Asset::Detector(blazeface)],
            ),
            (DetectorStatus { in_use, range: Range::Coming, ..DetectorStatus::default() }, vec![Asset::FullRange]),
        ];
        for (detector, expected) in cases {
            let parts = [Asset::Detector(blazeface), Asset::Detector(haar), Asset::FullRange];
            let loading = parts.map(|part| loading(part, 1, None)).to_vec();
            let mut engine = EngineState { loading, ready: Some(ready()), detector, ..EngineState::default() };
            let (network, device) = (Architecture::Small, DeviceChoice::Cpu);
            engine.forget_unawaited(EngineSettings { network, device, detector: blazeface });
            let told: Vec<_> = engine.loading.iter().map(|part| part.asset).collect();
            assert_eq!(told, expected, "{:?}", engine.detector);
        }
    }

    #[test]
    fn a_photo_waits_for_everything_and_then_for_the_net_for_small_faces() {
        let of = |range| DetectorStatus { range, ..DetectorStatus::default() };
        let cases = [
            (None, Range::Coming, Some(PhotoWait::All)),
            (Some(ready()), Range::Coming, Some(PhotoWait::FullRange)),
            (Some(ready()), Range::Full, None),
            (Some(ready()), Range::Failed(problem()), None),
        ];
        for (ready, range, expected) in cases {
            let engine = EngineState { ready, detector: of(range), ..EngineState::default() };
            assert_eq!(engine.photo_wait(), expected, "{:?}", engine.detector);
        }
    }
}
