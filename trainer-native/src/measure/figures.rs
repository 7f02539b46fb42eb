//! The tables of the report and of the model card: the same rows in both.

use maud::{Markup, html};
use model_core::{Architecture, Emotion};
use report::{LabelFigures, Summary, wilson};

use super::{DeviceTime, GroupFigures, NetworkFigures, Networks, OnSplit, PerturbationFigures, Raters};
use crate::{
    evaluate::Evaluation,
    study::{BASELINE, Reference, StudyFigures},
    table::thousands,
};

/// A table of text cells; the first column is the row header.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn new(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Self {
        Self { header: header.iter().map(ToString::to_string).collect(), rows: rows.into_iter().collect() }
    }

    /// A table that a click on a heading sorts.
    pub(super) fn html(&self) -> Markup {
        html! {
            table.sortable {
                thead { tr { @for cell in &self.header { th { (cell) } } } }
                tbody {
                    @for row in &self.rows {
                        tr {
                            @for (i, cell) in row.iter().enumerate() {
                                @if i == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }

    /// A table in GitHub's Markdown.
    pub(super) fn markdown(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let rule = format!("|---{}|\n", "|--:".repeat(self.header.len().saturating_sub(1)));
        [line(&self.header), rule].into_iter().chain(self.rows.iter().map(|row| line(row))).collect()
    }
}

/// How far FER+'s ten raters agree with FER2013's one label of a picture.
pub(super) fn raters(networks: &Networks) -> Table {
    let header = ["split", "pictures", "no distribution", "with majority", "majority = label"];
    let header = [&header[..], &Emotion::ALL.map(Emotion::name)].concat();
    let row = |raters: &Raters| {
        let counts = [raters.n, raters.n_without_distribution, raters.n_majorities].map(thousands);
        let shares = [raters.agreement].into_iter().chain(raters.agreement_of_labels).map(three_decimals);
        [vec![raters.split.clone()], counts.to_vec(), shares.collect()].concat()
    };
    Table::new(&header, networks.raters.iter().map(row))
}

/// Accuracy and the like of the dummy and the networks on every split.
pub(super) fn accuracy(networks: &Networks) -> Table {
    let header = [
        "network",
        "split",
        "pictures",
        "accuracy",
        "95 % interval",
        "accuracy, mirror-averaged",
        "accuracy, no copies",
        "macro-F1",
        "macro-F1, mirror-averaged",
        "macro recall",
        "macro precision",
        "FER+ majority (8 expressions)",
        "FER+ majority (8 expressions), mirror-averaged",
        "the study (accuracy / macro-F1)",
    ];
    let baseline = networks.baseline.iter().map(|evaluation| accuracy_row(evaluation, None, Some(BASELINE)));
    let measured = networks.networks.iter().flat_map(|figures| {
        let reference = Reference::of(figures.network).map(|reference| reference.figures);
        figures.splits.iter().map(move |on| accuracy_row(&on.plain, Some(on), reference))
    });
    Table::new(&header, baseline.chain(measured))
}

fn accuracy_row(evaluation: &Evaluation, on: Option<&OnSplit>, reference: Option<StudyFigures>) -> Vec<String> {
    let Summary { n, accuracy, macro_f1, macro_recall, macro_precision, confusion } = &evaluation.summary;
    let mirror_averaged = on.map(|on| &on.mirror_averaged.summary);
    let votes = on.and_then(|on| on.votes.as_ref());
    let reference = reference.filter(|_| evaluation.split == super::results::PUBLIC_TEST);
    vec![
        evaluation.network.clone(),
        evaluation.split.clone(),
        thousands(*n as usize),
        three_decimals(*accuracy),
        interval(wilson(confusion.n_right(), *n)),
        or_dash(mirror_averaged.map(|both| three_decimals(both.accuracy))),
        three_decimals(evaluation.without_training_copies.accuracy),
        three_decimals(*macro_f1),
        or_dash(mirror_averaged.map(|both| three_decimals(both.macro_f1))),
        three_decimals(*macro_recall),
        three_decimals(*macro_precision),
        or_dash(votes.map(|votes| three_decimals(votes.accuracy))),
        or_dash(votes.map(|votes| three_decimals(votes.mirror_averaged))),
        or_dash(reference.map(|study| format!("{:.2} / {:.2}", study.accuracy, study.macro_f1))),
    ]
}

/// Recall, precision and F1 of each label of one network on one split.
pub(super) fn labels(evaluation: &Evaluation) -> Table {
    let row = |figures: &LabelFigures| {
        let LabelFigures { label, n, recall, precision, f1 } = *figures;
        [vec![label.to_string(), thousands(n as usize)], [recall, precision, f1].map(three_decimals).to_vec()].concat()
    };
    Table::new(&["label", "pictures", "recall", "precision", "F1"], evaluation.per_class.iter().map(row))
}

/// F1 of each label on PublicTest, a column per network.
pub(super) fn f1_of_labels(networks: &Networks) -> Table {
    let row = |label: Emotion| {
        let f1 = |figures: &NetworkFigures| three_decimals(figures.public_test().plain.per_class[label as usize].f1);
        [vec![label.to_string()], networks.networks.iter().map(f1).collect()].concat()
    };
    Table::new(&with_names("label", networks), Emotion::ALL.map(row))
}

/// Each head of the networks that have two, and both together.
pub(super) fn heads(networks: &Networks) -> Table {
    let header = [
        "network",
        "split",
        "answer of",
        "FER2013 label",
        "FER+ majority (7 labels)",
        "cross-entropy, raters' shares",
        "ECE, raters' shares",
    ];
    let rows = networks.networks.iter().flat_map(|figures| {
        figures.splits.iter().flat_map(|on| {
            on.heads.iter().map(|head| {
                let words = [figures.network.to_string(), on.plain.split.clone(), head.head.clone()];
                let numbers = [head.label_accuracy, head.majority_accuracy, head.cross_entropy, head.ece];
                [&words[..], &numbers.map(three_decimals)].concat()
            })
        })
    });
    Table::new(&header, rows)
}

/// Probabilities before and after calibration.
pub(super) fn confidence(networks: &Networks) -> Table {
    let header = [
        "network",
        "split",
        "temperature",
        "NLL",
        "NLL, calibrated",
        "Brier score",
        "Brier score, calibrated",
        "ECE",
        "ECE, calibrated",
        "cross-entropy of votes",
        "cross-entropy of votes, calibrated",
    ];
    let rows = networks.networks.iter().flat_map(|figures| {
        figures.splits.iter().map(|on| {
            let (raw, calibrated, votes) = (&on.raw, &on.calibrated, on.votes.as_ref());
            let pairs = [[raw.nll, calibrated.nll], [raw.brier, calibrated.brier], [raw.ece, calibrated.ece]];
            let votes = [votes.map(|it| it.cross_entropy), votes.map(|it| it.calibrated_cross_entropy)];
            let words = [figures.network.to_string(), on.plain.split.clone(), format!("{:.2}", calibrated.temperature)];
            [
                &words[..],
                &pairs.concat().into_iter().map(three_decimals).collect::<Vec<_>>(),
                &votes.map(|it| or_dash(it.map(three_decimals))),
            ]
            .concat()
        })
    });
    Table::new(&header, rows)
}

/// Selective classification at the card's threshold: coverage, error rate and AURC, held out and on the test splits.
pub(super) fn sure(networks: &Networks) -> Table {
    let header = ["network", "sure from", "split", "sure", "wrong of these", "AURC"];
    let rows = networks.networks.iter().flat_map(|figures| {
        let calibration = &figures.calibration;
        let row = |split: &str, coverage, error, aurc: Option<f64>| {
            let words = [figures.network.to_string(), three_decimals(calibration.threshold.into()), split.into()];
            [&words[..], &[percent(coverage), percent(error), or_dash(aurc.map(three_decimals))]].concat()
        };
        let held_out = row("held out", calibration.coverage, calibration.error, None);
        let tested =
            figures.splits.iter().map(move |on| row(&on.plain.split, on.sure.coverage, on.sure.error, Some(on.aurc)));
        [held_out].into_iter().chain(tested.collect::<Vec<_>>())
    });
    Table::new(&header, rows)
}

/// Accuracy after each kind of perturbation, a column per network: the mean, and the worst where there are several.
pub(super) fn robustness(networks: &Networks) -> Table {
    let unperturbed =
        networks.networks.iter().map(|figures| three_decimals(figures.public_test().plain.summary.accuracy));
    let unperturbed = [vec!["unperturbed".into()], unperturbed.collect()].concat();
    let groups: Vec<_> = networks.networks.iter().map(NetworkFigures::groups).collect();
    let cell = |group: &GroupFigures<'_>| {
        let worst = if group.n > 1 {
            format!(" ({} worst of {})", three_decimals(group.worst), group.n)
        } else {
            String::new()
        };
        three_decimals(group.mean) + &worst
    };
    let row = |name: &str| {
        let of = |groups: &Vec<GroupFigures<'_>>| or_dash(groups.iter().find(|it| it.group == name).map(cell));
        [vec![name.to_owned()], groups.iter().map(of).collect()].concat()
    };
    let names = groups.first().into_iter().flatten().map(|group| group.group);
    Table::new(&with_names("perturbation", networks), [unperturbed].into_iter().chain(names.map(row)))
}

/// Accuracy after every perturbation, a column per network.
pub(super) fn perturbations(networks: &Networks) -> Table {
    let all = networks.networks.first().map_or(&[][..], |figures| &figures.perturbations);
    let row = |row: &PerturbationFigures| {
        let is_same = |other: &&PerturbationFigures| (&other.group, &other.name) == (&row.group, &row.name);
        let of = |figures: &NetworkFigures| {
            or_dash(figures.perturbations.iter().find(is_same).map(|found| three_decimals(found.accuracy)))
        };
        [vec![format!("{}, {}", row.group, row.name)], networks.networks.iter().map(of).collect()].concat()
    };
    Table::new(&with_names("perturbation", networks), all.iter().map(row))
}

/// Costs of a network in use and in training.
pub(super) fn costs(networks: &Networks) -> Table {
    let header = [
        "network",
        "parameters",
        "MACs per face",
        "kB",
        "median ms per face",
        "90 % within, ms",
        "epochs",
        "training, hours",
        "kWh, estimated",
    ];
    let rows = networks.networks.iter().map(|figures| {
        let NetworkFigures { network, parameters, macs, bytes, speed, training, training_time, .. } = figures;
        vec![
            network.to_string(),
            thousands(*parameters),
            thousands(*macs),
            thousands(bytes.div_ceil(1000)),
            format!("{:.1}", speed.ms),
            format!("{:.1}", speed.ms_nine_of_ten),
            format!("{} of {}", training.chosen_epoch, training.epochs),
            hours(training_time),
            energy(training_time),
        ]
    });
    Table::new(&header, rows)
}

/// Watts that a device is taken to draw all the time: a GPU its limit, that of NVIDIA's H100 SXM by its data sheet; a
/// CPU as much as a small server.
const WATTS: [(&str, f64); 2] = [("CUDA", 700.0), ("CPU", 100.0)];

/// The assumption of [`costs`], in words.
pub(super) fn energy_assumption() -> String {
    WATTS.map(|(device, watts)| format!("{watts} W for {device}")).join(", ")
}

fn hours(times: &[DeviceTime]) -> String {
    let of = |time: &DeviceTime| format!("{:.1} {}", time.secs / 3600.0, time.device);
    if times.is_empty() { or_dash(None) } else { times.iter().map(of).collect::<Vec<_>>().join(" + ") }
}

fn energy(times: &[DeviceTime]) -> String {
    let watts = |device: &str| WATTS.into_iter().find(|(name, _)| *name == device).map(|(_, watts)| watts);
    let joules: Option<Vec<f64>> = times.iter().map(|time| Some(watts(&time.device)? * time.secs)).collect();
    let joules = joules.filter(|joules| !joules.is_empty());
    or_dash(joules.map(|joules| format!("{:.2}", joules.iter().sum::<f64>() / 3.6e6)))
}

fn with_names(first: &'static str, networks: &Networks) -> Vec<&'static str> {
    let names = networks.networks.iter().map(|figures| Architecture::id(figures.network));
    [first].into_iter().chain(names).collect()
}

fn three_decimals(share: f64) -> String {
    format!("{share:.3}")
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn interval([low, high]: [f64; 2]) -> String {
    format!("{}–{}", three_decimals(low), three_decimals(high))
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::example;

    #[test]
    fn a_table_is_the_same_in_both_forms() {
        let table = Table::new(&["network", "n"], [vec!["small".into(), "1,000".into()]]);
        assert_eq!(table.markdown(), "| network | n |\n|---|--:|\n| small | 1,000 |\n");
        let html = table.html().into_string();
        assert!(html.contains("<th scope=\"row\">small</th><td>1,000</td>"), "{html}");
    }

    #[test]
    fn every_row_is_as_long_as_its_header() {
        let networks = example::networks();
        let all = [raters, accuracy, heads, f1_of_labels, confidence, sure, robustness, perturbations, costs]
            .map(|table| table(&networks));
        let labels = labels(&networks.networks[0].public_test().plain);
        for Table { header, rows } in all.into_iter().chain([labels]) {
            assert!(!rows.is_empty() && rows.iter().all(|row| row.len() == header.len()), "{header:?} {rows:?}");
        }
    }

    #[test]
    fn figures_are_in_their_places() {
        let networks = example::networks();
        let lines = |table: Table| table.markdown();
        let cases = [
            (raters(&networks), "| Training | 28,709 | 150 | 25,000 | 0.700 | 0.250 |"),
            (accuracy(&networks), "| always happy | PublicTest | 3,589 | 0.249 | 0.235–0.264 | – | 0.249 | 0.057 |"),
            (accuracy(&networks), "| small | PublicTest | 3,589 | 0.472 |"),
            (accuracy(&networks), " | – | – | 0.47 / 0.40 |"),
            (accuracy(&networks), " | 0.750 | 0.800 | – |"),
            (
                confidence(&networks),
                "| ferrum | PublicTest | 1.50 | 1.500 | 1.250 | 0.750 | 0.625 | 0.250 | 0.125 | 2.000 | 1.750 |",
            ),
            (heads(&networks), "| ferrum | PublicTest | both | 0.660 | 0.820 | 0.750 | 0.050 |"),
            (sure(&networks), "| ferrum | 0.600 | held out | 62.5 % | 10.0 % | – |"),
            (sure(&networks), "| ferrum | 0.600 | PublicTest | 50.0 % | 12.5 % | 0.250 |"),
            (robustness(&networks), "| box | 0.375 (0.250 worst of 2) | 0.375 (0.250 worst of 2) |"),
            (perturbations(&networks), "| blur, 1.0 pixels | 0.500 | 0.500 |"),
            // An hour at 700 W and two at 100 W.
            (costs(&networks), "| 3 of 5 | 1.0 CUDA + 2.0 CPU | 0.90 |"),
            (costs(&networks), "| 3 of 5 | – | – |"),
        ];
        for (table, expected) in cases {
            let text = lines(table);
            assert!(text.contains(expected), "{expected} in\n{text}");
        }
        assert_eq!(energy(&[DeviceTime { device: "abacus".into(), n_epochs: 1, secs: 1.0 }]), "–");
        assert_eq!(energy_assumption(), "700 W for CUDA, 100 W for CPU");
    }
}
