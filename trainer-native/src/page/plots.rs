//! Plots as SVG: lines and bars. Colours are words of the page's style, so they follow its mode.

use std::ops::Range;

use anyhow::{Result, anyhow};
use maud::PreEscaped;
use plotters::{
    coord::types::RangedCoordf64,
    prelude::{
        Cartesian2d, ChartBuilder, ChartContext, Circle, Color, EmptyElement, IntoDrawingArea, LineSeries, PathElement,
        RGBColor, Rectangle, SVGBackend, SeriesLabelPosition, Text, TextStyle,
    },
    style::{
        IntoFont,
        text_anchor::{HPos, Pos, VPos},
    },
};

/// Pixels of a plot; it scales with the page.
const SIZE: (u32, u32) = (640, 320);

/// Stand-ins that [`themed`] turns into the page's colours.
const INK: RGBColor = RGBColor(1, 1, 1);
const GRID: RGBColor = RGBColor(1, 1, 2);
const SERIES: [RGBColor; 4] = [RGBColor(1, 2, 1), RGBColor(1, 2, 2), RGBColor(1, 2, 3), RGBColor(1, 2, 4)];

/// From left to right.
pub(crate) type Points = Vec<(f64, f64)>;

/// What a plot of shares is drawn between; it begins at 0 both ways.
pub(crate) struct Shares<'a> {
    /// Greatest share on the axis.
    pub(crate) x_max: f64,
    /// Greatest share on the axis.
    pub(crate) y_max: f64,
    /// What it is a share of, and of what.
    pub(crate) x_name: &'a str,
    /// What it is a share of, and of what.
    pub(crate) y_name: &'a str,
    /// A thin line between two points, such as where both shares are the same.
    pub(crate) rule: Option<[(f64, f64); 2]>,
}

/// Lines over epochs, and one epoch marked by a line and words.
pub(crate) fn lines_over_epochs(
    y_name: &str,
    y_max: f64,
    series: &[(&str, Points)],
    marked: Option<((f64, f64), String)>,
) -> Result<PreEscaped<String>> {
    let last = series.iter().filter_map(|(_, points)| points.last()).map(|point| point.0).fold(2.0, f64::max);
    let (x, y, n_x_labels) = (1.0..last, 0.0..y_max, (last as usize).min(11));
    let axes = Axes { x, y, x_name: "epoch", y_name, n_x_labels, n_digits: 0, legend: SeriesLabelPosition::UpperRight };
    draw(axes, |chart| {
        draw_lines(chart, series)?;
        let Some((at, text)) = marked else { return Ok(()) };
        let rule = PathElement::new([(at.0, 0.0), (at.0, y_max)], INK.stroke_width(1));
        chart.draw_series([rule]).map_err(failed)?;
        let (side, shift) = if at.0 > last / 2.0 { (HPos::Right, -6) } else { (HPos::Left, 6) };
        let text = Text::new(text, (shift, 0), font().pos(Pos::new(side, VPos::Center)));
        chart.draw_series([EmptyElement::at((at.0, 0.08 * y_max)) + text]).map_err(failed)?;
        Ok(())
    })
}

/// Lines of one share over another. `dots` are drawn upon them, those of each series in its colour.
pub(crate) fn lines_of_shares(
    shares: &Shares<'_>,
    series: &[(&str, Points)],
    dots: &[Points],
) -> Result<PreEscaped<String>> {
    let Shares { x_max, y_max, x_name, y_name, rule } = *shares;
    let (x, y, legend) = (0.0..x_max, 0.0..y_max, SeriesLabelPosition::UpperLeft);
    let axes = Axes { x, y, x_name, y_name, n_x_labels: 11, n_digits: 1, legend };
    draw(axes, |chart| {
        if let Some(ends) = rule {
            chart.draw_series([PathElement::new(ends, INK.stroke_width(1))]).map_err(failed)?;
        }
        draw_lines(chart, series)?;
        for (points, color) in dots.iter().zip(SERIES) {
            let dots = points.iter().map(|&point| Circle::new(point, 4, color.filled()));
            chart.draw_series(dots).map_err(failed)?;
        }
        Ok(())
    })
}

/// A group of bars for each of `names`, one bar a series.
pub(crate) fn bars(y_name: &str, names: &[&str], series: &[(&str, Vec<f64>)]) -> Result<PreEscaped<String>> {
    let y_max = 1.4 * series.iter().flat_map(|(_, values)| values).copied().fold(0.01, f64::max); // room for the legend
    let (x, y, legend) = (0.0..names.len() as f64, 0.0..y_max, SeriesLabelPosition::UpperRight);
    let axes = Axes { x, y, x_name: "", y_name, n_x_labels: 0, n_digits: 0, legend };
    draw(axes, |chart| {
        let width = 0.8 / series.len().max(1) as f64;
        for (i, ((name, values), color)) in series.iter().zip(SERIES).enumerate() {
            let bar = |(group, &value): (usize, &f64)| {
                let left = group as f64 + 0.1 + i as f64 * width;
                Rectangle::new([(left, 0.0), (left + 0.92 * width, value)], color.filled())
            };
            let key = move |(x, y)| Rectangle::new([(x, y - 5), (x + 12, y + 5)], color.filled());
            chart.draw_series(values.iter().enumerate().map(bar)).map_err(failed)?.label(*name).legend(key);
        }
        let style = font().pos(Pos::new(HPos::Center, VPos::Top));
        let name = |(group, name): (usize, &&str)| {
            EmptyElement::at((group as f64 + 0.5, 0.0)) + Text::new((*name).to_owned(), (0, 8), style.clone())
        };
        chart.draw_series(names.iter().enumerate().map(name)).map_err(failed)?;
        Ok(())
    })
}

/// What a plot is drawn between.
struct Axes<'a> {
    x: Range<f64>,
    y: Range<f64>,
    x_name: &'a str,
    y_name: &'a str,
    n_x_labels: usize,
    n_digits: usize,
    legend: SeriesLabelPosition,
}

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

fn draw_lines(chart: &mut Chart<'_, '_>, series: &[(&str, Points)]) -> Result<()> {
    for ((name, points), color) in series.iter().zip(SERIES) {
        let line = LineSeries::new(points.iter().copied(), color.stroke_width(2));
        let key = move |(x, y)| PathElement::new([(x, y), (x + 16, y)], color.stroke_width(2));
        chart.draw_series(line).map_err(failed)?.label(*name).legend(key);
    }
    Ok(())
}

/// Axes and legend around what `plot` draws.
fn draw(axes: Axes<'_>, plot: impl FnOnce(&mut Chart<'_, '_>) -> Result<()>) -> Result<PreEscaped<String>> {
    let Axes { x, y, x_name, y_name, n_x_labels, n_digits, legend } = axes;
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let mut chart = ChartBuilder::on(&root);
        chart.margin(8).x_label_area_size(36).y_label_area_size(52);
        let mut chart = chart.build_cartesian_2d(x, y).map_err(failed)?;
        let mut mesh = chart.configure_mesh();
        mesh.x_desc(x_name).y_desc(y_name).x_labels(n_x_labels);
        let x_label = |x: &f64| format!("{x:.n_digits$}");
        mesh.x_label_formatter(&x_label).y_label_formatter(&|y| format!("{y:.2}"));
        mesh.axis_style(INK).bold_line_style(GRID).light_line_style(GRID.mix(0.0)).label_style(font());
        mesh.draw().map_err(failed)?;
        plot(&mut chart)?;
        let mut labels = chart.configure_series_labels();
        labels.position(legend).label_font(font()).border_style(GRID);
        labels.draw().map_err(failed)?;
        root.present().map_err(failed)?;
    }
    Ok(PreEscaped(themed(&svg)))
}

fn font() -> TextStyle<'static> {
    ("sans-serif", 13).into_font().color(&INK)
}

fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("cannot draw a plot: {error}")
}

/// The stand-ins become the page's own colours, and the picture as wide as its place.
fn themed(svg: &str) -> String {
    let series = SERIES.into_iter().zip(["series-1", "series-2", "series-3", "series-4"]);
    let mut svg = svg.to_owned();
    for (RGBColor(r, g, b), name) in [(INK, "ink"), (GRID, "line")].into_iter().chain(series) {
        svg = svg.replace(&format!("\"#{r:02X}{g:02X}{b:02X}\""), &format!("\"var(--{name})\""));
    }
    svg.replacen("<svg width=\"640\" height=\"320\"", "<svg role=\"img\"", 1)
}
