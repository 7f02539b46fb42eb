//! The other networks, for comparing: fetched and given to the worker in use while a person compares, and only then.

use model_core::{Architecture, DeviceKind};

use super::Supervisor;
use crate::{
    asset::Asset,
    engine::{
        effect::{Ask, Effect, Word},
        slot::{Asked, Stage},
    },
    problem::Problem,
};

impl<P: Clone, F> Supervisor<P, F> {
    /// Whether a person compares networks. Begun anew, what failed is tried again.
    pub(in crate::engine) fn set_comparing(&mut self, comparing: bool) {
        if comparing {
            for network in Architecture::ALL {
                self.parts.retry(Asset::Network(network));
            }
        }
        self.comparing = comparing;
        self.settle();
    }

    /// The worker has one more network at hand.
    pub(in crate::engine) fn held(&mut self, device: DeviceKind, network: Architecture) {
        let slot = self.slots.of(device);
        slot.asked = None;
        slot.beside.push(network);
        self.effects.push(Effect::Say(Word::Held(network)));
        self.settle();
    }

    /// `network` cannot be compared with the others.
    pub(super) fn fail_beside(&mut self, network: Architecture, problem: Problem) {
        if self.comparing {
            self.effects.push(Effect::Say(Word::NotHeld(network, problem)));
        }
    }

    /// The next step towards all networks.
    pub(super) fn gather(&mut self) {
        let Some(device) = self.using.as_ref().map(|using| using.device).filter(|_| self.comparing) else { return };
        for network in Architecture::ALL {
            self.fetch(Asset::Network(network));
        }
        let slot = self.slots.of(device);
        if slot.stage < Stage::Open || !slot.is_idle() {
            return;
        }
        let missing: Vec<_> = Architecture::ALL.into_iter().filter(|&network| !slot.has(network)).collect();
        if let Some(network) = missing.into_iter().find(|&network| self.parts.is_here(Asset::Network(network))) {
            self.ask(device, Asked::Hold(network), Ask::Hold(network));
        }
    }
}
