//! Figures 1 and 2: the splits of FER2013.

use maud::{Markup, html};
use model_core::Emotion;
use report::{Element, bar_chart};

use super::figure::figure;
use crate::{
    page::drawing,
    study::{SplitCounts, Study},
    table::thousands,
};

pub(super) fn section(study: &Study) -> Markup {
    let is_official = |split: &&SplitCounts| split.name.ends_with("Test") || split.name == "Training";
    let present = || study.data.splits.iter().filter(|split| split.n() > 0);
    let official: Vec<_> = present().filter(is_official).cloned().collect();
    html! {
        h2 id="data" { "The data" }
        @if study.data.samples.is_empty() {
            p.note { "FER2013’s pictures may not be passed on, so this copy of the report leaves them out." }
        } @else {
            div.sheet { @for sample in &study.data.samples { (figure(sample)) } }
            p.caption { "Figure 1. The first picture of each label in Training" }
        }
        (drawing(&frequencies(&official)))
        p.caption { "Figure 2. Share of each label in each split" }
        table.sortable {
            thead {
                tr {
                    th { "split" }
                    @for label in Emotion::ALL { th { (label.name()) } }
                    th { "in all" } th { "exact copies" }
                }
            }
            tbody {
                @for split in present() {
                    tr {
                        th scope="row" { (split.name) }
                        @for &count in &split.counts { td { (thousands(count)) } }
                        td { (thousands(split.n())) }
                        td { (thousands(split.copies)) }
                    }
                }
            }
        }
        p.caption {
            "Copies are of a picture of Training; inside Training and the two parts of it, of an earlier one in the "
            "same. No picture of one part has a copy in the other."
        }
        @if !study.has_private_test() { p.note { "PrivateTest is not in the data that this report was made from." } }
    }
}

/// The share of each label in each split.
fn frequencies(splits: &[SplitCounts]) -> Element {
    let shares = |split: &SplitCounts| split.counts.map(|count| count as f64 / split.n().max(1) as f64).to_vec();
    let series: Vec<_> = splits.iter().map(|split| (&*split.name, shares(split))).collect();
    bar_chart("Share of the split", &Emotion::ALL.map(Emotion::name), &series)
}
