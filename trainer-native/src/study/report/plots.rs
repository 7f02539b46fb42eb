//! Plots as SVG: lines over epochs, bars over labels. Colours are words of the page's style, so they follow its mode.

use std::ops::Range;

use anyhow::{Result, anyhow};
use maud::PreEscaped;
use model_core::Emotion;
use plotters::{
    coord::types::RangedCoordf64,
    prelude::{
        Cartesian2d, ChartBuilder, ChartContext, Color, EmptyElement, IntoDrawingArea, LineSeries, PathElement,
        RGBColor, Rectangle, SVGBackend, SeriesLabelPosition, Text, TextStyle,
    },
    style::{
        IntoFont,
        text_anchor::{HPos, Pos, VPos},
    },
};

use crate::{
    study::{NetworkResults, SplitCounts},
    train::EpochMetrics,
};

/// Pixels of a plot; it scales with the page.
const SIZE: (u32, u32) = (640, 320);

/// Stand-ins that [`themed`] turns into the page's colours.
const INK: RGBColor = RGBColor(1, 1, 1);
const GRID: RGBColor = RGBColor(1, 1, 2);
const SERIES: [RGBColor; 3] = [RGBColor(1, 2, 1), RGBColor(1, 2, 2), RGBColor(1, 2, 3)];

/// Figures 6 to 8: losses over epochs, with the epoch of least held-out loss marked.
pub(super) fn losses(results: &NetworkResults) -> Result<PreEscaped<String>> {
    let epochs = &results.epochs;
    let most = epochs.iter().flat_map(|epoch| [epoch.train_loss, epoch.val_loss.unwrap_or(0.0)]).fold(0.1, f64::max);
    let train = epochs.iter().map(|epoch| (epoch.epoch as f64, epoch.train_loss)).collect();
    let val = epochs.iter().filter_map(|epoch| Some((epoch.epoch as f64, epoch.val_loss?))).collect();
    let marked = results.least_val_loss().and_then(|epoch| Some((epoch.epoch as f64, epoch.val_loss?)));
    let marked = marked.map(|at| (at, format!("least held-out loss: epoch {}", at.0)));
    // Room for the legend: held-out loss ends high on the right.
    lines("loss, nats", most * 1.35, &[("training", train), ("held-out", val)], marked)
}

/// Figures 6 to 8: held-out accuracy over epochs, with the chosen epoch marked.
pub(super) fn accuracy(results: &NetworkResults) -> Result<PreEscaped<String>> {
    let point = |epoch: &EpochMetrics| Some((epoch.epoch as f64, epoch.val_accuracy?));
    let points: Vec<_> = results.epochs.iter().filter_map(point).collect();
    let most = points.iter().map(|point| point.1).fold(0.1, f64::max);
    let marked = points.iter().copied().find(|point| point.0 as usize == results.chosen_epoch);
    let marked = marked.map(|at| (at, format!("chosen: epoch {}", at.0)));
    lines("held-out accuracy", (most * 1.15).min(1.0), &[("held-out", points)], marked)
}

type Points = Vec<(f64, f64)>;

fn lines(
    y_name: &str,
    y_max: f64,
    series: &[(&str, Points)],
    marked: Option<((f64, f64), String)>,
) -> Result<PreEscaped<String>> {
    let last = series.iter().filter_map(|(_, points)| points.last()).map(|point| point.0).fold(2.0, f64::max);
    let axes = Axes { x: 1.0..last, y: 0.0..y_max, x_name: "epoch", y_name, n_x_labels: (last as usize).min(11) };
    draw(axes, |chart| {
        for ((name, points), color) in series.iter().zip(SERIES) {
            let line = LineSeries::new(points.iter().copied(), color.stroke_width(2));
            let key = move |(x, y)| PathElement::new([(x, y), (x + 16, y)], color.stroke_width(2));
            chart.draw_series(line).map_err(failed)?.label(*name).legend(key);
        }
        let Some((at, text)) = marked else { return Ok(()) };
        let rule = PathElement::new([(at.0, 0.0), (at.0, y_max)], INK.stroke_width(1));
        chart.draw_series([rule]).map_err(failed)?;
        let (side, shift) = if at.0 > last / 2.0 { (HPos::Right, -6) } else { (HPos::Left, 6) };
        let text = Text::new(text, (shift, 0), font().pos(Pos::new(side, VPos::Center)));
        chart.draw_series([EmptyElement::at((at.0, 0.08 * y_max)) + text]).map_err(failed)?;
        Ok(())
    })
}

/// Figure 2: the share of each label in each split, as bars.
pub(super) fn frequencies(splits: &[SplitCounts]) -> Result<PreEscaped<String>> {
    let shares = |split: &SplitCounts| {
        let n: usize = split.counts.iter().sum();
        split.counts.map(|count| count as f64 / n.max(1) as f64)
    };
    let y_max = 1.4 * splits.iter().flat_map(shares).fold(0.01, f64::max); // room for the legend
    let x = 0.0..Emotion::COUNT as f64;
    let axes = Axes { x, y: 0.0..y_max, x_name: "", y_name: "share of the split", n_x_labels: 0 };
    draw(axes, |chart| {
        let width = 0.8 / splits.len().max(1) as f64;
        for (i, (split, color)) in splits.iter().zip(SERIES).enumerate() {
            let bar = |(label, share): (usize, f64)| {
                let left = label as f64 + 0.1 + i as f64 * width;
                Rectangle::new([(left, 0.0), (left + 0.92 * width, share)], color.filled())
            };
            let bars = shares(split).into_iter().enumerate().map(bar);
            let key = move |(x, y)| Rectangle::new([(x, y - 5), (x + 12, y + 5)], color.filled());
            chart.draw_series(bars).map_err(failed)?.label(&split.name).legend(key);
        }
        let style = font().pos(Pos::new(HPos::Center, VPos::Top));
        let name = |label: Emotion| {
            EmptyElement::at((f64::from(label as u8) + 0.5, 0.0)) + Text::new(label.name(), (0, 8), style.clone())
        };
        chart.draw_series(Emotion::ALL.map(name)).map_err(failed)?;
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
}

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Axes and legend around what `plot` draws.
fn draw(axes: Axes<'_>, plot: impl FnOnce(&mut Chart<'_, '_>) -> Result<()>) -> Result<PreEscaped<String>> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let mut chart = ChartBuilder::on(&root);
        chart.margin(8).x_label_area_size(36).y_label_area_size(52);
        let mut chart = chart.build_cartesian_2d(axes.x, axes.y).map_err(failed)?;
        let mut mesh = chart.configure_mesh();
        mesh.x_desc(axes.x_name).y_desc(axes.y_name).x_labels(axes.n_x_labels);
        mesh.x_label_formatter(&|x| format!("{x:.0}")).y_label_formatter(&|y| format!("{y:.2}"));
        mesh.axis_style(INK).bold_line_style(GRID).light_line_style(GRID.mix(0.0)).label_style(font());
        mesh.draw().map_err(failed)?;
        plot(&mut chart)?;
        let mut labels = chart.configure_series_labels();
        labels.position(SeriesLabelPosition::UpperRight).label_font(font()).border_style(GRID);
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
    let names =
        [(INK, "ink"), (GRID, "line"), (SERIES[0], "series-1"), (SERIES[1], "series-2"), (SERIES[2], "series-3")];
    let mut svg = svg.to_owned();
    for (RGBColor(r, g, b), name) in names {
        svg = svg.replace(&format!("\"#{r:02X}{g:02X}{b:02X}\""), &format!("\"var(--{name})\""));
    }
    svg.replacen("<svg width=\"640\" height=\"320\"", "<svg role=\"img\"", 1)
}
