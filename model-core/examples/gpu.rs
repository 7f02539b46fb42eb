//! Times the shipped network on the GPU: by kernels of its own, as the page runs it, beside Burn's operations.
//!
//! `cargo run -p model-core --features webgpu --example gpu`

use std::time::Instant;

use model_core::{Classifier, DeviceKind, INPUT_SIDE, ModelCard, Network, NetworkRunner};
use pollster::block_on;

const CARD: &[u8] = include_bytes!("../../www/models/ferrum.json");
const WEIGHTS: &[u8] = include_bytes!("../../www/models/ferrum.bpk");
const N_RUNS: usize = 11;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = block_on(DeviceKind::WebGpu.open())?;
    let card = ModelCard::from_json(CARD)?;
    let network = Network::load(&card, WEIGHTS, &device)?;
    let by_burn = NetworkRunner::new(network, card.labels, card.normalisation, device.clone());
    let start = Instant::now();
    let classifier = Classifier::new(card, WEIGHTS, device)?;
    block_on(classifier.classify(&[&[0; INPUT_SIDE * INPUT_SIDE]]))?;
    println!("first face after {:.0} ms, median ms a batch of {N_RUNS} in turns:", ms_since(start));
    for n_faces in [1, 4, 16] {
        let faces = vec![vec![99; INPUT_SIDE * INPUT_SIDE]; n_faces];
        let faces: Vec<&[u8]> = faces.iter().map(Vec::as_slice).collect();
        let [mut own, mut burns] = [vec![], vec![]];
        block_on(by_burn.run(&faces))?; // compiles
        for _ in 0..N_RUNS {
            let start = Instant::now();
            block_on(classifier.classify(&faces))?;
            own.push(ms_since(start));
            let start = Instant::now();
            block_on(by_burn.run(&faces))?;
            burns.push(ms_since(start));
        }
        println!("{n_faces:2} faces: {:.1}, by Burn {:.1}", median(own), median(burns));
    }
    Ok(())
}

fn ms_since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1000.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
