//! Correctness and speed of the network in use on this machine.

use std::{future::poll_fn, pin::pin, time::Duration};

use model_core::{Classifier, ClassifyError, Prediction};
use pipeline::{Detect, Detector, Search};
use vision::RgbaView;
use web_time::Instant;

use super::{Broken, Reader};
use crate::{
    asset::Asset,
    problem::Problem,
    protocol::{GreyBytes, Tested},
};

/// Rounds over all faces: these, so that there is a median,
const MIN_ROUNDS: usize = 3;
/// fewer on a device so slow that they would take longer,
const MAX_TIME: Duration = Duration::from_secs(1);
/// more while there is time,
const TIME: Duration = Duration::from_millis(300);
/// and at most these.
const MAX_ROUNDS: usize = 9;

/// Width and height of the frame that is searched, pixels: those that the page asks a camera for.
const FRAME: [usize; 2] = [640, 480];

impl Reader {
    /// The predictions of the network in use of `faces`, one by one, as of a camera with one person before it; and how
    /// long the detector in use searches a frame.
    ///
    /// A round over all of them is one measurement: browsers round their clock to a millisecond.
    pub async fn test(&self, faces: &[GreyBytes]) -> Result<Result<Tested, Problem>, Broken> {
        let (classifier, _) = self.network_in_use()?;
        let predictions = match round(classifier, faces).await {
            Ok((predictions, _)) => predictions,
            Err(lost @ ClassifyError::Device(_)) => return Err(lost.into()),
            Err(error) => return Ok(Err(Problem::unfit(Asset::Network(classifier.card().architecture), error))),
        };
        let mut submits = vec![];
        let faces_ms = rounds_ms(async || {
            submits.extend(round(classifier, faces).await?.1);
            Ok::<(), ClassifyError>(())
        })
        .await?;
        let search_ms = match &self.detector {
            Some(detector) => search_ms(detector).await?,
            None => 0.0,
        };
        let ms_per_face = faces_ms / faces.len().max(1) as f64;
        Ok(Ok(Tested { predictions, ms_per_face, submit_ms: median(submits), search_ms }))
    }
}

/// Milliseconds of a search for near faces. Noise has none, so that every machine searches all of it.
async fn search_ms(detector: &Detector) -> Result<f64, ClassifyError> {
    let [width, height] = FRAME;
    let noise = |i: usize| (i as u32).wrapping_mul(0x9E37_79B9).to_be_bytes()[0]; // Knuth's multiplicative hash
    let pixels: Vec<u8> = (0..width * height * 4).map(noise).collect();
    let Ok(frame) = RgbaView::new(width, height, &pixels) else { return Ok(0.0) };
    rounds_ms(async || detector.detect(frame, Search::Near).await.map(drop)).await
}

/// The median of the milliseconds of `round`.
async fn rounds_ms<E>(mut round: impl AsyncFnMut() -> Result<(), E>) -> Result<f64, E> {
    let (mut times, begin) = (vec![], Instant::now());
    while is_another_due(times.len(), begin.elapsed()) {
        let start = Instant::now();
        round().await?;
        times.push(1000.0 * start.elapsed().as_secs_f64());
    }
    Ok(median(times))
}

/// Whether to go on after so many rounds, which took so long together.
fn is_another_due(n_rounds: usize, elapsed: Duration) -> bool {
    n_rounds == 0 || n_rounds < MIN_ROUNDS && elapsed < MAX_TIME || n_rounds < MAX_ROUNDS && elapsed < TIME
}

/// The reading of each face, and the milliseconds until the worker first waited for it.
async fn round(classifier: &Classifier, faces: &[GreyBytes]) -> Result<(Vec<Prediction>, Vec<f64>), ClassifyError> {
    let (mut predictions, mut submits) = (vec![], vec![]);
    for face in faces {
        let face = [&face.0[..]];
        let (read, submit_ms) = with_first_poll_ms(classifier.classify(&face)).await;
        predictions.extend(read?);
        submits.push(submit_ms);
    }
    Ok((predictions, submits))
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
    use super::*;

    #[test]
    fn one_slow_round_does_not_count() {
        assert!((median(vec![3.0, 900.0, 2.0]) - 3.0).abs() < 1e-9);
        assert!(median(vec![]).abs() < 1e-9);
    }

    #[test]
    fn a_slow_device_is_not_asked_for_long_and_a_fast_one_more_often() {
        let cases = [(0, 9000, true), (1, 900, true), (1, 1000, false), (3, 299, true), (3, 300, false), (9, 9, false)];
        for (n_rounds, ms, expected) in cases {
            assert_eq!(is_another_due(n_rounds, Duration::from_millis(ms)), expected, "{n_rounds} rounds, {ms} ms");
        }
    }
}
