//! Where things lie, relative to the page, and those that are here.

use std::{cell::RefCell, collections::HashMap};

use model_core::DeviceKind;

use crate::{
    asset::Asset,
    detector::DetectorKind,
    problem::Problem,
    web::{
        Uint8Array,
        fetch::{FetchError, Freshness, fetch, fetch_ahead},
    },
};

/// The cascade that the documentation of `OpenCV` uses.
const CASCADE: &str = "models/haarcascade_frontalface_default.xml";

/// Card and weights of the net for near faces.
const BLAZEFACE_SHORT: [&str; 2] = ["models/blazeface-short.json", "models/blazeface-short.safetensors"];
/// Card and weights of the net for small and far faces.
const BLAZEFACE_FULL: [&str; 2] = ["models/blazeface-full.json", "models/blazeface-full.safetensors"];

/// The script that starts the worker for a device, as Trunk names it.
pub(super) fn script(device: DeviceKind) -> String {
    format!("{}_loader.js", program(device))
}

fn program(device: DeviceKind) -> &'static str {
    match device {
        DeviceKind::Cpu => "worker",
        DeviceKind::WebGpu => "worker-webgpu",
    }
}

/// Files that workers are given. Kept for the next worker, so that one can be started again without a connection.
#[derive(Debug, Default)]
pub(super) struct Files {
    by_part: RefCell<HashMap<Asset, Vec<Uint8Array>>>,
}

impl Files {
    /// The files of `part` that have come, in the order of the request that takes them.
    pub(super) fn of(&self, part: Asset) -> Vec<Uint8Array> {
        self.by_part.borrow().get(&part).cloned().unwrap_or_default()
    }

    /// Fetch `part`; `on_progress` hears the bytes so far and in all, where known.
    pub(super) async fn fetch(
        &self,
        part: Asset,
        freshness: Freshness,
        on_progress: impl FnMut(u64, Option<u64>),
    ) -> Result<(), Problem> {
        let files = match part {
            Asset::Program(device) => return fetch_program(device, freshness, on_progress).await,
            Asset::Detector(DetectorKind::Haar) => {
                fetch(CASCADE, freshness, on_progress).await.map(|cascade| vec![cascade])
            }
            Asset::Detector(DetectorKind::BlazeFace) => fetch_both(BLAZEFACE_SHORT, freshness, on_progress).await,
            Asset::FullRange => fetch_both(BLAZEFACE_FULL, freshness, on_progress).await,
            Asset::Network(network) => {
                let (card, weights) = (format!("models/{network}.json"), format!("models/{network}.bpk"));
                fetch_both([&card, &weights], freshness, on_progress).await
            }
        };
        let files = files.map_err(|error| not_fetched(part, &error))?;
        self.by_part.borrow_mut().insert(part, files);
        Ok(())
    }
}

/// The program of a worker goes into the browser's cache, from where the worker's own script takes it: a worker says
/// nothing of its own download.
async fn fetch_program(
    device: DeviceKind,
    freshness: Freshness,
    on_progress: impl FnMut(u64, Option<u64>),
) -> Result<(), Problem> {
    let url = format!("{}_bg.wasm", program(device));
    fetch_ahead(&url, freshness, on_progress).await.map_err(|error| not_fetched(Asset::Program(device), &error))
}

/// Card and weights, side by side; only the weights are worth a progress bar.
async fn fetch_both(
    [card, weights]: [&str; 2],
    freshness: Freshness,
    on_progress: impl FnMut(u64, Option<u64>),
) -> Result<Vec<Uint8Array>, FetchError> {
    let card = fetch(card, freshness, |_, _| ());
    let (card, weights) = futures_util::try_join!(card, fetch(weights, freshness, on_progress))?;
    Ok(vec![card, weights])
}

fn not_fetched(part: Asset, error: &FetchError) -> Problem {
    Problem::loading(part, error, error.advice())
}
