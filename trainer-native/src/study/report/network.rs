//! Figures 3 to 8 and Tables 2 to 4: one network.

use maud::{Markup, html};
use report::{confusion_table, schema};

use crate::{
    networks,
    page::{confusions, curve, drawing},
    study::{NetworkResults, Study},
    table::thousands,
};

/// The network at `idx` in the study's order.
pub(super) fn section(study: &Study, idx: usize, results: &NetworkResults) -> Markup {
    let name = results.network.id();
    html! {
        h2 id=(name) { "The network " (name) }
        (drawing(&schema(&results.layers)))
        p.caption {
            "Figure " (3 + idx) ". Layers of " (name) " with their sizes. Every convolution has stride 1, batch "
            "normalisation and ReLU."
        }
        (layers(results))
        (curve(&results.curve()))
        p.caption { "Figure " (6 + idx) ". " (epochs(results)) }
        @for evaluation in &results.chosen {
            @let caption = format!("Table {}. {name} on {}, epoch {}", 2 + idx, evaluation.split, results.chosen_epoch);
            div.pair {
                (drawing(&confusion_table(&caption, &evaluation.summary.confusion)))
                @if evaluation.split == "PublicTest" {
                    (drawing(&confusion_table(&format!("Table {} of the study", 2 + idx), &results.reference().confusion)))
                }
            }
            (confusions(&evaluation.summary.confusion))
        }
        p {
            code { "cargo run --release -p trainer-native -- export " (name) " --run " (study.run(results.network)) }
            " makes the weights of epoch " (results.chosen_epoch) " those of the page."
        }
    }
}

fn epochs(results: &NetworkResults) -> String {
    format!(
        "Loss and accuracy over the epochs. The least held-out loss came with epoch {}; the study’s with epoch {}. The \
         greatest held-out accuracy, which chose the weights, came with epoch {}.",
        results.curve().least_val_loss().map_or(0, |epoch| epoch.epoch),
        results.reference().least_val_loss,
        results.chosen_epoch
    )
}

fn layers(results: &NetworkResults) -> Markup {
    html! {
        table.layers {
            thead { tr { th { "layer" } th { "output" } th { "parameters" } th { "MACs a face" } } }
            tbody {
                @for layer in &results.layers {
                    tr {
                        th scope="row" { (layer.name) }
                        td { (networks::shape(layer.output)) }
                        td { (thousands(layer.parameters)) }
                        td { (thousands(layer.macs)) }
                    }
                }
                tr {
                    th scope="row" { "in all" } td {}
                    td { (thousands(results.parameters())) }
                    td { (thousands(results.macs())) }
                }
            }
        }
    }
}
