//! Lines and bars between two axes. Series are told apart by the classes `series-1` to `series-4`.

mod axes;

use axes::{Axes, at};

use crate::Element;

/// One axis of a chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis<'a> {
    /// The quantity, with its unit if it has one.
    pub name: &'a str,
    /// The number where it begins.
    pub from: f64,
    /// The number where it ends.
    pub to: f64,
    /// Decimals of the numbers beside it; 0 for whole numbers.
    pub decimals: usize,
}

/// One line of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Line<'a> {
    /// Its name in the legend.
    pub name: &'a str,
    /// From left to right.
    pub points: Vec<(f64, f64)>,
    /// Points that are marked by dots in its colour.
    pub dots: Vec<(f64, f64)>,
}

/// A place on the x axis and the words beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Where it is.
    pub x: f64,
    /// The words.
    pub words: String,
}

/// Lines over the same axis.
#[derive(Clone, Debug, PartialEq)]
pub struct LineChart<'a> {
    /// From left to right.
    pub x: Axis<'a>,
    /// From the bottom up.
    pub y: Axis<'a>,
    /// The lines, at most four.
    pub lines: Vec<Line<'a>>,
    /// Ends of a thin line to compare with.
    pub rule: Option<[(f64, f64); 2]>,
    /// A place of note.
    pub mark: Option<Mark>,
}

impl LineChart<'_> {
    /// The legend and below it the chart.
    pub fn draw(&self) -> Element {
        let axes = Axes { x: self.x, y: self.y };
        let rule = self.rule.map(|[from, to]| axes.line(from, to).with("class", "rule"));
        let mark = self.mark.iter().flat_map(|mark| axes.mark(mark));
        let line = |(line, class): (&Line<'_>, String)| {
            let points: Vec<_> = line.points.iter().map(|&point| axes.place(point)).collect();
            let points: Vec<_> = points.into_iter().map(|(x, y)| format!("{},{}", at(x), at(y))).collect();
            let dots = line.dots.iter().map(|&dot| axes.place(dot));
            let dots = dots.map(|(x, y)| Element::new("circle").with("cx", at(x)).with("cy", at(y)).with("r", 4));
            let polyline = Element::new("polyline").with("class", &class).with("points", points.join(" "));
            [polyline].into_iter().chain(dots.map(|dot| dot.with("class", &class)).collect::<Vec<_>>())
        };
        let svg = axes.svg(&self.spoken()).children(axes.x_numbers()).children(rule).children(mark);
        let svg = svg.children(self.lines.iter().zip(classes()).flat_map(line));
        charted(self.y.name, self.lines.iter().map(|line| line.name), svg)
    }

    /// Where each line begins and ends, for people who cannot see it.
    fn spoken(&self) -> String {
        let decimals = self.x.decimals;
        let ends = self.lines.iter().filter_map(|line| {
            let ((first, from), (last, to)) = (line.points.first()?, line.points.last()?);
            Some(format!("{}: {from:.2} at {first:.decimals$}, {to:.2} at {last:.decimals$}", line.name))
        });
        let title = format!("{} by {}", self.y.name, self.x.name);
        [title].into_iter().chain(ends).collect::<Vec<_>>().join("; ")
    }
}

/// A group of bars for each of `groups`, and in it one bar a series, at most four: the legend and below it the chart.
pub fn bar_chart(y_name: &str, groups: &[&str], series: &[(&str, Vec<f64>)]) -> Element {
    let most = series.iter().flat_map(|(_, values)| values).copied().fold(0.01, f64::max);
    let x = Axis { name: "", from: 0.0, to: groups.len() as f64, decimals: 0 };
    let axes = Axes { x, y: Axis { name: y_name, from: 0.0, to: 1.05 * most, decimals: 2 } };
    let width = 0.8 / series.len().max(1) as f64;
    let bars = series.iter().zip(classes()).enumerate().flat_map(|(i, ((name, values), class))| {
        let left = 0.1 + i as f64 * width;
        groups.iter().zip(values).enumerate().map(move |(group, (group_name, &value))| {
            let from = group as f64 + left;
            let title = Element::new("title").text(format!("{name}, {group_name}: {value:.3}"));
            axes.bar([from, from + 0.92 * width], value).with("class", &class).child(title)
        })
    });
    let names = groups.iter().enumerate().map(|(i, name)| axes.x_word(i as f64 + 0.5, name));
    let svg = axes.svg(&spoken_bars(y_name, groups, series)).children(names).children(bars);
    charted(y_name, series.iter().map(|(name, _)| *name), svg)
}

/// Every bar, for people who cannot see it.
fn spoken_bars(y_name: &str, groups: &[&str], series: &[(&str, Vec<f64>)]) -> String {
    let of_series = series.iter().map(|(name, values)| {
        let bars: Vec<_> = groups.iter().zip(values).map(|(group, value)| format!("{group} {value:.2}")).collect();
        format!("{name}: {}", bars.join(", "))
    });
    [y_name.to_owned()].into_iter().chain(of_series).collect::<Vec<_>>().join("; ")
}

fn classes() -> impl Iterator<Item = String> {
    (1..=4).map(|i| format!("series-{i}"))
}

/// A chart below its title and, if there are several series, their names.
fn charted<'a>(title: &str, names: impl ExactSizeIterator<Item = &'a str>, svg: Element) -> Element {
    let is_told_apart = names.len() > 1;
    let names = names.zip(classes()).filter(|_| is_told_apart);
    let names = names.map(|(name, class)| Element::new("span").with("class", class).text(name));
    let legend = Element::new("p").with("class", "legend").child(Element::new("span").text(title)).children(names);
    Element::new("div").with("class", "chart").child(legend).child(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart() -> LineChart<'static> {
        LineChart {
            x: Axis { name: "epoch", from: 1.0, to: 3.0, decimals: 0 },
            y: Axis { name: "loss, nats", from: 0.0, to: 1.5, decimals: 2 },
            lines: vec![
                Line { name: "training", points: vec![(1.0, 1.5), (2.0, 1.25), (3.0, 0.0)], dots: vec![] },
                Line { name: "held-out", points: vec![(2.0, 0.75)], dots: vec![(2.0, 0.75)] },
                Line { name: "nothing", points: vec![], dots: vec![] },
            ],
            rule: None,
            mark: Some(Mark { x: 3.0, words: "chosen: epoch 3".into() }),
        }
    }

    #[test]
    fn lines_and_dots_lie_where_their_numbers_are() {
        let svg = chart().draw().to_string();
        assert!(svg.contains("<polyline class=\"series-1\" points=\"72.0,16.0 "), "from the upper left: {svg}");
        assert!(svg.contains(" 616.0,228.0\""), "to the lower right: {svg}");
        assert!(svg.contains("<circle cx=\"344.0\" cy=\"122.0\" r=\"4\" class=\"series-2\">"), "{svg}");
        assert!(svg.contains("text-anchor=\"end\">\u{a0}chosen: epoch 3\u{a0}</text>"), "{svg}");
        for word in ["training", "held-out", "nothing"] {
            assert!(svg.contains(&format!("\">{word}</span>")), "{word}: {svg}");
        }
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }

    #[test]
    fn the_ends_of_every_line_are_told() {
        let expected = "loss, nats by epoch; training: 1.50 at 1, 0.00 at 3; held-out: 0.75 at 2, 0.75 at 2";
        assert_eq!(chart().spoken(), expected);
    }

    #[test]
    fn bars_are_as_high_as_their_values_and_told() {
        let svg = bar_chart("F1", &["happy", "sad"], &[("small", vec![0.5, 0.25]), ("large", vec![1.0, 0.0])]);
        let svg = svg.to_string();
        assert!(svg.contains("aria-label=\"F1; small: happy 0.50, sad 0.25; large: happy 1.00, sad 0.00\""), "{svg}");
        let heights: Vec<_> = svg.split("height=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(heights, ["101.0", "50.5", "201.9", "0.0"]);
        assert!(svg.contains("<title>large, sad: 0.000</title>"), "{svg}");
        assert!(!bar_chart("F1", &[], &[]).to_string().contains("NaN"));
    }
}
