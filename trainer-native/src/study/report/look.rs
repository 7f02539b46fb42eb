//! Figures 10 to 12: the inside of the residual network.

use maud::{Markup, html};
use model_core::Emotion;

use super::figure::figure;
use crate::{
    study::{
        SHOWN, Study,
        look::{Activations, Look},
    },
    weights::SHIPPED,
};

pub(super) fn section(study: &Study, look: Option<&Look>) -> Markup {
    html! {
        h2 id="look" { "Inside the residual network" }
        @match look {
            Some(look) => (figures(look)),
            None => p.note {
                "Figures 10 to 12 are drawn from the weights of the training above, which are neither in "
                code { (study.run(SHOWN)) } " nor in " code { (SHIPPED) } "."
            },
        }
    }
}

fn figures(look: &Look) -> Markup {
    html! {
        div.sheets { @for sheet in &look.weights { (figure(sheet)) } }
        p.caption { "Figure 10. Filters and first dense weights: blue is negative, white zero, red positive" }
        @for (number, activations) in (11..).zip(&look.activations) { (activation(number, activations)) }
    }
}

fn activation(number: usize, activations: &Activations) -> Markup {
    html! {
        h3 { (activations.source) }
        div.sheets {
            (figure(&activations.input))
            @for layer in &activations.layers { (figure(layer)) }
        }
        table.bars {
            caption { "Output" }
            @for (label, probability) in Emotion::ALL.iter().zip(activations.probabilities) {
                @let percent = format!("{:.0}", 100.0 * probability);
                tr { th scope="row" { (label.name()) } td style={ "--share:" (percent) "%" } { (percent) " %" } }
            }
        }
        p.caption { "Figure " (number) ". Activation maps: black is the least value of the layer, white the greatest" }
    }
}
