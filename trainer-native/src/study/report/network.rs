//! Figures 3 to 8 and Tables 2 to 4: one network.

use anyhow::Result;
use maud::{Markup, html};

use super::schema;
use crate::{
    networks,
    page::{confusion, training},
    study::{NetworkResults, Study},
    table::thousands,
};

/// The network at `idx` in the study's order.
pub(super) fn section(study: &Study, idx: usize, results: &NetworkResults) -> Result<Markup> {
    let name = results.network.id();
    Ok(html! {
        h2 id=(name) { "The network " (name) }
        (schema::draw(results.network, &results.layers))
        p.caption {
            "Figure " (3 + idx) ". Layers of " (name) " with their sizes. Every convolution has stride 1, batch "
            "normalisation and ReLU."
        }
        (layers(results))
        div.pair { (training::losses(&results.epochs)?) (training::accuracy(&results.epochs, results.chosen_epoch)?) }
        p.caption { "Figure " (6 + idx) ". " (epochs(results)) }
        @for evaluation in &results.chosen {
            @let caption = format!("Table {}. {name} on {}, epoch {}", 2 + idx, evaluation.split, results.chosen_epoch);
            div.pair {
                (confusion::heat_map(&caption, &evaluation.summary.confusion.0))
                @if evaluation.split == "PublicTest" {
                    (confusion::heat_map(&format!("Table {} of the study", 2 + idx), &results.reference().confusion))
                }
            }
            ul { @for sentence in confusion::words(&evaluation.summary.confusion.0) { li { (sentence) } } }
        }
        p {
            code { "cargo run --release -p trainer-native -- export " (name) " --run " (study.run(results.network)) }
            " makes the weights of epoch " (results.chosen_epoch) " those of the page."
        }
    })
}

fn epochs(results: &NetworkResults) -> String {
    format!(
        "Loss and accuracy over the epochs. The least held-out loss came with epoch {}; the study’s with epoch {}. The \
         greatest held-out accuracy, which chose the weights, came with epoch {}.",
        results.least_val_loss().map_or(0, |epoch| epoch.epoch),
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
