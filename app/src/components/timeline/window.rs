//! From places on the screen to times, and from keys to what they do.

use pipeline::{Session, Timeline};

use crate::state::LookAction;

/// Columns that a pointer may move without dragging.
const STILL_COLUMNS: f64 = 4.0;

/// The time at a column of a window, seconds.
pub(super) fn secs_at(column: f64, n_columns: usize, [from, to]: [f64; 2]) -> f64 {
    from + (to - from) * (column / n_columns.max(1) as f64).clamp(0.0, 1.0)
}

/// The column at which a time is seen; outside, if it is not.
pub(super) fn column_at(secs: f64, n_columns: usize, [from, to]: [f64; 2]) -> f64 {
    if to > from { (secs - from) / (to - from) * n_columns as f64 } else { 0.0 }
}

/// A drag of the pointer from where it was pressed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Drag {
    /// The column at which it was pressed.
    pub start: f64,
    /// Where it was last.
    pub last: f64,
    /// Whether it has left its place.
    pub has_moved: bool,
    /// Whether a range is drawn.
    pub is_range: bool,
}

impl Drag {
    /// A pointer that is pressed at a column.
    pub(super) fn new(start: f64, is_range: bool) -> Self {
        Self { start, last: start, has_moved: false, is_range }
    }

    /// It is at `column` now: what that does.
    pub(super) fn to(&mut self, column: f64, n_columns: usize, window: [f64; 2]) -> Option<LookAction> {
        self.has_moved |= (column - self.start).abs() >= STILL_COLUMNS;
        if !self.has_moved {
            return None;
        }
        let action = if self.is_range {
            LookAction::Choose(Some([self.start, column].map(|column| secs_at(column, n_columns, window))))
        } else {
            LookAction::Pan((window[1] - window[0]) * (self.last - column) / n_columns.max(1) as f64)
        };
        self.last = column;
        Some(action)
    }
}

/// The action of a key. Arrows go from frame to frame.
pub(super) fn of_key(key: &str, session: &Session, cursor: Option<f64>) -> Option<LookAction> {
    let timeline = session.timeline();
    let (begin, end) = timeline.span()?;
    Some(match key {
        "ArrowRight" => LookAction::Point(step(timeline, cursor, 1)?),
        "ArrowLeft" => LookAction::Point(step(timeline, cursor, -1)?),
        "Home" => LookAction::Point(begin),
        "End" => LookAction::Point(timeline.frame(timeline.len() - 1).map_or(end, |frame| frame.time_secs)),
        "PageUp" => LookAction::PanShare(-0.5),
        "PageDown" => LookAction::PanShare(0.5),
        "+" | "=" => LookAction::Zoom(1.0 / super::ZOOM_STEP, None),
        "-" => LookAction::Zoom(super::ZOOM_STEP, None),
        "0" => LookAction::Whole,
        _ => return None,
    })
}

/// The time of the frame so many frames away; the first one, if there is no cursor yet.
fn step(timeline: &Timeline, cursor: Option<f64>, n_frames: isize) -> Option<f64> {
    let last = timeline.len().checked_sub(1)?;
    let idx = match cursor {
        None => 0,
        Some(secs) => timeline.idx_at(secs).unwrap_or(0).saturating_add_signed(n_frames).min(last),
    };
    Some(timeline.frame(idx)?.time_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::Architecture;
    use pipeline::{Analysis, FrameReport, FrameTask, Search, SessionSettings, StageMs};

    /// Frames at 0, 0.5, 1 and 1.5 s.
    fn session() -> Session {
        let mut session = Session::new(SessionSettings::default());
        for time_secs in [0.0, 0.5, 1.0, 1.5] {
            let analysis = Analysis { faces: vec![], ms: StageMs::default() };
            let (task, network) = (FrameTask::Search(Search::Near), Architecture::Small);
            session.push(&FrameReport { time_secs, task, network, analysis });
        }
        session.pause(2.0);
        session
    }

    #[test]
    fn columns_and_times_belong_to_each_other() {
        let window = [10.0, 20.0];
        for (column, secs) in [(0.0, 10.0), (50.0, 15.0), (100.0, 20.0)] {
            assert!((secs_at(column, 100, window) - secs).abs() < 1e-9);
            assert!((column_at(secs, 100, window) - column).abs() < 1e-9);
        }
        assert!((secs_at(-5.0, 100, window) - 10.0).abs() < 1e-9);
        assert!((secs_at(5.0, 0, window) - 20.0).abs() < 1e-9);
        assert!(column_at(5.0, 100, [5.0, 5.0]).abs() < 1e-9);
    }

    #[test]
    fn a_press_that_stays_is_a_click_and_one_that_moves_is_a_drag() {
        let window = [0.0, 10.0];
        let mut drag = Drag::new(50.0, false);
        assert_eq!(drag.to(52.0, 100, window), None);
        assert_eq!(drag.to(40.0, 100, window), Some(LookAction::Pan(1.0)));
        assert_eq!(drag.to(42.0, 100, window), Some(LookAction::Pan(-0.2)));
        let mut drag = Drag::new(50.0, true);
        assert_eq!(drag.to(20.0, 100, window), Some(LookAction::Choose(Some([5.0, 2.0]))));
        assert!(drag.has_moved);
    }

    #[test]
    fn keys_go_from_frame_to_frame() {
        let session = session();
        let cases = [
            ("ArrowRight", None, Some(LookAction::Point(0.0))),
            ("ArrowRight", Some(0.0), Some(LookAction::Point(0.5))),
            ("ArrowRight", Some(0.7), Some(LookAction::Point(1.0))),
            ("ArrowRight", Some(1.6), Some(LookAction::Point(1.5))),
            ("ArrowLeft", Some(0.0), Some(LookAction::Point(0.0))),
            ("ArrowLeft", Some(1.6), Some(LookAction::Point(1.0))),
            ("Home", Some(1.0), Some(LookAction::Point(0.0))),
            ("End", None, Some(LookAction::Point(1.5))),
            ("PageDown", None, Some(LookAction::PanShare(0.5))),
            ("0", None, Some(LookAction::Whole)),
            ("a", None, None),
        ];
        for (key, cursor, expected) in cases {
            assert_eq!(of_key(key, &session, cursor), expected, "{key} at {cursor:?}");
        }
        assert_eq!(of_key("End", &Session::new(SessionSettings::default()), None), None);
    }
}
