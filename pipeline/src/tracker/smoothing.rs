//! Scores of a face over time, and a label that does not flicker.

use model_core::{Emotion, Scores};

use super::TrackSettings;

/// The scores that were read in a face so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Smoothed {
    /// Scores in the newest frame.
    raw: Scores,
    /// Scores, smoothed over time.
    pub scores: Scores,
    /// Their label; `None` when unsure.
    pub label: Option<Emotion>,
}

impl Smoothed {
    /// The state after the first frame; sure from `threshold` on, always without one.
    pub(super) fn new(raw: Scores, threshold: Option<f32>) -> Self {
        Self { raw, scores: raw, label: sure_label(&raw, threshold) }
    }

    /// `raw` was read, `secs` after what was read last.
    pub(super) fn read(&mut self, secs: f64, raw: Scores, threshold: Option<f32>, settings: &TrackSettings) {
        self.scores = smoothed(self, raw, secs / settings.smoothing_secs);
        self.label = label_with_hysteresis(self.label, &self.scores, threshold, settings);
        self.raw = raw;
    }
}

/// The low-pass filter τ·s′ = x − s, solved for scores x that go in a straight line from the old raw ones to the new ones:
/// with n = Δt/τ, a = exp(−n) and φ = (1 − a)/n, it gives a·s + (φ − a)·old + (1 − φ)·new.
///
/// **NOTE** The usual 1 − exp(−Δt/τ) holds each frame's scores constant until the next, which at one frame a second shows
/// a slow change half a second away from where sixty frames show it. On the line both agree.
fn smoothed(before: &Smoothed, raw: Scores, n: f64) -> Scores {
    // The time constant is 0: no smoothing.
    if !n.is_finite() || n < 0.0 {
        return raw;
    }
    let a = (-n).exp();
    let phi = if n > 0.0 { -(-n).exp_m1() / n } else { 1.0 };
    let [s, old, new] = [before.scores, before.raw, raw].map(|scores| scores.probabilities().map(f64::from));
    let mixed = std::array::from_fn(|i| (a * s[i] + (phi - a) * old[i] + (1.0 - phi) * new[i]).max(0.0) as f32);
    // A mean of three distributions is one.
    Scores::try_from(mixed).unwrap_or(raw)
}

/// `shown`, as long as no other label is clearly ahead and it is not clearly below the threshold; then the top one, if it
/// is sure. A label comes exactly where the card says and goes a little later.
fn label_with_hysteresis(
    shown: Option<Emotion>,
    scores: &Scores,
    threshold: Option<f32>,
    settings: &TrackSettings,
) -> Option<Emotion> {
    let stays = |label: &Emotion| {
        let probability = scores.of(*label);
        let is_beaten = scores.top().1 >= probability + settings.label_margin && scores.top().0 != *label;
        !is_beaten && threshold.is_none_or(|threshold| probability >= threshold - settings.sure_margin)
    };
    shown.filter(stays).or_else(|| sure_label(scores, threshold))
}

fn sure_label(scores: &Scores, threshold: Option<f32>) -> Option<Emotion> {
    let (label, probability) = scores.top();
    threshold.is_none_or(|threshold| probability >= threshold).then_some(label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    /// Happy with probability `p`, else sad.
    fn happy(p: f64) -> Scores {
        let mut scores = [0.0; Emotion::COUNT];
        scores[Emotion::Happy as usize] = p as f32;
        scores[Emotion::Sad as usize] = (1.0 - p) as f32;
        Scores::try_from(scores).unwrap()
    }

    /// Smoothed probability of happy at every whole second.
    fn every_second(fps: u32, signal: impl Fn(f64) -> f64) -> Vec<f32> {
        let settings = TrackSettings::default();
        let mut smoothed = Smoothed::new(happy(signal(0.0)), None);
        let frames = 1..=10 * fps;
        let of = frames.map(|i| {
            smoothed.read(1.0 / f64::from(fps), happy(signal(f64::from(i) / f64::from(fps))), None, &settings);
            (i, smoothed.scores.of(Emotion::Happy))
        });
        of.filter(|(i, _)| i % fps == 0).map(|(_, p)| p).collect()
    }

    #[test]
    fn one_and_sixty_frames_a_second_give_the_same_scores() {
        // The scores between the frames of one frame a second are not known; a straight line misses this much of a wave
        // of 12 s: its second derivative over 8, 0.45 · (τ/12)² / 8 ≈ 0.015.
        const ATOL: f32 = 0.02;
        let wave = |secs: f64| 0.5 + 0.45 * (TAU * secs / 12.0).sin();
        let line = |secs: f64| secs / 10.0;
        for signal in [&wave as &dyn Fn(f64) -> f64, &line] {
            let (slow, fast) = (every_second(1, signal), every_second(60, signal));
            let apart = slow.iter().zip(&fast).map(|(slow, fast)| (slow - fast).abs()).fold(0.0, f32::max);
            assert!(apart < ATOL, "{apart}: {slow:?} {fast:?}");
        }
        // A straight line lags by the time constant.
        let lag = 1.0 - every_second(60, line)[9];
        assert!((lag - 0.03).abs() < 1e-4, "{lag}");
    }

    #[test]
    fn time_that_stands_still_changes_nothing_and_a_long_one_all() {
        let settings = TrackSettings::default();
        let mut smoothed = Smoothed::new(happy(0.9), None);
        smoothed.read(0.0, happy(0.1), None, &settings);
        assert_eq!(smoothed.scores, happy(0.9));
        smoothed.read(1e9, happy(0.2), None, &settings);
        assert!((smoothed.scores.of(Emotion::Happy) - 0.2).abs() < 1e-3);
        for smoothing_secs in [0.0, -1.0] {
            let mut smoothed = smoothed;
            smoothed.read(0.1, happy(0.7), None, &TrackSettings { smoothing_secs, ..settings });
            assert_eq!(smoothed.scores, happy(0.7));
        }
    }

    #[test]
    fn a_label_stays_until_another_is_clearly_ahead_or_it_is_clearly_unsure() {
        use Emotion::{Happy, Sad};
        let settings = TrackSettings::default();
        let cases = [
            // Shown, probability of happy (the rest is sad), threshold, what is shown then.
            (None, 0.51, None, Some(Happy)),
            (Some(Happy), 0.46, None, Some(Happy)),
            (Some(Sad), 0.54, None, Some(Sad)),
            (Some(Happy), 0.44, None, Some(Sad)),
            (None, 0.79, Some(0.8), None),
            (None, 0.81, Some(0.8), Some(Happy)),
            (Some(Happy), 0.76, Some(0.8), Some(Happy)),
            (Some(Happy), 0.74, Some(0.8), None),
            (Some(Sad), 0.74, Some(0.8), None),
            (Some(Sad), 0.9, Some(0.8), Some(Happy)),
        ];
        for (shown, p, threshold, expected) in cases {
            assert_eq!(
                label_with_hysteresis(shown, &happy(p), threshold, &settings),
                expected,
                "{shown:?}, {p}, {threshold:?}"
            );
        }
    }
}
