//! A summary as a drawing: a bar for each person, as long as all that was watched.

use pipeline::Shown;
use report::Element;

use super::{PersonSummary, RangeSummary, ShownSummary, Summary};
use crate::svg::{strip, text};

/// Sizes in units of the drawing, pixels.
const WIDTH: f64 = 720.0;
const NAME_WIDTH: f64 = 150.0;
const ROW: f64 = 28.0;
const BAR: f64 = 20.0;
const LEGEND_HEIGHT: f64 = 48.0;
/// Width of an entry of the legend.
const ENTRY: f64 = 72.0;
/// Letters of a name that fit before the bars.
const NAME_LETTERS: usize = 20;

impl Summary {
    /// The shares of each person in each range, below a legend: all ranges below each other.
    pub fn draw(&self) -> Element {
        self.draw_below(LEGEND_HEIGHT, legend())
    }

    /// As [`Summary::draw`], for a page that says elsewhere what each colour is.
    pub fn draw_without_legend(&self) -> Element {
        self.draw_below(0.0, vec![])
    }

    fn draw_below(&self, mut top: f64, above: Vec<Element>) -> Element {
        let heights: Vec<_> = self.ranges.iter().map(RangeSummary::height).collect();
        let height = top + heights.iter().sum::<f64>();
        let svg = Element::new("svg").with("class", "strips").with("viewBox", format!("0 0 {WIDTH} {height}"));
        let svg = svg.with("role", "img").with("aria-label", "Apparent expression shares of each person");
        self.ranges.iter().zip(heights).fold(svg.children(above), |svg, (range, height)| {
            let drawn = range.draw(top);
            top += height;
            svg.children(drawn)
        })
    }
}

impl RangeSummary {
    fn height(&self) -> f64 {
        ROW * (1.0 + self.people.len() as f64)
    }

    fn draw(&self, top: f64) -> Vec<Element> {
        let range = &self.range;
        let words = format!(
            "{}, {:.1} to {:.1} s, {:.1} s watched",
            range.name, range.from_secs, range.to_secs, self.watched_secs
        );
        let rows = self.people.iter().enumerate().flat_map(|(i, person)| {
            let top = top + ROW * (1.0 + i as f64);
            [text(0.0, top + 15.0, &shortened(&person.name))].into_iter().chain(self.bar(person, top))
        });
        [text(0.0, top + 18.0, &words).with("font-weight", "bold")].into_iter().chain(rows).collect()
    }

    fn bar(&self, person: &PersonSummary, top: f64) -> Vec<Element> {
        let unit = if self.watched_secs > 0.0 { (WIDTH - NAME_WIDTH) / self.watched_secs } else { 0.0 };
        let mut left = NAME_WIDTH;
        let part = |&ShownSummary { shown, secs, .. }: &ShownSummary| {
            let width = secs * unit;
            let words = format!("{}: {} {secs:.1} s", person.name, shown.name());
            let drawn = strip(shown, [left, top, width, BAR]).child(Element::new("title").text(words));
            left += width;
            drawn
        };
        person.shown.iter().filter(|shown| shown.secs > 0.0).map(part).collect()
    }
}

/// The meaning of each colour, in two rows.
fn legend() -> Vec<Element> {
    let entry = |(i, shown): (usize, Shown)| {
        let (left, top) = (ENTRY * 1.5 * (i % 5) as f64, 20.0 * (i / 5) as f64);
        let words = if shown == Shown::NoFace { "absent" } else { shown.name() };
        [strip(shown, [left, top + 2.0, 12.0, 12.0]), text(left + 16.0, top + 12.0, words)]
    };
    Shown::all().enumerate().flat_map(entry).collect()
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= NAME_LETTERS {
        return name.to_owned();
    }
    name.chars().take(NAME_LETTERS - 1).chain(['…']).collect()
}
