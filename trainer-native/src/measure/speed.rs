//! How long a network takes for one face.

use std::{thread, time::Instant};

use anyhow::Result;
use model_core::{Classifier, Device};
use serde::{Deserialize, Serialize};

use crate::data::FACE_LEN;

/// Milliseconds for one face alone, on the CPU: how the page's first answer and `ferrum` use it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// How often it was asked.
    pub n: usize,
    /// Median.
    pub ms: f64,
    /// Nine of ten took at most this.
    pub ms_nine_of_ten: f64,
    /// Threads that the machine has.
    pub n_threads: usize,
}

/// Calls before those that count: they fill caches and make the first allocations.
const N_WARM_UP: usize = 20;
/// Calls that count.
const N: usize = 200;

impl Speed {
    /// The speed of a network on [`Speed::device`].
    pub fn of(classifier: &Classifier) -> Result<Self> {
        let face: Vec<u8> = (0..FACE_LEN).map(|pixel| (pixel % 251) as u8).collect();
        let ask = || -> Result<f64> {
            let start = Instant::now();
            pollster::block_on(classifier.classify(&[&face]))?;
            Ok(1e3 * start.elapsed().as_secs_f64())
        };
        (0..N_WARM_UP).try_for_each(|_| ask().map(drop))?;
        let mut times = (0..N).map(|_| ask()).collect::<Result<Vec<_>>>()?;
        times.sort_by(f64::total_cmp);
        let n_threads = thread::available_parallelism().map_or(1, usize::from);
        Ok(Self { n: N, ms: times[N / 2], ms_nine_of_ten: times[N * 9 / 10], n_threads })
    }

    /// Where it is measured.
    pub fn device() -> Device {
        Device::flex()
    }
}
