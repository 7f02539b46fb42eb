//! Figures 3 to 5: a network drawn from its layers.

use maud::{Markup, html};
use model_core::{Architecture, LayerSummary, Shape};

/// From a layer to the next, in the drawing's own units.
const STEP: usize = 80;
const HEIGHT: usize = 210;
/// Where the middle of a map is, and the line with its size.
const MIDDLE: usize = 80;
const BASE: usize = 150;

/// One box a layer: its height is the side of the map, its width grows with the channels; arcs join what is
/// concatenated.
pub(super) fn draw(network: Architecture, layers: &[LayerSummary]) -> Markup {
    let width = STEP * (layers.len() + 1);
    let center = |i: usize| STEP * i + STEP / 2;
    let label = format!("Layers of the network {network}");
    html! {
        svg.schema viewBox={ "0 0 " (width) " " (HEIGHT) } role="img" aria-label=(label) {
            (block(center(0), Shape { channels: 1, side: 48 }, "input", "grey face", None))
            @for (i, layer) in layers.iter().enumerate() {
                (block(center(i + 1), layer.output, kind(layer), &layer.name, Some(layer)))
                @if let Some(with) = joined(layer) {
                    (arc(center(with), center(i + 1)))
                }
            }
        }
    }
}

/// Its first word: the results say no more of a layer than its name.
fn kind(layer: &LayerSummary) -> &str {
    match layer.name.split(' ').next() {
        Some(kind @ ("conv" | "residual" | "dense")) => kind,
        _ => "other",
    }
}

/// Number, from 1, of the layer that this one appends.
fn joined(layer: &LayerSummary) -> Option<usize> {
    layer.name.strip_prefix("concatenate layer ")?.parse().ok()
}

fn block(x: usize, shape: Shape, kind: &str, name: &str, layer: Option<&LayerSummary>) -> Markup {
    let height = if shape.side == 1 { shape.channels.clamp(14, 96) } else { 2 * shape.side };
    let width = if shape.side == 1 { 10 } else { (6 + shape.channels).min(56) };
    let (left, top) = (x - width / 2, MIDDLE - height / 2);
    let size =
        if shape.side == 1 { shape.channels.to_string() } else { format!("{0}×{1}×{1}", shape.channels, shape.side) };
    html! {
        rect class=(kind) x=(left) y=(top) width=(width) height=(height) rx="2" {
            title {
                (name) ", " (size)
                @if let Some(layer) = layer { ", " (layer.parameters) " parameters, " (layer.macs) " MACs" }
            }
        }
        text x=(x) y=(BASE) text-anchor="middle" { (size) }
        @for (line, word) in words(name).into_iter().enumerate() {
            text.name x=(x) y=(BASE + 18 + 14 * line) text-anchor="middle" { (word) }
        }
    }
}

fn arc(from: usize, to: usize) -> Markup {
    let (middle, ends) = (usize::midpoint(from, to), MIDDLE - 48);
    html! { path.skip d={ "M" (from) " " (ends) " Q" (middle) " -20 " (to) " " (ends) } {} }
}

/// A name over lines of some twelve letters.
fn words(name: &str) -> Vec<String> {
    let mut lines: Vec<String> = vec![];
    for word in name.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < 10 => *line = format!("{line} {word}"),
            _ => lines.push(word.into()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use model_core::Layer;

    #[test]
    fn every_layer_is_drawn_with_its_size_and_what_is_joined_with_an_arc() {
        for network in Architecture::ALL {
            let layers = network.table().summary();
            let svg = draw(network, &layers).into_string();
            assert_eq!(svg.matches("<rect").count(), layers.len() + 1, "{network}");
            let n_joined =
                network.table().features.iter().filter(|layer| matches!(layer, Layer::Concat { .. })).count();
            assert_eq!(svg.matches("class=\"skip\"").count(), n_joined, "{network}");
            let n_dense = network.table().dense.len() + 1;
            assert_eq!(svg.matches("class=\"dense\"").count(), n_dense, "{network}");
            let convs = svg.matches("class=\"conv\"").count() + 2 * svg.matches("class=\"residual\"").count();
            assert_eq!(convs, network.table().convolutions().len(), "{network}");
            assert!(layers.iter().all(|layer| svg.contains(&format!("{} parameters", layer.parameters))), "{svg}");
        }
    }

    #[test]
    fn names_are_broken_into_short_lines() {
        assert_eq!(words("residual block 3×3 ×32"), ["residual", "block 3×3", "×32"]);
    }
}
