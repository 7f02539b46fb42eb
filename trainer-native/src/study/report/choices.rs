//! Choices that were tried beside the study's runs.

use anyhow::Result;
use maud::{Markup, html};

use super::tables::csv;
use crate::study::{Choice, Study};

/// The section; nothing if no choice was tried.
pub(super) fn section(study: &Study) -> Markup {
    html! {
        @if !study.choices.is_empty() {
            h2 id="choices" { "What mattered" }
            table.sortable {
                thead {
                    tr {
                        th { "network" } th.words { "choice" } th { "epochs" }
                        th { "held-out accuracy" } th { "held-out macro-F1" } th.words { "command" }
                    }
                }
                tbody { @for choice in &study.choices { (row(choice)) } }
            }
            p.caption {
                "Choices tried beside the runs above, measured on the pictures held out of Training at the chosen epoch"
            }
        }
    }
}

fn row(choice: &Choice) -> Markup {
    html! {
        tr {
            th scope="row" { (choice.network) }
            td.words { (choice.choice) }
            td { (choice.epochs) }
            td { (format!("{:.3}", choice.held_out_accuracy)) }
            td { (choice.held_out_macro_f1.map_or_else(|| "–".into(), |f1| format!("{f1:.3}"))) }
            td.words { code { (choice.command) } }
        }
    }
}

pub(super) fn table(study: &Study) -> Result<String> {
    let header = ["network", "choice", "epochs", "held_out_accuracy", "held_out_macro_f1", "command"];
    let rows = study.choices.iter().map(|choice| {
        vec![
            choice.network.to_string(),
            choice.choice.clone(),
            choice.epochs.to_string(),
            format!("{:.4}", choice.held_out_accuracy),
            choice.held_out_macro_f1.map_or_else(String::new, |f1| format!("{f1:.4}")),
            choice.command.clone(),
        ]
    });
    csv(&header, rows)
}
