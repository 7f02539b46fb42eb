//! Predicted position of a face between two searches.

use vision::{Detection, KeyPoints, Point, Rect};

use super::TrackSettings;

/// The last box of a face and its velocity, which decays while the face is not seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Motion {
    detection: Detection,
    /// Seconds since then.
    age_secs: f64,
    /// How fast the centre's x and y, the width and the height change, pixels a second.
    velocity: [f64; 4],
}

impl Motion {
    /// The motion of a face that was just found: at rest.
    pub(super) fn new(detection: Detection) -> Self {
        Self { detection, age_secs: 0.0, velocity: [0.0; 4] }
    }

    /// Seconds since it was found last.
    pub(super) fn age_secs(&self) -> f64 {
        self.age_secs
    }

    /// Let time pass.
    pub(super) fn pass(&mut self, secs: f64) {
        self.age_secs += secs;
    }

    /// The predicted detection `ahead_secs` from now, with its key points.
    pub(super) fn predict(&self, ahead_secs: f64, settings: &TrackSettings) -> Detection {
        let travel_secs = match settings.coast_secs {
            // The integral of exp(−t / coast) from 0 to the age.
            coast if coast > 0.0 => -coast * (-(self.age_secs + ahead_secs) / coast).exp_m1(),
            _ => 0.0,
        };
        moved(self.detection, self.velocity.map(|velocity| (velocity * travel_secs) as f32))
    }

    /// A search found it here, now.
    pub(super) fn detect(&mut self, detection: Detection, settings: &TrackSettings) {
        if self.age_secs > 0.0 {
            let weight = match settings.velocity_secs {
                tau if tau > 0.0 => -(-self.age_secs / tau).exp_m1(),
                _ => 1.0,
            };
            let (old, new) = (place(self.detection.rect), place(detection.rect));
            for ((velocity, old), new) in self.velocity.iter_mut().zip(old).zip(new) {
                *velocity += weight * (f64::from(new - old) / self.age_secs - *velocity);
            }
        }
        (self.detection, self.age_secs) = (detection, 0.0);
    }
}

/// Centre, width and height.
fn place(rect: Rect) -> [f32; 4] {
    let Point { x, y } = rect.centre();
    [x, y, rect.width, rect.height]
}

/// `detection` with its centre shifted by `dx`, `dy` and its sides longer by `dw`, `dh`, pixels; key points with it.
fn moved(detection: Detection, [dx, dy, dw, dh]: [f32; 4]) -> Detection {
    let [x, y, width, height] = place(detection.rect);
    // An estimate gone wild must not turn a box inside out.
    let scale = |side: f32, change: f32| if side > 0.0 { (1.0 + change / side).clamp(0.5, 2.0) } else { 1.0 };
    let (scale_x, scale_y) = (scale(width, dw), scale(height, dh));
    let shift = |point: Point| Point { x: x + dx + scale_x * (point.x - x), y: y + dy + scale_y * (point.y - y) };
    let corner = shift(Point { x: detection.rect.x, y: detection.rect.y });
    let rect = Rect { x: corner.x, y: corner.y, width: scale_x * width, height: scale_y * height };
    let key_points = detection.key_points.map(|points| KeyPoints::from_array(points.to_array().map(shift)));
    Detection { rect, key_points, ..detection }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOSE: Point = Point { x: 20.0, y: 30.0 };

    fn at(x: f32, side: f32) -> Detection {
        let rect = Rect { x, y: 10.0, width: side, height: side };
        let nose = Point { x: x + NOSE.x, ..NOSE };
        Detection { rect, score: 1.0, key_points: Some(KeyPoints::from_array([nose; 6])) }
    }

    fn moving(settings: &TrackSettings) -> Motion {
        let mut motion = Motion::new(at(0.0, 40.0));
        for i in 1..=40 {
            motion.pass(0.05);
            motion.detect(at(5.0 * i as f32, 40.0), settings);
        }
        motion
    }

    #[test]
    fn box_and_key_points_follow_the_motion_which_dies_down() {
        let settings = TrackSettings::default();
        let motion = moving(&settings);
        // 100 pixels a second from 200; 0.5 s of coasting go 50 pixels in all.
        for (secs, expected) in [(0.0, 200.0), (0.05, 204.76), (0.5, 231.61), (100.0, 250.0)] {
            let Detection { rect, key_points, .. } = motion.predict(secs, &settings);
            assert!((rect.x - expected).abs() < 0.05 && (rect.width - 40.0).abs() < 0.01, "{secs} s: {rect:?}");
            let nose = key_points.unwrap().nose;
            assert!((nose.x - rect.x - NOSE.x).abs() < 0.01 && (nose.y - NOSE.y).abs() < 0.01, "{secs} s: {nose:?}");
        }
    }

    #[test]
    fn sizes_follow_but_never_turn_inside_out() {
        let settings = TrackSettings::default();
        let mut motion = Motion::new(at(0.0, 40.0));
        motion.pass(1.0);
        motion.detect(at(0.0, 20.0), &settings);
        let rect = motion.predict(0.1, &settings).rect;
        assert!(rect.width < 19.0 && (rect.width - rect.height).abs() < 1e-3, "{rect:?}");
        let far = TrackSettings { coast_secs: 9.0, ..settings };
        assert!((motion.predict(9.0, &far).rect.width - 10.0).abs() < 1e-3, "half at least");
    }

    #[test]
    fn no_time_and_no_size_give_numbers() {
        let settings = TrackSettings { velocity_secs: 0.0, coast_secs: 0.0, ..TrackSettings::default() };
        for settings in [settings, TrackSettings::default()] {
            let mut motion = Motion::new(at(0.0, 0.0));
            motion.detect(at(50.0, 0.0), &settings);
            motion.pass(0.1);
            motion.detect(at(60.0, 0.0), &settings);
            motion.pass(1.0);
            let rect = motion.predict(0.0, &settings).rect;
            assert!([rect.x, rect.y, rect.width, rect.height].iter().all(|value| value.is_finite()), "{rect:?}");
        }
    }
}
