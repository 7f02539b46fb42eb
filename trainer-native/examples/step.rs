//! Training steps of `ferrum`, timed: reads how many to do from each line of standard input, and answers with the
//! seconds that they took and the loss before the last. So can two programs be timed in turns.
//!
//! ```sh
//! echo 5 | cargo run -p model-core --example step -- 128 44 target/first-weights.f32
//! ```

use std::{
    env,
    error::Error,
    fs,
    io::{self, BufRead, Write},
    path::Path,
    time::Instant,
};

use burn::{
    nn::loss::{CrossEntropyLoss, CrossEntropyLossConfig},
    optim::{GradientsParams, ModuleOptimizer, SgdConfig, momentum::MomentumConfig},
    tensor::{Device, Int, Tensor},
};
use model_core::{Architecture, Emotion, Network};

const LEARNING_RATE: f64 = 0.01;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [batch, side, weights] = &args[..] else {
        let what = "the pictures of a step, their side in pixels, and a file for the first weights";
        return Err(format!("expected {what}, as in `128 44 weights.f32`; got {args:?}").into());
    };
    let mut trained = Trained::new(batch.parse()?, side.parse()?);
    trained.write_weights(weights.as_ref())?;
    for line in io::stdin().lock().lines() {
        let n_steps: usize = line?.trim().parse()?;
        let start = Instant::now();
        let loss = (0..n_steps).map(|_| trained.step()).last().unwrap_or(f32::NAN);
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
    fn new(batch: usize, side: usize) -> Self {
        let device = Device::flex().autodiff();
        let levels: Vec<f32> = (0..batch * side * side).map(|i| (i as f32 * 0.37).sin()).collect();
        let labels: Vec<i32> = (0..batch).map(|i| (i % Emotion::COUNT) as i32).collect();
        let momentum = MomentumConfig::new().with_momentum(0.9).with_dampening(0.0).with_nesterov(true);
        Self {
            network: Network::seeded(Architecture::Ferrum, 1, &device),
            optimizer: SgdConfig::new().with_momentum(Some(momentum)).init(),
            loss: CrossEntropyLossConfig::new().init(&device),
            faces: Tensor::<1>::from_floats(&levels[..], &device).reshape([batch, 1, side, side]),
            labels: Tensor::from_ints(&labels[..], &device),
        }
    }

    /// Filters, then weights and biases of the head of labels, all as little-endian `f32`. Normalisations begin with
    /// γ = 1 and β = 0.
    fn write_weights(&self, path: &Path) -> Result<(), Box<dyn Error>> {
        let (heads, _) = self.network.linear_layers();
        let filters = self.network.filters().into_iter().map(Tensor::into_data);
        let heads = heads.into_iter().flat_map(|(weights, biases)| [weights.into_data(), biases.into_data()]);
        let mut bytes = vec![];
        for tensor in filters.chain(heads) {
            let values = tensor.try_into_vec::<f32>().map_err(|error| format!("{error:?}"))?;
            bytes.extend(values.into_iter().flat_map(f32::to_le_bytes));
        }
        fs::write(path, bytes).map_err(|error| format!("cannot write {}: {error}", path.display()).into())
    }

    /// Forward, back, and the update; the loss before it.
    fn step(&mut self) -> f32 {
        let logits = self.network.forward(self.faces.clone());
        let loss = self.loss.forward(logits, self.labels.clone());
        let value = loss.clone().into_scalar::<f32>();
        let grads = GradientsParams::from_grads(loss.backward(), &self.network);
        self.network = self.optimizer.step(LEARNING_RATE, self.network.clone(), grads);
        value
    }
}
