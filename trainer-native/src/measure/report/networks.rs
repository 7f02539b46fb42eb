//! Each label and each network.

use anyhow::Result;
use maud::{Markup, PreEscaped, html};
use model_core::Emotion;

use super::super::{NetworkFigures, Networks, figures};
use crate::page::{confusion, plots};

pub(super) fn section(networks: &Networks) -> Result<Markup> {
    Ok(html! {
        h2 id="labels" { "Each label" }
        (f1_of_labels(networks)?)
        (figures::f1_of_labels(networks).html())
        p.caption { "F1 of each label on PublicTest" }
        @for figures in &networks.networks { (network(figures)) }
    })
}

fn f1_of_labels(networks: &Networks) -> Result<PreEscaped<String>> {
    let f1 = |figures: &NetworkFigures| figures.public_test().plain.per_class.map(|label| label.f1).to_vec();
    let series: Vec<_> = networks.networks.iter().map(|figures| (figures.network.id(), f1(figures))).collect();
    plots::bars("F1", &Emotion::ALL.map(Emotion::name), &series)
}

fn network(figures: &NetworkFigures) -> Markup {
    let name = figures.network.id();
    html! {
        h2 id=(name) { "The network " (name) }
        @for on in &figures.splits {
            @let caption = format!("{name} on {}, epoch {}", on.plain.split, figures.training.chosen_epoch);
            div.pair {
                (confusion::heat_map(&caption, &on.plain.summary.confusion.0))
                (figures::labels(&on.plain).html())
            }
            ul { @for sentence in confusion::words(&on.plain.summary.confusion.0) { li { (sentence) } } }
        }
    }
}
