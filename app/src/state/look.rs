//! The visible part of a timeline, its cursor, and the chosen range.

use std::rc::Rc;

use model_core::Emotion;
use yew::Reducible;

/// The shortest part that is seen, seconds: a few frames.
const SHORTEST_SECS: f64 = 0.2;

/// The visible part of a timeline. Times are seconds of the source's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Look {
    /// The part that is seen; `None`: all of it, while it grows, too.
    window: Option<[f64; 2]>,
    /// Where the cursor stands, if a person put it somewhere.
    pub cursor: Option<f64>,
    /// The range whose summary is shown, its end after its beginning; `None`: all of it.
    pub range: Option<[f64; 2]>,
    /// The label whose probability is drawn as a curve.
    pub curve: Option<Emotion>,
}

/// A change of the look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum LookAction {
    /// See more, by a factor above 1, or less; the time that is named stays where it is, else the cursor or the middle.
    Zoom(f64, Option<f64>),
    /// See later times, by so many seconds, or earlier ones.
    Pan(f64),
    /// See later times, by such a share of what is seen.
    PanShare(f64),
    /// See all.
    Whole,
    /// Put the cursor there, and see it.
    Point(f64),
    /// Choose a range between two times, in any order, or none.
    Choose(Option<[f64; 2]>),
    /// Draw the probability of a label, or none.
    Curve(Option<Emotion>),
}

impl Look {
    /// The part that is seen of a timeline that goes over `span`: within it, and not empty.
    pub(crate) fn window(&self, span: [f64; 2]) -> [f64; 2] {
        self.window.map_or(span, |window| within(window, span))
    }

    /// The range as far as the timeline goes; `None` if all of it is chosen, or nothing of the range is there.
    pub(crate) fn range_in(&self, [begin, end]: [f64; 2]) -> Option<[f64; 2]> {
        self.range.map(|[from, to]| [from.max(begin), to.min(end)]).filter(|[from, to]| from < to)
    }

    /// Do that with a timeline that goes over `span`.
    pub(crate) fn apply(&mut self, action: LookAction, span: [f64; 2]) {
        let [from, to] = self.window(span);
        match action {
            LookAction::Zoom(factor, at) => {
                let seen = self.cursor.filter(|cursor| (from..=to).contains(cursor));
                let at = at.or(seen).unwrap_or(f64::midpoint(from, to)).clamp(from, to);
                let [before, after] = [at - from, to - at].map(|secs| secs * factor);
                self.see([at - before, at + after], span);
            }
            LookAction::Pan(secs) => self.see([from + secs, to + secs], span),
            LookAction::PanShare(share) => self.see([from, to].map(|secs| secs + share * (to - from)), span),
            LookAction::Whole => self.window = None,
            LookAction::Point(secs) if secs.is_finite() => self.point(secs.clamp(span[0], span[1].max(span[0])), span),
            LookAction::Point(_) => {}
            LookAction::Choose(range) => {
                let ordered = range.map(|[a, b]| [a.min(b), a.max(b)]);
                self.range = ordered.filter(|[from, to]| from < to);
            }
            LookAction::Curve(label) => self.curve = label,
        }
    }

    fn see(&mut self, window: [f64; 2], span: [f64; 2]) {
        let window = within(window, span);
        self.window = (window[1] - window[0] < span[1] - span[0]).then_some(window);
    }

    fn point(&mut self, secs: f64, span: [f64; 2]) {
        self.cursor = Some(secs);
        let [from, to] = self.window(span);
        if secs < from || secs > to {
            let half = (to - from) / 2.0;
            self.see([secs - half, secs + half], span);
        }
    }
}

/// `window`, as long as it can be, moved into `span`.
fn within([from, to]: [f64; 2], [begin, end]: [f64; 2]) -> [f64; 2] {
    let all_secs = (end - begin).max(0.0);
    let secs = (to - from).max(SHORTEST_SECS).min(all_secs);
    // Stretched about its middle where it is too short.
    let from = f64::midpoint(from, to) - secs / 2.0;
    let from = from.max(begin).min(end - secs);
    if secs >= all_secs { [begin, begin + all_secs] } else { [from, from + secs] }
}

impl Reducible for Look {
    /// The action, and the span of the timeline.
    type Action = (LookAction, [f64; 2]);

    fn reduce(mut self: Rc<Self>, (action, span): Self::Action) -> Rc<Self> {
        Rc::make_mut(&mut self).apply(action, span);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use LookAction::{Choose, Pan, PanShare, Point, Whole, Zoom};

    const SPAN: [f64; 2] = [10.0, 110.0];

    fn after(actions: &[LookAction]) -> Look {
        let mut look = Look::default();
        for action in actions {
            look.apply(*action, SPAN);
        }
        look
    }

    #[track_caller]
    fn assert_window(look: &Look, span: [f64; 2], expected: [f64; 2]) {
        let [from, to] = look.window(span);
        assert!((from - expected[0]).abs() < 1e-9 && (to - expected[1]).abs() < 1e-9, "{look:?}: {from} to {to}");
    }

    #[test]
    fn what_is_seen_stays_within_what_there_is() {
        let cases: [(&[LookAction], [f64; 2]); 11] = [
            (&[], SPAN),
            (&[Zoom(0.5, None)], [35.0, 85.0]),
            (&[Zoom(0.5, Some(10.0))], [10.0, 60.0]),
            (&[Zoom(0.1, Some(110.0))], [100.0, 110.0]),
            (&[Zoom(0.5, None), Zoom(2.0, None)], SPAN),
            (&[Zoom(0.5, None), Pan(5.0)], [40.0, 90.0]),
            (&[Zoom(0.5, None), Pan(500.0)], [60.0, 110.0]),
            (&[Zoom(0.5, None), PanShare(-0.2)], [25.0, 75.0]),
            (&[Pan(5.0)], SPAN),
            (&[Zoom(0.5, None), Whole], SPAN),
            (&[Zoom(1e-9, Some(10.0))], [10.0, 10.2]),
        ];
        for (actions, expected) in cases {
            assert_window(&after(actions), SPAN, expected);
        }
    }

    #[test]
    fn all_is_seen_while_it_grows_and_a_part_stays_where_it_is() {
        let grown = [10.0, 200.0];
        assert_window(&after(&[]), grown, grown);
        assert_window(&after(&[Zoom(0.5, None)]), grown, [35.0, 85.0]);
        assert_window(&Look::default(), [3.0, 3.0], [3.0, 3.0]);
    }

    #[test]
    fn the_cursor_is_seen_and_zoomed_about() {
        let look = after(&[Zoom(0.1, Some(10.0)), Point(70.0)]);
        assert_eq!(look.cursor, Some(70.0));
        assert_window(&look, SPAN, [65.0, 75.0]);
        assert_window(&after(&[Point(30.0), Zoom(0.5, None)]), SPAN, [20.0, 70.0]);
        for (secs, expected) in [(-5.0, Some(10.0)), (1e9, Some(110.0)), (f64::NAN, None)] {
            assert_eq!(after(&[Point(secs)]).cursor, expected, "{secs}");
        }
    }

    #[test]
    fn a_range_is_ordered_and_not_empty() {
        let cases = [
            (Some([20.0, 30.0]), Some([20.0, 30.0])),
            (Some([30.0, 20.0]), Some([20.0, 30.0])),
            (Some([5.0, 20.0]), Some([10.0, 20.0])),
            (Some([200.0, 300.0]), None),
            (Some([20.0, 20.0]), None),
            (Some([20.0, f64::NAN]), None),
            (None, None),
        ];
        for (range, expected) in cases {
            assert_eq!(after(&[Choose(range)]).range_in(SPAN), expected, "{range:?}");
        }
    }
}
