//! Training steps of a network, timed: reads how many to do from each line of standard input, and answers with the
//! seconds that they took and the last loss. So can two programs be timed in turns.
//!
//! ```sh
//! echo 5 | cargo run -p model-core --example step -- ferrum 128
//! ```

use std::{
    env,
    error::Error,
    io::{self, BufRead, Write},
    time::Instant,
};

use burn::{
    module::Module,
    nn::loss::{CrossEntropyLoss, CrossEntropyLossConfig},
    optim::{GradientsParams, ModuleOptimizer, SgdConfig, momentum::MomentumConfig},
    tensor::{Device, Int, Tensor},
};
use model_core::{Architecture, Emotion, Network};

/// Sides of the pictures: what training crops of those of 48 pixels.
const SIDE: usize = 44;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let (Some(network), Some(batch)) = (args.next(), args.next()) else {
        return Err("expected a network and the pictures of a step, as in `ferrum 128`".into());
    };
    let mut trained = Trained::new(network.parse()?, batch.parse()?);
    for line in io::stdin().lock().lines() {
        let n_steps: usize = line?.trim().parse()?;
        let start = Instant::now();
        let mut loss = 0.0;
        for _ in 0..n_steps {
            loss = trained.step();
        }
        println!("{} {loss}", start.elapsed().as_secs_f64());
        io::stdout().flush()?;
    }
    Ok(())
}

struct Trained {
    network: Network,
    optimizer: ModuleOptimizer,
    loss: CrossEntropyLoss,
    faces: Tensor<4>,
    labels: Tensor<1, Int>,
}

impl Trained {
    fn new(architecture: Architecture, batch: usize) -> Self {
        let device = Device::flex().autodiff();
        let levels: Vec<f32> = (0..batch * SIDE * SIDE).map(|i| (i as f32 * 0.37).sin()).collect();
        let labels: Vec<i32> = (0..batch).map(|i| (i % Emotion::COUNT) as i32).collect();
        let momentum = MomentumConfig::new().with_momentum(0.9).with_dampening(0.0).with_nesterov(true);
        Self {
            network: Network::seeded(architecture, 1, &device),
            optimizer: SgdConfig::new().with_momentum(Some(momentum)).init(),
            loss: CrossEntropyLossConfig::new().init(&device),
            faces: Tensor::<1>::from_floats(&levels[..], &device).reshape([batch, 1, SIDE, SIDE]),
            labels: Tensor::from_ints(&labels[..], &device),
        }
    }

    /// Forward, back, and the update; the loss before it.
    fn step(&mut self) -> f32 {
        let logits = self.network.forward(self.faces.clone());
        let loss = self.loss.forward(logits, self.labels.clone());
        let value = loss.clone().into_scalar::<f32>();
        let grads = GradientsParams::from_grads(loss.backward(), &self.network);
        self.network = self.optimizer.step(0.01, self.network.clone(), grads);
        value
    }
}
