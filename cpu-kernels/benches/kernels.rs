//! Times the kernels of training, at the layers of a network, and those of inference beside them: `cargo bench --profile
//! dev -p cpu-kernels`.

use std::{fmt, fs, hint::black_box, time::Instant};

use cpu_kernels::{
    inference::{self, FeatureMaps, LANES, Scratch},
    training::{self, InputGrad, Norm, OutputGrad, ProductPrecision, Scale, Size, Statistics, pool},
};

const BATCH: usize = 128;

/// Times of which the median is shown.
const N_TIMES: usize = 9;

/// Inputs, outputs, side and how often the network has such a layer.
const LAYERS: [(usize, usize, usize, usize); 7] = [
    (1, 24, 44, 1),
    (24, 48, 22, 1),
    (48, 48, 22, 1),
    (48, 96, 11, 1),
    (96, 96, 11, 2),
    (96, 192, 5, 1),
    (192, 192, 5, 1),
];

fn main() {
    training_layers(ProductPrecision::F32);
    training_layers(ProductPrecision::Bf16);
    inference_layers();
}

fn training_layers(precision: ProductPrecision) {
    println!(
        "Products of {precision:?}, fast here: {}.",
        precision == ProductPrecision::F32 || ProductPrecision::has_fast_bf16()
    );
    println!("Batch {BATCH}, {} threads; milliseconds passed (those of all threads),", rayon::current_num_threads());
    println!("and GFLOP/s a thread, as if every product were taken.\n");
    let steps = ["convolution", "and normalisation", "all gradients", "pooling, gradient"];
    println!("{:>16} {:^20} {:^20} {:^20} {:^20}", "layer", steps[0], steps[1], steps[2], steps[3]);
    let mut total = 0.0;
    for (n_in, n_out, side, n_times) in LAYERS {
        let [convolve, forward, backward, pool, pool_back] = layer([n_out, n_in], side, precision);
        let gflop = 2e-9 * (9 * n_in * n_out * side * side * BATCH) as f64;
        let rate = |n_sums: usize, time: &Time| 1e3 * n_sums as f64 * gflop / time.cpu;
        print!("{:>16}", format!("{n_in}→{n_out} @{side} ×{n_times}"));
        print!(" {convolve} {:>4.0} {forward}     ", rate(1, &convolve));
        println!(
            " {backward} {:>4.0} {:>8.1} {:>5.1}",
            rate(1 + usize::from(n_in > 1), &backward),
            pool.wall,
            pool_back.wall
        );
        total += n_times as f64 * (forward.wall + backward.wall);
        if n_in == 1 || n_in == n_out && side > 5 {
            total += pool.wall + pool_back.wall; // the last layer of a stage
        }
    }
    println!("\nAll layers: {total:.0} ms, {:.0} pictures/s\n", 1e3 * BATCH as f64 / total);
}

/// Each convolution of one picture on one thread: by the kernel of inference, and by that of training, which also
/// transforms the filters each time.
fn inference_layers() {
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    println!("{:>16} {:>16} {:>16}", "one picture", "inference, ms", "training, ms");
    for (n_in, n_out, side, _) in LAYERS {
        let map = Size { height: side, width: side };
        let (x, bias) = (numbers(n_in * map.area(), 0.37), vec![0.0; n_out]);
        let weight = numbers(n_out * n_in * 9, 0.41);
        let convolution = inference::Convolution::new(&weight, &bias, side, false);
        let (mut from, mut to, mut scratch) = (FeatureMaps::default(), FeatureMaps::default(), Scratch::default());
        from.clear([side; 2], n_in.div_ceil(LANES), convolution.tile());
        to.clear([side; 2], convolution.depth(), 1);
        let own = Time::of(|| convolution.run(&from, &mut to, &mut scratch));
        let scale = Scale::new(&vec![1.0; n_out], &bias);
        let theirs = || training::convolve_scaled(&x, &weight, [n_out, n_in], map, ProductPrecision::F32, &scale, None);
        let other = one_thread.install(|| Time::of(theirs));
        println!("{:>16} {:>16.3} {:>16.3}", format!("{n_in}→{n_out} @{side}"), own.cpu, other.cpu);
    }
}

/// The convolution with the moments of its outputs, with normalisation, the gradients of both, pooling, its gradient.
fn layer(sizes: [usize; 2], side: usize, precision: ProductPrecision) -> [Time; 5] {
    let ([n_out, n_in], map) = (sizes, Size { height: side, width: side });
    let (x, mut grad) = (numbers(BATCH * n_in * map.area(), 0.37), numbers(BATCH * n_out * map.area(), 0.71));
    let weight = numbers(n_out * n_in * 9, 0.41);
    let gamma = vec![1.0; n_out];
    let convolve = || training::convolve_with_moments(&x, &weight, sizes, map, precision);
    let forward = || {
        let (maps, moments) = convolve();
        let norm = Norm::new(&gamma, &gamma, 1e-5, &Statistics::of(&moments));
        let y = norm.forward(&maps, None);
        (maps, y, norm)
    };
    let (maps, y, norm) = forward();
    let pooled = pool::forward(&y, map, n_out);
    [
        Time::of(convolve),
        Time::of(forward),
        Time::of(|| {
            let (grad, _) = norm.backward(&mut grad, &maps, None);
            let mut x_grad = (n_in > 1).then(|| vec![0.0; x.len()]); // that of the network's input is not asked for
            let into = x_grad.as_mut().map(|values| InputGrad { values, plus: None });
            let weight = training::backward(&x, &weight, &OutputGrad::Norm(grad), sizes, map, into, precision);
            (x_grad, weight)
        }),
        Time::of(|| pool::forward(&y, map, n_out)),
        Time::of(|| pool::backward(&pooled, &y, map, n_out)),
    ]
}

/// Medians, milliseconds.
struct Time {
    wall: f64,
    /// Time of all threads together, which says more when something else runs.
    cpu: f64,
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>6.1} ({:>5.1})", self.wall, self.cpu)
    }
}

impl Time {
    fn of<T>(mut step: impl FnMut() -> T) -> Self {
        black_box(step());
        let (wall, cpu) = (0..N_TIMES)
            .map(|_| {
                let (start, cpu) = (Instant::now(), cpu_ms());
                black_box(step());
                (start.elapsed().as_secs_f64() * 1e3, cpu_ms() - cpu)
            })
            .unzip();
        Self { wall: median(wall), cpu: median(cpu) }
    }
}

/// Time that the scheduler has given to the threads of this process; 0 where it is not Linux's.
fn cpu_ms() -> f64 {
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return 0.0 };
    let texts = threads.flatten().flat_map(|thread| fs::read_to_string(thread.path().join("schedstat")));
    texts.filter_map(|text| text.split(' ').next()?.parse::<f64>().ok()).sum::<f64>() * 1e-6
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn numbers(len: usize, step: f32) -> Vec<f32> {
    (0..len).map(|i| (i as f32 * step).sin()).collect()
}
