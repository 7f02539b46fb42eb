//! Time between frames of a camera or a file, which may be searched in, or whose clock may be set.

/// Back by more than this, seconds, is another place of the file; by less, a clock that was set right.
const JUMP_BACK_SECS: f64 = 1.0;

/// The time between a frame and the one before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    /// Seconds that passed, finite, 0 or more.
    Passed(f64),
    /// Unknown: it is the first frame, or far before the last one.
    Anew,
}

/// Remembers the time of the last frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Clock {
    last_secs: Option<f64>,
}

impl Clock {
    /// The step from the last frame to one at `at_secs`: 0 s if time stands still, goes a little back or is no number.
    pub(crate) fn step(&self, at_secs: f64) -> Step {
        match self.last_secs {
            Some(last_secs) if at_secs < last_secs - JUMP_BACK_SECS => Step::Anew,
            Some(last_secs) if at_secs.is_finite() => Step::Passed((at_secs - last_secs).max(0.0)),
            Some(_) => Step::Passed(0.0),
            None => Step::Anew,
        }
    }

    /// As [`Clock::step`]; the frame at `at_secs` is the last one from now on.
    pub(crate) fn advance(&mut self, at_secs: f64) -> Step {
        let step = self.step(at_secs);
        if at_secs.is_finite() {
            self.last_secs = Some(at_secs);
        }
        step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_forwards_only_and_a_seek_back_begins_anew() {
        let mut clock = Clock::default();
        let cases = [
            (5.0, Step::Anew),
            (5.5, Step::Passed(0.5)),
            (5.5, Step::Passed(0.0)),
            (5.0, Step::Passed(0.0)),
            (5.25, Step::Passed(0.25)),
            (f64::NAN, Step::Passed(0.0)),
            (f64::INFINITY, Step::Passed(0.0)),
            (6.25, Step::Passed(1.0)),
            (1.0, Step::Anew),
            (100.0, Step::Passed(99.0)),
            (f64::NEG_INFINITY, Step::Anew),
            (101.0, Step::Passed(1.0)),
        ];
        for (at_secs, expected) in cases {
            assert_eq!(clock.advance(at_secs), expected, "{at_secs}");
        }
    }
}
