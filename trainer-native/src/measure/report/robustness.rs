//! Accuracy on perturbed pictures.

use maud::{Markup, html};
use report::{Element, bar_chart};

use super::super::{GroupFigures, NetworkFigures, Networks, figures};
use crate::page::drawing;

pub(super) fn section(networks: &Networks) -> Markup {
    html! {
        h2 id="robustness" { "Robustness" }
        (drawing(&chart(networks)))
        (figures::robustness(networks).html())
        p.caption {
            "Accuracy on PublicTest after the pictures were perturbed, the mean over the perturbations of a kind. Box: as if "
            "the detector’s box were 90 %, 100 % or 110 % as large, and moved by 5 % of its side to one of four sides "
            "or not at all."
        }
        details {
            summary { "Every perturbation alone" }
            (figures::perturbations(networks).html())
        }
    }
}

fn chart(networks: &Networks) -> Element {
    let groups: Vec<_> = networks.networks.iter().map(NetworkFigures::groups).collect();
    let names: Vec<&str> = groups.first().into_iter().flatten().map(|group| group.group).collect();
    let with_unperturbed = |figures: &NetworkFigures, groups: &[GroupFigures<'_>]| {
        let unperturbed = figures.public_test().plain.summary.accuracy;
        [unperturbed].into_iter().chain(groups.iter().map(|group| group.mean)).collect::<Vec<_>>()
    };
    let series = networks.networks.iter().zip(&groups);
    let series: Vec<_> =
        series.map(|(figures, groups)| (figures.network.id(), with_unperturbed(figures, groups))).collect();
    bar_chart("Accuracy", &[&["unperturbed"], &names[..]].concat(), &series)
}
