//! What the camera changes thirty times a second: the faces of the newest frame, the shares since the start, the pace.

use std::time::Duration;

use model_core::{Architecture, DeviceKind};
use pipeline::{Face, Shares, StageMs};
use vision::Rect;
use web_time::Instant;

use crate::protocol::Levels;

/// A camera frame that was analysed. Boxes are in its pixels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LiveFrame {
    /// Its faces.
    pub faces: Vec<Face>,
    /// The crop of each, as the network saw it.
    pub crops: Vec<Levels>,
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

/// The camera's side of the state; no reducer sees it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Live {
    frame: Option<LiveFrame>,
    selected: usize,
    shares: Shares,
    /// Arrival and cost of the newest frame and of those at most [`Live::WINDOW`] before it.
    recent: Vec<(Instant, Cost)>,
}

impl Live {
    /// Pace and costs are means over the last second: short enough to follow, long enough to be read.
    const WINDOW: Duration = Duration::from_secs(1);

    /// Take in a frame that arrived `now`.
    pub(crate) fn record(&mut self, frame: LiveFrame, now: Instant) {
        self.shares.record(&frame.faces);
        self.selected = self.follow(&frame.faces);
        self.recent.retain(|(arrived, _)| is_recent(*arrived, now));
        self.recent.push((now, frame.cost));
        self.frame = Some(frame);
    }

    /// The newest frame.
    pub(crate) fn frame(&self) -> Option<&LiveFrame> {
        self.frame.as_ref()
    }

    /// Which of its faces is selected; follows the face from frame to frame.
    pub(crate) fn selected(&self) -> usize {
        self.selected
    }

    /// The crop of the selected face of the newest frame.
    pub(crate) fn crop(&self) -> Option<&Levels> {
        self.frame.as_ref()?.crops.get(self.selected)
    }

    /// Select the face that was last seen at `rect`. Not by its number: what a person presses was painted some frames
    /// ago, and every frame orders its faces anew.
    pub(crate) fn select(&mut self, rect: Rect) {
        self.selected = self.frame.as_ref().map_or(0, |frame| nearest(&frame.faces, rect));
    }

    /// Labels counted since [`Live::start`] or [`Live::reset_shares`].
    pub(crate) fn shares(&self) -> &Shares {
        &self.shares
    }

    /// Count from nothing.
    pub(crate) fn reset_shares(&mut self) {
        self.shares = Shares::default();
    }

    /// Forget everything: the camera was started.
    pub(crate) fn start(&mut self) {
        *self = Self::default();
    }

    /// Forget the picture but not the shares: the camera was stopped or changed.
    pub(crate) fn pause(&mut self) {
        self.frame = None;
        self.selected = 0;
        self.recent.clear();
    }

    /// Analysed frames per second; none with fewer than two in the last second.
    pub(crate) fn frames_per_second(&self, now: Instant) -> Option<f64> {
        let arrivals: Vec<Instant> = self.recent(now).map(|(arrived, _)| *arrived).collect();
        let (first, last) = (*arrivals.first()?, *arrivals.last()?);
        (last > first).then(|| (arrivals.len() - 1) as f64 / (last - first).as_secs_f64())
    }

    /// Mean cost of a frame of the last second; that of the newest frame if it is older.
    pub(crate) fn cost(&self, now: Instant) -> Cost {
        let costs: Vec<Cost> = self.recent(now).map(|(_, cost)| *cost).collect();
        if costs.is_empty() {
            self.frame.as_ref().map_or_else(Cost::default, |frame| frame.cost)
        } else {
            Cost::mean(&costs)
        }
    }

    fn recent(&self, now: Instant) -> impl Iterator<Item = &(Instant, Cost)> {
        self.recent.iter().filter(move |(arrived, _)| is_recent(*arrived, now))
    }

    fn follow(&self, faces: &[Face]) -> usize {
        let old = self.frame.as_ref().and_then(|frame| frame.faces.get(self.selected));
        nearest(faces, old.map_or_else(Rect::default, |face| face.detection.rect))
    }
}

fn is_recent(arrived: Instant, now: Instant) -> bool {
    now.saturating_duration_since(arrived) <= Live::WINDOW
}

/// The face of `faces` that overlaps `rect` most; the first if none does.
fn nearest(faces: &[Face], rect: Rect) -> usize {
    let overlaps = faces.iter().map(|face| face.detection.rect.iou(rect)).enumerate();
    overlaps.fold((0, 0.0), |best, new| if new.1 > best.1 { new } else { best }).0
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::{Emotion, Scores};
    use vision::Detection;

    fn rect(x: f32) -> Rect {
        Rect { x, y: 0.0, width: 10.0, height: 10.0 }
    }

    fn frame(lefts: &[f32]) -> LiveFrame {
        let mut logits = [0.0; Emotion::COUNT];
        logits[Emotion::Happy as usize] = 1.0;
        let face = |&x: &f32| Face {
            detection: Detection { rect: rect(x), score: 1.0, key_points: None },
            scores: Scores::from_logits(logits).unwrap(),
            is_sure: true,
            votes: None,
            quality: None,
        };
        let stages = StageMs { detect: 20.0, crop: 1.0, classify: 4.0 };
        let cost = Cost { capture: lefts.len() as f64, stages };
        let faces = lefts.iter().map(face).collect();
        let crops = lefts.iter().map(|&x| Levels([x as u8].into())).collect();
        LiveFrame { faces, crops, width: 100, height: 50, cost, network: Architecture::Small, device: DeviceKind::Cpu }
    }

    #[test]
    fn the_selected_face_is_followed_when_the_order_changes() {
        let (mut live, now) = (Live::default(), Instant::now());
        live.record(frame(&[0.0, 50.0]), now);
        live.select(rect(50.0));
        let cases: [(&[f32], usize); 4] = [(&[52.0, 1.0], 0), (&[3.0, 54.0, 30.0], 1), (&[], 0), (&[9.0, 54.0], 0)];
        for (lefts, expected) in cases {
            live.record(frame(lefts), now);
            assert_eq!(live.selected(), expected, "{lefts:?}");
            assert_eq!(live.crop().map(|crop| crop.0[0]), lefts.get(expected).map(|&x| x as u8), "{lefts:?}");
        }
    }

    #[test]
    fn a_press_selects_the_face_that_was_pressed_whatever_the_newest_frame_made_of_it() {
        let cases: [(&[f32], usize); 4] = [(&[0.0, 50.0], 1), (&[52.0, 1.0], 0), (&[0.0], 0), (&[], 0)];
        for (lefts, expected) in cases {
            let mut live = Live::default();
            live.record(frame(lefts), Instant::now());
            live.select(rect(50.0));
            assert_eq!(live.selected(), expected, "{lefts:?}");
        }
        let mut live = Live::default();
        live.select(rect(50.0));
        assert_eq!(live.selected(), 0, "no frame yet");
    }

    #[test]
    fn pace_and_cost_are_means_over_the_last_second_and_the_pace_ends_with_the_frames() {
        let (mut live, start) = (Live::default(), Instant::now());
        let after = |ms| start + Duration::from_millis(ms);
        assert_eq!((live.frames_per_second(start), live.cost(start)), (None, Cost::default()));
        live.record(frame(&[]), start);
        assert_eq!(live.frames_per_second(start), None);
        for i in 0..=20 {
            live.record(frame(if i % 2 == 0 { &[0.0] } else { &[0.0, 20.0, 40.0] }), after(5000 + 50 * i));
        }
        assert_eq!(live.frames_per_second(after(6000)), Some(20.0));
        let cost = live.cost(after(6000));
        assert!((cost.capture - 41.0 / 21.0).abs() < 1e-9 && (cost.stages.detect - 20.0).abs() < 1e-9, "{cost:?}");
        assert_eq!(live.frames_per_second(after(6900)), Some(20.0), "by the frames of the last second");
        assert_eq!(
            (live.frames_per_second(after(7001)), live.cost(after(7001)).capture),
            (None, 1.0),
            "the newest one"
        );
    }

    #[test]
    fn shares_outlive_a_stop_but_not_a_reset_or_a_start() {
        let (mut live, now) = (Live::default(), Instant::now());
        live.record(frame(&[0.0, 20.0]), now);
        live.pause();
        assert_eq!((live.shares().total(), live.frame(), live.frames_per_second(now)), (2, None, None));
        live.reset_shares();
        assert_eq!(live.shares().total(), 0);
        live.record(frame(&[0.0]), now);
        live.start();
        assert_eq!((live.shares().total(), live.frame()), (0, None));
    }
}
