//! After each change: the device that reads faces, and the files to fetch.

use model_core::{Architecture, DeviceKind, ModelCard};

use super::{
    DeviceChoice, EngineEvent, Ready,
    benchmark::Benchmark,
    host::Host,
    state::{Selection, State},
};
use crate::{asset::Asset, detector::DetectorKind, web::fetch::Freshness};

impl<H: Host> State<H> {
    /// Decide what follows from a change, and what is to be fetched now.
    pub(super) fn settle(&mut self) -> Vec<(Asset, Freshness)> {
        self.compare_devices();
        self.finish_self_test();
        self.select();
        self.report_detector();
        self.finish_video();
        let wanted = self.wanted_assets().into_iter();
        wanted.filter_map(|asset| self.assets.begin(asset).map(|freshness| (asset, freshness))).collect()
    }

    fn wanted_assets(&self) -> Vec<Asset> {
        let mut wanted = vec![Asset::Detector(self.detector())];
        if self.far_wanted && self.detector() == DetectorKind::BlazeFace {
            wanted.push(Asset::FullRange);
        }
        wanted.extend([Asset::Network(self.settings.network), Asset::Program(DeviceKind::Cpu)]);
        if self.may_prepare_gpu() && self.gpu.adapter.is_some() {
            wanted.push(Asset::Program(DeviceKind::WebGpu));
        }
        if self.comparing && self.selection.is_some() {
            wanted.extend(Architecture::ALL.map(Asset::Network));
        }
        wanted
    }

    /// Decide who reads faces, and say so when it changes.
    fn select(&mut self) {
        let selection = self.best();
        if selection == self.selection {
            return;
        }
        let ready = selection.as_ref().and_then(|Selection { device, why, .. }| {
            let card = self.worker(*device).card.clone()?;
            Some(Ready { device: *device, why: why.clone(), card })
        });
        self.events.push(ready.map_or(EngineEvent::Stopped, EngineEvent::Ready));
        self.selection = selection;
    }

    fn best(&self) -> Option<Selection> {
        let is_on_gpu = self.selection.as_ref().is_some_and(|selection| selection.device == DeviceKind::WebGpu);
        let gpu = self.gpu_worker.reads_by().filter(|card| self.prefers_gpu(card));
        // While the CPU is ahead with a new network, WebGPU goes on with the old one.
        if let Some(card) = gpu.filter(|card| is_on_gpu || card.architecture == self.settings.network) {
            let why = self.benchmark(card).filter(|_| self.settings.device == DeviceChoice::Auto).map(Benchmark::why);
            return Some(Selection { device: DeviceKind::WebGpu, network: card.architecture, why });
        }
        let card = self.cpu.reads_by()?;
        Some(Selection { device: DeviceKind::Cpu, network: card.architecture, why: self.why_cpu(card) })
    }

    /// Why the network of `card` runs on the CPU although that is not what a person chose.
    fn why_cpu(&self, card: &ModelCard) -> Option<String> {
        let is_slower = |it: &&Benchmark| self.settings.device == DeviceChoice::Auto && !it.prefers_gpu();
        let why = self.gpu.refused.clone().or_else(|| self.benchmark(card).filter(is_slower).map(Benchmark::why));
        why.filter(|_| self.settings.device != DeviceChoice::Cpu)
    }
}
