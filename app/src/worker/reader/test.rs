//! How right and how fast the network in use is here.

use std::time::Duration;

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
            Ok(readings) => readings,
            Err(lost @ ClassifyError::Device(_)) => return Err(lost.into()),
            Err(error) => return Ok(Err(Problem::unfit(Asset::Network(classifier.card().architecture), error))),
        };
        let (mut times, begin) = (vec![], Instant::now());
        while times.len() < MIN_ROUNDS || times.len() < MAX_ROUNDS && begin.elapsed() < TIME {
            let start = Instant::now();
            round(classifier, faces).await?;
            times.push(1000.0 * start.elapsed().as_secs_f64() / faces.len().max(1) as f64);
        }
        Ok(Ok(Tested { readings, ms_per_face: median(times) }))
    }
}

async fn round(classifier: &Classifier, faces: &[GreyBytes]) -> Result<Vec<Reading>, ClassifyError> {
    let mut readings = vec![];
    for face in faces {
        readings.extend(classifier.classify(&[&face.0[..]]).await?);
    }
    Ok(readings)
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
