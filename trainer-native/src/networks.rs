//! The networks as tables: layers, shapes and costs.

use model_core::{Architecture, LayerSummary, Shape};

use crate::table::{table, thousands};

/// Layers, output shapes, parameters and multiply–accumulates of `architecture`, with their sums.
pub fn describe(architecture: Architecture) -> String {
    let layers = architecture.table().summary();
    let row = |layer: &LayerSummary| {
        [layer.name.clone(), shape(layer.output), thousands(layer.parameters), thousands(layer.macs)]
    };
    let sum = |of: fn(&LayerSummary) -> usize| thousands(layers.iter().map(of).sum());
    let total = ["in all".into(), String::new(), sum(|layer| layer.parameters), sum(|layer| layer.macs)];
    let table = table(&["layer", "output", "parameters", "MACs"], layers.iter().map(row).chain([total]));
    format!("{architecture}\n{table}")
}

/// `8×48×48`, or the width of a dense layer.
pub(crate) fn shape(shape: Shape) -> String {
    if shape.side == 1 { shape.channels.to_string() } else { format!("{0}×{1}×{1}", shape.channels, shape.side) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_has_a_row_and_the_sums_are_below() {
        for architecture in Architecture::ALL {
            let text = describe(architecture);
            let layers = architecture.table().summary();
            let rows: Vec<_> = text.lines().filter(|line| line.chars().any(char::is_alphanumeric)).collect();
            assert_eq!(rows.len(), layers.len() + 3, "title, header, layers, sums\n{text}");
            let parameters: usize = layers.iter().map(|layer| layer.parameters).sum();
            assert!(rows[rows.len() - 1].contains(&thousands(parameters)), "{text}");
            let n_outputs = if architecture.table().votes { " 8 " } else { " 7 " };
            assert!(rows[2].contains("×48×48") && rows[rows.len() - 2].contains(n_outputs), "{text}");
        }
    }
}
