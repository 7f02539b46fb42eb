//! What is left of accuracy when pictures are changed.

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
            "Accuracy on PublicTest after the pictures were changed, the mean over the changes of a kind. Box: as if "
            "the detector’s box were 90 %, 100 % or 110 % as large, and moved by 5 % of its side to one of four sides "
            "or not at all."
        }
        details {
            summary { "Every change alone" }
            (figures::changes(networks).html())
        }
    }
}

fn chart(networks: &Networks) -> Element {
    let groups: Vec<_> = networks.networks.iter().map(NetworkFigures::groups).collect();
    let names: Vec<&str> = groups.first().into_iter().flatten().map(|group| group.group).collect();
    let with_unchanged = |figures: &NetworkFigures, groups: &[GroupFigures<'_>]| {
        let unchanged = figures.public_test().plain.summary.accuracy;
        [unchanged].into_iter().chain(groups.iter().map(|group| group.mean)).collect::<Vec<_>>()
    };
    let series = networks.networks.iter().zip(&groups);
    let series: Vec<_> =
        series.map(|(figures, groups)| (figures.network.id(), with_unchanged(figures, groups))).collect();
    bar_chart("Accuracy", &[&["as it is"], &names[..]].concat(), &series)
}
