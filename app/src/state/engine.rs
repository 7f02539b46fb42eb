//! How far the engine is.

use std::rc::Rc;

use model_core::{Architecture, DeviceKind, ModelCard};

use crate::engine::Part;
use crate::problem::Problem;

/// A part of the engine on its way here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loading {
    /// Which.
    pub what: Part,
    /// Bytes so far.
    pub loaded: u64,
    /// Bytes in all, where known.
    pub total: Option<u64>,
}

/// Faces can be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Ready {
    /// Where the network runs.
    pub device: DeviceKind,
    /// Why not on the device that was wished.
    pub why: Option<String>,
    /// What is known of the network.
    pub card: Rc<ModelCard>,
}

/// How far the engine is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EngineState {
    /// What is being fetched.
    pub loading: Vec<Loading>,
    /// What is in use.
    pub ready: Option<Ready>,
    /// What could not be loaded.
    pub failed: Option<Problem>,
    /// The network that was wished then.
    wished: Option<Architecture>,
}

impl EngineState {
    /// One word: `loading`, `ready` or `failed`.
    pub fn word(&self) -> &'static str {
        match (&self.ready, &self.failed) {
            (Some(_), _) => "ready",
            (None, Some(_)) => "failed",
            (None, None) => "loading",
        }
    }

    /// Bytes so far of everything that is being fetched, and in all where that is known.
    pub fn progress(&self) -> (u64, Option<u64>) {
        let loaded = self.loading.iter().map(|part| part.loaded).sum();
        (loaded, self.loading.iter().map(|part| part.total).sum())
    }

    pub(super) fn load(&mut self, new: Loading) {
        match self.loading.iter_mut().find(|part| part.what == new.what) {
            Some(part) => *part = new,
            None => self.loading.push(new),
        }
    }

    pub(super) fn become_ready(&mut self, ready: Ready) {
        *self = Self { ready: Some(ready), ..Self::default() };
    }

    pub(super) fn fail(&mut self, problem: Problem, wished: Architecture, still: Option<Architecture>) {
        self.loading.clear();
        self.ready = self.ready.take().filter(|_| still.is_some());
        self.failed = Some(problem);
        self.wished = Some(wished);
    }

    /// The network that is tried again.
    pub(super) fn retry(&mut self) -> Option<Architecture> {
        self.failed = None;
        self.wished.take()
    }

    /// Something else is wished. What keeps everything from working stays a problem.
    pub(super) fn give_up(&mut self) {
        if self.ready.is_some() {
            self.failed = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::{Emotion, INPUT_SIDE, Normalisation, Training};

    fn ready() -> Ready {
        let training = Training { command: String::new(), n: 0, epochs: 0, chosen_epoch: 0, seed: 0 };
        let card = ModelCard {
            format: ModelCard::FORMAT,
            id: "small".into(),
            architecture: Architecture::Small,
            sha256: String::new(),
            bytes: 0,
            labels: Emotion::ALL,
            input_side: INPUT_SIDE,
            normalisation: Normalisation::SYMMETRIC,
            parameters: 0,
            macs: 0,
            figures: vec![],
            training,
        };
        Ready { device: DeviceKind::Cpu, why: None, card: card.into() }
    }

    fn problem() -> Problem {
        Problem::new("a", "b", "c")
    }

    fn loading(what: Part, loaded: u64, total: Option<u64>) -> Loading {
        Loading { what, loaded, total }
    }

    #[test]
    fn progress_adds_up_over_parts_and_knows_when_it_does_not_know() {
        let mut engine = EngineState::default();
        assert_eq!(engine.progress(), (0, Some(0)));
        let steps = [
            (loading(Part::Detector, 1, Some(10)), (1, Some(10))),
            (loading(Part::Network(Architecture::Small), 2, Some(5)), (3, Some(15))),
            (loading(Part::Detector, 7, Some(10)), (9, Some(15))),
            (loading(Part::Engine(DeviceKind::Cpu), 1, None), (10, None)),
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
        engine.fail(problem(), Architecture::Small, None);
        assert_eq!(engine.word(), "failed");
        assert_eq!(engine.retry(), Some(Architecture::Small));
        assert_eq!(engine.word(), "loading");
        engine.load(loading(Part::Detector, 1, None));
        engine.become_ready(ready());
        assert_eq!((engine.word(), engine.loading.len()), ("ready", 0));
        engine.fail(problem(), Architecture::UNet, Some(Architecture::Small));
        assert_eq!(engine.word(), "ready", "the network in use goes on");
        engine.give_up();
        assert_eq!(engine.failed, None);
        engine.fail(problem(), Architecture::Small, None);
        engine.give_up();
        assert_eq!(engine.word(), "failed", "nothing works yet");
    }
}
