//! What the camera changes thirty times a second: the faces of the newest frame, the shares since the start, the pace.

use std::collections::VecDeque;

use model_core::{Architecture, DeviceKind};
use pipeline::{Face, Shares, StageMs};
use vision::Rect;

/// A camera frame that was analysed. Boxes are in its pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveFrame {
    /// Its faces.
    pub faces: Vec<Face>,
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
    /// What it cost.
    pub cost: Cost,
    /// The network that read the faces.
    pub network: Architecture,
    /// Where it ran.
    pub device: DeviceKind,
}

/// Milliseconds of each stage.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// From frame or file to pixels.
    pub capture: f64,
    /// From pixels to faces.
    pub stages: StageMs,
}

impl Cost {
    fn mean(recent: &VecDeque<(f64, Self)>) -> Self {
        let n = recent.len().max(1) as f64;
        let mean = |of: fn(&Self) -> f64| recent.iter().map(|(_, cost)| of(cost)).sum::<f64>() / n;
        let stages = StageMs {
            detect: mean(|cost| cost.stages.detect),
            crop: mean(|cost| cost.stages.crop),
            classify: mean(|cost| cost.stages.classify),
        };
        Self { capture: mean(|cost| cost.capture), stages }
    }
}

/// The camera's side of the state; no reducer sees it.
#[derive(Debug, Default, PartialEq)]
pub struct Live {
    frame: Option<LiveFrame>,
    selected: usize,
    shares: Shares,
    /// Time of arrival in milliseconds, and cost, of the frames of the last [`Live::WINDOW_MS`].
    recent: VecDeque<(f64, Cost)>,
}

impl Live {
    /// Pace and costs are means over the last second: short enough to follow, long enough to be read.
    const WINDOW_MS: f64 = 1000.0;

    /// Take in a frame that arrived at `now_ms`, on a clock that never goes back.
    pub fn record(&mut self, frame: LiveFrame, now_ms: f64) {
        self.shares.record(&frame.faces);
        self.selected = self.follow(&frame.faces);
        self.recent.push_back((now_ms, frame.cost));
        while self.recent.front().is_some_and(|(arrived_ms, _)| now_ms - arrived_ms > Self::WINDOW_MS) {
            self.recent.pop_front();
        }
        self.frame = Some(frame);
    }

    /// The newest frame.
    pub fn frame(&self) -> Option<&LiveFrame> {
        self.frame.as_ref()
    }

    /// Which of its faces is selected; follows the face from frame to frame.
    pub fn selected(&self) -> usize {
        self.selected
    }

    /// Select a face of the newest frame.
    pub fn select(&mut self, face_idx: usize) {
        self.selected = face_idx;
    }

    /// Labels counted since [`Live::start`] or [`Live::reset_shares`].
    pub fn shares(&self) -> &Shares {
        &self.shares
    }

    /// Count from nothing.
    pub fn reset_shares(&mut self) {
        self.shares = Shares::default();
    }

    /// Forget everything: the camera was started.
    pub fn start(&mut self) {
        *self = Self::default();
    }

    /// Forget the picture but not the shares: the camera was stopped or changed.
    pub fn pause(&mut self) {
        self.frame = None;
        self.selected = 0;
        self.recent.clear();
    }

    /// Analysed frames per second; none before the second frame.
    pub fn frames_per_second(&self) -> Option<f64> {
        let (first, last) = (self.recent.front()?.0, self.recent.back()?.0);
        (last > first).then(|| 1000.0 * (self.recent.len() - 1) as f64 / (last - first))
    }

    /// Mean cost of a frame.
    pub fn cost(&self) -> Cost {
        Cost::mean(&self.recent)
    }

    /// The face of `faces` that overlaps the selected one most; the first if none does.
    fn follow(&self, faces: &[Face]) -> usize {
        let old = self.frame.as_ref().and_then(|frame| frame.faces.get(self.selected));
        let old = old.map_or_else(Rect::default, |face| face.detection.rect);
        let overlaps = faces.iter().map(|face| face.detection.rect.iou(old)).enumerate();
        overlaps.fold((0, 0.0), |best, new| if new.1 > best.1 { new } else { best }).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::{Emotion, Scores};
    use vision::Detection;

    fn frame(lefts: &[f32]) -> LiveFrame {
        let mut logits = [0.0; Emotion::COUNT];
        logits[Emotion::Happy as usize] = 1.0;
        let face = |&x: &f32| Face {
            detection: Detection { rect: Rect { x, y: 0.0, width: 10.0, height: 10.0 }, score: 1.0, eyes: None },
            scores: Scores::from_logits(logits).unwrap(),
        };
        let stages = StageMs { detect: 20.0, crop: 1.0, classify: 4.0 };
        let cost = Cost { capture: lefts.len() as f64, stages };
        let faces = lefts.iter().map(face).collect();
        LiveFrame { faces, width: 100, height: 50, cost, network: Architecture::Small, device: DeviceKind::Cpu }
    }

    #[test]
    fn the_selected_face_is_followed_when_the_order_changes() {
        let mut live = Live::default();
        live.record(frame(&[0.0, 50.0]), 0.0);
        live.select(1);
        let cases: [(&[f32], usize); 4] = [(&[52.0, 1.0], 0), (&[3.0, 54.0, 30.0], 1), (&[], 0), (&[9.0, 54.0], 0)];
        for (lefts, expected) in cases {
            live.record(frame(lefts), 1.0);
            assert_eq!(live.selected(), expected, "{lefts:?}");
        }
    }

    #[test]
    fn pace_and_cost_are_means_over_the_last_second() {
        let mut live = Live::default();
        assert_eq!((live.frames_per_second(), live.cost()), (None, Cost::default()));
        live.record(frame(&[]), 0.0);
        assert_eq!(live.frames_per_second(), None);
        for i in 0..=20 {
            live.record(frame(if i % 2 == 0 { &[0.0] } else { &[0.0, 20.0, 40.0] }), 5000.0 + 50.0 * f64::from(i));
        }
        assert_eq!(live.frames_per_second(), Some(20.0));
        let cost = live.cost();
        assert!((cost.capture - 41.0 / 21.0).abs() < 1e-9 && (cost.stages.detect - 20.0).abs() < 1e-9, "{cost:?}");
    }

    #[test]
    fn shares_outlive_a_stop_but_not_a_reset_or_a_start() {
        let mut live = Live::default();
        live.record(frame(&[0.0, 20.0]), 0.0);
        live.pause();
        assert_eq!((live.shares().total(), live.frame(), live.frames_per_second()), (2, None, None));
        live.reset_shares();
        assert_eq!(live.shares().total(), 0);
        live.record(frame(&[0.0]), 0.0);
        live.start();
        assert_eq!((live.shares().total(), live.frame()), (0, None));
    }
}
