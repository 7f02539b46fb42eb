//! Table 1: figures of the networks and of the dummy.

use maud::{Markup, html};
use report::Summary;

use super::tables::{evaluations, with_and_without};
use crate::{
    evaluate::Evaluation,
    study::{BASELINE, Study, StudyFigures},
    table::thousands,
};

pub(super) fn section(study: &Study) -> Markup {
    html! {
        h2 id="results" { "Results" }
        table.sortable {
            thead {
                tr {
                    th { "network" } th { "epoch" } th { "split" } th { "copies of Training" } th { "pictures" }
                    th { "accuracy" } th { "macro recall" } th { "macro precision" } th { "macro-F1" }
                    th { "the study" }
                }
            }
            tbody {
                @for (epoch, evaluation) in evaluations(study) {
                    @for (copies, summary) in with_and_without(evaluation) {
                        tr {
                            th scope="row" { (evaluation.network) }
                            td { (epoch) } td { (evaluation.split) } td { (copies) }
                            td { (thousands(summary.n as usize)) }
                            @for figure in figures(summary) { td { (figure) } }
                            td { @if copies == "with" { (reference(study, evaluation)) } }
                        }
                    }
                }
            }
        }
        p.caption {
            "Table 1. The study’s are accuracy, recall, precision and F1 on PublicTest. A click on a heading sorts."
        }
    }
}

fn figures(summary: &Summary) -> [String; 4] {
    [summary.accuracy, summary.macro_recall, summary.macro_precision, summary.macro_f1].map(|x| format!("{x:.3}"))
}

/// The study's figures, where it has them: on PublicTest.
fn reference(study: &Study, evaluation: &Evaluation) -> String {
    if evaluation.split != "PublicTest" {
        return String::new();
    }
    let network = study.networks.iter().find(|results| results.network.id() == evaluation.network);
    let StudyFigures { accuracy, macro_recall, macro_precision, macro_f1 } =
        network.map_or(BASELINE, |results| results.reference().figures);
    [accuracy, macro_recall, macro_precision, macro_f1].map(|x| format!("{x:.2}")).join(" / ")
}
