//! Times the shipped network on the GPU beside the CPU, and says what the first face costs the CPU.
//!
//! `cargo run -p model-core --features webgpu --example gpu`

use std::time::Instant;

use model_core::{Classifier, DeviceKind, INPUT_SIDE, ModelCard};
use pollster::block_on;

const CARD: &[u8] = include_bytes!("../../www/models/ferrum.json");
const WEIGHTS: &[u8] = include_bytes!("../../www/models/ferrum.bpk");
const N_RUNS: usize = 11;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let card = ModelCard::from_json(CARD)?;
    let on_cpu = Classifier::new(card.clone(), WEIGHTS, block_on(DeviceKind::Cpu.open())?)?;
    let start = Instant::now();
    let device = block_on(DeviceKind::WebGpu.open())?;
    println!("the device was open after {:.0} ms: {device:?}", ms_since(start));
    let classifier = Classifier::new(card, WEIGHTS, device)?;
    block_on(classifier.classify(&[&[0; INPUT_SIDE * INPUT_SIDE]]))?;
    println!("first face after {:.0} ms, median ms a batch of {N_RUNS} in turns:", ms_since(start));
    for n_faces in [1, 4, 16] {
        let faces = vec![vec![99; INPUT_SIDE * INPUT_SIDE]; n_faces];
        let faces: Vec<&[u8]> = faces.iter().map(Vec::as_slice).collect();
        let [mut gpu, mut cpu] = [vec![], vec![]];
        for _ in 0..N_RUNS {
            let start = Instant::now();
            block_on(classifier.classify(&faces))?;
            gpu.push(ms_since(start));
            let start = Instant::now();
            block_on(on_cpu.classify(&faces))?;
            cpu.push(ms_since(start));
        }
        println!("{n_faces:2} faces: {:.1}, on the CPU {:.1}", median(gpu), median(cpu));
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
