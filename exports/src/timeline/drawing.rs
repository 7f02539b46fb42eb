//! A part of a timeline as a drawing.

use pipeline::Shown;
use report::Element;

use super::{Lane, Segment, TimelineView, ruler};
use crate::{
    palette,
    svg::{at, rect, strip, text, text_in},
};

/// Sizes in units of the drawing, pixels, of which a column takes one.
const RULER: f64 = 22.0;
const NAME: f64 = 18.0;
const STRIP: f64 = 20.0;
const POOR: f64 = 4.0;
const CURVE: f64 = 40.0;
const GAP: f64 = 8.0;
/// Room for a time of the ruler.
const TIME_WIDTH: f64 = 80.0;
/// Width of a letter of a label, about.
const LETTER: f64 = 7.0;

impl TimelineView {
    /// Below a ruler of times, for each person their name, a strip of what they show, marks where the quality is poor, and
    /// the curve. As wide as it has columns.
    pub fn draw(&self) -> Element {
        let lane_height = NAME + STRIP + POOR + if self.label.is_some() { CURVE } else { 0.0 } + GAP;
        let height = RULER + lane_height * self.lanes.len() as f64;
        let svg = Element::new("svg").with("class", "timeline");
        let svg = svg.with("viewBox", format!("0 0 {} {height}", self.n_columns)).with("role", "img");
        let svg = svg.with("aria-label", self.spoken()).children(self.ruler(height));
        let lanes = self.lanes.iter().enumerate();
        svg.children(lanes.flat_map(|(i, lane)| self.lane(lane, RULER + lane_height * i as f64)))
    }

    fn spoken(&self) -> String {
        let n_people = self.lanes.len();
        let curve = self.label.map(|label| format!(", with the probability of {label}")).unwrap_or_default();
        format!("What {n_people} people show from {:.1} to {:.1} seconds{curve}", self.from_secs, self.to_secs)
    }

    fn ruler(&self, height: f64) -> Vec<Element> {
        let width = self.to_secs - self.from_secs;
        let least_secs = width * TIME_WIDTH / self.n_columns as f64;
        let time = |(secs, words): (f64, String)| {
            let x = self.n_columns as f64 * (secs - self.from_secs) / width;
            let line = Element::new("line").with("x1", at(x)).with("x2", at(x)).with("y1", 0).with("y2", at(height));
            [line.with("class", "grid").with("stroke", "#e9e5df"), text(x + 3.0, 12.0, &words)]
        };
        ruler::times(self.from_secs, self.to_secs, least_secs).into_iter().flat_map(time).collect()
    }

    fn lane(&self, lane: &Lane, top: f64) -> Vec<Element> {
        let strips = top + NAME;
        let segments = lane.segments.iter().flat_map(|segment| self.segment(&lane.name, segment, strips));
        let poor = lane.poor.iter().map(|columns| {
            let place = [columns.start as f64, strips + STRIP, columns.len() as f64, POOR];
            rect(place).with("class", "poor").with("fill", palette::fill(Shown::PoorQuality))
        });
        let curve = lane.curve.iter().map(|piece| curve(piece, strips + STRIP + POOR));
        let name = text(0.0, top + 13.0, &lane.name).with("font-weight", "bold");
        [name].into_iter().chain(segments).chain(poor).chain(curve).collect()
    }

    /// The strip of a segment, and its word where there is room.
    fn segment(&self, name: &str, Segment { columns, shown }: &Segment, top: f64) -> Vec<Element> {
        let (left, width) = (columns.start as f64, columns.len() as f64);
        let place = match shown {
            // A line where nobody is.
            Shown::NoFace => [left, top + STRIP / 2.0 - 1.0, width, 2.0],
            _ => [left, top, width, STRIP],
        };
        let word = if *shown == Shown::NoFace { "absent" } else { shown.name() };
        let secs =
            |column: usize| self.from_secs + (self.to_secs - self.from_secs) * column as f64 / self.n_columns as f64;
        let title = format!("{name}: {word}, {:.2} to {:.2} s", secs(columns.start), secs(columns.end));
        let strip = strip(*shown, place).child(Element::new("title").text(title));
        let has_room = *shown != Shown::NoFace && width >= LETTER * (word.len() + 1) as f64;
        let word = has_room.then(|| {
            let word = text_in(palette::ink(*shown), left + 4.0, top + 14.0, word);
            word.with("class", "word").with("data-emotion", palette::id(*shown))
        });
        [strip].into_iter().chain(word).collect()
    }
}

/// A curve from 0 at the bottom to 1 at the top, in the middle of its columns.
fn curve(piece: &[(usize, f64)], top: f64) -> Element {
    let point = |&(column, p): &(usize, f64)| format!("{},{}", at(column as f64 + 0.5), at(top + CURVE * (1.0 - p)));
    let points: Vec<_> = piece.iter().map(point).collect();
    let line = Element::new("polyline").with("class", "series-1").with("points", points.join(" "));
    line.with("fill", "none").with("stroke", "#0072b2").with("stroke-width", 1.5)
}
