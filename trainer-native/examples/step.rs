//! Training steps of `ferrum`, timed: reads how many to do from each line of standard input, and answers with the
//! seconds that they took, the seconds until the last was handed to the device, and the loss before the last. So can
//! several programs be timed in turns. `device: NAME` comes first, on standard error; a device that does not compute in the
//! precision asked for ends it with status 3.
//!
//! ```sh
//! echo 5 | cargo run -p trainer-native --example step -- 128 44 target/first-weights.f32
//! echo 5 | cargo run -p trainer-native --example step --features vulkan -- 128 44 weights.f32 vulkan unfolded bf16
//! ```

use std::{
    env,
    error::Error,
    fs,
    io::{self, BufRead, Write},
    path::Path,
    process,
    time::Instant,
};

use burn::{
    module::Module,
    nn::loss::{CrossEntropyLoss, CrossEntropyLossConfig},
    optim::{GradientsParams, ModuleOptimizer, SgdConfig, momentum::MomentumConfig},
    tensor::{Device, FloatDType, Int, Tensor},
};
use clap::ValueEnum;
use model_core::{Architecture, ConvMethod, Emotion, Network, Precision};
use trainer_native::device::{Backend, card_name, several};

const LEARNING_RATE: f64 = 0.01;

/// Exit status where the device does not compute in the precision asked for.
const NOT_COMPUTED: i32 = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [batch, side, weights, others @ ..] = &args[..] else {
        let what = "the pictures of a step, their side in pixels, and a file for the first weights";
        return Err(format!("expected {what}, as in `128 44 weights.f32`; got {args:?}").into());
    };
    let mut others = others.iter();
    let backend = Backend::from_str(others.next().map_or("cpu", String::as_str), true)?;
    let kernel = others.next().map(|word| word.parse().map_err(|_| format!("no kernel is called {word}")));
    let precision = others.next().map(|word| word.parse().map_err(|_| format!("no precision is called {word}")));
    let method = ConvMethod {
        kernel: kernel.transpose()?.unwrap_or_default(),
        precision: precision.transpose()?.unwrap_or_default(),
    };
    let device = several(Some(backend), 1)?.remove(0).device;
    let name = card_name(&device);
    eprintln!("device: {name}");
    let rounded = match method.precision {
        Precision::F32 => None,
        Precision::Bf16 => Some(FloatDType::BF16),
        Precision::F16 => Some(FloatDType::F16),
    };
    if method.kernel.is_products() && rounded.is_some_and(|dtype| !device.supports_dtype(dtype)) {
        eprintln!("{name} does not compute in {}", method.precision);
        process::exit(NOT_COMPUTED);
    }
    let device = device.autodiff();
    let mut trained = Trained::new(batch.parse()?, side.parse()?, method, &device);
    trained.write_weights(weights.as_ref())?;
    for line in io::stdin().lock().lines() {
        let n_steps: usize = line?.trim().parse()?;
        let start = Instant::now();
        let loss = (0..n_steps).map(|_| trained.step()).last();
        let handed_over = start.elapsed().as_secs_f64();
        let loss = loss.map_or(f32::NAN, Tensor::into_scalar);
        trained.wait();
        println!("{} {handed_over} {loss}", start.elapsed().as_secs_f64());
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
    fn new(batch: usize, side: usize, method: ConvMethod, device: &Device) -> Self {
        let levels: Vec<f32> = (0..batch * side * side).map(|i| (i as f32 * 0.37).sin()).collect();
        let labels: Vec<i32> = (0..batch).map(|i| (i % Emotion::COUNT) as i32).collect();
        let momentum = MomentumConfig::new().with_momentum(0.9).with_dampening(0.0).with_nesterov(true);
        Self {
            // Drawn on the CPU: every device begins with the same weights.
            network: Network::seeded(Architecture::Ferrum, 1, &Device::flex())
                .fork(&device.clone().inner())
                .train()
                .with_method(method),
            optimizer: SgdConfig::new().with_momentum(Some(momentum)).init(),
            loss: CrossEntropyLossConfig::new().init(device),
            faces: Tensor::<1>::from_floats(&levels[..], device).reshape([batch, 1, side, side]),
            labels: Tensor::from_ints(&labels[..], device),
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

    /// Until the device has done the last update.
    fn wait(&self) {
        self.network.filters().into_iter().for_each(|filters| drop(filters.into_data()));
    }

    /// Forward, back, and the update; the loss before it, for which the device is not waited for.
    fn step(&mut self) -> Tensor<1> {
        let logits = self.network.forward(self.faces.clone());
        let loss = self.loss.forward(logits, self.labels.clone());
        let value = loss.clone().without_autodiff();
        let grads = GradientsParams::from_grads(loss.backward(), &self.network);
        self.network = self.optimizer.step(LEARNING_RATE, self.network.clone(), grads);
        value
    }
}
