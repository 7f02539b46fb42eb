//! A network as a drawing: a box for each layer, as high as the side of its maps and wider the more channels it has.

use model_core::{INPUT_SIDE, LayerSummary, Shape};

use crate::Element;

/// Distance from a layer to the next, in the drawing's own units.
const STEP: usize = 80;
/// Height of the drawing.
const HEIGHT: usize = 210;
/// Where the middle of a map is, and the line with its size.
const MIDDLE: usize = 80;
const BASE: usize = 150;
/// Distance from a line of words to the next.
const LINE: usize = 14;

/// The drawing of `layers`, as [`model_core::LayerTable::summary`] lists them: the grey face that goes in, then each layer, with
/// arcs from a layer to where it is concatenated. The class of a box is `input`, `conv`, `residual`, `dense` or `other`.
pub fn schema(layers: &[LayerSummary]) -> Element {
    let input = Block::new(0, "input", "grey face", Shape { channels: 1, side: INPUT_SIDE }, None);
    let of_layer =
        |(i, layer): (usize, &LayerSummary)| Block::new(i + 1, kind(layer), &layer.name, layer.output, Some(layer));
    let blocks: Vec<_> = [input].into_iter().chain(layers.iter().enumerate().map(of_layer)).collect();
    let arc = |(i, layer)| Some(arc(center(joined(layer)?), center(i + 1)));
    let spoken: Vec<_> = blocks.iter().map(|block| block.title.as_str()).collect();
    let width = STEP * blocks.len();
    Element::new("svg")
        .with("class", "schema")
        .with("viewBox", format!("0 0 {width} {HEIGHT}"))
        .with("width", width)
        .with("role", "img")
        .with("aria-label", spoken.join("; "))
        .children(blocks.iter().flat_map(Block::draw))
        .children(layers.iter().enumerate().filter_map(arc))
}

/// A layer.
struct Block {
    kind: &'static str,
    /// Size of the box.
    width: usize,
    height: usize,
    /// All that there is to say of it, in one line.
    title: String,
    /// Middle of the box and of the words.
    center: usize,
    /// Size and name, line by line, each with its height in the drawing.
    lines: Vec<(usize, String)>,
}

impl Block {
    fn new(place: usize, kind: &'static str, name: &str, shape: Shape, layer: Option<&LayerSummary>) -> Self {
        let Shape { channels, side } = shape;
        let is_dense = side == 1;
        let height = if is_dense { channels.clamp(14, 96) } else { 2 * side };
        let width = if is_dense { 10 } else { (6 + channels).min(56) };
        let size = if is_dense { channels.to_string() } else { format!("{channels}×{side}×{side}") };
        let costs = layer.map(|layer| format!(", {} parameters, {} MACs", layer.parameters, layer.macs));
        let title = format!("{name}, {size}{}", costs.unwrap_or_default());
        let names = words(name).into_iter().enumerate().map(|(i, word)| (BASE + 18 + LINE * i, word));
        let lines = [(BASE, size)].into_iter().chain(names).collect();
        Self { kind, width, height, title, center: center(place), lines }
    }

    fn draw(&self) -> Vec<Element> {
        let Self { kind, width, height, title, center, lines } = self;
        let rect =
            Element::new("rect").with("class", kind).with("x", center - width / 2).with("y", MIDDLE - height / 2);
        let rect = rect.with("width", width).with("height", height).with("rx", 2);
        let rect = rect.child(Element::new("title").text(title));
        let line = |(y, words): &(usize, String)| {
            Element::new("text").with("x", center).with("y", y).with("text-anchor", "middle").text(words)
        };
        [rect].into_iter().chain(lines.iter().map(line)).collect()
    }
}

fn center(place: usize) -> usize {
    STEP * place + STEP / 2
}

/// Its first word: a summary says no more of a layer than its name.
fn kind(layer: &LayerSummary) -> &'static str {
    let kinds = ["conv", "residual", "dense"];
    kinds.into_iter().find(|kind| layer.name.split(' ').next() == Some(kind)).unwrap_or("other")
}

/// Number, from 1, of the layer that this one appends.
fn joined(layer: &LayerSummary) -> Option<usize> {
    layer.name.strip_prefix("concatenate layer ")?.parse().ok()
}

fn arc(from: usize, to: usize) -> Element {
    let (middle, ends) = (usize::midpoint(from, to), MIDDLE - INPUT_SIDE);
    Element::new("path").with("class", "skip").with("d", format!("M{from} {ends} Q{middle} -20 {to} {ends}"))
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
    use model_core::Architecture;

    #[test]
    fn every_layer_is_drawn_with_its_size_and_what_is_joined_with_an_arc() {
        for network in Architecture::ALL {
            let (table, layers) = (network.table(), network.table().summary());
            let svg = schema(&layers).to_string();
            let count = |class: &str| svg.matches(&format!("class=\"{class}\"")).count();
            assert_eq!(svg.matches("<rect").count(), layers.len() + 1, "{network}");
            assert_eq!(count("skip"), layers.iter().filter(|layer| joined(layer).is_some()).count(), "{network}");
            assert_eq!(count("dense"), table.dense.len() + 1 + usize::from(table.votes), "{network}");
            assert_eq!(count("conv") + 2 * count("residual"), table.convolutions().len(), "{network}");
            assert!(layers.iter().all(|layer| svg.contains(&format!("{} parameters", layer.parameters))), "{svg}");
        }
        assert!(schema(&Architecture::UNet.table().summary()).to_string().contains("class=\"skip\""));
    }

    #[test]
    fn every_box_lies_in_the_drawing() {
        for network in Architecture::ALL {
            let layers = network.table().summary();
            for (i, layer) in layers.iter().enumerate() {
                let Block { width, height, center, lines, .. } =
                    Block::new(i + 1, kind(layer), &layer.name, layer.output, Some(layer));
                assert!(width <= STEP && center + width / 2 <= STEP * (layers.len() + 1), "{layer:?}");
                assert!(height <= 2 * MIDDLE && lines.iter().all(|(y, _)| *y <= HEIGHT), "{layer:?}");
            }
        }
    }

    #[test]
    fn names_are_broken_into_short_lines() {
        assert_eq!(words("residual block 3×3 ×32"), ["residual", "block 3×3", "×32"]);
    }
}
