//! Times the kernels alone, at the layers of a network: `cargo bench --profile dev -p model-core --bench kernels`.

/// They are private: they are compiled in here.
#[allow(clippy::inline_always, dead_code, reason = "as in `src/kernel.rs`")]
#[path = "../src/kernel"]
mod kernel {
    mod convolve;
    mod correlate;
    mod norm;
    mod plane;
    mod pool;
    mod vectorised;
    mod winograd;

    use std::{fs, hint::black_box, time::Instant};

    use self::{
        norm::{Affine, Maps, Statistics},
        plane::Plane,
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

    pub(super) fn time() {
        println!(
            "Batch {BATCH}, {} threads; milliseconds passed (those of all threads),",
            rayon::current_num_threads()
        );
        println!("and GFLOP/s a thread, as if every product were taken. Norm and pooling: forward, backward.\n");
        println!("{:>16} {:^20} {:^20}    norm          pool", "layer", "convolution", "its gradients");
        let mut total = 0.0;
        for (n_in, n_out, side, n_times) in LAYERS {
            let times = layer(n_in, n_out, side);
            let gflop = 2e-9 * (9 * n_in * n_out * side * side * BATCH) as f64;
            print!("{:>16}", format!("{n_in}→{n_out} @{side} ×{n_times}"));
            for (time, n_sums) in times[..2].iter().zip([1.0, if n_in == 1 { 1.0 } else { 2.0 }]) {
                print!(" {:>6.1} ({:>5.1}) {:>4.0}", time.wall, time.cpu, 1e3 * n_sums * gflop / time.cpu);
            }
            times[2..].iter().for_each(|time| print!(" {:>6.1}", time.wall));
            println!();
            total += n_times as f64 * times.iter().map(|time| time.wall).sum::<f64>();
        }
        println!("\nAll layers: {total:.0} ms, {:.0} pictures/s", 1e3 * BATCH as f64 / total);
    }

    fn layer(n_in: usize, n_out: usize, side: usize) -> [Time; 6] {
        let plane = Plane { height: side, width: side };
        let sizes = [n_out, n_in];
        let (x, grad) = (numbers(BATCH * n_in * plane.area(), 0.37), numbers(BATCH * n_out * plane.area(), 0.71));
        let weight = numbers(n_out * n_in * 9, 0.41);
        let maps = Maps { channels: n_out, area: plane.area() };
        let gamma = vec![1.0; n_out];
        let affine = Affine { gamma: &gamma, beta: &gamma, epsilon: 1e-5 };
        let at = Statistics::of(&grad, maps);
        let pooled = numbers(BATCH * n_out * (side / 2) * (side / 2), 0.3);
        let by_tiles = winograd::pays(sizes);
        [
            if by_tiles {
                Time::of(|| winograd::convolve(&x, &weight, sizes, plane))
            } else {
                Time::of(|| convolve::convolve(&x, &convolve::Filters::new(&weight, sizes), plane))
            },
            if by_tiles {
                Time::of(|| winograd::backward(&x, &weight, &grad, sizes, plane))
            } else {
                Time::of(|| correlate::correlate(&x, &grad, sizes, plane)) // that of pixels is not asked for
            },
            Time::of(|| norm::forward(&grad, None, affine, &Statistics::of(&grad, maps), maps)),
            Time::of(|| norm::backward(&grad, [&grad, &grad], &gamma, 1e-5, &at, maps)),
            Time::of(|| pool::forward(&grad, plane)),
            Time::of(|| pool::backward(&pooled, &grad, plane)),
        ]
    }

    /// Medians, milliseconds.
    struct Time {
        wall: f64,
        /// Of all threads together, which says more when something else runs.
        cpu: f64,
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

    /// What the scheduler has given to the threads of this process; 0 where it is not Linux's.
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
}

fn main() {
    kernel::time();
}
