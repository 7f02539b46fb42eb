//! Number of frames analysed in a second, and the cost of one.

use std::time::Duration;

use pipeline::StageMs;
use web_time::Instant;

/// Milliseconds of each stage.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cost {
    /// From frame or file to pixels.
    pub capture: f64,
    /// From pixels to faces.
    pub stages: StageMs,
}

impl Cost {
    fn mean(costs: &[Self]) -> Self {
        let n = costs.len().max(1) as f64;
        let mean = |of: fn(&Self) -> f64| costs.iter().map(of).sum::<f64>() / n;
        let stages = StageMs {
            detect: mean(|cost| cost.stages.detect),
            crop: mean(|cost| cost.stages.crop),
            classify: mean(|cost| cost.stages.classify),
        };
        Self { capture: mean(|cost| cost.capture), stages }
    }
}

/// Arrival and cost of the newest frame and of those at most [`FrameRate::WINDOW`] before it.
#[derive(Debug, Default)]
pub(super) struct FrameRate(Vec<(Instant, Cost)>);

impl FrameRate {
    /// Rate and costs are means over the last second: short enough to follow, long enough to be read.
    const WINDOW: Duration = Duration::from_secs(1);

    /// A frame arrived `now`.
    pub(super) fn record(&mut self, cost: Cost, now: Instant) {
        self.0.retain(|(arrived, _)| is_recent(*arrived, now));
        self.0.push((now, cost));
    }

    /// Frames per second; none with fewer than two in the last second.
    pub(super) fn frames_per_second(&self, now: Instant) -> Option<f64> {
        let arrivals: Vec<Instant> = self.recent(now).map(|(arrived, _)| *arrived).collect();
        let (first, last) = (*arrivals.first()?, *arrivals.last()?);
        (last > first).then(|| (arrivals.len() - 1) as f64 / (last - first).as_secs_f64())
    }

    /// Mean cost of a frame of the last second; that of the newest frame if it is older.
    pub(super) fn cost(&self, now: Instant) -> Cost {
        let costs: Vec<Cost> = self.recent(now).map(|(_, cost)| *cost).collect();
        if costs.is_empty() { self.0.last().map(|(_, cost)| *cost).unwrap_or_default() } else { Cost::mean(&costs) }
    }

    fn recent(&self, now: Instant) -> impl Iterator<Item = &(Instant, Cost)> {
        self.0.iter().filter(move |(arrived, _)| is_recent(*arrived, now))
    }
}

fn is_recent(arrived: Instant, now: Instant) -> bool {
    now.saturating_duration_since(arrived) <= FrameRate::WINDOW
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(capture: f64) -> Cost {
        Cost { capture, stages: StageMs { detect: 20.0, crop: 1.0, classify: 4.0 } }
    }

    #[test]
    fn rate_and_cost_are_means_over_the_last_second_and_the_rate_ends_with_the_frames() {
        let (mut rate, start) = (FrameRate::default(), Instant::now());
        let after = |ms| start + Duration::from_millis(ms);
        assert_eq!((rate.frames_per_second(start), rate.cost(start)), (None, Cost::default()));
        rate.record(cost(0.0), start);
        assert_eq!(rate.frames_per_second(start), None);
        for i in 0..=20 {
            rate.record(cost(if i % 2 == 0 { 1.0 } else { 3.0 }), after(5000 + 50 * i));
        }
        assert_eq!(rate.frames_per_second(after(6000)), Some(20.0));
        let mean = rate.cost(after(6000));
        assert!((mean.capture - 41.0 / 21.0).abs() < 1e-9 && (mean.stages.detect - 20.0).abs() < 1e-9, "{mean:?}");
        assert_eq!(rate.frames_per_second(after(6900)), Some(20.0), "by the frames of the last second");
        assert_eq!(
            (rate.frames_per_second(after(7001)), rate.cost(after(7001)).capture),
            (None, 1.0),
            "the newest one"
        );
    }
}
