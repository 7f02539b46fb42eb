//! A network as a drawing, in data: where each layer's box and its words are. Who draws chooses the colours.

use crate::{INPUT_SIDE, LayerSummary, Shape};

/// From a layer to the next, in the drawing's own units.
const STEP: usize = 80;
/// Height of the drawing.
pub const HEIGHT: usize = 210;
/// Where the middle of a map is, and the line with its size.
const MIDDLE: usize = 80;
const BASE: usize = 150;
/// From a line of words to the next.
const LINE: usize = 14;

/// A network as a drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// Width; the height is [`HEIGHT`].
    pub width: usize,
    /// The input, then every layer.
    pub blocks: Vec<Block>,
    /// Paths, in SVG's words, from each layer that is concatenated to where.
    pub arcs: Vec<String>,
}

/// A box: its height is the side of the map, its width grows with the channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// `input`, `conv`, `residual`, `dense` or `other`.
    pub kind: &'static str,
    /// Left edge.
    pub left: usize,
    /// Upper edge.
    pub top: usize,
    /// Width.
    pub width: usize,
    /// Height.
    pub height: usize,
    /// All that there is to say of it, in one line.
    pub title: String,
    /// Middle of the words.
    pub center: usize,
    /// Size and name, line by line, each with its height in the drawing.
    pub lines: Vec<(usize, String)>,
}

impl Schema {
    /// The drawing of `layers`, as [`crate::Table::summary`] lists them.
    pub fn of(layers: &[LayerSummary]) -> Self {
        let input = Block::new(0, "input", "grey face", Shape { channels: 1, side: INPUT_SIDE }, None);
        let of_layer =
            |(i, layer): (usize, &LayerSummary)| Block::new(i + 1, kind(layer), &layer.name, layer.output, Some(layer));
        let blocks = std::iter::once(input).chain(layers.iter().enumerate().map(of_layer)).collect();
        let arc = |(i, layer)| Some(arc(center(joined(layer)?), center(i + 1)));
        Self { width: STEP * (layers.len() + 1), blocks, arcs: layers.iter().enumerate().filter_map(arc).collect() }
    }
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
        let lines = std::iter::once((BASE, size)).chain(names).collect();
        let center = center(place);
        Self { kind, left: center - width / 2, top: MIDDLE - height / 2, width, height, title, center, lines }
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

fn arc(from: usize, to: usize) -> String {
    let (middle, ends) = (usize::midpoint(from, to), MIDDLE - INPUT_SIDE);
    format!("M{from} {ends} Q{middle} -20 {to} {ends}")
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
    use crate::{Architecture, Layer};

    #[test]
    fn every_layer_has_its_box_and_what_is_joined_an_arc() {
        for network in Architecture::ALL {
            let layers = network.table().summary();
            let schema = Schema::of(&layers);
            assert_eq!(schema.blocks.len(), layers.len() + 1, "{network}");
            let n_joined =
                network.table().features.iter().filter(|layer| matches!(layer, Layer::Concat { .. })).count();
            assert_eq!(schema.arcs.len(), n_joined, "{network}");
            for (block, layer) in schema.blocks[1..].iter().zip(&layers) {
                assert!(block.title.contains(&format!("{} parameters", layer.parameters)), "{block:?}");
                assert!(block.left + block.width <= schema.width && block.top + block.height <= HEIGHT, "{block:?}");
            }
        }
    }

    #[test]
    fn names_are_broken_into_short_lines() {
        assert_eq!(words("residual block 3×3 ×32"), ["residual", "block 3×3", "×32"]);
    }
}
