//! Parts of drawings, and a drawing as a file of its own.

use pipeline::{Provenance, Shown};
use report::Element;

use crate::palette;

/// The ink of words. Colours are attributes, which a style sheet around the drawing overrules: a file needs none.
const INK: &str = "#1d1b19";

/// A coordinate as it is written.
pub(crate) fn at(x: f64) -> String {
    format!("{x:.1}")
}

/// A rectangle: left, top, width, height.
pub(crate) fn rect([x, y, width, height]: [f64; 4]) -> Element {
    let rect = Element::new("rect").with("x", at(x)).with("y", at(y));
    rect.with("width", at(width)).with("height", at(height))
}

/// Words whose baseline begins there.
pub(crate) fn text(x: f64, y: f64, words: &str) -> Element {
    text_in(INK, x, y, words)
}

/// The same in another ink.
pub(crate) fn text_in(ink: &str, x: f64, y: f64, words: &str) -> Element {
    let text = Element::new("text").with("x", at(x)).with("y", at(y)).with("fill", ink);
    text.with("font-family", "sans-serif").with("font-size", 12).text(words)
}

/// A rectangle in the colours of a thing that is shown: left, top, width, height.
pub(crate) fn strip(shown: Shown, place: [f64; 4]) -> Element {
    let strip = rect(place).with("data-emotion", palette::id(shown)).with("fill", palette::fill(shown));
    match shown {
        Shown::Unsure => strip.with("stroke", "#5a554e").with("stroke-width", "0.5").with("stroke-dasharray", "3 2"),
        _ => strip,
    }
}

/// A file with `drawing`, an `svg` element, on white paper, and where it comes from.
pub(crate) fn file(drawing: Element, provenance: &Provenance) -> String {
    let paper = Element::new("rect").with("width", "100%").with("height", "100%").with("fill", "#ffffff");
    let children =
        std::iter::once(Element::new("metadata").text(provenance.to_json())).chain([paper]).map(report::Node::Element);
    let children = children.chain(drawing.children).collect();
    let svg = Element { children, ..drawing }.with("xmlns", "http://www.w3.org/2000/svg");
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{svg}\n")
}
