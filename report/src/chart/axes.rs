//! The frame of a chart: where a number lies, and the numbers beside the axes.

use super::{Axis, Mark};
use crate::Element;

/// Size of a chart in its own units; it scales with its place.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 288.0;
/// Room for numbers and words around the lines, up to the size of 24 that narrow pages use.
const LEFT: f64 = 72.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 60.0;
/// Most steps from one number beside an axis to the next.
const N_STEPS: f64 = 7.0;

/// Two axes.
#[derive(Clone, Copy)]
pub(super) struct Axes<'a> {
    pub(super) x: Axis<'a>,
    pub(super) y: Axis<'a>,
}

impl Axes<'_> {
    /// The point in units of the drawing.
    pub(super) fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let right = self.x.share(x) * (WIDTH - LEFT - RIGHT);
        let up = self.y.share(y) * (HEIGHT - TOP - BOTTOM);
        (LEFT + right, HEIGHT - BOTTOM - up)
    }

    /// The drawing with the y axis, its numbers and the name of the x axis in it; `spoken` is read aloud in its place.
    pub(super) fn svg(&self, spoken: &str) -> Element {
        let svg = Element::new("svg").with("class", "plot").with("viewBox", format!("0 0 {WIDTH} {HEIGHT}"));
        let numbers = self.y.numbers().into_iter().flat_map(|y| {
            let (left, height) = self.place((self.x.from, y));
            let number = format!("{y:.*}", self.y.decimals);
            [
                self.line((self.x.from, y), (self.x.to, y)).with("class", "grid"),
                text(left - 6.0, height + 4.0, "end", &number),
            ]
        });
        let name = text(WIDTH - RIGHT, HEIGHT - 8.0, "end", self.x.name);
        svg.with("role", "img").with("aria-label", spoken).children(numbers).child(name)
    }

    /// The numbers below the x axis.
    pub(super) fn x_numbers(&self) -> Vec<Element> {
        self.x.numbers().into_iter().map(|x| self.x_word(x, &format!("{x:.*}", self.x.decimals))).collect()
    }

    /// A word below the x axis.
    pub(super) fn x_word(&self, x: f64, word: &str) -> Element {
        let (x, bottom) = self.place((x, self.y.from));
        text(x, bottom + 24.0, "middle", word)
    }

    /// A bar from the x axis up.
    pub(super) fn bar(&self, [left, right]: [f64; 2], value: f64) -> Element {
        let ((left, top), (right, bottom)) = (self.place((left, value)), self.place((right, self.y.from)));
        let rect = Element::new("rect").with("x", at(left)).with("y", at(top));
        rect.with("width", at(right - left)).with("height", at(bottom - top))
    }

    /// A line between two points.
    pub(super) fn line(&self, from: (f64, f64), to: (f64, f64)) -> Element {
        let ((x1, y1), (x2, y2)) = (self.place(from), self.place(to));
        Element::new("line").with("x1", at(x1)).with("y1", at(y1)).with("x2", at(x2)).with("y2", at(y2))
    }

    /// A line up from a place on the x axis, and its words on the side where there is more room.
    pub(super) fn mark(&self, mark: &Mark) -> [Element; 2] {
        let line = self.line((mark.x, self.y.from), (mark.x, self.y.to)).with("class", "mark");
        let (x, bottom) = self.place((mark.x, self.y.from));
        let anchor = if x > WIDTH / 2.0 { "end" } else { "start" };
        [line, text(x, bottom - 8.0, anchor, &format!("\u{a0}{}\u{a0}", mark.words))]
    }
}

impl Axis<'_> {
    /// How far `x` is from the beginning to the end: from 0 to 1.
    fn share(&self, x: f64) -> f64 {
        let length = self.to - self.from;
        if length > 0.0 { (x - self.from) / length } else { 0.0 }
    }

    /// A few round numbers on the axis, at equal steps of 1, 2 or 5 times a power of ten.
    fn numbers(&self) -> Vec<f64> {
        let least = 10f64.powi(-(self.decimals as i32));
        let rough = ((self.to - self.from) / N_STEPS).max(least);
        let power = 10f64.powf(rough.log10().floor());
        // Rounding must not take the step for too small.
        let step = [1.0, 2.0, 5.0, 10.0].map(|n| n * power).into_iter().find(|step| *step > 0.999 * rough);
        let step = step.unwrap_or(rough);
        let first = (self.from / step).ceil();
        let numbers = (0..=N_STEPS as usize).map(|i| (first + i as f64) * step);
        numbers.take_while(|number| *number <= self.to + 0.001 * step).collect()
    }
}

/// A coordinate as it is written.
pub(super) fn at(x: f64) -> String {
    format!("{x:.1}")
}

fn text(x: f64, y: f64, anchor: &str, words: &str) -> Element {
    Element::new("text").with("x", at(x)).with("y", at(y)).with("text-anchor", anchor).text(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_beside_an_axis_are_few_and_round() {
        let cases: [(f64, f64, usize, &[f64]); 8] = [
            (1.0, 100.0, 0, &[20.0, 40.0, 60.0, 80.0, 100.0]),
            (1.0, 140.0, 0, &[20.0, 40.0, 60.0, 80.0, 100.0, 120.0, 140.0]),
            (1.0, 2.0, 0, &[1.0, 2.0]),
            (1.0, 5.0, 0, &[1.0, 2.0, 3.0, 4.0, 5.0]),
            (0.0, 1.0, 1, &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
            (0.0, 1.74, 2, &[0.0, 0.5, 1.0, 1.5]),
            (0.0, 0.0, 2, &[0.0]),
            (0.0, f64::NAN, 2, &[]),
        ];
        for (from, to, decimals, expected) in cases {
            let numbers = Axis { name: "", from, to, decimals }.numbers();
            let is_close = numbers.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9);
            assert!(is_close && numbers.len() == expected.len(), "{from} to {to}: {numbers:?}");
        }
    }
}
