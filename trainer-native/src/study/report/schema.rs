//! Figures 3 to 5: a network drawn from its layers.

use maud::{Markup, html};
use model_core::{
    Architecture, LayerSummary,
    schema::{Block, HEIGHT, Schema},
};

/// One box a layer; arcs join what is concatenated.
pub(super) fn draw(network: Architecture, layers: &[LayerSummary]) -> Markup {
    let Schema { width, blocks, arcs } = Schema::of(layers);
    let label = format!("Layers of the network {network}");
    html! {
        svg.schema viewBox={ "0 0 " (width) " " (HEIGHT) } role="img" aria-label=(label) {
            @for block in &blocks { (boxed(block)) }
            @for path in &arcs { path.skip d=(path) {} }
        }
    }
}

fn boxed(block: &Block) -> Markup {
    let Block { kind, left, top, width, height, title, center, lines } = block;
    let (sizes, names) = lines.split_at(1.min(lines.len()));
    html! {
        rect class=(kind) x=(left) y=(top) width=(width) height=(height) rx="2" { title { (title) } }
        @for (y, text) in sizes { text x=(center) y=(y) text-anchor="middle" { (text) } }
        @for (y, text) in names { text.name x=(center) y=(y) text-anchor="middle" { (text) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_is_drawn_with_its_size_and_what_is_joined_with_an_arc() {
        for network in Architecture::ALL {
            let layers = network.table().summary();
            let svg = draw(network, &layers).into_string();
            let count = |class: &str| svg.matches(&format!("class=\"{class}\"")).count();
            assert_eq!(svg.matches("<rect").count(), layers.len() + 1, "{network}");
            assert_eq!(count("skip"), Schema::of(&layers).arcs.len(), "{network}");
            let table = network.table();
            assert_eq!(count("dense"), table.denses().len() + usize::from(table.votes), "{network}");
            assert_eq!(count("conv") + 2 * count("residual"), network.table().convolutions().len(), "{network}");
            assert!(layers.iter().all(|layer| svg.contains(&format!("{} parameters", layer.parameters))), "{svg}");
        }
    }
}
