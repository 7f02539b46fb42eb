//! One worker, as the supervisor knows it.

use model_core::{Architecture, DeviceKind, ModelCard};

use super::waiting::Job;
use crate::{
    detector::{DetectorInUse, DetectorKind},
    protocol::Tested,
};

/// How far a worker has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// There is none.
    #[default]
    Off,
    /// It was started and has said nothing yet.
    Launched,
    /// It listens.
    Up,
    /// Its device is open.
    Open,
}

/// What a worker was asked and has not answered.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Asked<P> {
    Open,
    Detector(DetectorKind),
    FullRange,
    Load(Architecture),
    Photo(Job<P>),
    Frame,
    Hold(Architecture),
    Look,
    /// To read the probe faces.
    Test,
    /// To read the stored cases.
    Check(Architecture),
}

/// One worker. It has at most one unanswered request.
#[derive(Debug)]
pub(super) struct Slot<P> {
    pub(super) stage: Stage,
    pub(super) asked: Option<Asked<P>>,
    /// What it finds faces by.
    pub(super) detector: Option<DetectorInUse>,
    pub(super) loaded: Option<ModelCard>,
    /// How that network reads the probe faces here.
    pub(super) tested: Option<Tested>,
    /// Networks that it has at hand beside that one.
    pub(super) beside: Vec<Architecture>,
    /// Seconds since it was last asked.
    waited_secs: u32,
}

impl<P> Default for Slot<P> {
    fn default() -> Self {
        Self {
            stage: Stage::Off,
            asked: None,
            detector: None,
            loaded: None,
            tested: None,
            beside: vec![],
            waited_secs: 0,
        }
    }
}

impl<P> Slot<P> {
    pub(super) fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.waited_secs = 0;
    }

    pub(super) fn ask(&mut self, asked: Asked<P>) {
        self.asked = Some(asked);
        self.waited_secs = 0;
    }

    /// Whether it has answered everything.
    pub(super) fn is_idle(&self) -> bool {
        self.stage >= Stage::Up && self.asked.is_none()
    }

    /// The network it holds.
    pub(super) fn network(&self) -> Option<Architecture> {
        self.loaded.as_ref().map(|card| card.architecture)
    }

    /// The network by which it could read faces now, if it can find some.
    pub(super) fn reads_by(&self) -> Option<&ModelCard> {
        self.loaded.as_ref().filter(|_| self.detector.is_some())
    }

    /// Whether it holds `network`, in use or at hand.
    pub(super) fn has(&self, network: Architecture) -> bool {
        self.network() == Some(network) || self.beside.contains(&network)
    }

    /// Whether it is asked for faces, or about some.
    pub(super) fn has_job(&self) -> bool {
        matches!(self.asked, Some(Asked::Photo(_) | Asked::Frame | Asked::Look | Asked::Test | Asked::Check(_)))
    }

    /// A second has passed. If that is one too many, how many it had.
    pub(super) fn tick(&mut self) -> Option<u32> {
        let limit = self.limit_secs()?;
        self.waited_secs += 1;
        (self.waited_secs > limit).then_some(limit)
    }

    /// How long the present wait may last: many times what a slow phone needs, as ending a worker in vain is dear. The
    /// first run of a network on WebGPU compiles its shaders; a photo may have 200 megapixels.
    fn limit_secs(&self) -> Option<u32> {
        match (self.stage, &self.asked) {
            (_, Some(Asked::Photo(_))) => Some(120),
            (_, Some(Asked::Frame | Asked::Look)) => Some(30),
            (Stage::Launched, _) | (_, Some(_)) => Some(60),
            _ => None,
        }
    }
}

/// The two workers.
#[derive(Debug)]
pub(super) struct Slots<P> {
    pub(super) cpu: Slot<P>,
    pub(super) gpu: Slot<P>,
}

impl<P> Default for Slots<P> {
    fn default() -> Self {
        Self { cpu: Slot::default(), gpu: Slot::default() }
    }
}

impl<P> Slots<P> {
    /// Whether neither is asked for faces, or about some: then one can be timed.
    pub(super) fn are_quiet(&self) -> bool {
        !self.cpu.has_job() && !self.gpu.has_job()
    }

    pub(super) fn get(&self, device: DeviceKind) -> &Slot<P> {
        match device {
            DeviceKind::Cpu => &self.cpu,
            DeviceKind::WebGpu => &self.gpu,
        }
    }

    pub(super) fn of(&mut self, device: DeviceKind) -> &mut Slot<P> {
        match device {
            DeviceKind::Cpu => &mut self.cpu,
            DeviceKind::WebGpu => &mut self.gpu,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unanswered_request_runs_out_of_time() {
        let mut slot = Slot::default();
        let idle = |slot: &mut Slot<()>| (0..1000).all(|_| slot.tick().is_none());
        assert!(idle(&mut slot), "off");
        slot.enter(Stage::Up);
        assert!(idle(&mut slot), "nothing asked");
        slot.ask(Asked::Frame);
        let n_ticks = (1..100).find(|_| slot.tick().is_some());
        assert_eq!(n_ticks, Some(31));
        slot.ask(Asked::Frame);
        assert_eq!(slot.tick(), None, "a new question, a new wait");
    }
}
