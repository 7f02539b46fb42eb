//! Each label and each network.

use maud::{Markup, html};
use model_core::Emotion;
use report::{Element, bar_chart, confusion_table};

use super::super::{NetworkFigures, Networks, figures};
use crate::page::{confusions, drawing};

pub(super) fn section(networks: &Networks) -> Markup {
    html! {
        h2 id="labels" { "Each label" }
        (drawing(&f1_of_labels(networks)))
        (figures::f1_of_labels(networks).html())
        p.caption { "F1 of each label on PublicTest" }
        @for figures in &networks.networks { (network(figures)) }
    }
}

fn f1_of_labels(networks: &Networks) -> Element {
    let f1 = |figures: &NetworkFigures| figures.public_test().plain.per_class.map(|label| label.f1).to_vec();
    let series: Vec<_> = networks.networks.iter().map(|figures| (figures.network.id(), f1(figures))).collect();
    bar_chart("F1", &Emotion::ALL.map(Emotion::name), &series)
}

fn network(figures: &NetworkFigures) -> Markup {
    let name = figures.network.id();
    html! {
        h2 id=(name) { "The network " (name) }
        @for on in &figures.splits {
            @let caption = format!("{name} on {}, epoch {}", on.plain.split, figures.training.chosen_epoch);
            div.pair {
                (drawing(&confusion_table(&caption, &on.plain.summary.confusion)))
                (figures::labels(&on.plain).html())
            }
            (confusions(&on.plain.summary.confusion))
        }
    }
}
