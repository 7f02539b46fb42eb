//! How right and how fast the network in use is here.

use std::{future::poll_fn, pin::pin, time::Duration};

use model_core::{Classifier, ClassifyError, Reading};
use web_time::Instant;

use super::{Broken, Reader};
use crate::{
    asset::Asset,
    problem::Problem,
    protocol::{GreyBytes, Tested},
};

/// Rounds over all faces: at least these, so that there is a median,
const MIN_ROUNDS: usize = 3;
/// more while there is time,
const TIME: Duration = Duration::from_millis(300);
/// and at most these.
const MAX_ROUNDS: usize = 9;

impl Reader {
    /// The readings of the network in use of `faces`, one by one, as of a camera with one person before it.
    ///
    /// A round over all of them is one measurement: browsers round their clock to a millisecond.
    pub async fn test(&self, faces: &[GreyBytes]) -> Result<Result<Tested, Problem>, Broken> {
        let (classifier, _) = self.network_in_use()?;
        let readings = match round(classifier, faces).await {
            Ok((readings, _)) => readings,
            Err(lost @ ClassifyError::Device(_)) => return Err(lost.into()),
            Err(error) => return Ok(Err(Problem::unfit(Asset::Network(classifier.card().architecture), error))),
        };
        let (mut times, mut submits, begin) = (vec![], vec![], Instant::now());
        while times.len() < MIN_ROUNDS || times.len() < MAX_ROUNDS && begin.elapsed() < TIME {
            let start = Instant::now();
            submits.extend(round(classifier, faces).await?.1);
            times.push(1000.0 * start.elapsed().as_secs_f64() / faces.len().max(1) as f64);
        }
        Ok(Ok(Tested { readings, ms_per_face: median(times), submit_ms: median(submits) }))
    }
}

/// The reading of each face, and the milliseconds until the worker first waited for it.
async fn round(classifier: &Classifier, faces: &[GreyBytes]) -> Result<(Vec<Reading>, Vec<f64>), ClassifyError> {
    let (mut readings, mut submits) = (vec![], vec![]);
    for face in faces {
        let face = [&face.0[..]];
        let (read, submit_ms) = with_first_poll_ms(classifier.classify(&face)).await;
        readings.extend(read?);
        submits.push(submit_ms);
    }
    Ok((readings, submits))
}

/// The output of `future`, and the milliseconds that it worked before it first waited.
async fn with_first_poll_ms<F: Future>(future: F) -> (F::Output, f64) {
    let mut future = pin!(future);
    let (start, mut first_ms) = (Instant::now(), None);
    let output = poll_fn(|context| {
        let polled = future.as_mut().poll(context);
        first_ms.get_or_insert_with(|| 1000.0 * start.elapsed().as_secs_f64());
        polled
    });
    let output = output.await;
    (output, first_ms.unwrap_or_default())
}

/// The middle one; of an even number the upper of the two.
fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn one_slow_round_does_not_count() {
        assert!((median(vec![3.0, 900.0, 2.0]) - 3.0).abs() < 1e-9);
        assert!(median(vec![]).abs() < 1e-9);
    }
}
