//! The page of the report.

use anyhow::Result;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use model_core::Emotion;

use super::{confusion, plots, schema, tables};
use crate::{
    evaluate::Evaluation,
    study::{Activations, BASELINE, NetworkResults, Picture, Study},
    table::thousands,
};

const STYLE: &str = include_str!("style.css");
const SORT: &str = include_str!("sort.js");

pub(super) fn render(study: &Study) -> Result<Markup> {
    let networks = study.networks.iter().map(network).collect::<Result<Vec<_>>>()?;
    Ok(html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Ferrum: the study, reproduced" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Three networks on FER2013" }
                (introduction(study))
                h2 id="data" { "The data" }
                (data(study)?)
                h2 id="results" { "Results" }
                (results(study))
                @for network in &networks { (network) }
                h2 id="look" { "Inside the residual network" }
                (look(study))
                h2 id="shares" { "Apparent expression shares of a video" }
                (shares(study))
                script { (PreEscaped(SORT)) }
            }
        }
    })
}

fn introduction(study: &Study) -> Markup {
    let p = &study.protocol;
    html! {
        p {
            "The study by Vico and Gianzina compares a small network, one with residual blocks and one in the manner of U-net on "
            "FER2013. This page does the same with Ferrum’s own. A label is an apparent expression as labelled by web raters, not what "
            "a person feels."
        }
        p {
            "Each network was trained for " (p.epochs) " epochs with Adam (step size " (p.learning_rate) ", batches of "
            (p.batch_size) ", seed " (p.seed) ") on cross-entropy, without augmentation, on the " (study.device) ". An epoch was chosen on "
            "pictures held out of Training; PublicTest, the study’s test set, chose nothing. The study does not say its batch size; "
            "64 runs as fast here as more, and larger ones take fewer steps an epoch."
        }
        p { code { (study.command) } " makes all of this." }
    }
}

fn data(study: &Study) -> Result<Markup> {
    let official: Vec<_> =
        study.data.splits.iter().filter(|split| split.name.ends_with("Test") || split.name == "Training").collect();
    let present: Vec<_> =
        official.into_iter().filter(|split| split.counts.iter().sum::<usize>() > 0).cloned().collect();
    Ok(html! {
        @if study.data.samples.is_empty() {
            p.note { "FER2013’s pictures may not be passed on, so this copy of the report leaves them out." }
        } @else {
            div.sheet { @for sample in &study.data.samples { (figure(sample)) } }
            p.caption { "Figure 1. The first picture of each label in Training" }
        }
        (plots::frequencies(&present)?)
        p.caption { "Figure 2. Share of each label in each split" }
        table.sortable {
            thead { tr { th { "split" } @for label in Emotion::ALL { th { (label.name()) } } th { "in all" } th { "exact copies" } } }
            tbody {
                @for split in study.data.splits.iter().filter(|split| split.counts.iter().sum::<usize>() > 0) {
                    tr {
                        th scope="row" { (split.name) }
                        @for &count in &split.counts { td { (thousands(count)) } }
                        td { (thousands(split.counts.iter().sum())) }
                        td { (thousands(split.copies)) }
                    }
                }
            }
        }
        p.caption { "Copies are of a picture of Training; inside Training, of an earlier one. None is in both of the parts that Training was split into." }
        @if !study.has_private_test() { p.note { "PrivateTest is not in the data that this report was made from." } }
    })
}

fn results(study: &Study) -> Markup {
    let figures = |summary: &crate::metrics::Summary| {
        [summary.accuracy, summary.macro_recall, summary.macro_precision, summary.macro_f1].map(|x| format!("{x:.3}"))
    };
    html! {
        table.sortable {
            thead {
                tr {
                    th { "network" } th { "epoch" } th { "split" } th { "copies of Training" } th { "pictures" }
                    th { "accuracy" } th { "macro recall" } th { "macro precision" } th { "macro-F1" } th { "the study" }
                }
            }
            tbody {
                @for (epoch, evaluation) in tables::evaluations(study) {
                    @for (copies, summary) in [("with", &evaluation.summary), ("without", &evaluation.without_training_copies)] {
                        tr {
                            th scope="row" { (evaluation.network) }
                            td { (epoch) } td { (evaluation.split) } td { (copies) } td { (thousands(summary.n as usize)) }
                            @for figure in figures(summary) { td { (figure) } }
                            td { @if copies == "with" { (reference(study, evaluation)) } }
                        }
                    }
                }
            }
        }
        p.caption { "Table 1. The study’s are accuracy, recall, precision and F1 on PublicTest. A click on a heading sorts." }
        (cost(study))
    }
}

/// The study's figures, where it has them: on PublicTest.
fn reference(study: &Study, evaluation: &Evaluation) -> String {
    if evaluation.split != "PublicTest" {
        return String::new();
    }
    let network = study.networks.iter().find(|results| results.network.id() == evaluation.network);
    network.map_or(BASELINE, |results| results.reference().figures).map(|x| format!("{x:.2}")).join(" / ")
}

fn cost(study: &Study) -> Markup {
    html! {
        table.sortable {
            thead { tr { th { "network" } th { "parameters" } th { "MACs a face" } th { "seconds an epoch" } th { "images/s" } } }
            tbody {
                @for results in &study.networks {
                    tr {
                        th scope="row" { (results.network) }
                        td { (thousands(results.parameters())) }
                        td { (thousands(results.macs())) }
                        td { (format!("{:.0}", median(results.epochs.iter().map(|epoch| epoch.secs)))) }
                        td { (format!("{:.0}", median(results.epochs.iter().map(|epoch| epoch.images_per_sec)))) }
                    }
                }
            }
        }
        p.caption { "Medians over the epochs, on the " (study.device) "; other work on the same machine counts in." }
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

fn network(results: &NetworkResults) -> Result<Markup> {
    let least = results.least_val_loss().map_or(0, |epoch| epoch.epoch);
    let name = results.network.id();
    Ok(html! {
        h2 id=(name) { "The network " (name) }
        (schema::draw(results.network, &results.layers))
        p.caption {
            "Layers of " (name) " with their sizes: " (thousands(results.parameters())) " parameters and " (thousands(results.macs()))
            " multiply–accumulates a face. Every convolution has stride 1, batch normalisation and ReLU."
        }
        div.pair { (plots::losses(results)?) (plots::accuracy(results)?) }
        p.caption {
            "Loss and accuracy over the epochs. The least held-out loss came with epoch " (least) "; the study’s with epoch "
            (results.reference().least_val_loss) ". The greatest held-out accuracy, which chose the weights, came with epoch "
            (results.chosen_epoch) "."
        }
        @for evaluation in &results.chosen {
            div.pair {
                (confusion::heat_map(&format!("{name} on {}", evaluation.split), &evaluation.summary.confusion.0))
                @if evaluation.split == "PublicTest" {
                    (confusion::heat_map("the study’s on PublicTest", &results.reference().confusion))
                }
            }
            ul { @for sentence in confusion::words(&evaluation.summary.confusion.0) { li { (sentence) } } }
        }
    })
}

fn look(study: &Study) -> Markup {
    html! {
        div.sheets { @for sheet in &study.look.weights { (figure(sheet)) } }
        p.caption { "Figure 10. Filters and first dense weights: blue is negative, white zero, red positive" }
        @for activations in &study.look.activations { (activation(activations)) }
        p.caption { "Figures 11 and 12. Activation maps: black is the least value of the layer, white the greatest" }
    }
}

fn activation(activations: &Activations) -> Markup {
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
    }
}

/// Table 5.
fn shares(study: &Study) -> Markup {
    let report = &study.shares;
    let mut rows = report.shares;
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    html! {
        table.sortable {
            thead { tr { th { "label" } th { "count" } th { "share" } } }
            tbody {
                @for row in &rows {
                    tr { th scope="row" { (row.emotion) } td { (row.count) } td { (format!("{:.2}", row.relative)) } }
                }
            }
        }
        p.caption {
            "Table 5. " (report.frames) " frames, " (report.frames_without_face) " of them without a face. The study’s video is its "
            "authors’ own; this is a clip made of two photos that may be passed on, each coming nearer. "
            code { "cargo run -p trainer-native -- predict " (report.video) } " gives the same with the shipped weights."
        }
    }
}

fn figure(picture: &Picture) -> Markup {
    html! {
        figure {
            img src=(picture.src) alt=(picture.caption) width=(picture.width * zoom(picture)) height=(picture.height * zoom(picture));
            figcaption { (picture.caption) @if picture.low < 0.0 || picture.high > 255.0 || picture.high < 20.0 {
                " (" (format!("{:.2}", picture.low)) " to " (format!("{:.2}", picture.high)) ")"
            } }
        }
    }
}

/// Screen pixels a pixel: small pictures are magnified.
fn zoom(picture: &Picture) -> u32 {
    (480 / picture.width.max(1)).clamp(1, 8)
}
